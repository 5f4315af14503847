//! `fietsctl track`: the tracks of all users, from the administrator's side.
//!
//! The lines that are printed are an interface of Fietsboek 0.11, to the letter.

mod del;
mod drain;
mod export;
mod import;
mod list;

use rusqlite::Connection;

use super::call::Call;
use super::opts::{Operand, Opt, Takes, Verb};
use super::user::FORCE;
use crate::error::{Error, Result};
use crate::model::user::{self, User};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[
    Verb {
        path: &["track", "del"],
        about: "delete a track with its files",
        operands: &[],
        opts: &[
            Opt {
                long: "id",
                short: Some('i'),
                takes: Takes::Value("N"),
                help: "the track with this id",
            },
            FORCE,
        ],
        run: del::run,
    },
    Verb {
        path: &["track", "export"],
        about: "write all tracks of a user to a directory",
        operands: &[Operand {
            name: "DIR",
            required: true,
            help: "the directory; empty, or made",
        }],
        opts: &[USER],
        run: export::run,
    },
    Verb {
        path: &["track", "import"],
        about: "make tracks of recordings from elsewhere",
        operands: &[Operand {
            name: "FILE ...",
            required: true,
            help: "GPX, FIT or TCX files, directories of them, ZIP files of them",
        }],
        opts: &[
            USER,
            Opt {
                long: "visibility",
                short: None,
                takes: Takes::Value("WHO"),
                help: "private, friends, friends_tagged, logged_in or public (default: private)",
            },
            Opt {
                long: "tag",
                short: None,
                takes: Takes::Value("TAG"),
                help: "a tag for each of the tracks; can be given several times",
            },
            Opt {
                long: "type",
                short: None,
                takes: Takes::Value("TYPE"),
                help: "organic (recorded) or synthetic (planned) (default: as the file says)",
            },
            Opt {
                long: "jobs",
                short: Some('j'),
                takes: Takes::Value("N"),
                help: "files that are read at once (default: one for each core)",
            },
            Opt {
                long: "dry-run",
                short: Some('n'),
                takes: Takes::Nothing,
                help: "write nothing, only tell what would be done",
            },
        ],
        run: import::run,
    },
    Verb {
        path: &["track", "list"],
        about: "list the tracks: id, size of the files, owner, title",
        operands: &[],
        opts: &[],
        run: list::run,
    },
];

/// Whose tracks are meant.
const USER: Opt = Opt {
    long: "user",
    short: Some('u'),
    takes: Takes::Value("ADDRESS"),
    help: "the user with this e-mail address; it must be given",
};

/// What `--user` says.
fn email(call: &Call) -> Result<&str> {
    let email = call.value("user");
    email.ok_or_else(|| Error::Usage("name the owner of the tracks by --user".to_owned()))
}

/// The user with an address.
fn owner(db: &Connection, email: &str) -> Result<User> {
    let found = user::find_by_email(db, email)?;
    found.ok_or_else(|| Error::NotFound(format!("no user has the address {email:?}")))
}
