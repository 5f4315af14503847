//! How an edit's rows and files become one: the directory that is staged takes the place of the old one.
//!
//! The steps, each durable before the next:
//! 1. the new directory stands whole beside the old one (`staged`), with a file `edition` that names the edit;
//! 2. one transaction changes the rows and notes the pending swap in `x_swaps`; its commit decides;
//! 3. a second transaction exchanges the two directories and takes the note away ([`finish`]);
//! 4. the old directory goes to the trash.
//!
//! A crash before 2 leaves the old state and a stray in `staging/`. After it the note says what is pending and the
//! `edition` in the track's directory whether the exchange has happened already, so [`finish`] can be called any
//! number of times. [`finish_pending`] is called for every connection that is opened, before a track is read.
//!
//! Why the exchange happens inside a transaction of its own: every other move of a track's directory (made,
//! deleted, set aside) happens under the database's write lock too, so none of them can come between, and a note
//! that is still there under that lock proves that the track still is the one that was edited. A trigger takes
//! the note away with the track, whoever deletes it. Why a lasting file and not a marker that is removed: the
//! removal would be one more step to crash before. Why not the exchange first and the commit last: undoing it
//! after a crash would need the same note, and a reader could see files that are then taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use super::files::{io, sync_dir};
use super::own::Table;
use super::staged::Staged;
use super::tracklock::TrackLock;
use super::{TrackId, failed, query, trash};
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_EDITION, TRACK_GARBAGE};
use crate::error::{Error, Result};

/// The path is relative to the data directory, which may move.
const TABLE: Table = Table {
    name: "x_swaps",
    of: "tracks",
    key: "track_id",
    columns: "staged TEXT NOT NULL",
};

/// Notes that a track's files are to be replaced by what is staged. The caller holds the (immediate) transaction
/// that changes the rows and the track's lock, has called [`finish`] for what an earlier edit may have left,
/// commits next, keeps what is staged, and calls [`finish`].
///
/// # Errors
/// What the database says.
pub fn note(db: &Connection, dir: &DataDir, id: TrackId, staged: &Staged) -> Result<()> {
    TABLE.ensure(db)?;
    let path = staged.path().strip_prefix(dir.path()).unwrap_or(staged.path());
    let sql = "INSERT INTO x_swaps (track_id, staged) VALUES (?1, ?2)";
    query::run(db, "note a pending edit", sql, (id, path.to_string_lossy()))?;
    crash::point(Point::EditWritten);
    Ok(())
}

/// Completes what is noted for a track; nothing noted: nothing happens. To be called outside of a transaction.
///
/// # Errors
/// `Busy` when the write lock cannot be had, `Failed` with the path and the cause. The edit stands either way, and
/// the next call completes it.
pub fn finish(db: &Connection, dir: &DataDir, id: TrackId) -> Result<()> {
    if !TABLE.is_there(db)? {
        return Ok(());
    }
    let what = "complete an edit";
    let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    let sql = "SELECT staged FROM x_swaps WHERE track_id = ?1";
    let Some(staged) = query::find(&lock, what, sql, [id], |row| row.get::<_, String>(0))? else {
        return lock.finish().map_err(|e| failed(what, e));
    };
    let staged = dir.path().join(staged);
    replace(dir, id, &staged)?;
    crash::point(Point::EditExchanged);
    query::run(&lock, what, "DELETE FROM x_swaps WHERE track_id = ?1", [id])?;
    lock.commit().map_err(|e| failed(what, e))?;
    crash::point(Point::EditSettled);
    let gone = trash::discard(dir, &staged).and_then(|gone| gone.as_deref().map_or(Ok(()), trash::empty));
    // Complete all the same: what is left is a stray, which fietscron removes.
    if let Err(e) = gone {
        log::warn!("the old files of track {id} are left: {e}");
    }
    Ok(())
}

/// Completes everything that crashes left pending. One that cannot be completed is logged and keeps neither the
/// others nor the site; it is tried again by the next process, and by the next edit of the track. What a living
/// process is about to complete (it holds the track's lock) is left to it.
///
/// # Errors
/// What the database says, `Busy` too: then it is to be called again.
pub fn finish_pending(db: &Connection, dir: &DataDir) -> Result<()> {
    if !TABLE.is_there(db)? {
        return Ok(());
    }
    let sql = "SELECT track_id FROM x_swaps ORDER BY track_id";
    for id in query::list(db, "list the pending edits", sql, [], |row| row.get(0))? {
        let lock = match TrackLock::take(dir, id, Duration::ZERO) {
            // No crash: whoever edits is alive, and completes it.
            Err(Error::Busy(_)) => continue,
            // The place is empty: a crash on a file system that cannot exchange.
            Err(Error::NotFound(_)) => Ok(None),
            taken => taken.map(Some),
        };
        match lock.and_then(|_lock| finish(db, dir, id)) {
            Ok(()) => log::warn!("an edit of track {id} was cut short by a crash and is complete now"),
            Err(e @ (Error::Failed(_) | Error::NoRoom(_))) => {
                log::error!("an edit of track {id} cannot be completed: {e}")
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// The directories that pending edits name: no strays.
///
/// # Errors
/// What the database says.
pub fn list_staged(db: &Connection, dir: &DataDir) -> Result<BTreeSet<PathBuf>> {
    if !TABLE.is_there(db)? {
        return Ok(BTreeSet::new());
    }
    let read = |row: &rusqlite::Row<'_>| Ok(dir.path().join(row.get::<_, String>("staged")?));
    let all = query::list(db, "list the pending edits", "SELECT staged FROM x_swaps", [], read)?;
    Ok(all.into_iter().collect())
}

/// Where the files stand that the rows of tracks with a pending edit are of, by track: still beside their place. The
/// caller holds the write lock.
///
/// # Errors
/// What the database says.
pub(super) fn list_pending(db: &Connection, dir: &DataDir) -> Result<BTreeMap<TrackId, PathBuf>> {
    if !TABLE.is_there(db)? {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT track_id, staged FROM x_swaps";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, dir.path().join(row.get::<_, String>(1)?)));
    let mut all: Vec<(TrackId, PathBuf)> = query::list(db, "list the pending edits", sql, [], read)?;
    all.retain(|(id, staged)| !is_placed(&dir.track(id.0), staged) && staged.is_dir());
    Ok(all.into_iter().collect())
}

/// Takes away every note of a pending edit: in a copy of the database whose files were taken from where they wait.
///
/// # Errors
/// What the database says.
pub(super) fn forget_pending(db: &Connection) -> Result<()> {
    match TABLE.is_there(db)? {
        true => query::run(db, "forget the pending edits", "DELETE FROM x_swaps", []).map(drop),
        false => Ok(()),
    }
}

/// Puts what is staged in the track's place, unless it is there already; afterwards the old files are where the
/// new ones were.
fn replace(dir: &DataDir, id: TrackId, staged: &Path) -> Result<()> {
    let target = dir.track(id.0);
    if is_placed(&target, staged) {
        return Ok(());
    }
    if !staged.is_dir() {
        log::error!(
            "the files of an edit of track {id} are lost: {} is not there",
            staged.display()
        );
        return Ok(());
    }
    exchange(staged, &target)?;
    sync_dir(&dir.tracks())?;
    sync_dir(staged.parent().unwrap_or(staged))
}

/// Whether a track's directory is the one that was staged.
fn is_placed(target: &Path, staged: &Path) -> bool {
    let name = staged.file_name().unwrap_or_default().to_string_lossy();
    let edition = fs::read_to_string(target.join(TRACK_EDITION)).unwrap_or_default();
    edition == name.trim_start_matches(TRACK_GARBAGE)
}

fn exchange(staged: &Path, target: &Path) -> Result<()> {
    match rustix::fs::renameat_with(CWD, staged, CWD, target, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => exchange_by_steps(staged, target),
        Err(e) => Err(io("put an edit in the place of", target, e.into())),
    }
}

/// The same for file systems that cannot exchange, and for a place that is empty. A crash between the steps leaves
/// either an empty place, which is filled by doing it again, or a stray.
fn exchange_by_steps(staged: &Path, target: &Path) -> Result<()> {
    let old = staged.with_extension("old");
    let moved = |from: &Path, to: &Path| match fs::rename(from, to) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(io("move", from, e)),
        Ok(()) => Ok(()),
    };
    moved(target, &old)?;
    fs::rename(staged, target).map_err(|e| io("put an edit in the place of", target, e))?;
    moved(&old, staged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadir::TRACK_GPX;
    use crate::model::fixture::{self, Site};
    use crate::model::staged::{Changes, stage};
    use crate::model::{track, trackdir};

    const ID: TrackId = TrackId(1);

    /// An edit up to its commit.
    fn commit_edit(site: &Site, text: &str) {
        let mut changes = Changes {
            gpx: Some(text.as_bytes().to_vec()),
            ..Changes::default()
        };
        let staged = stage(&site.dir, ID, &mut changes).unwrap();
        let change = site.db.unchecked_transaction().unwrap();
        note(&change, &site.dir, ID, &staged).unwrap();
        change.commit().unwrap();
        staged.keep();
    }

    fn gpx(site: &Site) -> String {
        let bytes = trackdir::find_gpx(&site.dir, ID).unwrap().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn leftovers(site: &Site) -> usize {
        let count = |path: PathBuf| fs::read_dir(path).map_or(0, Iterator::count);
        count(site.dir.staging()) + count(site.dir.trash())
    }

    #[test]
    fn an_edit_is_completed_once_however_often_it_is_tried() {
        let site = fixture::site();
        finish_pending(&site.db, &site.dir).unwrap();
        for text in ["one", "two"] {
            commit_edit(&site, text);
            assert_eq!(list_staged(&site.db, &site.dir).unwrap().len(), 1);
            for _ in 0..3 {
                finish_pending(&site.db, &site.dir).unwrap();
                assert_eq!(gpx(&site), text);
            }
            assert_eq!(leftovers(&site), 0);
            assert!(list_staged(&site.db, &site.dir).unwrap().is_empty());
        }
    }

    #[test]
    fn what_a_living_process_completes_is_left_to_it() {
        let site = fixture::site();
        let before = gpx(&site);
        let lock = TrackLock::take(&site.dir, ID, Duration::ZERO).unwrap();
        commit_edit(&site, "new");
        finish_pending(&site.db, &site.dir).unwrap();
        assert_eq!(gpx(&site), before);
        drop(lock);
        finish_pending(&site.db, &site.dir).unwrap();
        assert_eq!(gpx(&site), "new");
    }

    #[test]
    fn what_was_exchanged_before_the_crash_is_not_exchanged_again() {
        let site = fixture::site();
        commit_edit(&site, "new");
        let staged = list_staged(&site.db, &site.dir).unwrap().pop_first().unwrap();
        replace(&site.dir, ID, &staged).unwrap();
        finish(&site.db, &site.dir, ID).unwrap();
        assert_eq!((gpx(&site).as_str(), leftovers(&site)), ("new", 0));
    }

    #[test]
    fn a_deleted_track_takes_its_note_with_it_and_the_next_of_its_id_is_left_alone() {
        let site = fixture::site();
        commit_edit(&site, "new");
        let removal = track::delete(&site.db, ID).unwrap().mark(&site.dir);
        removal.files(&site.db).unwrap();
        assert!(list_staged(&site.db, &site.dir).unwrap().is_empty());
        site.db.execute("INSERT INTO tracks (id) VALUES (1)", []).unwrap();
        trackdir::create(&site.dir, ID, b"another", b"", &mut [])
            .unwrap()
            .keep();
        finish(&site.db, &site.dir, ID).unwrap();
        finish_pending(&site.db, &site.dir).unwrap();
        assert_eq!(gpx(&site), "another");
    }

    #[test]
    fn where_nothing_can_be_exchanged_two_moves_do_and_a_crash_between_them_is_mended() {
        let site = fixture::site();
        commit_edit(&site, "new");
        let staged = list_staged(&site.db, &site.dir).unwrap().pop_first().unwrap();
        let before = gpx(&site);
        exchange_by_steps(&staged, &site.dir.track(1)).unwrap();
        assert_eq!(gpx(&site), "new");
        assert!(staged.join(TRACK_GPX).exists());
        exchange_by_steps(&staged, &site.dir.track(1)).unwrap();
        assert_eq!(gpx(&site), before);
        fs::rename(site.dir.track(1), staged.with_extension("old")).unwrap();
        finish_pending(&site.db, &site.dir).unwrap();
        assert_eq!(gpx(&site), "new");
    }

    #[test]
    fn tracks_may_stand_on_another_disk() {
        let site = fixture::site();
        // Where there is no memory disk, or the tests run on it, this is one disk and passes as well.
        let memory = Path::new("/dev/shm").join(site.temp.path().file_name().unwrap());
        let other = match fs::create_dir(&memory) {
            Ok(()) => memory,
            Err(_) => site.temp.path().join("other"),
        };
        let _ = fs::create_dir_all(other.join("1"));
        fs::copy(site.dir.track_gpx(1), other.join("1").join(TRACK_GPX)).unwrap();
        fs::remove_dir_all(site.dir.tracks()).unwrap();
        std::os::unix::fs::symlink(&other, site.dir.tracks()).unwrap();
        for text in ["one", "two"] {
            commit_edit(&site, text);
            finish_pending(&site.db, &site.dir).unwrap();
            assert_eq!((gpx(&site).as_str(), leftovers(&site)), (text, 0));
        }
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
        fs::remove_dir_all(other).unwrap();
    }

    #[test]
    fn lost_files_are_told_and_do_not_block_the_track() {
        let site = fixture::site();
        let before = gpx(&site);
        commit_edit(&site, "new");
        let staged = list_staged(&site.db, &site.dir).unwrap().pop_first().unwrap();
        fs::remove_dir_all(staged).unwrap();
        finish_pending(&site.db, &site.dir).unwrap();
        assert!(list_staged(&site.db, &site.dir).unwrap().is_empty());
        assert_eq!(gpx(&site), before);
    }

    #[test]
    fn a_file_that_is_being_read_is_read_to_its_end() {
        use std::io::Read;
        let site = fixture::site();
        let before = gpx(&site);
        let mut open = fs::File::open(site.dir.track_gpx(1)).unwrap();
        commit_edit(&site, "new");
        finish(&site.db, &site.dir, ID).unwrap();
        let mut read = Vec::new();
        open.read_to_end(&mut read).unwrap();
        assert_eq!(String::from_utf8_lossy(&read), before);
    }
}
