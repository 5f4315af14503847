//! The script for fish 3: a line for each thing that may stand somewhere, each with the place where.

use super::place::{self, Place, Values, spellings};
use crate::cli::opts::{Applet, Opt, Takes};
use crate::cli::verbs::APPLETS;

/// How the place is found: the tool with the words of the verb, and how many operands stand behind them.
const WALK: &str = r#"
function __fietsboek_place
    set -l words (commandline -opc)
    set -l place (string replace -r '.*/' '' -- $words[1])
    set -l count 0
    set -l skip no
    set -l ended no
    for word in $words[2..]
        if test $skip = yes
            set skip no
        else if test $ended = no; and test "$word" = --
            set ended yes
        else if test $ended = no; and string match -q -- '-?*' $word
            contains -- "$place $word" $__fietsboek_takes; and set skip yes
        else if test $place = fietsboek
            for tool in $__fietsboek_tools
                contains -- "$word" (string split ' ' $tool); and set place (string split -f 2 ' ' $tool)
            end
        else if contains -- "$place $word" $__fietsboek_places
            set place "$place $word"
        else
            set count (math $count + 1)
        end
    end
    echo $place
    echo $count
end

function __fietsboek_at
    set -l now (__fietsboek_place)
    test "$now[1]" = "$argv[1]"; or return
    not set -q argv[2]; or test $now[2] = $argv[2]
end

"#;

pub(super) fn script() -> String {
    let mut script = "# Completions for fish, printed by: fietsctl completions fish\n".to_owned();
    let tools = APPLETS.map(|applet| quoted(&format!("{} {}", applet.short, applet.name)));
    script.push_str(&format!("set -g __fietsboek_tools {}\n", tools.join(" ")));
    let places: Vec<(&'static Applet, Place)> = APPLETS
        .into_iter()
        .flat_map(|applet| place::list(applet).into_iter().map(move |place| (applet, place)))
        .collect();
    let keys = places.iter().map(|(_, place)| quoted(&place.key()));
    script.push_str(&set("__fietsboek_places", keys));
    let takes = places.iter().flat_map(|(_, place)| {
        let with = place.opts.iter().filter(|opt| matches!(opt.takes, Takes::Value(_)));
        with.flat_map(|opt| spellings(opt))
            .map(|option| quoted(&format!("{} {option}", place.key())))
    });
    script.push_str(&set("__fietsboek_takes", takes));
    script.push_str(WALK);
    for name in APPLETS.map(|applet| applet.name).into_iter().chain(["fietsboek"]) {
        script.push_str(&format!("complete -c {name} -e\ncomplete -c {name} -f\n"));
    }
    script.push_str(&of_fietsboek());
    for (applet, place) in &places {
        list_lines(applet, place).iter().for_each(|line| script.push_str(line));
    }
    script
}

fn set(name: &str, words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    format!("set -g {name} \\\n    {}\n", words.join(" \\\n    "))
}

fn of_fietsboek() -> String {
    let begin = "complete -c fietsboek -n '__fietsboek_at fietsboek'";
    let tools = APPLETS.map(|applet| format!("{begin} -a {} -d {}\n", applet.short, quoted(applet.about)));
    let options = [
        ("-s h -l help", "print this help"),
        ("-l version", "print the version"),
        ("-l list", "print the names of the tools"),
    ];
    let options = options.map(|(option, help)| format!("{begin} {option} -d {}\n", quoted(help)));
    tools.concat() + &options.concat()
}

fn list_lines(applet: &'static Applet, place: &Place) -> Vec<String> {
    let key = place.key();
    let begin = |at: String| {
        format!(
            "complete -c fietsboek -c {} -n {}",
            applet.name,
            quoted(&format!("__fietsboek_at \"{key}\"{at}"))
        )
    };
    let mut lines = Vec::new();
    for (word, about) in &place.next {
        lines.push(format!("{} -a {word} -d {}\n", begin(" 0".to_owned()), quoted(about)));
    }
    for (at, operand) in place.operands.iter().enumerate() {
        let at = if operand.name.ends_with("...") {
            String::new()
        } else {
            format!(" {at}")
        };
        let offered = match Values::of(operand.name, applet) {
            Values::Free => continue,
            Values::Files => "-F".to_owned(),
            Values::Dirs => "-a '(__fish_complete_directories)'".to_owned(),
            Values::Words(words) => format!("-a {}", quoted(&words.join(" "))),
        };
        lines.push(format!("{} {offered}\n", begin(at)));
    }
    for opt in &place.opts {
        lines.extend(
            options(applet, opt)
                .iter()
                .map(|option| format!("{} {option}\n", begin(String::new()))),
        );
    }
    lines
}

/// An option in the terms of `complete`.
fn options(applet: &'static Applet, opt: &Opt) -> Vec<String> {
    let long = opt.long;
    let help = quoted(opt.help);
    let short = opt.short.map_or(String::new(), |letter| format!("-s {letter} "));
    let line = |value: &str| vec![format!("{short}-l {long}{value} -d {help}")];
    match opt.takes {
        // fish knows no value that may be left out.
        Takes::Nothing | Takes::MaybeValue(_) => line(""),
        Takes::YesNo => vec![format!("-l {long} -d {help}"), format!("-l no-{long} -d {help}")],
        Takes::Value(word) => match Values::of(word, applet) {
            Values::Free => line(" -x"),
            Values::Files => line(" -r -F"),
            Values::Dirs => line(" -x -a '(__fish_complete_directories)'"),
            Values::Words(words) => line(&format!(" -x -a {}", quoted(&words.join(" ")))),
        },
    }
}

/// A word in single quotes; fish knows two escapes within them.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_its_place() {
        let script = script();
        for part in [
            "complete -c fietsboek -n '__fietsboek_at fietsboek' -a ctl -d ",
            "complete -c fietsboek -c fietsctl -n '__fietsboek_at \"fietsctl user\" 0' -a add -d ",
            "-n '__fietsboek_at \"fietsctl user hittekaart\"' -l mode -x -a 'heatmap tilehunter' -d ",
            "-n '__fietsboek_at \"fietscron\"' -s c -l config -r -F -d ",
            "-n '__fietsboek_at \"fietsctl init\" 0' -a '(__fish_complete_directories)'\n",
            "    'fietsctl user add --email' \\\n",
        ] {
            assert!(script.contains(part), "{part}");
        }
        assert_eq!(quoted("it's"), "'it\\'s'");
    }
}
