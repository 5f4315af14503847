//! What everybody does with files and directories, with the path in each error.

use std::fs::{self, DirBuilder, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::ownership;
use crate::secret;

/// So many random bytes are in the name of a file that is written beside its place.
const BESIDE: usize = 6;

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

/// The id that the last part of a path is. Only the plain form: `007` is nobody's place.
pub fn id_of(path: &Path) -> Option<i64> {
    let name = name_of(path);
    name.parse().ok().filter(|id: &i64| id.to_string() == name)
}

/// Stores what can be made again: written beside, then renamed, so that a reader sees a whole file or none. `what` it
/// is stands in the error.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn replace(what: &str, path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = path.with_extension(secret::hex(&secret::random::<BESIDE>()?));
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

/// Whether a name is one under which [`replace`] writes; what a crash left there is of no use.
pub(super) fn is_beside(name: &str) -> bool {
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let is_random = |ending: &str| ending.len() == 2 * BESIDE && ending.bytes().all(is_hex);
    name.rsplit_once('.').is_some_and(|(_, ending)| is_random(ending))
}

/// Stores what decides something, durably: written beside, then renamed.
///
/// # Errors
/// `Failed` with the path and the cause; then it is not there.
pub fn put(path: &Path, beside: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(beside)?;
        ownership::follow(&file, beside);
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(beside, path)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(beside);
        io("write", path, e)
    })?;
    sync_dir(path.parent().unwrap_or(path))
}

/// What [`put`] has stored; absent when it is not there.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn find_text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        text => text.map(Some).map_err(|e| io("read", path, e)),
    }
}

/// Takes away what [`put`] has stored, durably.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn take_away(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|e| io("remove", path, e))?;
    sync_dir(path.parent().unwrap_or(path))
}

/// A path with something behind its last part.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a directory for its owner alone, durably, with those above it if wanted, unless it is there.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn make_private(path: &Path, with_parents: bool) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let make = || {
        DirBuilder::new().mode(0o700).recursive(with_parents).create(path)?;
        ownership::follow(File::open(path)?, path);
        File::open(path.parent().unwrap_or(path))?.sync_all()
    };
    make().map_err(|e| io("make", path, e))
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
    Error::of_io(&format!("{what} {}", path.display()), &cause)
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
    fn what_is_beside_its_place_is_known_by_its_name() {
        for (name, expected) in [
            ("preview.0123456789ab", true),
            ("line.ffffffffffff", true),
            ("preview.png", false),
            ("preview.0123456789AB", false),
            ("preview.0123456789a", false),
            ("0123456789ab", false),
        ] {
            assert_eq!(is_beside(name), expected, "{name}");
        }
    }

    #[test]
    fn what_decides_is_there_whole_or_not() {
        let scratch = Scratch::new();
        let (path, beside) = (scratch.join("NOTE"), scratch.join("NOTE.new"));
        for text in ["one", "two"] {
            put(&path, &beside, text.as_bytes()).unwrap();
            assert_eq!(find_text(&path).unwrap().as_deref(), Some(text));
        }
        assert_eq!(list_dir(scratch.path()).unwrap(), [path.as_path()]);
        take_away(&path).unwrap();
        assert_eq!(find_text(&path).unwrap(), None);
        assert!(take_away(&path).is_err() && find_text(scratch.path()).is_err());
        assert!(put(&scratch.join("a/NOTE"), &scratch.join("a/NOTE.new"), b"x").is_err());
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
