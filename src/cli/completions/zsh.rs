//! The script for zsh: a function a place, in the terms of zsh's own `_arguments`.

use super::place::{self, Place, Values};
use super::quoted;
use crate::cli::opts::{Applet, Opt, Takes};
use crate::cli::verbs::APPLETS;

pub(super) fn script() -> String {
    let names = APPLETS.map(|applet| applet.name).join(" ");
    let mut script = format!(
        "#compdef fietsboek {names}\n# Completions for zsh, printed by: fietsctl completions zsh\n\n{}",
        of_fietsboek()
    );
    for place in APPLETS.into_iter().flat_map(with_tool) {
        script.push_str(&place);
    }
    // As the completion system calls it, by the name of the command.
    script.push_str("_fietsboek_at_${service//-/_}\n");
    script
}

fn with_tool(applet: &'static Applet) -> Vec<String> {
    place::list(applet)
        .iter()
        .map(|place| function(applet, place))
        .collect()
}

fn of_fietsboek() -> String {
    let next: Vec<(&str, String)> = APPLETS.map(|applet| (applet.short, applet.about.to_owned())).into();
    let calls = APPLETS.map(|applet| {
        let called = format!("{}|{}", applet.short, applet.name);
        format!("        {called}) {} && ret=0 ;;\n", name(&[applet.name]))
    });
    let specs = [
        "'(- *)'{-h,--help}'[print this help]'",
        "'(- *)--version[print the version]'",
        "'(- *)--list[print the names of the tools]'",
    ];
    group(
        &name(&["fietsboek"]),
        &specs.map(str::to_owned),
        "tool",
        &next,
        &calls.concat(),
    )
}

fn function(applet: &'static Applet, place: &Place) -> String {
    let mut specs: Vec<String> = place.opts.iter().flat_map(|opt| list_specs(applet, opt)).collect();
    let own = name(&place.words);
    if place.next.is_empty() {
        for (at, operand) in place.operands.iter().enumerate() {
            let at = match (operand.name.ends_with("..."), operand.required) {
                (true, _) => "*:".to_owned(),
                (false, true) => format!("{}:", at + 1),
                (false, false) => format!("{}::", at + 1),
            };
            // Told what may stand there, zsh would only tell it, and complete no option.
            let what = argument(operand.name, applet).replace(": ", ":{:}");
            specs.push(quoted(&format!("{at}{what}")));
        }
        return format!(
            "{own}() {{\n    _arguments -s -S {}\n}}\n\n",
            specs.join(" \\\n        ")
        );
    }
    let calls = place.next.iter().map(|(word, _)| {
        let called = name(&[place.words.as_slice(), &[*word]].concat());
        format!("        {word}) {called} && ret=0 ;;\n")
    });
    group(&own, &specs, "verb", &place.next, &calls.collect::<String>())
}

/// A function for a place behind which another word has to be chosen.
fn group(own: &str, specs: &[String], what: &str, next: &[(&str, String)], calls: &str) -> String {
    let rows = next
        .iter()
        .map(|(word, about)| format!("            {}\n", quoted(&format!("{word}:{}", escaped(about)))));
    format!(
        "{own}() {{\n    local curcontext=$curcontext state state_descr line ret=1\n    local -a known\n    \
         typeset -A opt_args\n    _arguments -C -s -S {} \\\n        '1:{what}:->next' '*::rest:->rest' && ret=0\n    \
         case $state in\n    next)\n        known=(\n{}        )\n        _describe {what} known && ret=0\n        ;;\n    \
         rest)\n        case $words[1] in\n{calls}        esac\n        ;;\n    esac\n    return ret\n}}\n\n",
        specs.join(" \\\n        "),
        rows.collect::<String>(),
    )
}

/// The name of the function of a place.
fn name(words: &[&str]) -> String {
    format!("_fietsboek_at_{}", words.join("_").replace('-', "_"))
}

/// An option in the terms of `_arguments`; `(…)` before it is what it excludes.
fn list_specs(applet: &'static Applet, opt: &Opt) -> Vec<String> {
    let long = opt.long;
    let help = escaped(opt.help).replace('[', "\\[").replace(']', "\\]");
    let spec = |names: &str, excluded: &str, value: &str| match opt.short {
        Some(short) => format!(
            "{}{{-{short}{},--{names}}}{}",
            quoted(excluded),
            if value.is_empty() { "" } else { "+" },
            quoted(&format!("[{help}]{value}"))
        ),
        None => quoted(&format!("{excluded}--{names}[{help}]{value}")),
    };
    match opt.takes {
        Takes::Nothing if matches!(long, "help" | "version") => vec![spec(long, "(- *)", "")],
        Takes::Nothing if long == "verbose" => vec![spec(long, "*", "")],
        Takes::Nothing => match opt.short {
            Some(short) => vec![spec(long, &format!("(-{short} --{long})"), "")],
            None => vec![spec(long, "", "")],
        },
        Takes::YesNo => vec![
            quoted(&format!("(--no-{long})--{long}[{help}]")),
            quoted(&format!("(--{long})--no-{long}[{help}]")),
        ],
        Takes::Value(word) => vec![spec(&format!("{long}="), "*", &format!(":{}", argument(word, applet)))],
        Takes::MaybeValue(word) => vec![spec(&format!("{long}=-"), "", &format!("::{}", argument(word, applet)))],
    }
}

/// `MESSAGE:ACTION`.
fn argument(word: &'static str, applet: &'static Applet) -> String {
    let action = match Values::of(word, applet) {
        // A blank tells what is expected.
        Values::Free => " ".to_owned(),
        Values::Files => "_files".to_owned(),
        Values::Dirs => "_files -/".to_owned(),
        Values::Words(words) => format!("({})", words.join(" ")),
    };
    format!("{}:{action}", escaped(word))
}

/// A colon ends a text there.
fn escaped(text: &str) -> String {
    text.replace(':', "\\:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_function_with_its_options_and_operands() {
        let script = script();
        for part in [
            "#compdef fietsboek fietsboek-serve fietsctl fietscron fietsupdate\n",
            "_fietsboek_at_fietsctl_user_hittekaart() {\n",
            "'*--mode=[",
            "]:heatmap|tilehunter:(heatmap tilehunter)'",
            "'*'{-c+,--config=}'[the INI file of the instance (default\\: fietsboek.ini)]:FILE:_files'",
            "'1::DIR:_files -/'",
            "'1:bash|zsh|fish:(bash zsh fish)'",
            "'--wait=-[",
            "'(--no-verified)--verified[",
            "serve|fietsboek-serve) _fietsboek_at_fietsboek_serve && ret=0 ;;",
        ] {
            assert!(script.contains(part), "{part}\n{script}");
        }
    }
}
