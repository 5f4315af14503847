//! The line of Fietsboek's updates, each following the one before.

use super::revision;
use crate::error::{Error, Result};
use crate::schema;

/// One update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// The id, as VERSION and the command line name it.
    pub id: &'static str,
    /// The database's revision after it.
    pub revision: &'static str,
    /// What it does to the tracks' files, before the database is brought to that revision.
    pub files: Files,
}

/// What an update does to the tracks' files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Nothing.
    Stay,
    /// The recordings move from the database to files; back, into the database again.
    Move,
    /// Title, description, owner and date are written into the recordings; back, nothing.
    Engrave,
}

/// Every update, oldest first.
pub const UPDATES: [Update; 11] = [
    row("initial", "d085998b49ca", Files::Stay),
    row("v0.4.0", "d085998b49ca", Files::Stay),
    row("30ppwg8zi4ujb46f", "c939800af428", Files::Move),
    row("lu8w3rwlz4ddcpms", "c939800af428", Files::Engrave),
    row("v0.5.0", "c939800af428", Files::Stay),
    row("v0.6.0", "3149aa2d0114", Files::Stay),
    row("v0.7.0", "3149aa2d0114", Files::Stay),
    row("v0.8.0", "3149aa2d0114", Files::Stay),
    row("v0.9.0", "4566843039d6", Files::Stay),
    row("v0.10.0", "4566843039d6", Files::Stay),
    row(schema::VERSION, schema::HEAD, Files::Stay),
];

/// The place of the update that moves the recordings into files.
pub const MOVE: usize = 2;

/// The place of the newest update.
pub const HEAD: usize = UPDATES.len() - 1;

const fn row(id: &'static str, revision: &'static str, files: Files) -> Update {
    Update { id, revision, files }
}

/// The place of an update in the line.
pub fn find(id: &str) -> Option<usize> {
    UPDATES.iter().position(|update| update.id == id)
}

/// The place of an update that somebody named.
///
/// # Errors
/// [`Error::Usage`] when there is none of that id.
pub fn get(id: &str) -> Result<usize> {
    find(id).ok_or_else(|| {
        let known: Vec<&str> = UPDATES.iter().map(|update| update.id).collect();
        Error::Usage(format!("unknown version {id:?}; known are {}", known.join(", ")))
    })
}

/// The id of an update, or `none` for an instance that has had none.
pub fn name(at: Option<usize>) -> &'static str {
    at.map_or("none", |at| UPDATES[at].id)
}

/// The update that an instance is taken to be at by its database alone: the last one of that revision or an
/// earlier one, but never one whose work on files may be missing. Writing words into recordings twice does no harm.
pub fn assume(revision: &str) -> Option<usize> {
    let have = revision::find(revision)?;
    let last = UPDATES
        .iter()
        .rposition(|update| revision::find(update.revision) <= Some(have))?;
    match revision == UPDATES[MOVE].revision {
        true => Some(MOVE),
        false => Some(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn revisions_follow_the_order_of_the_schemas_and_ids_are_unique() {
        assert!(
            UPDATES
                .iter()
                .is_sorted_by_key(|update| revision::find(update.revision).unwrap())
        );
        let ids: BTreeSet<&str> = UPDATES.iter().map(|update| update.id).collect();
        assert_eq!(ids.len(), UPDATES.len());
        assert_eq!(UPDATES[MOVE].files, Files::Move);
        assert_eq!(UPDATES[HEAD].id, "v0.11.0");
    }

    #[test]
    fn a_database_alone_tells_the_last_update_that_can_be_relied_on() {
        for (revision, expected) in [
            ("1b4b1c179e5a", None),
            ("091ce24409fe", None),
            ("d085998b49ca", Some("v0.4.0")),
            ("c939800af428", Some("30ppwg8zi4ujb46f")),
            ("3149aa2d0114", Some("v0.8.0")),
            ("8f4e4eae5eb2", Some("v0.8.0")),
            ("4566843039d6", Some("v0.10.0")),
            ("2ebe1bf66430", Some("v0.11.0")),
            ("ffffffffffff", None),
        ] {
            assert_eq!(assume(revision).map(|at| UPDATES[at].id), expected, "{revision}");
        }
    }
}
