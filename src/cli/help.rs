//! The texts of `--help`, made from the rows of the tables.

use super::opts::{Applet, COMMON, Opt, Takes, Verb};

/// Where the explanations begin, in columns.
const COLUMN: usize = 27;

/// The help for a tool, a group of its verbs or one verb, by its path; without the last line end.
pub fn text(applet: &Applet, path: &[&str]) -> String {
    let verbs: Vec<&Verb> = applet.list_verbs().filter(|verb| verb.path.starts_with(path)).collect();
    let mut lines = match verbs.as_slice() {
        [verb] if verb.path == path => of_verb(applet, verb),
        verbs => of_group(applet, path, verbs),
    };
    lines.push(String::new());
    lines.push(format!("manual: {}({})", applet.name, applet.section));
    lines.join("\n")
}

fn of_group(applet: &Applet, path: &[&str], verbs: &[&Verb]) -> Vec<String> {
    let name = words(applet.name, path);
    let mut lines = vec![
        format!("{} {}", applet.name, applet.about),
        String::new(),
        format!("usage: {name} [OPTION]... VERB ..."),
    ];
    if !verbs.is_empty() {
        lines.push(String::new());
        lines.push("verbs:".to_owned());
    }
    for verb in verbs {
        lines.extend(row(&format!("  {}", verb.path.join(" ")), verb.about));
    }
    lines.extend(options("options:", COMMON));
    lines
}

fn of_verb(applet: &Applet, verb: &Verb) -> Vec<String> {
    let name = words(applet.name, verb.path);
    let operands = verb.operands.iter().map(|operand| match operand.required {
        true => format!(" {}", operand.name),
        false => format!(" [{}]", operand.name),
    });
    let about = match verb.path {
        [] => format!("{name} {}", applet.about),
        _ => format!("{name}: {}", verb.about),
    };
    let mut lines = vec![
        about,
        String::new(),
        format!("usage: {name} [OPTION]...{}", operands.collect::<String>()),
    ];
    if !verb.operands.is_empty() {
        lines.push(String::new());
        lines.push("operands:".to_owned());
    }
    for operand in verb.operands {
        lines.extend(row(&format!("  {}", operand.name), operand.help));
    }
    if !verb.opts.is_empty() {
        lines.extend(options("options:", verb.opts));
    }
    let title = if verb.path.is_empty() && verb.opts.is_empty() {
        "options:"
    } else {
        "options of every tool:"
    };
    lines.extend(options(title, COMMON));
    lines
}

fn options(title: &str, opts: &[Opt]) -> Vec<String> {
    let mut lines = vec![String::new(), title.to_owned()];
    for opt in opts {
        lines.extend(row(&format!("  {}", spelling(opt)), opt.help));
    }
    lines
}

/// How an option is written: `-c, --config FILE`.
fn spelling(opt: &Opt) -> String {
    let short = opt.short.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
    let long = opt.long;
    match opt.takes {
        Takes::Nothing => format!("{short}--{long}"),
        Takes::YesNo => format!("{short}--{long}, --no-{long}"),
        Takes::Value(word) => format!("{short}--{long} {word}"),
        Takes::MaybeValue(word) => format!("{short}--{long}[={word}]"),
    }
}

/// One row of two columns; what is too wide for the first gets a line of its own.
fn row(left: &str, right: &str) -> Vec<String> {
    if left.chars().count() + 2 > COLUMN {
        return vec![left.to_owned(), format!("{:COLUMN$}{right}", "")];
    }
    vec![format!("{left:COLUMN$}{right}")]
}

fn words(first: &str, rest: &[&str]) -> String {
    let mut all = vec![first];
    all.extend(rest);
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::verbs;

    #[test]
    fn every_verb_and_option_has_its_line() {
        for applet in verbs::APPLETS {
            let all = text(applet, &[]);
            for verb in applet.list_verbs() {
                assert!(all.contains(verb.about) || verb.path.is_empty(), "{}", verb.about);
                let one = text(applet, verb.path);
                for opt in verb.opts.iter().chain(COMMON) {
                    assert!(one.contains(&format!("--{}", opt.long)), "{one}");
                    assert!(one.contains(opt.help), "{one}");
                }
            }
        }
    }

    #[test]
    fn the_columns_stay_apart_and_no_line_is_wider_than_a_terminal() {
        for applet in verbs::APPLETS {
            for verb in applet.list_verbs() {
                for line in text(applet, verb.path).lines() {
                    assert!(line.chars().count() <= 100, "{line}");
                }
            }
        }
        assert_eq!(row("  --a", "text"), [format!("{:COLUMN$}text", "  --a")]);
        assert_eq!(row(&"x".repeat(COLUMN), "text").len(), 2);
    }
}
