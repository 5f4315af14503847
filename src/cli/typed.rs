//! Reads what was typed: the first of two stages, which touches nothing outside.
//!
//! Common options stand on either side of the verb, the verb's own behind it; `--` ends them all.
//! Help and version win over everything that follows them, wrong or right. A value never appears in
//! a message about an option: it may be a password.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;

use super::call::{Call, Given};
use super::opts::{Applet, COMMON, Operand, Opt, Takes, Verb};
use crate::error::{Error, Result};
use crate::nearest::find_nearest;

/// What was typed.
pub enum Typed {
    /// A request for help on a tool, a group of verbs or a verb: its path.
    Help(Vec<&'static str>),
    /// A request for the version.
    Version,
    /// A group of verbs without the verb: its path.
    Bare(Vec<&'static str>),
    /// A verb.
    Call(Call),
}

/// Reads the arguments that follow a tool's name.
///
/// # Errors
/// [`Error::Usage`] with what is wrong and, where there is one, the nearest known word.
pub fn read(applet: &'static Applet, args: impl IntoIterator<Item = OsString>) -> Result<Typed> {
    let mut reader = Reader {
        applet,
        path: Vec::new(),
        verb: applet.list_verbs().find(|verb| verb.path.is_empty()),
        given: Vec::new(),
        operands: Vec::new(),
        config: None,
        loudness: 0,
    };
    let mut parser = lexopt::Parser::from_args(args);
    loop {
        let opt = match parser.next().map_err(|e| reader.usage(&plain(&e)))? {
            None => break,
            Some(Arg::Value(word)) => {
                reader.word(word)?;
                continue;
            }
            Some(Arg::Short(letter)) => reader.find_short(letter)?,
            Some(Arg::Long(long)) => {
                let long = long.to_owned();
                reader.find_long(&long)?
            }
        };
        match opt.0.long {
            "help" => return Ok(Typed::Help(reader.path)),
            "version" => return Ok(Typed::Version),
            _ => reader.option(opt, &mut parser)?,
        }
    }
    reader.finish()
}

/// An option's row, and whether it was given with `--no-`.
type Named = (&'static Opt, bool);

struct Reader {
    applet: &'static Applet,
    path: Vec<&'static str>,
    verb: Option<&'static Verb>,
    given: Vec<Given>,
    operands: Vec<String>,
    config: Option<PathBuf>,
    loudness: i32,
}

impl Reader {
    /// A word that is no option: one more of the verb's path, or an operand.
    fn word(&mut self, word: OsString) -> Result<()> {
        let word = self.text(word, "an operand")?;
        let Some(verb) = self.verb else {
            return self.step(&word);
        };
        let is_full = self.operands.len() >= verb.operands.len();
        if is_full && !verb.operands.last().is_some_and(Operand::repeats) {
            return Err(self.usage(&format!("{word:?} is one operand too many")));
        }
        self.operands.push(word);
        Ok(())
    }

    /// One step along the verb's path.
    fn step(&mut self, word: &str) -> Result<()> {
        let at = self.path.len();
        let next: Vec<&'static str> = self
            .applet
            .list_verbs()
            .filter(|verb| verb.path.starts_with(&self.path))
            .filter_map(|verb| verb.path.get(at).copied())
            .collect();
        let Some(known) = next.iter().find(|known| **known == word) else {
            let before: String = self.path.iter().map(|word| format!("{word} ")).collect();
            return Err(match find_nearest(word, next) {
                Some(near) => Error::Usage(format!(
                    "unknown verb \"{before}{word}\"; did you mean \"{before}{near}\"?"
                )),
                None => self.usage(&format!("unknown verb \"{before}{word}\"")),
            });
        };
        self.path.push(known);
        self.verb = self.applet.list_verbs().find(|verb| verb.path == self.path);
        Ok(())
    }

    /// An option, with the value that it takes.
    fn option(&mut self, (opt, no): Named, parser: &mut lexopt::Parser) -> Result<()> {
        let value = match opt.takes {
            Takes::Nothing | Takes::YesNo => None,
            Takes::MaybeValue(_) => parser.optional_value(),
            Takes::Value(_) => Some(parser.value().map_err(|e| self.usage(&plain(&e)))?),
        };
        match opt.long {
            "config" => self.config = value.map(PathBuf::from),
            "verbose" => self.loudness += 1,
            "quiet" => self.loudness -= 1,
            long => {
                let value = value
                    .map(|value| self.text(value, &format!("the value of --{long}")))
                    .transpose()?;
                self.given.push(Given { long, yes: !no, value });
            }
        }
        Ok(())
    }

    /// The options that may stand here.
    fn list_opts(&self) -> impl Iterator<Item = &'static Opt> {
        COMMON.iter().chain(self.verb.map_or(&[][..], |verb| verb.opts))
    }

    fn find_short(&self, letter: char) -> Result<Named> {
        match self.list_opts().find(|opt| opt.short == Some(letter)) {
            Some(opt) => Ok((opt, false)),
            None => Err(self.usage(&format!("unknown option -{letter}"))),
        }
    }

    fn find_long(&self, long: &str) -> Result<Named> {
        for opt in self.list_opts() {
            if opt.long == long {
                return Ok((opt, false));
            }
            if opt.takes == Takes::YesNo && long.strip_prefix("no-") == Some(opt.long) {
                return Ok((opt, true));
            }
        }
        let early = |verb: &Verb| verb.opts.iter().any(|opt| opt.long == long);
        if self.verb.is_none() && self.applet.list_verbs().any(early) {
            return Err(self.usage(&format!("--{long} has to stand behind its verb")));
        }
        let unknown = format!("unknown option --{long}");
        Err(match find_nearest(long, self.list_opts().map(|opt| opt.long)) {
            Some(near) => Error::Usage(format!("{unknown}; did you mean --{near}?")),
            None => self.usage(&unknown),
        })
    }

    fn finish(self) -> Result<Typed> {
        let Some(verb) = self.verb else {
            return Ok(Typed::Bare(self.path));
        };
        if let Some(missing) = verb.operands.get(self.operands.len())
            && missing.required
        {
            return Err(self.usage(&format!("{} is missing", missing.one())));
        }
        Ok(Typed::Call(Call {
            applet: self.applet,
            verb,
            given: self.given,
            operands: self.operands,
            config: self.config,
            loudness: self.loudness,
        }))
    }

    fn text(&self, word: OsString, what: &str) -> Result<String> {
        word.into_string()
            .map_err(|_| self.usage(&format!("{what} is not UTF-8 text")))
    }

    /// A usage error that ends with where to read more.
    fn usage(&self, text: &str) -> Error {
        let path: String = self.path.iter().map(|word| format!(" {word}")).collect();
        Error::Usage(format!("{text}; see {}{path} --help", self.applet.name))
    }
}

/// The parser's complaint in our words, without the value.
fn plain(error: &lexopt::Error) -> String {
    match error {
        lexopt::Error::MissingValue { option: Some(option) } => format!("{option} takes a value"),
        lexopt::Error::UnexpectedValue { option, .. } => format!("{option} takes no value"),
        lexopt::Error::NonUnicodeValue(_) => "an option is not UTF-8 text".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::opts::{Chatter, Operand};

    fn nothing(_: &Call) -> Result<()> {
        Ok(())
    }

    static APPLET: Applet = Applet {
        name: "tool",
        short: "t",
        section: 1,
        about: "is tried",
        chatter: Chatter::AsConfigured,
        verbs: &[&[
            Verb {
                path: &["mode"],
                about: "sets a mode",
                operands: &[Operand {
                    name: "REASON",
                    required: false,
                    help: "why",
                }],
                opts: &[Opt {
                    long: "wait",
                    short: None,
                    takes: Takes::MaybeValue("SECONDS"),
                    help: "waits",
                }],
                run: nothing,
            },
            Verb {
                path: &["take"],
                about: "takes files",
                operands: &[Operand {
                    name: "FILE ...",
                    required: true,
                    help: "which",
                }],
                opts: &[],
                run: nothing,
            },
            Verb {
                path: &["user", "add"],
                about: "adds",
                operands: &[Operand {
                    name: "NAME",
                    required: true,
                    help: "who",
                }],
                opts: &[
                    Opt {
                        long: "email",
                        short: Some('e'),
                        takes: Takes::Value("ADDRESS"),
                        help: "where",
                    },
                    Opt {
                        long: "admin",
                        short: None,
                        takes: Takes::YesNo,
                        help: "power",
                    },
                ],
                run: nothing,
            },
        ]],
    };

    fn typed(line: &str) -> Result<Typed> {
        read(&APPLET, line.split_whitespace().map(OsString::from))
    }

    fn call(line: &str) -> Call {
        match typed(line) {
            Ok(Typed::Call(call)) => call,
            Ok(_) => panic!("{line}: no call"),
            Err(e) => panic!("{line}: {e}"),
        }
    }

    fn wrong(line: &str) -> String {
        match typed(line) {
            Err(Error::Usage(text)) => text,
            _ => panic!("{line}: no usage error"),
        }
    }

    #[test]
    fn common_options_stand_on_either_side_of_the_verb() {
        for line in [
            "-c x.ini mode",
            "mode -c x.ini",
            "--config=x.ini mode",
            "mode -cx.ini",
            "-c y.ini mode --config x.ini",
        ] {
            assert_eq!(call(line).named_config(), Some("x.ini".as_ref()), "{line}");
        }
        assert_eq!(call("mode").config_path(), "fietsboek.ini");
        assert_eq!(call("-v mode -vq").loudness, 1);
    }

    #[test]
    fn an_optional_value_needs_the_equals_sign() {
        assert_eq!(call("mode --wait=5").value("wait"), Some("5"));
        let call = call("mode --wait 5");
        assert!(call.flag("wait"));
        assert_eq!((call.value("wait"), call.operands()), (None, &["5".to_owned()][..]));
    }

    #[test]
    fn values_flags_and_their_opposites_are_read() {
        let call = call("user add -e a@b --email=c@d --admin --no-admin NAME");
        assert_eq!(call.value("email"), Some("c@d"));
        assert_eq!(call.values("email"), ["a@b", "c@d"]);
        assert_eq!((call.yes_no("admin"), call.flag("admin")), (Some(false), false));
        assert_eq!(super::tests::call("user add N").yes_no("admin"), None);
    }

    #[test]
    fn where_any_number_may_stand_one_has_to() {
        assert_eq!(call("take a -- -b c").operands(), ["a", "-b", "c"]);
        assert!(wrong("take").starts_with("FILE is missing"));
    }

    #[test]
    fn an_empty_operand_is_an_operand() {
        let words = ["mode", ""].map(OsString::from);
        let Ok(Typed::Call(call)) = read(&APPLET, words) else {
            panic!("no call")
        };
        assert_eq!(call.operands(), [""]);
    }

    #[test]
    fn two_dashes_end_the_options() {
        assert_eq!(call("mode -- --wait").operands(), ["--wait"]);
    }

    #[test]
    fn help_and_version_win_over_what_follows() {
        assert!(matches!(typed("user --help --nonsense"), Ok(Typed::Help(path)) if path == ["user"]));
        assert!(matches!(typed("user add -h"), Ok(Typed::Help(path)) if path == ["user", "add"]));
        assert!(matches!(typed("--version nonsense"), Ok(Typed::Version)));
        assert!(matches!(typed("mode --version"), Ok(Typed::Version)));
    }

    #[test]
    fn a_group_alone_is_bare() {
        assert!(matches!(typed(""), Ok(Typed::Bare(path)) if path.is_empty()));
        assert!(matches!(typed("-c x user"), Ok(Typed::Bare(path)) if path == ["user"]));
    }

    #[test]
    fn slips_are_answered_with_the_nearest_known_word() {
        assert_eq!(wrong("modes"), "unknown verb \"modes\"; did you mean \"mode\"?");
        assert_eq!(
            wrong("user ad x"),
            "unknown verb \"user ad\"; did you mean \"user add\"?"
        );
        assert_eq!(wrong("mode --wiat"), "unknown option --wiat; did you mean --wait?");
        assert_eq!(wrong("frobnicate"), "unknown verb \"frobnicate\"; see tool --help");
        assert_eq!(wrong("mode -x"), "unknown option -x; see tool mode --help");
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        assert!(wrong("user add").starts_with("NAME is missing"));
        assert!(wrong("mode a b").starts_with("\"b\" is one operand too many"));
        assert!(wrong("user add -e").starts_with("-e takes a value"));
        assert!(wrong("--wait mode").starts_with("--wait has to stand behind its verb"));
    }

    #[test]
    fn a_value_never_appears_in_a_message() {
        let text = wrong("user add --admin=hunter2 x");
        assert!(text.starts_with("--admin takes no value"), "{text}");
        assert!(!text.contains("hunter2"));
    }
}
