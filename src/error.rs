//! What can go wrong, as one plain value.
//!
//! An [`Error`] knows the exit code a tool ends with and the HTTP status a visitor gets. Its text is
//! for the operator: lower case, no full stop, what was attempted on which path and why it failed.
//! A visitor never reads it; pages have words of their own for each status.

use std::fmt;
use std::io::{self, ErrorKind};

/// The result of everything in this program that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, with the operator's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The command line is not understood: exit 2.
    Usage(String),
    /// The INI file is missing or wrong: exit 3. The text may have several lines, one an error.
    Config(String),
    /// Somebody else holds what is needed: exit 4, status 503.
    Busy(String),
    /// The instance cannot be used as it is (database missing, not a database): exit 1, status 503.
    Unavailable(String),
    /// The database is of another schema and waits for an update: exit 1, status 503.
    Outdated(String),
    /// What was asked for is not there: exit 1, status 404.
    NotFound(String),
    /// It may not be seen or done by whom asked: exit 1, status 403.
    Forbidden(String),
    /// The input is wrong: exit 1, status 400.
    Invalid(String),
    /// The input is larger than allowed: exit 1, status 413.
    TooLarge(String),
    /// It cannot be stored: the disk is full, or may only be read: exit 1, status 507.
    NoRoom(String),
    /// It was tried and failed: exit 1, status 500.
    Failed(String),
    /// A line that scripts know, printed as it is, without the tool's name: exit 1, status 500.
    Said(String),
    /// All is said, or nobody listens any more: exit with this code and print nothing.
    Quiet(u8),
}

impl Error {
    /// What an error of the system means; `what` was attempted, as in `read the file /a`.
    pub fn of_io(what: &str, cause: &io::Error) -> Error {
        let text = format!("cannot {what}: {cause}");
        match cause.kind() {
            ErrorKind::OutOfMemory => Error::Busy(text),
            ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::ReadOnlyFilesystem => Error::NoRoom(text),
            _ => Error::Failed(text),
        }
    }

    /// The exit code that a tool ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Config(_) => 3,
            Error::Busy(_) => 4,
            Error::Quiet(code) => *code,
            _ => 1,
        }
    }

    /// The HTTP status that a visitor gets.
    pub fn status(&self) -> u16 {
        match self {
            Error::Busy(_) | Error::Unavailable(_) | Error::Outdated(_) => 503,
            Error::NotFound(_) => 404,
            Error::Forbidden(_) => 403,
            Error::Invalid(_) => 400,
            Error::TooLarge(_) => 413,
            Error::NoRoom(_) => 507,
            Error::Usage(_) | Error::Config(_) | Error::Failed(_) | Error::Said(_) | Error::Quiet(_) => 500,
        }
    }

    /// The operator's text; empty when there is nothing to say.
    pub fn text(&self) -> &str {
        match self {
            Error::Usage(text)
            | Error::Config(text)
            | Error::Busy(text)
            | Error::Unavailable(text)
            | Error::Outdated(text)
            | Error::NotFound(text)
            | Error::Forbidden(text)
            | Error::Invalid(text)
            | Error::TooLarge(text)
            | Error::NoRoom(text)
            | Error::Failed(text)
            | Error::Said(text) => text,
            Error::Quiet(_) => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.text())
    }
}

impl std::error::Error for Error {}
