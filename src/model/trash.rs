//! Directories that go out of the way: to `trash/` to be deleted, to `stale/` to be kept aside.
//!
//! A directory leaves its place in one move, so that nobody ever sees half of it. Whether it may go
//! is for the caller to know.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::secret;

/// Nothing is written or deleted for so long; what is older in `staging/` or `trash/` was left by a crash.
const SWEEP_AGE: Duration = Duration::from_secs(60 * 60);

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
/// One on another disk than the data directory cannot be moved and is deleted where it stands.
pub(super) fn discard(dir: &DataDir, path: &Path) -> Result<Option<PathBuf>> {
    if fs::symlink_metadata(path).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    make_dir(&dir.trash())?;
    let trash = dir.trash().join(secret::hex(&secret::random::<12>()?));
    match fs::rename(path, &trash) {
        Ok(()) => Ok(Some(trash)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == ErrorKind::CrossesDevices => empty(path).map(|()| None),
        Err(e) => Err(io("move to the trash", path, e)),
    }
}

/// Deletes what was moved to the trash.
pub(super) fn empty(trash: &Path) -> Result<()> {
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

/// Deletes what crashes left in `staging/` and `trash/`, once it is an hour old; tells how many.
///
/// # Errors
/// `Failed` with the path and the cause; the rest is left for the next time.
pub fn sweep(dir: &DataDir) -> Result<usize> {
    let mut swept = 0;
    for place in [dir.staging(), dir.trash()] {
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(io("list", &place, e)),
        };
        for entry in entries {
            let path = entry.map_err(|e| io("list", &place, e))?.path();
            if is_old(&path) {
                empty(&path)?;
                swept += 1;
            }
        }
    }
    Ok(swept)
}

/// The change time and not the modification time: a track of last year is in the trash since today.
fn is_old(path: &Path) -> bool {
    let Ok(meta) = fs::symlink_metadata(path) else {
        return false;
    };
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(meta.ctime().max(0).unsigned_abs());
    SystemTime::now()
        .duration_since(changed)
        .is_ok_and(|age| age >= SWEEP_AGE)
}

/// Makes a directory, durably, unless it is there.
pub(super) fn make_dir(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Ok(()) => sync_dir(path.parent().unwrap_or(path)),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(io("make", path, e)),
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|e| io("make durable", path, e))
}

/// What failed on which path.
pub(super) fn io(what: &str, path: &Path, cause: std::io::Error) -> Error {
    Error::Failed(format!("cannot {what} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn what_may_be_in_use_is_not_swept() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        assert_eq!(sweep(&dir).unwrap(), 0);
        fs::create_dir_all(dir.staging().join("abc")).unwrap();
        assert_eq!(sweep(&dir).unwrap(), 0);
        assert!(dir.staging().join("abc").exists());
    }
}
