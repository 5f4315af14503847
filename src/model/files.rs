//! What everybody does with files and directories, with the path in each error.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::ownership;
use crate::secret;

/// The paths of what stands in a directory, in the order of their names; nothing when there is none.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list_dir(directory: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
        let mut paths: Vec<PathBuf> = paths.collect::<std::io::Result<_>>()?;
        paths.sort();
        Ok(paths)
    };
    match list() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|e| io("list", directory, e)),
    }
}

/// The last part of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Stores what can be made again: written beside, then renamed, so that a reader sees a whole file or none. `what` it
/// is stands in the error.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn replace(what: &str, path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension(secret::hex(&secret::random::<6>()?));
    let store = || {
        let mut file = File::create(&beside)?;
        ownership::follow(&file, &beside);
        file.write_all(bytes)?;
        fs::rename(&beside, path)
    };
    store().map_err(|e| {
        let _ = fs::remove_file(&beside);
        io(&format!("store {what} in"), path, e)
    })
}

/// Makes a directory, durably, unless it is there.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn make_dir(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Ok(()) => {
            let made = File::open(path).map_err(|e| io("open", path, e))?;
            ownership::follow(&made, path);
            sync_dir(path.parent().unwrap_or(path))
        }
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(io("make", path, e)),
    }
}

/// Makes the names in a directory durable.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn sync_dir(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|e| io("make durable", path, e))
}

/// What failed on which path.
pub fn io(what: &str, path: &Path, cause: std::io::Error) -> Error {
    Error::Failed(format!("cannot {what} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_directory_that_is_not_there_holds_nothing_and_a_file_is_none() {
        let scratch = Scratch::new();
        assert!(list_dir(&scratch.join("missing")).unwrap().is_empty());
        for name in ["b", "a"] {
            fs::write(scratch.join(name), "").unwrap();
        }
        assert_eq!(
            list_dir(scratch.path()).unwrap(),
            [scratch.join("a"), scratch.join("b")]
        );
        let error = list_dir(&scratch.join("a")).unwrap_err();
        assert!(error.text().contains("cannot list"), "{error}");
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let scratch = Scratch::new();
        let path = scratch.join("x.png");
        for bytes in ["one", "two"] {
            replace("a picture", &path, bytes.as_bytes()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes.as_bytes());
        }
        assert_eq!(list_dir(scratch.path()).unwrap(), [path]);
        let error = replace("a picture", &scratch.join("missing/x.png"), b"").unwrap_err();
        assert!(error.text().starts_with("cannot store a picture in "), "{error}");
    }
}
