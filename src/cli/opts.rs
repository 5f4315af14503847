//! What the tables of tools, verbs and options are made of.
//!
//! One row feeds the parser, `--help` and the check of the man pages: nothing about an option is said
//! twice. Rows are plain data; what they mean is read in `typed`, what they do stands in the verb.

use super::call::Call;
use crate::error::Result;

/// A tool: one of the names that the binary answers to.
pub struct Applet {
    /// The name it is installed under: `fietsctl`.
    pub name: &'static str,
    /// What `fietsboek NAME …` calls it: `ctl`.
    pub short: &'static str,
    /// The section of its manual page.
    pub section: u8,
    /// What it does, so that it reads on after its name, in one line.
    pub about: &'static str,
    /// The level of its log when nobody asks for another.
    pub chatter: Chatter,
    /// Its verbs, one list a noun. A tool without verbs has a single row with an empty path.
    pub verbs: &'static [&'static [Verb]],
}

impl Applet {
    /// All verbs in the order of the tables.
    pub fn list_verbs(&self) -> impl Iterator<Item = &'static Verb> {
        self.verbs.iter().flat_map(|rows| rows.iter())
    }
}

/// How much a tool tells when neither `RUST_LOG` nor `-v` nor `-q` says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chatter {
    /// As the INI file says, else warnings and errors: what an administrator started by hand.
    AsConfigured,
    /// As the INI file says, else also what goes well: a server.
    Talkative,
    /// Warnings and errors whatever the INI file says: cron mails everything that is printed.
    Terse,
}

/// One thing a tool can do.
pub struct Verb {
    /// The words that name it: `user`, `add`.
    pub path: &'static [&'static str],
    /// What it does, in one line.
    pub about: &'static str,
    /// What stands behind the options.
    pub operands: &'static [Operand],
    /// Its own options, besides those that every tool has.
    pub opts: &'static [Opt],
    /// Does it.
    pub run: fn(&Call) -> Result<()>,
}

/// A word that is no option.
pub struct Operand {
    /// How it is called in messages and help: `REASON`; `FILE ...` when there may be any number of them, which only
    /// the last one of a verb can be.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it means, in one line.
    pub help: &'static str,
}

impl Operand {
    /// Whether it may be given several times.
    pub fn repeats(&self) -> bool {
        self.name.ends_with(Operand::AND_MORE)
    }

    /// What one of them is called.
    pub fn one(&self) -> &'static str {
        self.name.strip_suffix(Operand::AND_MORE).unwrap_or(self.name)
    }

    const AND_MORE: &str = " ...";
}

/// An option.
pub struct Opt {
    /// The name after two dashes.
    pub long: &'static str,
    /// The letter after one dash.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// What it means, in one line.
    pub help: &'static str,
}

/// What an option takes. Any option may be given several times: the last one counts, unless the verb
/// asks for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is given or not.
    Nothing,
    /// Nothing, but `--no-NAME` undoes it, and not given is a third state.
    YesNo,
    /// A value, `--name VALUE` or `--name=VALUE`, with the word that stands for it in the help.
    Value(&'static str),
    /// A value that may be left out and therefore needs the equals sign: `--name` or `--name=VALUE`.
    MaybeValue(&'static str),
}

/// What every tool takes, on either side of the verb.
pub const COMMON: &[Opt] = &[
    Opt {
        long: "config",
        short: Some('c'),
        takes: Takes::Value("FILE"),
        help: "the INI file of the instance (default: fietsboek.ini)",
    },
    Opt {
        long: "verbose",
        short: Some('v'),
        takes: Takes::Nothing,
        help: "log more on standard error; twice: everything",
    },
    Opt {
        long: "quiet",
        short: Some('q'),
        takes: Takes::Nothing,
        help: "log nothing but errors",
    },
    Opt {
        long: "help",
        short: Some('h'),
        takes: Takes::Nothing,
        help: "print this help",
    },
    Opt {
        long: "version",
        short: None,
        takes: Takes::Nothing,
        help: "print the version",
    },
];
