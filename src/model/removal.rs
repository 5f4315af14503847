//! The files of deleted rows, to be removed once the deletion is committed.
//!
//! The order is: rows deleted, committed, files removed. The other way round a crash would leave a
//! track without its GPX. Before the commit the directories of tracks are marked (`unfinished`), so that what
//! a crash leaves of them is known. Ids are given out again, so between the commit and the removal another
//! track may have got the id, and its directory the name: [`Marked::files`] looks again, under the
//! database's write lock, and leaves alone what has a row.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{TrackId, UserId, failed, query, trash, unfinished};
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::error::Result;

/// What [`super::track::delete`] and [`super::user::delete`] leave to be done.
#[must_use = "the files stay until `mark` is called before the commit and `files` after it"]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removal {
    pub(super) tracks: Vec<TrackId>,
    pub(super) users: Vec<UserId>,
}

impl Removal {
    /// Marks the directories of tracks, within the transaction that deletes the rows and just before its commit.
    pub fn mark(self, dir: &DataDir) -> Marked {
        unfinished::mark_all(dir, &self.tracks);
        crash::point(Point::DeleteMarked);
        Marked {
            removal: self,
            dir: dir.clone(),
        }
    }
}

/// Directories that are about to be removed. Dropped without [`Marked::files`] the marks go again.
#[must_use = "the files stay until `files` is called after the commit"]
#[derive(Debug)]
pub struct Marked {
    removal: Removal,
    dir: DataDir,
}

impl Marked {
    /// Removes the files. To be called after the commit, outside of a transaction: it takes the write
    /// lock for the moment that the directories are moved to `trash/`, and deletes them without it.
    /// A crash before leaves directories without rows, those of tracks marked (see [`unfinished::settle`]),
    /// a crash within leaves some in `trash/` (see [`trash::list_strays`]).
    ///
    /// # Errors
    /// `Busy` when the lock cannot be had, `Failed` with the path and the cause. The deletion itself
    /// stands either way: log it, do not report it as undone.
    pub fn files(mut self, db: &Connection) -> Result<()> {
        crash::point(Point::DeleteCommitted);
        // From here on the marks stay: what cannot be removed now is known by them.
        let Removal { tracks, users } = std::mem::take(&mut self.removal);
        let dir = &self.dir;
        let what = "lock the database to remove deleted files";
        let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
        let mut gone = Vec::new();
        for id in tracks {
            if !has_row(&lock, "SELECT 1 FROM tracks WHERE id = ?1", id.0)? {
                gone.extend(trash::discard(dir, &dir.track(id.0))?);
            }
        }
        for id in users {
            if !has_row(&lock, "SELECT 1 FROM users WHERE id = ?1", id.0)? {
                gone.extend(trash::discard(dir, &dir.user(id.0))?);
            }
        }
        lock.finish().map_err(|e| failed(what, e))?;
        crash::point(Point::DeleteMoved);
        gone.iter().try_for_each(|path| trash::empty(path))
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        self.removal
            .tracks
            .iter()
            .for_each(|id| unfinished::unmark(&self.dir, *id));
    }
}

fn has_row(db: &Connection, sql: &str, id: i64) -> Result<bool> {
    Ok(query::find(db, "look for a row that was deleted", sql, [id], |_| Ok(()))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadir::TRACK_UNFINISHED;
    use crate::model::fixture::{self, BOB};
    use crate::model::{track, trackdir};

    #[test]
    fn a_track_that_got_the_id_meanwhile_keeps_its_files() {
        let site = fixture::site();
        let last = TrackId(6);
        let fields = track::find(&site.db, last).unwrap().unwrap().fields;
        let removal = track::delete(&site.db, last).unwrap().mark(&site.dir);
        let next = track::insert(&site.db, BOB, &fields).unwrap();
        assert_eq!(next, last, "ids are given out again");
        trackdir::create(&site.dir, next, b"next", b"", &mut []).unwrap().keep();
        removal.files(&site.db).unwrap();
        assert_eq!(
            trackdir::find_gpx(&site.dir, next).unwrap().as_deref(),
            Some(&b"next"[..])
        );
        assert!(!site.dir.stale().exists() && !site.dir.track(6).join(TRACK_UNFINISHED).exists());
    }

    #[test]
    fn a_locked_database_leaves_the_files() {
        let site = fixture::site();
        let removal = track::delete(&site.db, TrackId(1)).unwrap().mark(&site.dir);
        let other = Connection::open(site.temp.path().join("fietsboek.sqlite")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        site.db.busy_timeout(std::time::Duration::ZERO).unwrap();
        let error = removal.files(&site.db).unwrap_err();
        assert!(matches!(error, crate::error::Error::Busy(_)), "{error:?}");
        assert!(site.dir.track(1).exists());
        other.execute_batch("ROLLBACK").unwrap();
        assert!(unfinished::settle(&site.db, &site.dir, TrackId(1)).unwrap());
        assert!(!site.dir.track(1).exists());
    }

    #[test]
    fn what_is_not_committed_is_as_before() {
        let site = fixture::site();
        let change = site.db.unchecked_transaction().unwrap();
        let removal = track::delete(&change, TrackId(1)).unwrap().mark(&site.dir);
        assert_eq!(unfinished::list(&site.dir).unwrap(), [TrackId(1)]);
        change.rollback().unwrap();
        drop(removal);
        assert!(unfinished::list(&site.dir).unwrap().is_empty() && site.dir.track_gpx(1).exists());
    }

    #[test]
    fn a_missing_directory_is_no_error() {
        let site = fixture::site();
        std::fs::remove_dir_all(site.dir.track(1)).unwrap();
        let removal = track::delete(&site.db, TrackId(1)).unwrap().mark(&site.dir);
        removal.files(&site.db).unwrap();
    }
}
