//! `fietsctl track`: the tracks of all users, from the administrator's side.
//!
//! The lines that are printed are an interface of Fietsboek 0.11, to the letter.

mod del;
mod list;

use super::opts::{Opt, Takes, Verb};
use super::user::FORCE;

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
        path: &["track", "list"],
        about: "list the tracks: id, size of the files, owner, title",
        operands: &[],
        opts: &[],
        run: list::run,
    },
];
