//! The files of one track, made and removed so that disk and database are one operation.
//!
//! New files are written beside (`staging/`), made durable and moved to `tracks/<id>` in one piece
//! just before the row is committed; what is deleted moves to `trash/` in one piece after the commit.
//! So a crash leaves whole tracks and, at worst, stray directories: in `staging/` and `trash/`, which
//! fietscron empties ([`super::trash::list_strays`]), or a `tracks/<id>` without a row, which the next track of that id moves to `stale/`.
//! What is inside a GPX is not known here.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use time::OffsetDateTime;

use super::trash::{io, make_dir, sync_dir};
use super::{TrackId, failed, track, trash};
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_BACKUP, TRACK_GPX, TRACK_IMAGES};
use crate::error::{Error, Result};
use crate::secret;
use crate::spool::Spool;

/// Brotli's quality, as the original packs.
const QUALITY: i32 = 4;
/// Brotli's window, 2^22 bytes.
const WINDOW: i32 = 22;
/// What the packer hands on at once, bytes.
const PIECE: usize = 64 << 10;

/// Packs a GPX as `track.gpx.br` holds it.
///
/// # Errors
/// What the packer says, which writes to memory alone.
pub fn compress(gpx: &[u8]) -> Result<Vec<u8>> {
    compress_from(|packer| {
        packer
            .write_all(gpx)
            .map_err(|e| Error::Failed(format!("cannot compress a track: {e}")))
    })
}

/// The same piece by piece, as `fill` writes them.
///
/// # Errors
/// What `fill` says.
pub fn compress_from(fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: WINDOW,
        ..Default::default()
    };
    let mut packer = brotli::CompressorWriter::with_params(Vec::new(), PIECE, &params);
    fill(&mut packer)?;
    Ok(packer.into_inner())
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

/// When the file of a track's current GPX was last changed, and its size (bytes, packed); absent when the file is.
pub fn find_gpx_state(dir: &DataDir, id: TrackId) -> Option<(OffsetDateTime, u64)> {
    let meta = fs::metadata(dir.track_gpx(id.0)).ok()?;
    Some((meta.modified().ok()?.into(), meta.len()))
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
        crash::point(Point::CreateCommitted);
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
/// is seen by anyone. Both files are Brotli-compressed ([`compress`]); photos go in with them.
///
/// # Errors
/// `Failed` with the path and the cause; then nothing is left behind.
pub fn create(
    dir: &DataDir,
    id: TrackId,
    gpx_br: &[u8],
    backup_br: &[u8],
    photos: &mut [Added<'_>],
) -> Result<Created> {
    make_dir(&dir.staging())?;
    let staged = dir.staging().join(secret::hex(&secret::random::<12>()?));
    let mut fill = |path: &Path| fill(path, gpx_br, backup_br, photos);
    let placed = fill(&staged).and_then(|()| {
        crash::point(Point::CreateStaged);
        place(dir, id, &staged, fill)
    });
    if placed.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    placed
}

/// Moves a finished directory to its track's place, what stands there first to `stale/`. When
/// `tracks/` is on another disk the place is filled itself: without a row nobody looks into it.
fn place(dir: &DataDir, id: TrackId, staged: &Path, mut fill: impl FnMut(&Path) -> Result<()>) -> Result<Created> {
    let target = dir.track(id.0);
    make_dir(&dir.tracks())?;
    trash::set_aside(dir, &target)?;
    match fs::rename(staged, &target) {
        Err(e) if e.kind() == ErrorKind::CrossesDevices => {
            fill(&target).inspect_err(|_| drop(trash::empty(&target)))?;
            trash::empty(staged)?;
        }
        moved => moved.map_err(|e| io("move a new track to", &target, e))?,
    }
    let identity = identity(&target).ok_or_else(|| Error::Failed(format!("cannot look at {}", target.display())))?;
    let created = Created {
        dir: dir.clone(),
        id,
        identity,
        kept: false,
    };
    // Durable before the row is: the commit must not outlive the move.
    sync_dir(&dir.tracks())?;
    crash::point(Point::CreatePlaced);
    Ok(created)
}

/// Makes a directory with a track's files, durably.
fn fill(path: &Path, gpx_br: &[u8], backup_br: &[u8], photos: &mut [Added<'_>]) -> Result<()> {
    fs::create_dir(path).map_err(|e| io("make", path, e))?;
    write_synced(&path.join(TRACK_GPX), &mut &*gpx_br)?;
    crash::point(Point::CreateHalfStaged);
    write_synced(&path.join(TRACK_BACKUP), &mut &*backup_br)?;
    if !photos.is_empty() {
        let images = path.join(TRACK_IMAGES);
        fs::create_dir(&images).map_err(|e| io("make", &images, e))?;
        write_photos(&images, photos)?;
        sync_dir(&images)?;
    }
    sync_dir(path)
}

/// A photo to be written.
#[derive(Debug)]
pub struct Added<'a> {
    name: String,
    content: &'a mut Spool,
}

impl Added<'_> {
    /// A photo by the name that it gets (`image::new_name`).
    pub fn new(name: impl Into<String>, content: &mut Spool) -> Added<'_> {
        Added {
            name: name.into(),
            content,
        }
    }
}

/// Writes new photos into a directory, each durably.
pub(super) fn write_photos(images: &Path, photos: &mut [Added<'_>]) -> Result<()> {
    for photo in photos {
        photo.content.rewind();
        write_synced(&images.join(&photo.name), photo.content)?;
    }
    Ok(())
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
        std::io::copy(from, &mut file)?;
        file.sync_all()
    };
    write().map_err(|e| io("write", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    const ID: TrackId = TrackId(7);

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_the_original_packed_is_unpacked_and_packed_the_same_way() {
        let site = fixture::site();
        let packed = find_gpx(&site.dir, TrackId(1)).unwrap().unwrap();
        let gpx = decompress(&packed, 1 << 20).unwrap();
        assert!(gpx.starts_with(b"<?xml"));
        assert_eq!(decompress(&compress(&gpx).unwrap(), gpx.len()).unwrap(), gpx);
        assert!(find_backup(&site.dir, TrackId(1)).unwrap().is_some());
        assert_eq!(find_gpx(&site.dir, ID).unwrap(), None);
    }

    #[test]
    fn a_bomb_and_a_torn_file_are_errors() {
        let packed = compress(&vec![b' '; 4 << 20]).unwrap();
        assert!(matches!(decompress(&packed, 1 << 20), Err(Error::TooLarge(_))));
        let gpx: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        let packed = compress(&gpx).unwrap();
        assert!(matches!(
            decompress(&packed[..packed.len() / 2], 1 << 20),
            Err(Error::Failed(_))
        ));
        assert!(matches!(decompress(b"plain text", 1 << 20), Err(Error::Failed(_))));
    }

    #[test]
    fn a_new_track_stands_in_one_piece_and_nothing_beside_it() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        create(&dir, ID, b"now", b"then", &mut []).unwrap().keep();
        assert_eq!(names(&dir.track(7)), ["track.bck.gpx.br", "track.gpx.br"]);
        assert_eq!(find_gpx(&dir, ID).unwrap().as_deref(), Some(&b"now"[..]));
        assert_eq!(find_backup(&dir, ID).unwrap().as_deref(), Some(&b"then"[..]));
        assert_eq!(find_size(&dir, ID).unwrap(), Some(7));
        assert!(names(&dir.staging()).is_empty() && !dir.stale().exists());
    }

    #[test]
    fn a_track_that_is_not_committed_goes_again() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        drop(create(&dir, ID, b"now", b"then", &mut []).unwrap());
        assert!(names(&dir.tracks()).is_empty() && names(&dir.trash()).is_empty());
        assert_eq!(find_size(&dir, ID).unwrap(), None);
    }

    #[test]
    fn what_is_not_committed_does_not_take_anothers_files_with_it() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        let lost = create(&dir, ID, b"lost", b"", &mut []).unwrap();
        create(&dir, ID, b"other", b"", &mut []).unwrap().keep();
        drop(lost);
        assert_eq!(find_gpx(&dir, ID).unwrap().as_deref(), Some(&b"other"[..]));
    }

    #[test]
    fn stale_directories_are_moved_aside_each_under_a_name_of_its_own() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        for text in ["one", "two", "three"] {
            create(&dir, ID, text.as_bytes(), b"", &mut []).unwrap().keep();
        }
        assert_eq!(names(&dir.stale()), ["7-1", "7-2"]);
        assert_eq!(fs::read(dir.stale().join("7-2/track.gpx.br")).unwrap(), b"two");
        assert_eq!(find_gpx(&dir, ID).unwrap().as_deref(), Some(&b"three"[..]));
    }

    #[test]
    fn a_failure_leaves_nothing_and_names_the_path() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        fs::write(dir.tracks(), "a file where a directory belongs").unwrap();
        let error = create(&dir, ID, b"now", b"then", &mut []).unwrap_err();
        assert!(error.text().contains(&dir.track(7).display().to_string()), "{error}");
        assert!(names(&dir.staging()).is_empty());
    }

    #[test]
    fn tracks_may_stand_on_another_disk() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        // Where there is no memory disk, or the tests run on it, this is one disk and passes as well.
        let other = Path::new("/dev/shm").join(temp.path().file_name().unwrap());
        let other = if fs::create_dir(&other).is_ok() {
            other
        } else {
            temp.path().join("other")
        };
        let _ = fs::create_dir(&other);
        std::os::unix::fs::symlink(&other, dir.tracks()).unwrap();
        drop(create(&dir, ID, b"lost", b"", &mut []).unwrap());
        assert!(names(&other).is_empty());
        create(&dir, ID, b"now", b"then", &mut []).unwrap().keep();
        assert_eq!(find_gpx(&dir, ID).unwrap().as_deref(), Some(&b"now"[..]));
        remove(&dir, ID).unwrap();
        assert!(names(&other).is_empty() && names(&dir.staging()).is_empty());
        fs::remove_dir_all(other).unwrap();
    }

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
