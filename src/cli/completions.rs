//! `fietsctl completions`: a script that lets a shell complete our command lines, made from the tables.
//!
//! One script a shell, for the four tools and for `fietsboek TOOL …`. What it offers is decided here, at the time it is
//! printed; a script never calls a tool, so that completing works beside a broken instance too.

mod bash;
mod fish;
mod place;
mod zsh;

use super::call::Call;
use super::opts::{Operand, Verb};
use crate::error::{Error, Result};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["completions"],
    about: "print a script that completes command lines in a shell",
    operands: &[Operand {
        name: "bash|zsh|fish",
        required: true,
        help: "the shell that it is for",
    }],
    opts: &[],
    run,
}];

fn run(call: &Call) -> Result<()> {
    let shell = call.operands().first().map_or("", String::as_str);
    let script = match shell {
        "bash" => bash::script(),
        "zsh" => zsh::script(),
        "fish" => fish::script(),
        other => {
            return Err(Error::Usage(format!(
                "there are completions for bash, zsh and fish, not for {other:?}"
            )));
        }
    };
    call.say(script.trim_end())
}

/// A word in single quotes, for a shell whose quotes end within them: `it'\''s`.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::opts::{COMMON, Takes};
    use crate::cli::verbs::APPLETS;

    #[test]
    fn every_tool_verb_option_and_fixed_value_stands_in_every_script() {
        for script in [bash::script(), zsh::script(), fish::script()] {
            for applet in APPLETS {
                assert!(script.contains(applet.name) && script.contains(applet.short));
                for verb in applet.list_verbs() {
                    assert!(verb.path.iter().all(|word| script.contains(word)), "{:?}", verb.path);
                    for opt in verb.opts.iter().chain(COMMON) {
                        assert!(script.contains(opt.long), "--{}", opt.long);
                        if let Takes::Value(word) = opt.takes
                            && word.contains('|')
                        {
                            assert!(script.contains(&word.replace('|', " ")), "{word}");
                        }
                    }
                }
            }
            assert!(script.contains("bash zsh fish"));
        }
    }

    #[test]
    fn a_quote_in_a_text_does_not_end_it() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
