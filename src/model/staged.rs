//! A track's directory as it will be after an edit, made whole beside the one that is there.
//!
//! What the edit changes is written and made durable; everything else is the same file under a second name
//! (a hard link), copied only where the file system refuses that. So the cost of an edit is that of what it
//! changes, and a reader of the old directory keeps it whole for as long as it has it open. The lock file is
//! linked too: who waits for it waits for the new directory as well. When the new one takes the old one's
//! place is not known here (`swap`).

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::TrackId;
use super::files::{io, make_dir, sync_dir};
use super::trackdir::{Added, write_photos, write_synced};
use crate::crash::{self, Point};
use crate::datadir::{
    DataDir, TRACK_BACKUP, TRACK_EDITION, TRACK_GPX, TRACK_IMAGES, TRACK_LINE, TRACK_LOCK, TRACK_RENDITIONS,
    TRACK_UNFINISHED,
};
use crate::error::Result;
use crate::secret;

/// What an edit changes in a track's directory.
#[derive(Default)]
pub struct Changes<'a> {
    /// The new current GPX, Brotli-compressed; none: as it is.
    pub gpx: Option<Vec<u8>>,
    /// The new backup, Brotli-compressed; none: as it is.
    pub backup: Option<Vec<u8>>,
    /// Whether the points are other ones, or drawn in another way: then nothing derived from them is kept.
    pub is_redrawn: bool,
    /// New photos, by the names that they get.
    pub added: Vec<Added<'a>>,
    /// The photos that go, by their names.
    pub removed: Vec<String>,
}

impl Changes<'_> {
    /// Whether the directory stays as it is.
    pub fn is_empty(&self) -> bool {
        let has_files = self.gpx.is_some() || self.backup.is_some() || !self.added.is_empty();
        !has_files && !self.is_redrawn && self.removed.is_empty()
    }
}

/// A directory that is whole and waits; dropped without [`Staged::keep`] it is removed again.
#[must_use = "dropped, the files are removed again"]
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    is_kept: bool,
}

impl Staged {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The rows that name it are committed: it stays.
    pub fn keep(mut self) {
        crash::point(Point::EditCommitted);
        self.is_kept = true;
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is a stray, which fietscron removes.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Makes the directory of a track as it will be. The caller holds the track's lock.
///
/// # Errors
/// `Failed` with the path and the cause; then nothing is left behind.
pub fn stage(dir: &DataDir, id: TrackId, changes: &mut Changes<'_>) -> Result<Staged> {
    let (path, name) = place(dir, id)?;
    fs::create_dir(&path).map_err(|e| io("make", &path, e))?;
    let staged = Staged { path, is_kept: false };
    fill(&dir.track(id.0), staged.path(), changes)?;
    write_synced(&staged.path.join(TRACK_EDITION), &mut name.as_bytes())?;
    sync_dir(&staged.path)?;
    sync_dir(staged.path.parent().unwrap_or(&staged.path))?;
    crash::point(Point::EditStaged);
    Ok(staged)
}

/// A free place on the disk of the track, and the name by which the edit is known.
fn place(dir: &DataDir, id: TrackId) -> Result<(PathBuf, String)> {
    make_dir(&dir.staging())?;
    let name = secret::hex(&secret::random::<12>()?);
    let disk = |path: &Path| fs::metadata(path).ok().map(|meta| meta.dev());
    let path = match disk(&dir.staging()) == disk(&dir.track(id.0)) {
        true => dir.staging().join(&name),
        false => dir.track_beside(&name),
    };
    Ok((path, name))
}

fn fill(from: &Path, to: &Path, changes: &mut Changes<'_>) -> Result<()> {
    copy_mode(from, to)?;
    for (name, bytes) in [(TRACK_GPX, &changes.gpx), (TRACK_BACKUP, &changes.backup)] {
        if let Some(bytes) = bytes {
            write_synced(&to.join(name), &mut &bytes[..])?;
            crash::point(Point::EditHalfStaged);
        }
    }
    link_all(from, to, &|name| stays(name, changes))?;
    let (old, new) = (from.join(TRACK_IMAGES), to.join(TRACK_IMAGES));
    if old.is_dir() || !changes.added.is_empty() {
        fs::create_dir(&new).map_err(|e| io("make", &new, e))?;
        copy_mode(if old.is_dir() { &old } else { from }, &new)?;
        if old.is_dir() {
            link_all(&old, &new, &|name| !changes.removed.iter().any(|gone| gone == name))?;
        }
        write_photos(&new, &mut changes.added)?;
        sync_dir(&new)?;
    }
    Ok(())
}

/// Whether a file beside the photos is the same after the edit.
fn stays(name: &str, changes: &Changes<'_>) -> bool {
    match name {
        TRACK_GPX => changes.gpx.is_none(),
        TRACK_BACKUP => changes.backup.is_none(),
        TRACK_LOCK => true,
        TRACK_IMAGES | TRACK_EDITION | TRACK_UNFINISHED => false,
        // It must not be older than the GPX, and is made again.
        TRACK_LINE => changes.gpx.is_none(),
        // Known by the photos that they are of; those of photos that go are forgotten by `rendition`.
        name if name.starts_with(TRACK_RENDITIONS) => true,
        _ => !changes.is_redrawn,
    }
}

/// Gives every file that stays a second name in the other directory, those in folders too.
fn link_all(from: &Path, to: &Path, stays: &dyn Fn(&str) -> bool) -> Result<()> {
    for entry in fs::read_dir(from).map_err(|e| io("list", from, e))? {
        let entry = entry.map_err(|e| io("list", from, e))?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if !stays(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            fs::create_dir(&new).map_err(|e| io("make", &new, e))?;
            copy_mode(&old, &new)?;
            link_all(&old, &new, &|_| true)?;
            sync_dir(&new)?;
        } else {
            link(&old, &new)?;
        }
    }
    Ok(())
}

/// A second name for a file, or a copy of it. One that is gone meanwhile was derived and is made again.
pub(super) fn link(old: &Path, new: &Path) -> Result<()> {
    match fs::hard_link(old, new) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(_) => {
            let mut file = fs::File::open(old).map_err(|e| io("read", old, e))?;
            write_synced(new, &mut file)
        }
        Ok(()) => Ok(()),
    }
}

fn copy_mode(from: &Path, to: &Path) -> Result<()> {
    let mode = fs::metadata(from).map_err(|e| io("look at", from, e))?.permissions();
    fs::set_permissions(to, mode).map_err(|e| io("set the mode of", to, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadir::TRACK_PREVIEW_DENSE;
    use crate::model::fixture::{self, Site};
    use crate::spool::Spool;

    const ID: TrackId = TrackId(1);

    fn inode(path: &Path) -> u64 {
        fs::metadata(path).unwrap().ino()
    }

    fn site() -> Site {
        let site = fixture::site();
        for name in [TRACK_LINE, TRACK_LOCK, TRACK_EDITION, TRACK_PREVIEW_DENSE] {
            fs::write(site.dir.track(1).join(name), "old").unwrap();
        }
        for name in ["large", "photos-480"] {
            fs::create_dir(site.dir.track(1).join(name)).unwrap();
            fs::write(site.dir.track(1).join(name).join("a"), "a").unwrap();
        }
        site
    }

    #[test]
    fn what_is_not_changed_is_the_same_file_and_the_old_directory_stays_as_it_was() {
        let site = site();
        let mut photo = Spool::new(9);
        photo.append(b"photo").unwrap();
        let mut changes = Changes {
            gpx: Some(b"new".to_vec()),
            added: vec![Added::new("abcde_new.png", &mut photo)],
            removed: vec!["moodn_view.png".into()],
            ..Changes::default()
        };
        let staged = stage(&site.dir, ID, &mut changes).unwrap();
        let (old, new) = (site.dir.track(1), staged.path().to_owned());
        assert_eq!(fs::read(new.join(TRACK_GPX)).unwrap(), b"new");
        for same in [
            TRACK_BACKUP,
            TRACK_LOCK,
            "preview.png",
            TRACK_PREVIEW_DENSE,
            "large/a",
            "photos-480/a",
            "images/qiaft_evil_name.png",
        ] {
            assert_eq!(inode(&old.join(same)), inode(&new.join(same)), "{same}");
        }
        assert!(!new.join(TRACK_LINE).exists() && !new.join("images/moodn_view.png").exists());
        assert_eq!(fs::read(new.join("images/abcde_new.png")).unwrap(), b"photo");
        assert!(old.join("images/moodn_view.png").exists() && !old.join("images/abcde_new.png").exists());
        let edition = fs::read_to_string(new.join(TRACK_EDITION)).unwrap();
        assert!(new.ends_with(&edition), "{edition}");
        drop(staged);
        assert!(!new.exists());
    }

    #[test]
    fn nothing_that_is_derived_outlives_the_points_it_is_derived_from() {
        let site = site();
        let mut changes = Changes {
            gpx: Some(b"new".to_vec()),
            backup: Some(b"newer".to_vec()),
            is_redrawn: true,
            ..Changes::default()
        };
        let staged = stage(&site.dir, ID, &mut changes).unwrap();
        let mut names: Vec<_> = fs::read_dir(staged.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "edition",
                "images",
                "lock",
                "photos-480",
                "track.bck.gpx.br",
                "track.gpx.br"
            ]
        );
        staged.keep();
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let site = site();
        let mut photo = Spool::new(9);
        let mut changes = Changes {
            added: vec![Added::new("no/folder.png", &mut photo)],
            ..Changes::default()
        };
        assert!(!changes.is_empty());
        let error = stage(&site.dir, ID, &mut changes).unwrap_err();
        assert!(error.text().contains("no/folder.png"), "{error}");
        assert_eq!(fs::read_dir(site.dir.staging()).unwrap().count(), 0);
    }
}
