//! What was asked for: a verb with its options and operands, understood but not yet done.
//!
//! It is also the verb's way to the outside: the configuration, standard output, warnings. Nothing
//! here opens the database or the data directory.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::logging;
use super::opts::{Applet, Verb};
use crate::config::Config;
use crate::error::{Error, Result};

/// The INI file that is read when none is named.
pub const DEFAULT_CONFIG: &str = "fietsboek.ini";

/// A verb, and what was given to it.
pub struct Call {
    /// The tool.
    pub applet: &'static Applet,
    /// The verb.
    pub verb: &'static Verb,
    /// The options as given, in order, by their long names.
    pub(super) given: Vec<Given>,
    /// The operands, in order.
    pub(super) operands: Vec<String>,
    /// What `-c` named.
    pub(super) config: Option<PathBuf>,
    /// How often `-v` was given, less how often `-q`.
    pub(super) loudness: i32,
}

/// One option as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub long: &'static str,
    pub yes: bool,
    pub value: Option<String>,
}

impl Call {
    /// Whether an option was given, with a value or without; for a yes-no option: whether yes.
    pub fn flag(&self, long: &str) -> bool {
        self.yes_no(long) == Some(true)
    }

    /// The last word on a yes-no option: `None` when it was not given.
    pub fn yes_no(&self, long: &str) -> Option<bool> {
        self.find(long).map(|given| given.yes)
    }

    /// The value of an option, the last one if it was given several times.
    pub fn value(&self, long: &str) -> Option<&str> {
        self.find(long).and_then(|given| given.value.as_deref())
    }

    /// All values of an option, in the order given.
    pub fn values(&self, long: &str) -> Vec<&str> {
        self.given
            .iter()
            .filter(|given| given.long == long)
            .filter_map(|given| given.value.as_deref())
            .collect()
    }

    /// The value of an option as a whole number.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none.
    pub fn number(&self, long: &str) -> Result<Option<i64>> {
        let Some(text) = self.value(long) else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Error::Usage(format!("--{long} takes a whole number, not {text:?}"))),
        }
    }

    /// The words that are no options.
    pub fn operands(&self) -> &[String] {
        &self.operands
    }

    /// The INI file, as named or by default.
    pub fn config_path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG))
    }

    /// The INI file that `-c` named.
    pub fn named_config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The configuration. Its wish about the log is heard first, then its warnings are logged.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn config(&self) -> Result<Config> {
        self.config_at(self.config_path())
    }

    /// The configuration in a file that was named in another way than with `-c`.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn config_at(&self, file: &Path) -> Result<Config> {
        let config = Config::read(file)?;
        logging::set_level(self.applet.chatter, self.loudness, config.log_level);
        for warning in &config.warnings {
            log::warn!("{warning}");
        }
        Ok(config)
    }

    /// Prints a line to standard output.
    ///
    /// # Errors
    /// [`Error::Quiet`] when nobody reads any more, [`Error::Failed`] when it cannot be written.
    pub fn say(&self, line: &str) -> Result<()> {
        say(line)
    }

    /// Prints a warning to standard error, whatever the level of the log.
    pub fn warn(&self, text: &str) {
        complain(&format!("{}: warning: {text}", self.applet.name));
    }

    /// Whether nothing but errors is wanted.
    pub fn is_quiet(&self) -> bool {
        self.loudness < 0
    }

    /// Whether standard output is a terminal that wants colours.
    pub fn wants_colours(&self) -> bool {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    fn find(&self, long: &str) -> Option<&Given> {
        self.given.iter().rev().find(|given| given.long == long)
    }
}

/// Prints a line to standard output; a reader who went away ends the tool without a word.
///
/// # Errors
/// As [`Call::say`].
pub fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(|e| match e.kind() {
        std::io::ErrorKind::BrokenPipe => Error::Quiet(1),
        _ => Error::Failed(format!("cannot write to standard output: {e}")),
    })
}

/// Prints a line to standard error; if even that fails there is nobody left to tell.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
