//! The files of one track, made and removed so that disk and database are one operation.
//!
//! New files are written beside (`staging/`), made durable and moved to `tracks/<id>` in one piece
//! just before the row is committed; what is deleted moves to `trash/` in one piece after the commit.
//! So a crash leaves whole tracks and, at worst, stray directories: in `staging/` and `trash/`, which
//! fietscron empties ([`super::trash::list_strays`]), or a `tracks/<id>` without a row, which is marked as unfinished
//! ([`super::unfinished`]).
//! What is inside a GPX is not known here.

mod created;
mod packing;

pub(super) use created::write_photos;
pub use created::{Added, Created, Staged, create, settle, stage};
pub use packing::{compress, compress_from, compress_pair, decompress};

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use time::OffsetDateTime;

use super::files::{io, make_dir};
use super::{TrackId, failed, track, trash};
use crate::datadir::DataDir;
use crate::error::Result;
use crate::maintenance::flag::Stamp;
use crate::ownership;

/// The packed bytes of a track's current GPX; absent when the file is.
///
/// # Errors
/// `Failed` when it is there and cannot be read.
pub fn find_gpx(dir: &DataDir, id: TrackId) -> Result<Option<Vec<u8>>> {
    find_file(&dir.track_gpx(id.0))
}

/// The packed bytes of a track's GPX as it was uploaded; absent when the file is.
///
/// # Errors
/// `Failed` when it is there and cannot be read.
pub fn find_backup(dir: &DataDir, id: TrackId) -> Result<Option<Vec<u8>>> {
    find_file(&dir.track_backup(id.0))
}

/// When the file of a track's current GPX was last changed, and its size (bytes, packed); absent when the file is.
pub fn find_gpx_state(dir: &DataDir, id: TrackId) -> Option<(OffsetDateTime, u64)> {
    let meta = fs::metadata(dir.track_gpx(id.0)).ok()?;
    Some((meta.modified().ok()?.into(), meta.len()))
}

/// By what a track's current GPX is known again: while it is the same, so is what stands in the file. Absent when the
/// file is, and while it is so new that a change might not show.
pub fn find_gpx_stamp(dir: &DataDir, id: TrackId) -> Option<Stamp> {
    Stamp::of_open(File::open(dir.track_gpx(id.0)).ok()?)
}

/// The packed bytes of a track's current GPX, if that is still the one of the stamp.
///
/// # Errors
/// `Failed` when it is there and cannot be read.
pub fn find_gpx_of(dir: &DataDir, id: TrackId, stamp: Stamp) -> Result<Option<Vec<u8>>> {
    let path = dir.track_gpx(id.0);
    let read = || -> std::io::Result<_> {
        let mut file = File::open(&path)?;
        let size = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok((Stamp::of_open(&file) == Some(stamp)).then_some(bytes))
    };
    match read() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map_err(|e| io("read", &path, e)),
    }
}

/// The size (bytes) of the packed GPX as it was uploaded; absent when the file is.
pub fn find_backup_size(dir: &DataDir, id: TrackId) -> Option<u64> {
    fs::metadata(dir.track_backup(id.0)).ok().map(|meta| meta.len())
}

fn find_file(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io("read", path, e)),
    }
}

/// Makes the directory of a track that has a row and lacks it, as in a damaged instance. Under the write lock, so
/// that a track which is deleted at this moment does not get an empty one.
///
/// # Errors
/// `Busy` when the lock cannot be had; `Failed` with the path and the cause.
pub fn ensure(db: &Connection, dir: &DataDir, id: TrackId) -> Result<()> {
    if dir.track(id.0).exists() {
        return Ok(());
    }
    let what = "lock the database to make the directory of a track";
    let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    if track::find(&lock, id)?.is_some() {
        make_dir(&dir.tracks())?;
        make_dir(&dir.track(id.0))?;
    }
    lock.finish().map_err(|e| failed(what, e))
}

/// Removes a track's directory: out of `tracks/` in one move, then deleted. A crash between the two
/// leaves it in `trash/`. No directory: nothing happens. The row must be gone before (see `removal`).
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn remove(dir: &DataDir, id: TrackId) -> Result<()> {
    match trash::discard(dir, &dir.track(id.0))? {
        Some(gone) => trash::empty(&gone),
        None => Ok(()),
    }
}

/// The bytes of all files of a track; absent when it has no directory.
///
/// # Errors
/// `Failed` when the directory is there and cannot be listed.
pub fn find_size(dir: &DataDir, id: TrackId) -> Result<Option<u64>> {
    let path = dir.track(id.0);
    match fs::metadata(&path) {
        Ok(meta) if meta.is_dir() => tree_size(&path).map(Some).map_err(|e| io("list", &path, e)),
        Err(e) if e.kind() != ErrorKind::NotFound => Err(io("look at", &path, e)),
        _ => Ok(None),
    }
}

fn tree_size(path: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        sum += if meta.is_dir() {
            tree_size(&entry.path())?
        } else {
            meta.len()
        };
    }
    Ok(sum)
}

/// What tells a track's directory from the one that was there before an edit; absent when there is none.
pub fn find_identity(dir: &DataDir, id: TrackId) -> Option<(u64, u64)> {
    identity(&dir.track(id.0))
}

/// Device and inode of what stands at a path.
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Writes a file that is not there yet, durably.
pub(super) fn write_synced(path: &Path, from: &mut dyn Read) -> Result<()> {
    let mut write = || {
        let mut file = File::create_new(path)?;
        ownership::follow(&file, path);
        std::io::copy(from, &mut file)?;
        file.sync_all()
    };
    write().map_err(|e| io("write", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn removing_what_is_not_there_is_no_error() {
        let site = fixture::site();
        remove(&site.dir, TrackId(1)).unwrap();
        assert_eq!(find_size(&site.dir, TrackId(1)).unwrap(), None);
        remove(&site.dir, TrackId(1)).unwrap();
    }

    #[test]
    fn the_size_counts_the_photos_too() {
        let site = fixture::site();
        let before = find_size(&site.dir, TrackId(1)).unwrap().unwrap();
        fs::write(site.dir.track_images(1).join("aaaaa_new.png"), [0; 100]).unwrap();
        assert_eq!(find_size(&site.dir, TrackId(1)).unwrap(), Some(before + 100));
    }
}
