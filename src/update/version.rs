//! The file VERSION that names the updates an instance has had.
//!
//! It holds the id of the last one, without a line end, as the original writes it; it reads several, one
//! a line, and so does this.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::chain::{self, HEAD};
use crate::datadir::DataDir;
use crate::error::Result;
use crate::model::files::io;
use crate::ownership;
use crate::schema;

/// The ids that VERSION holds, unknown ones too; none when there is no such file.
///
/// # Errors
/// Path and cause when it is there and cannot be read.
pub fn list_applied(dir: &DataDir) -> Result<Vec<String>> {
    let path = dir.version();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(io("read", &path, e)),
    }
}

/// What is odd about VERSION in an instance whose database is at head, if anything is.
pub fn find_oddity(dir: &DataDir) -> Option<String> {
    let path = dir.version();
    let applied = match list_applied(dir) {
        Ok(applied) => applied,
        Err(e) => return Some(e.text().to_owned()),
    };
    let says = match applied.iter().find(|id| chain::find(id).is_none()) {
        Some(unknown) => format!("names {unknown}, which is unknown: the data is of a newer Fietsboek"),
        None if applied.is_empty() => "is missing or empty".to_owned(),
        None if applied.iter().any(|id| chain::find(id) == Some(HEAD)) => return None,
        None => format!("names {} and not {}", applied.join(", "), schema::VERSION),
    };
    Some(format!("{} {says}; see fietsupdate status", path.display()))
}

/// A new VERSION that is written and durable, but not yet in its place; gone when dropped.
#[must_use = "dropped, it is removed"]
pub struct Staged<'a> {
    dir: &'a DataDir,
    path: PathBuf,
}

/// Writes a new VERSION beside the old one: what can fail, fails here.
///
/// # Errors
/// Path and cause; then nothing is left behind.
pub fn stage<'a>(dir: &'a DataDir, ids: &[&str]) -> Result<Staged<'a>> {
    let staged = Staged { dir, path: beside(dir) };
    // What a run that was cut short has written is good, and another try needs no room then.
    if fs::read(&staged.path).is_ok_and(|bytes| bytes == ids.join("\n").as_bytes()) {
        return Ok(staged);
    }
    let write = || {
        let mut file = File::create(&staged.path)?;
        ownership::follow(&file, &staged.path);
        file.write_all(ids.join("\n").as_bytes())?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(staged),
        Err(e) => Err(io("write", &dir.version(), e)),
    }
}

/// A new VERSION that a killed run left beside the old one; absent, if there is none.
pub fn find_left(dir: &DataDir) -> Option<PathBuf> {
    Some(beside(dir)).filter(|path| path.symlink_metadata().is_ok())
}

/// Removes a new VERSION that was left for later.
///
/// # Errors
/// Path and cause.
pub fn clear(dir: &DataDir) -> Result<()> {
    let path = beside(dir);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(io("remove", &path, e)),
        _ => Ok(()),
    }
}

/// Always the same name: what a killed run left is overwritten. Only who is alone with the data writes.
fn beside(dir: &DataDir) -> PathBuf {
    dir.path().join(".VERSION.new")
}

impl Staged<'_> {
    /// Leaves it where it is, for a later [`stage`] of the same ids.
    pub fn leave(mut self) {
        self.path = PathBuf::new();
    }

    /// Puts it in its place, whole or not at all.
    ///
    /// # Errors
    /// Path and cause; then VERSION is as before.
    pub fn place(self) -> Result<()> {
        let place = || {
            fs::rename(&self.path, self.dir.version())?;
            File::open(self.dir.path())?.sync_all()
        };
        place().map_err(|e| io("write", &self.dir.version(), e))
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // Once it is in its place, nothing is found here.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_version_that_does_not_fit_the_database_is_odd() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        for (text, expected) in [
            (None, Some("is missing or empty")),
            (Some("v0.11.0"), None),
            (Some("v0.10.0\n"), Some("names v0.10.0 and not v0.11.0")),
            (Some("v0.11.0\nv9"), Some("names v9, which is unknown")),
        ] {
            text.into_iter()
                .for_each(|text| fs::write(dir.version(), text).unwrap());
            let found = find_oddity(&dir);
            assert_eq!(found.is_some(), expected.is_some(), "{text:?}");
            assert!(
                found.unwrap_or_default().contains(expected.unwrap_or_default()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_written_is_read_back_without_a_line_end() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        assert_eq!(list_applied(&dir).unwrap(), Vec::<String>::new());
        drop(stage(&dir, &["v0.11.0"]).unwrap());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        stage(&dir, &["v0.11.0"]).unwrap().place().unwrap();
        assert_eq!(fs::read(dir.version()).unwrap(), b"v0.11.0");
        assert_eq!(list_applied(&dir).unwrap(), ["v0.11.0"]);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    }

    #[test]
    fn blank_lines_and_white_space_do_not_count() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        fs::write(dir.version(), "\n v0.9.0 \r\n\nxyz\n").unwrap();
        assert_eq!(list_applied(&dir).unwrap(), ["v0.9.0", "xyz"]);
    }
}
