//! The updates of Fietsboek, and the file VERSION that names those an instance has.
//!
//! The updates form one line, each following the one before. VERSION holds the id of the last one,
//! without a line end, as the original writes it; it reads several, one a line, and so does this.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::ownership;
use crate::schema;

/// One update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// The id, as VERSION and the command line name it.
    pub id: &'static str,
    /// The database's revision after it.
    pub revision: &'static str,
}

/// Every update, oldest first.
pub const UPDATES: [Update; 11] = [
    row("initial", "d085998b49ca"),
    row("v0.4.0", "d085998b49ca"),
    row("30ppwg8zi4ujb46f", "c939800af428"),
    row("lu8w3rwlz4ddcpms", "c939800af428"),
    row("v0.5.0", "c939800af428"),
    row("v0.6.0", "3149aa2d0114"),
    row("v0.7.0", "3149aa2d0114"),
    row("v0.8.0", "3149aa2d0114"),
    row("v0.9.0", "4566843039d6"),
    row("v0.10.0", "4566843039d6"),
    row(schema::VERSION, schema::HEAD),
];

/// The place of the last update that changes files besides the schema.
pub const LAST_WITH_FILES: usize = 3;

/// The place of the newest update.
pub const HEAD: usize = UPDATES.len() - 1;

const fn row(id: &'static str, revision: &'static str) -> Update {
    Update { id, revision }
}

/// The place of an update in the line.
pub fn find(id: &str) -> Option<usize> {
    UPDATES.iter().position(|update| update.id == id)
}

/// The place of an update that somebody named.
///
/// # Errors
/// [`Error::Usage`] when there is none of that id.
pub fn get(id: &str) -> Result<usize> {
    find(id).ok_or_else(|| {
        let known: Vec<&str> = UPDATES.iter().map(|update| update.id).collect();
        Error::Usage(format!("unknown version {id:?}; known are {}", known.join(", ")))
    })
}

/// The ids that VERSION holds, unknown ones too; none when there is no such file.
///
/// # Errors
/// Path and cause when it is there and cannot be read.
pub fn list_applied(dir: &DataDir) -> Result<Vec<String>> {
    let path = dir.version();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(failed("read", &path, &e)),
    }
}

/// What is odd about VERSION in an instance whose database is at head, if anything is.
pub fn find_oddity(dir: &DataDir) -> Option<String> {
    let path = dir.version();
    let applied = match list_applied(dir) {
        Ok(applied) => applied,
        Err(e) => return Some(e.text().to_owned()),
    };
    let says = match applied.iter().find(|id| find(id).is_none()) {
        Some(unknown) => format!("names {unknown}, which is unknown: the data is of a newer Fietsboek"),
        None if applied.is_empty() => "is missing or empty".to_owned(),
        None if applied.iter().any(|id| find(id) == Some(HEAD)) => return None,
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
    // Always the same name: what a killed run left is overwritten. Only who is alone with the data writes.
    let path = dir.path().join(".VERSION.new");
    let staged = Staged { dir, path };
    let write = || {
        let mut file = File::create(&staged.path)?;
        ownership::follow(&file, &staged.path);
        file.write_all(ids.join("\n").as_bytes())?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(staged),
        Err(e) => Err(failed("write", &dir.version(), &e)),
    }
}

impl Staged<'_> {
    /// Puts it in its place, whole or not at all.
    ///
    /// # Errors
    /// Path and cause; then VERSION is as before.
    pub fn place(self) -> Result<()> {
        let place = || {
            fs::rename(&self.path, self.dir.version())?;
            File::open(self.dir.path())?.sync_all()
        };
        place().map_err(|e| failed("write", &self.dir.version(), &e))
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // Once it is in its place, nothing is found here.
        let _ = fs::remove_file(&self.path);
    }
}

fn failed(what: &str, path: &Path, cause: &std::io::Error) -> Error {
    Error::Failed(format!("cannot {what} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::collections::BTreeSet;

    #[test]
    fn revisions_follow_the_order_of_the_schemas_and_ids_are_unique() {
        let schemas: Vec<&str> = schema::OLDER.iter().copied().chain([schema::HEAD]).collect();
        let place = |update: &Update| schemas.iter().position(|known| *known == update.revision).unwrap();
        assert!(UPDATES.iter().is_sorted_by_key(place));
        let ids: BTreeSet<&str> = UPDATES.iter().map(|update| update.id).collect();
        assert_eq!(ids.len(), UPDATES.len());
        assert_eq!(UPDATES[LAST_WITH_FILES].id, "lu8w3rwlz4ddcpms");
        assert_eq!(UPDATES[HEAD].id, "v0.11.0");
    }

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
