//! The files of a new track: written beside, moved to their place, removed again unless the row is committed.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{identity, remove, write_synced};
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_BACKUP, TRACK_GPX, TRACK_IMAGES};
use crate::error::{Error, Result};
use crate::model::TrackId;
use crate::model::files::{io, make_dir, sync_dir};
use crate::model::trash;
use crate::secret;
use crate::spool::Spool;

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
/// is seen by anyone. Both files are Brotli-compressed ([`super::compress`]); photos go in with them.
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
