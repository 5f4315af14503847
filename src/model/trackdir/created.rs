//! The files of a new track: written beside, moved to their place, removed again unless the row is committed.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{identity, remove, write_synced};
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_BACKUP, TRACK_GPX, TRACK_IMAGES};
use crate::error::{Error, Result};
use crate::model::files::{io, list_dir, make_dir, name_of, sync_dir};
use crate::model::{TrackId, trash, unfinished};
use crate::ownership;
use crate::secret;
use crate::spool::Spool;

/// A new track's files that stand in `tracks/<id>`, marked, while its row is not yet committed. Dropped without
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
        unfinished::unmark(&self.dir, self.id);
        crash::point(Point::CreateSettled);
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
/// before the move leaves a directory in `staging/`, after it a marked `tracks/<id>` without a row
/// ([`unfinished::settle`]); neither is seen by anyone. Both files are Brotli-compressed ([`super::compress`]); photos go in with them.
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
    let created = stage(dir, gpx_br, backup_br, photos)?.place(id)?;
    settle(dir)?;
    Ok(created)
}

/// The files of a new track, durable beside their place. Dropped without [`Staged::place`], they are removed again.
#[must_use = "dropped, the files are removed again"]
#[derive(Debug)]
pub struct Staged {
    dir: DataDir,
    path: PathBuf,
}

/// The first half of [`create`], which needs neither an id nor a lock: several threads may do it at once, each waiting
/// for the disk.
///
/// # Errors
/// As [`create`].
pub fn stage(dir: &DataDir, gpx_br: &[u8], backup_br: &[u8], photos: &mut [Added<'_>]) -> Result<Staged> {
    make_dir(&dir.staging())?;
    let staged = Staged {
        dir: dir.clone(),
        path: dir.staging().join(secret::hex(&secret::random::<12>()?)),
    };
    fill(&staged.path, gpx_br, backup_br, photos)?;
    crash::point(Point::CreateStaged);
    Ok(staged)
}

impl Staged {
    /// The second half: moves the files to their place, what stands there first to `stale/`, or away if it is what a
    /// crash left of a track that is not there. When `tracks/` is on another disk they are copied beside first. The
    /// caller holds the transaction as for [`create`], and calls [`settle`] once before the commit, for however many
    /// tracks.
    ///
    /// # Errors
    /// As [`create`].
    pub fn place(self, id: TrackId) -> Result<Created> {
        let target = self.dir.track(id.0);
        make_dir(&self.dir.tracks())?;
        match unfinished::is_marked(&self.dir, id) {
            true => remove(&self.dir, id)?,
            false => trash::set_aside(&self.dir, &target)?,
        }
        let moved = match fs::rename(&self.path, &target) {
            Err(e) if e.kind() == ErrorKind::CrossesDevices => {
                let beside = self.dir.track_beside(&name_of(&self.path));
                let copied = copy(&self.path, &beside)
                    .and_then(|()| fs::rename(&beside, &target).map_err(|e| io("move a new track to", &target, e)));
                copied.inspect_err(|_| drop(trash::empty(&beside)))
            }
            moved => moved.map_err(|e| io("move a new track to", &target, e)),
        };
        moved?;
        let identity =
            identity(&target).ok_or_else(|| Error::Failed(format!("cannot look at {}", target.display())))?;
        Ok(Created {
            dir: self.dir.clone(),
            id,
            identity,
            kept: false,
        })
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // What cannot be removed is a stray, which fietscron finds. It is gone when it was moved.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Makes durable that new tracks stand in their places: the commit must not outlive the moves.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn settle(dir: &DataDir) -> Result<()> {
    sync_dir(&dir.tracks())?;
    crash::point(Point::CreatePlaced);
    Ok(())
}

/// Makes a directory with a track's files, durably.
fn fill(path: &Path, gpx_br: &[u8], backup_br: &[u8], photos: &mut [Added<'_>]) -> Result<()> {
    make_place(path)?;
    unfinished::mark(path)?;
    write_synced(&path.join(TRACK_GPX), &mut &*gpx_br)?;
    crash::point(Point::CreateHalfStaged);
    write_synced(&path.join(TRACK_BACKUP), &mut &*backup_br)?;
    if !photos.is_empty() {
        let images = path.join(TRACK_IMAGES);
        make_place(&images)?;
        write_photos(&images, photos)?;
        sync_dir(&images)?;
    }
    sync_dir(path)
}

/// Copies a directory with all that is in it, durably.
fn copy(from: &Path, to: &Path) -> Result<()> {
    make_place(to)?;
    for path in list_dir(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        match path.is_dir() {
            true => copy(&path, &target)?,
            false => {
                let mut file = File::open(&path).map_err(|e| io("open", &path, e))?;
                write_synced(&target, &mut file)?;
            }
        }
    }
    sync_dir(to)
}

/// Makes a directory that is not there yet.
fn make_place(path: &Path) -> Result<()> {
    fs::create_dir(path).map_err(|e| io("make", path, e))?;
    let made = File::open(path).map_err(|e| io("open", path, e))?;
    ownership::follow(&made, path);
    Ok(())
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
pub(in crate::model) fn write_photos(images: &Path, photos: &mut [Added<'_>]) -> Result<()> {
    for photo in photos {
        photo.content.rewind();
        write_synced(&images.join(&photo.name), photo.content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::trackdir::{find_backup, find_gpx, find_size};

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
    fn what_is_staged_and_never_placed_goes_again() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        let staged = stage(&dir, b"now", b"then", &mut []).unwrap();
        assert_eq!(names(&dir.staging()).len(), 1);
        drop(staged);
        assert!(names(&dir.staging()).is_empty() && !dir.tracks().exists());
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
}
