//! `fietsctl user`: the accounts, from the administrator's side.
//!
//! Neither the registration switch nor the rules for passwords count here: what the administrator
//! does by hand is meant. The lines that are printed are an interface of Fietsboek 0.11, to the letter.

mod add;
mod del;
mod hittekaart;
mod list;
mod modify;
mod passwd;

use rusqlite::Connection;

use super::call::Call;
use super::opts::{Opt, Takes, Verb};
use super::password;
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::model::user::{self, User};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[
    Verb {
        path: &["user", "add"],
        about: "make an account; what is not given is asked for",
        operands: &[],
        opts: &[
            Opt {
                long: "email",
                short: None,
                takes: Takes::Value("ADDRESS"),
                help: "the e-mail address, which is the log-in name (default: ask)",
            },
            Opt {
                long: "name",
                short: None,
                takes: Takes::Value("NAME"),
                help: "the name that others see (default: ask)",
            },
            password::PASSWORD,
            password::PASSWORD_STDIN,
            Opt {
                long: "admin",
                short: None,
                takes: Takes::Nothing,
                help: "make it an administrator's account",
            },
        ],
        run: add::run,
    },
    Verb {
        path: &["user", "del"],
        about: "delete an account with everything that belongs to it",
        operands: &[],
        opts: &[ID, EMAIL, FORCE],
        run: del::run,
    },
    Verb {
        path: &["user", "hittekaart"],
        about: "draw the overlay maps of a user's tracks, or delete them",
        operands: &[],
        opts: &[
            ID,
            EMAIL,
            Opt {
                long: "mode",
                short: None,
                takes: Takes::Value("heatmap|tilehunter"),
                help: "which map; can be given several times (default: heatmap)",
            },
            Opt {
                long: "delete",
                short: None,
                takes: Takes::Nothing,
                help: "delete the maps instead of drawing them",
            },
        ],
        run: hittekaart::run,
    },
    Verb {
        path: &["user", "list"],
        about: "list the accounts: administrator or not, verified or not, id, address, name",
        operands: &[],
        opts: &[],
        run: list::run,
    },
    Verb {
        path: &["user", "modify"],
        about: "change an account",
        operands: &[],
        opts: &[
            ID,
            EMAIL,
            Opt {
                long: "admin",
                short: None,
                takes: Takes::YesNo,
                help: "make the user an administrator, or no longer",
            },
            Opt {
                long: "verified",
                short: None,
                takes: Takes::YesNo,
                help: "mark the address as verified, or no longer",
            },
            Opt {
                long: "set-email",
                short: None,
                takes: Takes::Value("ADDRESS"),
                help: "the new e-mail address",
            },
        ],
        run: modify::run,
    },
    Verb {
        path: &["user", "passwd"],
        about: "set the password of an account; ends its sessions",
        operands: &[],
        opts: &[ID, EMAIL, password::PASSWORD, password::PASSWORD_STDIN],
        run: passwd::run,
    },
];

const ID: Opt = Opt {
    long: "id",
    short: Some('i'),
    takes: Takes::Value("N"),
    help: "the user with this id",
};

const EMAIL: Opt = Opt {
    long: "email",
    short: Some('e'),
    takes: Takes::Value("ADDRESS"),
    help: "the user with this e-mail address, in any capitalisation",
};

/// Deletes without a question.
pub(super) const FORCE: Opt = Opt {
    long: "force",
    short: Some('f'),
    takes: Takes::Nothing,
    help: "do not ask",
};

/// Which user is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Selector<'a> {
    Id(UserId),
    Email(&'a str),
}

impl<'a> Selector<'a> {
    /// What `--id` or `--email` says.
    fn of(call: &'a Call) -> Result<Selector<'a>> {
        match (call.number("id")?, call.value("email")) {
            (Some(id), None) => Ok(Selector::Id(UserId(id))),
            (None, Some(email)) => Ok(Selector::Email(email)),
            _ => Err(Error::Usage("name the user by either --id or --email".to_owned())),
        }
    }

    /// The user.
    fn get(self, db: &Connection) -> Result<User> {
        let found = match self {
            Selector::Id(id) => user::find(db, id)?,
            Selector::Email(email) => user::find_by_email(db, email)?,
        };
        found.ok_or_else(|| Error::Said("Error: No such user found.".to_owned()))
    }
}

/// Refuses what cannot be an address: mail could not be sent to it, and an unset variable in a
/// script would make an account that nobody can name.
fn check_email(email: &str) -> Result<()> {
    if email.contains('@') && !email.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{email:?} is no e-mail address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_an_at_sign_and_is_one_line() {
        assert!(check_email("a@b").is_ok());
        for email in ["", "alice", "a@b\nBcc: c@d"] {
            assert!(check_email(email).is_err(), "{email:?}");
        }
    }
}
