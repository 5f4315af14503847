//! The files of one track, made and removed so that disk and database are one operation.
//!
//! New files are written beside (`staging/`), made durable and moved to `tracks/<id>` in one piece
//! just before the row is committed; what is deleted moves to `trash/` in one piece after the commit.
//! So a crash leaves whole tracks and, at worst, stray directories: in `staging/` and `trash/`, which
//! fietscron empties ([`list_strays`]), or a `tracks/<id>` without a row, which the next track of that id moves to `stale/`.
//! What is inside a GPX is not known here.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::TrackId;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::secret;

/// Brotli's quality, as the original packs.
const QUALITY: i32 = 4;
/// Brotli's window, 2^22 bytes.
const WINDOW: i32 = 22;

/// Packs a GPX as `track.gpx.br` holds it.
///
/// # Errors
/// What the packer says, which writes to memory alone.
pub fn compress(gpx: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(gpx.len() / 8 + 64);
    brotli::BrotliCompress(&mut &gpx[..], &mut packed, &params)
        .map_err(|e| Error::Failed(format!("cannot compress a track: {e}")))?;
    Ok(packed)
}

/// Unpacks what [`compress`] or the original packed, into `limit` bytes at most.
///
/// # Errors
/// `TooLarge` beyond the limit, `Failed` when it is not Brotli or is cut short.
pub fn decompress(packed: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut gpx = Vec::new();
    let mut bounded = brotli::Decompressor::new(packed, 16 * 1024).take(limit as u64 + 1);
    bounded
        .read_to_end(&mut gpx)
        .map_err(|e| Error::Failed(format!("cannot decompress a track: {e}")))?;
    if gpx.len() > limit {
        return Err(Error::TooLarge(format!(
            "a track is larger than {limit} bytes unpacked"
        )));
    }
    Ok(gpx)
}

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

fn find_file(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io("read", path, e)),
    }
}

/// A new track's files that stand in `tracks/<id>` while its row is not yet committed. Dropped without
/// [`Created::keep`] they are removed again.
#[must_use = "dropped, the files are removed again"]
#[derive(Debug)]
pub struct Created {
    dir: DataDir,
    id: TrackId,
    /// Device and inode: after a roll-back another track may get the same id and directory name.
    identity: (u64, u64),
    kept: bool,
}

impl Created {
    /// The row is committed: the files stay.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        let ours = || identity(&self.dir.track(self.id.0)).is_some_and(|it| it == self.identity);
        if !self.kept && ours() {
            // What cannot be removed is a stray directory, which the next track of this id moves aside.
            let _ = remove(&self.dir, self.id);
        }
    }
}

/// Writes the files of a new track and moves them to `tracks/<id>`. The caller holds the (immediate)
/// transaction that inserted the row, commits it next, and then calls [`Created::keep`]. A crash
/// before the move leaves a directory in `staging/`, after it a `tracks/<id>` without a row; neither
/// is seen by anyone. Both files are Brotli-compressed ([`compress`]).
///
/// # Errors
/// `Failed` with the path and the cause; then nothing is left behind.
pub fn create(dir: &DataDir, id: TrackId, gpx_br: &[u8], backup_br: &[u8]) -> Result<Created> {
    let staged = fresh(&dir.staging(), &secret::hex(&secret::random::<12>()?))?;
    let placed = write_synced(&staged.join("track.gpx.br"), gpx_br)
        .and_then(|()| write_synced(&staged.join("track.bck.gpx.br"), backup_br))
        .and_then(|()| sync_dir(&staged))
        .and_then(|()| place(dir, id, &staged));
    if placed.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    let path = dir.track(id.0);
    let created = Created {
        dir: dir.clone(),
        id,
        identity: placed?,
        kept: false,
    };
    // Durable before the row is: the commit must not outlive the move.
    sync_dir(path.parent().unwrap_or(&path))?;
    Ok(created)
}

/// Moves a finished directory to its track's place, what stands there first to `stale/`.
fn place(dir: &DataDir, id: TrackId, staged: &Path) -> Result<(u64, u64)> {
    let target = dir.track(id.0);
    make_dir(&dir.tracks())?;
    let identity = identity(staged).ok_or_else(|| Error::Failed(format!("cannot look at {}", staged.display())))?;
    set_aside(dir, &target)?;
    fs::rename(staged, &target).map_err(|e| io("move a new track to", &target, e))?;
    Ok(identity)
}

/// Moves what stands at a path, and belongs to no row, to `stale/<name>-<n>`. Nothing there: nothing happens.
///
/// # Errors
/// `Failed` with the path and the cause.
pub(super) fn set_aside(dir: &DataDir, path: &Path) -> Result<()> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok(());
    }
    make_dir(&dir.stale())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let free = (1..)
        .map(|n: u32| dir.stale().join(format!("{name}-{n}")))
        .find(|aside| fs::symlink_metadata(aside).is_err())
        .unwrap_or_else(|| dir.stale());
    log::warn!(
        "{} belongs to nothing in the database, moved aside to {}",
        path.display(),
        free.display()
    );
    fs::rename(path, &free).map_err(|e| io("move aside", path, e))
}

/// Removes a track's directory: out of `tracks/` in one move, then deleted. A crash between the two
/// leaves it in `trash/`. No directory: nothing happens. The row must be gone before (see `removal`).
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn remove(dir: &DataDir, id: TrackId) -> Result<()> {
    match discard(dir, &dir.track(id.0))? {
        Some(trash) => empty(&trash),
        None => Ok(()),
    }
}

/// Moves a directory to `trash/` under a name of its own; absent when there was none.
pub(super) fn discard(dir: &DataDir, path: &Path) -> Result<Option<PathBuf>> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    make_dir(&dir.trash())?;
    let trash = dir.trash().join(secret::hex(&secret::random::<12>()?));
    match fs::rename(path, &trash) {
        Ok(()) => Ok(Some(trash)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io("move to the trash", path, e)),
    }
}

/// Deletes what was moved to the trash, or lies about as a stray. Gone already: nothing happens.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn empty(trash: &Path) -> Result<()> {
    let gone = match fs::symlink_metadata(trash) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(trash),
        Ok(_) => fs::remove_file(trash),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(io("delete", trash, e)),
        _ => Ok(()),
    }
}

/// What crashes left in `staging/` and `trash/`, and the original's in `tracks/trash-<id>`, if it lies
/// there since before an instant. Nothing refers to it: it may be deleted ([`empty`]).
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list_strays(dir: &DataDir, before: OffsetDateTime) -> Result<Vec<PathBuf>> {
    let mut strays = Vec::new();
    for (place, prefix) in [(dir.staging(), ""), (dir.trash(), ""), (dir.tracks(), "trash-")] {
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(io("list", &place, e)),
        };
        for entry in entries {
            let path = entry.map_err(|e| io("list", &place, e))?.path();
            let named = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes()));
            if named && lies_since_before(&path, before) {
                strays.push(path);
            }
        }
    }
    strays.sort();
    Ok(strays)
}

/// The change time and not the modification time: a track of last year is in the trash since today.
fn lies_since_before(path: &Path, before: OffsetDateTime) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.ctime() < before.unix_timestamp())
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

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

fn make_dir(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Ok(()) => sync_dir(path.parent().unwrap_or(path)),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(io("make", path, e)),
    }
}

fn fresh(parent: &Path, name: &str) -> Result<PathBuf> {
    make_dir(parent)?;
    let path = parent.join(name);
    fs::create_dir(&path).map_err(|e| io("make", &path, e))?;
    Ok(path)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| io("write", path, e))
}

fn sync_dir(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|e| io("make durable", path, e))
}

fn io(what: &str, path: &Path, cause: std::io::Error) -> Error {
    Error::Failed(format!("cannot {what} {}: {cause}", path.display()))
}
