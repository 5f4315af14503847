//! Directories that go out of the way: to `trash/` to be deleted, to `stale/` to be kept aside.
//!
//! A directory leaves its place in one move, so that nobody ever sees half of it. Whether it may go
//! is for the caller to know.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::files::{io, is_beside, list_dir, make_dir, name_of};
use super::overlay;
use crate::datadir::{DataDir, TRACK_GARBAGE};
use crate::error::Result;
use crate::secret;

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

/// Moves a directory to `trash/` under a name of its own; absent when nothing is left to be deleted.
/// A track's on another disk than the data directory moves aside there; what else is on one is deleted where it stands.
pub(super) fn discard(dir: &DataDir, path: &Path) -> Result<Option<PathBuf>> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    make_dir(&dir.trash())?;
    let name = secret::hex(&secret::random::<12>()?);
    let mut trash = dir.trash().join(&name);
    let mut moved = fs::rename(path, &trash);
    let is_elsewhere = |moved: &std::io::Result<()>| {
        let error = moved.as_ref().err();
        error.is_some_and(|e| e.kind() == ErrorKind::CrossesDevices)
    };
    if is_elsewhere(&moved) && path.parent() == Some(&dir.tracks()) {
        trash = dir.track_beside(&name);
        moved = fs::rename(path, &trash);
    }
    match moved {
        Ok(()) => Ok(Some(trash)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == ErrorKind::CrossesDevices => empty(path).map(|()| None),
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

/// What crashes left in `staging/` and `trash/`, of maps that were being drawn, and the original's in
/// `tracks/trash-<id>`, if it lies there since before an instant. Nothing refers to it: it may be deleted ([`empty`]).
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list_strays(dir: &DataDir, before: OffsetDateTime) -> Result<Vec<PathBuf>> {
    let mut strays = Vec::new();
    for (place, prefix) in [(dir.staging(), ""), (dir.trash(), ""), (dir.tracks(), TRACK_GARBAGE)] {
        for path in list_dir(&place)? {
            let named = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(prefix.as_bytes()));
            if named && lies_since_before(&path, before) {
                strays.push(path);
            }
        }
    }
    let unfinished = overlay::list_unfinished(dir)?.into_iter();
    strays.extend(unfinished.filter(|path| lies_since_before(path, before)));
    strays.sort();
    Ok(strays)
}

/// Pictures and lines of tracks that a crash left half written beside their place, if they lie there since before an
/// instant.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list_half_written(dir: &DataDir, before: OffsetDateTime) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for place in list_dir(&dir.tracks())?.into_iter().filter(|place| place.is_dir()) {
        let half = list_dir(&place)?.into_iter().filter(|path| is_beside(&name_of(path)));
        found.extend(half.filter(|path| lies_since_before(path, before)));
    }
    Ok(found)
}

/// The change time and not the modification time: a track of last year is in the trash since today.
fn lies_since_before(path: &Path, before: OffsetDateTime) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.ctime() < before.unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn what_may_be_in_use_is_no_stray() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        let now = OffsetDateTime::now_utc();
        let later = now + time::Duration::hours(2);
        assert!(list_strays(&dir, later).unwrap().is_empty());
        fs::create_dir_all(dir.staging().join("abc")).unwrap();
        assert!(list_strays(&dir, now - time::Duration::hours(2)).unwrap().is_empty());
        assert_eq!(list_strays(&dir, later).unwrap(), [dir.staging().join("abc")]);
    }

    #[test]
    fn strays_are_what_crashes_left_and_never_a_track_or_what_is_kept() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        let strays = [
            dir.staging().join("a"),
            dir.tracks().join("trash-7"),
            dir.trash().join("b"),
        ];
        let unfinished = dir.beside_map(&dir.user_heatmap(3));
        let kept = [
            dir.track(7),
            dir.tracks().join("notes"),
            dir.stale().join("7-1"),
            dir.user_heatmap(3),
        ];
        for path in strays.iter().chain(&kept) {
            fs::create_dir_all(path.join("images")).unwrap();
        }
        fs::write(&unfinished, "half a map").unwrap();
        let found = list_strays(&dir, OffsetDateTime::now_utc() + time::Duration::hours(1)).unwrap();
        assert_eq!(found, [&strays[..], &[unfinished]].concat());
        found.iter().for_each(|path| empty(path).unwrap());
        empty(&found[0]).unwrap();
        let half = dir.track(7).join("preview.0123456789ab");
        for name in ["preview.0123456789ab", "preview.png", "line.txt"] {
            fs::write(dir.track(7).join(name), "").unwrap();
        }
        let now = OffsetDateTime::now_utc();
        assert_eq!(list_half_written(&dir, now + time::Duration::hours(1)).unwrap(), [half]);
        assert!(
            list_half_written(&dir, now - time::Duration::hours(1))
                .unwrap()
                .is_empty()
        );
        assert!(kept.iter().all(|path| path.exists()) && !strays.iter().any(|path| path.exists()));
    }
}
