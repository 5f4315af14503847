//! The script for bash 4.3 and later. It needs no other script to be loaded.
//!
//! The tables are arrays by place; a function goes along the line, finds the place of the cursor, and looks there.

use super::place::{self, Place, Values, spellings};
use super::quoted;
use crate::cli::opts::{Applet, Takes};
use crate::cli::verbs::APPLETS;

/// How the place is found. A name in `line` is a word as it was typed: bash takes words apart at `=` and `:`.
const WALK: &str = r#"
_fietsboek() {
    local word glue= at
    local -a line=()
    for ((at = 0; at <= COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $word == +([=:]) && ${#line[@]} -gt 0 ]]; then
            line[-1]+=$word
            glue=1
        elif [[ $glue ]]; then
            line[-1]+=$word
            glue=
        else
            line+=("$word")
        fi
    done

    local place=${line[0]##*/} typed=${line[-1]} count=0 option= ended= wants
    for word in "${line[@]:1:${#line[@]}-2}"; do
        if [[ $option ]]; then
            option=
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == -?* ]]; then
            [[ ${_fietsboek_values["$place $word"]+there} ]] && option="$place $word"
        elif [[ $place == fietsboek && ${_fietsboek_tools[$word]-} ]]; then
            place=${_fietsboek_tools[$word]}
        elif [[ " ${_fietsboek_next[$place]-} " == *" $word "* ]]; then
            place+=" $word"
        else
            count=$((count + 1))
        fi
    done

    COMPREPLY=()
    if [[ $option ]]; then
        wants=${_fietsboek_values[$option]}
    elif [[ -z $ended && $typed == --*=* ]]; then
        wants=${_fietsboek_values["$place ${typed%%=*}"]-}
        typed=${typed#*=}
    elif [[ -z $ended && $typed == -* ]]; then
        wants=${_fietsboek_opts[$place]-}
    elif [[ $count -eq 0 && ${_fietsboek_next[$place]-} ]]; then
        wants=${_fietsboek_next[$place]}
    else
        wants=${_fietsboek_operands["$place $count"]-${_fietsboek_operands["$place *"]-}}
    fi
    case $wants in
    @files)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$typed")
        ;;
    @dirs)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -d -- "$typed")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$wants" -- "$typed") ;;
    esac
    # What stands before a colon is a word of its own to bash, and stays.
    [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]] &&
        COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*:}"}"}")
    return 0
}
"#;

pub(super) fn script() -> String {
    let mut script = "# Completions for bash, printed by: fietsctl completions bash\n".to_owned();
    let tools = APPLETS.map(|applet| format!("[{}]={1} [{1}]={1}", applet.short, applet.name));
    script.push_str(&format!("declare -gA _fietsboek_tools=({})\n", tools.join(" ")));
    let shorts = APPLETS.map(|applet| applet.short).join(" ");
    let mut next = vec![row("fietsboek", &shorts)];
    let mut opts = vec![row("fietsboek", "--list --help -h --version")];
    let (mut values, mut operands) = (Vec::new(), Vec::new());
    for applet in APPLETS {
        for place in place::list(applet) {
            let key = place.key();
            let words: Vec<&str> = place.next.iter().map(|(word, _)| *word).collect();
            if !words.is_empty() {
                next.push(row(&key, &words.join(" ")));
            }
            let all: Vec<String> = place.opts.iter().flat_map(|opt| spellings(opt)).collect();
            opts.push(row(&key, &all.join(" ")));
            values.extend(list_values(applet, &place));
            operands.extend(list_operands(applet, &place));
        }
    }
    for (name, rows) in [
        ("next", next),
        ("opts", opts),
        ("values", values),
        ("operands", operands),
    ] {
        script.push_str(&format!("declare -gA _fietsboek_{name}=(\n{})\n", rows.concat()));
    }
    script.push_str(WALK);
    let names = APPLETS.map(|applet| applet.name).join(" ");
    script.push_str(&format!("\ncomplete -F _fietsboek fietsboek {names}\n"));
    script
}

fn row(key: &str, words: &str) -> String {
    format!("    [{}]={}\n", quoted(key), quoted(words))
}

fn list_values(applet: &'static Applet, place: &Place) -> Vec<String> {
    let mut rows = Vec::new();
    for opt in &place.opts {
        let Takes::Value(word) = opt.takes else { continue };
        let words = Values::of(word, applet).in_words();
        let typed = spellings(opt).into_iter();
        rows.extend(typed.map(|option| row(&format!("{} {option}", place.key()), &words)));
    }
    rows
}

fn list_operands(applet: &'static Applet, place: &Place) -> Vec<String> {
    let operands = place.operands.iter().enumerate().map(|(at, operand)| {
        let words = Values::of(operand.name, applet).in_words();
        let at = match operand.name.ends_with("...") {
            true => "*".to_owned(),
            false => at.to_string(),
        };
        row(&format!("{} {at}", place.key()), &words)
    });
    operands.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_a_row_for_each_place() {
        let script = script();
        for row in [
            "    ['fietsboek']='serve ctl cron update'\n",
            "    ['fietsctl user hittekaart --mode']='heatmap tilehunter'\n",
            "    ['fietsctl user hittekaart -c']='@files'\n",
            "    ['fietsctl init 0']='@dirs'\n",
            "    ['fietsctl completions 0']='bash zsh fish'\n",
        ] {
            assert!(script.contains(row), "{row}");
        }
        // Its value stands behind an equals sign alone.
        assert!(!script.contains("maintenance-mode --wait']"));
    }
}
