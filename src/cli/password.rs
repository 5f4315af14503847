//! Where a new password comes from: the command line, standard input, or somebody who types it.
//!
//! The tools apply no rule to it but that there is one: an empty password is what a script with an
//! unset variable gives, and would open the account to everybody.

use super::call::Call;
use super::opts::{Opt, Takes};
use super::prompt::Prompt;
use crate::error::{Error, Result};
use crate::secret::PasswordHash;

/// The password on the command line, where other users of the machine can see it.
pub const PASSWORD: Opt = Opt {
    long: "password",
    short: None,
    takes: Takes::Value("PASSWORD"),
    help: "the password; better not here, where ps shows it (default: ask)",
};

/// The password on standard input.
pub const PASSWORD_STDIN: Opt = Opt {
    long: "password-stdin",
    short: None,
    takes: Takes::Nothing,
    help: "read the password from standard input, one line",
};

/// Where the password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// It was given.
    Given(&'a str),
    /// It is the next line of standard input.
    Stdin,
    /// It is asked for, twice.
    Asked,
}

impl<'a> Source<'a> {
    /// What the options say.
    ///
    /// # Errors
    /// [`Error::Usage`] when they say two things.
    pub fn of(call: &'a Call) -> Result<Source<'a>> {
        match (call.value("password"), call.flag("password-stdin")) {
            (Some(_), true) => Err(Error::Usage(
                "--password and --password-stdin do not go together".to_owned(),
            )),
            (Some(password), false) => Ok(Source::Given(password)),
            (None, true) => Ok(Source::Stdin),
            (None, false) => Ok(Source::Asked),
        }
    }

    /// The password, hashed.
    ///
    /// # Errors
    /// As [`Prompt::ask`]; [`Error::Invalid`] when it is empty.
    pub fn get(self, prompt: &mut Prompt) -> Result<PasswordHash> {
        let password = match self {
            Source::Given(password) => password.to_owned(),
            Source::Stdin => prompt.read_line()?,
            Source::Asked => prompt.ask_new_password()?,
        };
        if password.is_empty() {
            return Err(Error::Invalid("the password is empty".to_owned()));
        }
        PasswordHash::new(&password)
    }
}
