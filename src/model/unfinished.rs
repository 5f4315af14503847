//! Directories of tracks that are being made or deleted: what a crash left of them is known by a file in them.
//!
//! A new track's directory takes its place before its row is committed, and that of a deleted track leaves it after
//! the rows are. A crash between leaves a directory without a row, and so does a database that is older than the
//! files: then it is the only copy of a track. The file tells the two apart. It is written before the directory
//! takes its place, or durably before the deletion is committed, and goes once all is done. With it and without a
//! row the directory is of no use and is deleted; with it and with a row the track is whole, and the file goes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::files::{id_of, io, list_dir, sync_dir};
use super::{TrackId, failed, track, trash};
use crate::datadir::{DataDir, TRACK_UNFINISHED};
use crate::error::{Error, Result};
use crate::ownership;

/// Marks a directory. It is durable once the directory is: the file is empty.
///
/// # Errors
/// `Failed` with the path and the cause.
pub(super) fn mark(place: &Path) -> Result<()> {
    let path = place.join(TRACK_UNFINISHED);
    let file = File::create(&path).map_err(|e| io("write", &path, e))?;
    ownership::follow(&file, &path);
    Ok(())
}

/// Marks the directories of tracks that are about to be deleted, durably. One that cannot be marked is told and does
/// not keep its track: on a full disk deleting is the way out, and after a crash `fietsctl check` tells of it.
pub(super) fn mark_all(dir: &DataDir, tracks: &[TrackId]) {
    let places: Vec<PathBuf> = tracks
        .iter()
        .map(|id| dir.track(id.0))
        .filter(|it| it.is_dir())
        .collect();
    let mut failures: Vec<Error> = places.iter().filter_map(|place| mark(place).err()).collect();
    let synced = match &places[..] {
        [] => Ok(()),
        [place] => sync_dir(place),
        // One wait for the disk, and not one for each.
        _ => sync_disk(&dir.tracks()),
    };
    failures.extend(synced.err());
    if let Some(e) = failures.first() {
        log::warn!("what a crash leaves in the next moment will not be known as such: {e}");
    }
}

fn sync_disk(place: &Path) -> Result<()> {
    let open = File::open(place).map_err(|e| io("open", place, e))?;
    rustix::fs::syncfs(open).map_err(|e| io("write to the disk of", place, e.into()))
}

/// Takes the mark away. Should it come back with a power failure, or be left now, it goes the next time.
pub(super) fn unmark(dir: &DataDir, id: TrackId) {
    let path = dir.track(id.0).join(TRACK_UNFINISHED);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => log::warn!("cannot remove {}: {e}", path.display()),
        _ => {}
    }
}

/// Whether what stands in the place of a track is marked.
pub(super) fn is_marked(dir: &DataDir, id: TrackId) -> bool {
    fs::symlink_metadata(dir.track(id.0).join(TRACK_UNFINISHED)).is_ok()
}

/// The tracks whose directories are marked: being made or deleted at this moment, or when the process died.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list(dir: &DataDir) -> Result<Vec<TrackId>> {
    let places = list_dir(&dir.tracks())?;
    let ids = places.iter().filter_map(|place| id_of(place)).map(TrackId);
    Ok(ids.filter(|id| is_marked(dir, *id)).collect())
}

/// Settles what is marked: without a row it is deleted, with one the mark goes. Who makes or deletes a track holds the
/// database's write lock while that is undecided, and so does this while it looks. False when nothing is marked.
///
/// # Errors
/// `Busy` when the lock cannot be had; `Failed` with the path and the cause.
pub fn settle(db: &Connection, dir: &DataDir, id: TrackId) -> Result<bool> {
    let what = "lock the database to look after a track that a crash cut short";
    let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    let is_found = is_marked(dir, id);
    let gone = match track::find(&lock, id)? {
        _ if !is_found => None,
        Some(_) => {
            unmark(dir, id);
            None
        }
        None => trash::discard(dir, &dir.track(id.0))?,
    };
    lock.finish().map_err(|e| failed(what, e))?;
    if let Some(gone) = gone {
        log::info!(
            "{} was left by a crash, of a track that is not there",
            dir.track(id.0).display()
        );
        trash::empty(&gone)?;
    }
    Ok(is_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::orphan::{self, Of};
    use crate::model::trackdir;

    fn orphans(site: &fixture::Site) -> usize {
        orphan::list(&site.db, &site.dir, Of::Tracks).unwrap().len()
    }

    #[test]
    fn what_is_marked_goes_without_a_row_and_stays_with_one() {
        let site = fixture::site();
        for id in [1, 9] {
            fs::create_dir_all(site.dir.track(id)).unwrap();
            mark(&site.dir.track(id)).unwrap();
        }
        fs::create_dir(site.dir.track(8)).unwrap();
        fs::create_dir(site.dir.tracks().join("007")).unwrap();
        mark(&site.dir.tracks().join("007")).unwrap();
        assert_eq!(list(&site.dir).unwrap(), [TrackId(1), TrackId(9)]);
        // The eighth and 007 can be explained by nobody.
        assert_eq!(orphans(&site), 2);
        for id in list(&site.dir).unwrap() {
            assert!(settle(&site.db, &site.dir, id).unwrap());
            assert!(!settle(&site.db, &site.dir, id).unwrap());
        }
        assert!(site.dir.track_gpx(1).exists() && !is_marked(&site.dir, TrackId(1)));
        assert!(!site.dir.track(9).exists() && site.dir.track(8).exists());
        assert_eq!(fs::read_dir(site.dir.trash()).unwrap().count(), 0);
        assert!(!settle(&site.db, &site.dir, TrackId(8)).unwrap() && site.dir.track(8).exists());
        assert_eq!(orphans(&site), 2);
    }

    #[test]
    fn while_a_track_is_being_made_nobody_settles_it() {
        let site = fixture::site();
        let other = Connection::open(site.temp.path().join("fietsboek.sqlite")).unwrap();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        let change = site.db.unchecked_transaction().unwrap();
        change.execute("INSERT INTO tracks (id) VALUES (9)", []).unwrap();
        let made = trackdir::create(&site.dir, TrackId(9), b"now", b"then", &mut []).unwrap();
        assert!(is_marked(&site.dir, TrackId(9)));
        let error = settle(&other, &site.dir, TrackId(9)).unwrap_err();
        assert!(matches!(error, crate::error::Error::Busy(_)), "{error:?}");
        assert_eq!(orphan::list(&other, &site.dir, Of::Tracks).unwrap(), []);
        change.commit().unwrap();
        assert!(settle(&other, &site.dir, TrackId(9)).unwrap());
        made.keep();
        assert!(site.dir.track_gpx(9).exists() && !is_marked(&site.dir, TrackId(9)));
    }

    #[test]
    fn what_cannot_be_marked_keeps_no_deletion() {
        let site = fixture::site();
        fs::create_dir(site.dir.track(1).join(TRACK_UNFINISHED)).unwrap();
        mark_all(&site.dir, &[TrackId(1), TrackId(2), TrackId(99)]);
        assert!(is_marked(&site.dir, TrackId(2)) && !site.dir.track(99).exists());
    }
}
