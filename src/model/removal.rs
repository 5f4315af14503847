//! The files of deleted rows, to be removed once the deletion is committed.
//!
//! The order is: rows deleted, committed, files removed. The other way round a crash would leave a
//! track without its GPX. Ids are given out again, so between the commit and the removal another
//! track may have got the id, and its directory the name: [`Removal::files`] looks again, under the
//! database's write lock, and leaves alone what has a row.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{TrackId, UserId, failed, query, trackdir};
use crate::datadir::DataDir;
use crate::error::Result;

/// What [`super::track::delete`] and [`super::user::delete`] leave to be done after the commit.
#[must_use = "the files stay until `files` is called after the commit"]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removal {
    pub(super) tracks: Vec<TrackId>,
    pub(super) users: Vec<UserId>,
}

impl Removal {
    /// Removes the files. To be called after the commit, outside of a transaction: it takes the write
    /// lock for the moment that the directories are moved to `trash/`, and deletes them without it.
    /// A crash before leaves directories without rows (the next row of that id moves them to `stale/`),
    /// a crash within leaves some in `trash/` (see [`trackdir::list_strays`]).
    ///
    /// # Errors
    /// `Busy` when the lock cannot be had, `Failed` with the path and the cause. The deletion itself
    /// stands either way: log it, do not report it as undone.
    pub fn files(self, db: &Connection, dir: &DataDir) -> Result<()> {
        let what = "lock the database to remove deleted files";
        let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
        let mut trash = Vec::new();
        for id in self.tracks {
            if !has_row(&lock, "SELECT 1 FROM tracks WHERE id = ?1", id.0)? {
                trash.extend(trackdir::discard(dir, &dir.track(id.0))?);
            }
        }
        for id in self.users {
            if !has_row(&lock, "SELECT 1 FROM users WHERE id = ?1", id.0)? {
                trash.extend(trackdir::discard(dir, &dir.user(id.0))?);
            }
        }
        lock.finish().map_err(|e| failed(what, e))?;
        trash.iter().try_for_each(|path| trackdir::empty(path))
    }
}

fn has_row(db: &Connection, sql: &str, id: i64) -> Result<bool> {
    Ok(query::find(db, "look for a row that was deleted", sql, [id], |_| Ok(()))?.is_some())
}
