//! The one step that decides an update, and the renames that follow it.
//!
//! Before it, everything stands beside what it is to replace. Then a note is renamed into place, durably: from there
//! on the update counts, and whoever comes next completes it ([`complete`], which may be called any number of times).
//! Up: files first, the database then; down: the database first. So a database is never opened whose tracks lack
//! their files, also when somebody switches the maintenance mode off in between.
//!
//! The note says which file the old database was, to the nanosecond, and which one the new. When the database is
//! neither of them somebody has restored or used it meanwhile: then the update is given up, and nothing is replaced.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{chain, tracks, version};
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::model::files::{self, io, sync_dir};
use crate::model::trash;

/// What the name of the new database ends with, beside the old one.
const BESIDE: &str = ".update";

/// Which state of which file: device, inode, size in bytes, time of change in seconds and nanoseconds.
pub type Mark = [i128; 5];

/// A decided update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The update that the instance was at.
    pub from: Option<usize>,
    /// The update that it comes to.
    pub to: usize,
    /// The old database.
    pub old: Mark,
    /// The new one.
    pub new: Mark,
}

/// How a decided update came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything is in its place.
    Completed,
    /// The database is another one by now: nothing was replaced.
    GivenUp,
}

impl Note {
    /// The note that stands there.
    ///
    /// # Errors
    /// When it is there and cannot be understood.
    pub fn find(dir: &DataDir) -> Result<Option<Note>> {
        let path = dir.update_note();
        let Some(text) = files::find_text(&path)? else {
            return Ok(None);
        };
        let odd = || Error::Failed(format!("{} is not a note of fietsupdate; move it away", path.display()));
        Note::parse(&text).map(Some).ok_or_else(odd)
    }

    fn parse(text: &str) -> Option<Note> {
        let mut words = text.split_whitespace();
        let from = match words.next()? {
            "none" => None,
            id => Some(chain::find(id)?),
        };
        let to = chain::find(words.next()?)?;
        let numbers: Vec<i128> = words.map(str::parse).collect::<std::result::Result<_, _>>().ok()?;
        let (old, new) = numbers.split_at_checked(5)?;
        Some(Note {
            from,
            to,
            old: old.try_into().ok()?,
            new: new.try_into().ok()?,
        })
    }

    fn text(&self) -> String {
        let numbers: Vec<String> = self.old.iter().chain(&self.new).map(i128::to_string).collect();
        let (from, to) = (chain::name(self.from), chain::UPDATES[self.to].id);
        format!("{from} {to} {}\n", numbers.join(" "))
    }

    fn is_down(&self) -> bool {
        self.from > Some(self.to)
    }

    /// Decides. Everything else is durable by now.
    ///
    /// # Errors
    /// What cannot be written; then it is not decided.
    pub fn decide(&self, dir: &DataDir) -> Result<()> {
        files::put(&dir.update_note(), &dir.update_note_beside(), self.text().as_bytes())?;
        crash::point(Point::UpdateDecided);
        Ok(())
    }

    /// Does what follows the decision, or the rest of it.
    ///
    /// # Errors
    /// What cannot be moved; the note stays, and it is to be called again.
    pub fn complete(&self, dir: &DataDir, database: &Path) -> Result<End> {
        let beside = beside(database);
        let is_swapped = match (mark(database)?, mark(&beside)?) {
            (Some(now), None) if now[..2] == self.new[..2] => true,
            (Some(now), Some(_)) if now == self.old => false,
            _ => {
                clear(dir, database)?;
                files::take_away(&dir.update_note())?;
                return Ok(End::GivenUp);
            }
        };
        if !self.is_down() {
            tracks::place(dir)?;
        }
        if !is_swapped {
            fs::rename(&beside, database).map_err(|e| io("put the new database in the place of", database, e))?;
            sync_dir(database.parent().unwrap_or(database))?;
        }
        crash::point(Point::UpdateSwapped);
        if self.is_down() && self.to < chain::MOVE && self.from >= Some(chain::MOVE) {
            tracks::remove(&db::open_any(database)?, dir)?;
        }
        version::stage(dir, &[chain::UPDATES[self.to].id])?.place()?;
        crash::point(Point::UpdateStamped);
        files::take_away(&dir.update_note())?;
        Ok(End::Completed)
    }
}

/// Where the new database is made.
pub fn beside(database: &Path) -> PathBuf {
    files::with_suffix(database, BESIDE)
}

/// What tells a state of a file from any other; absent when there is none.
///
/// # Errors
/// When it cannot be looked at.
pub fn mark(path: &Path) -> Result<Option<Mark>> {
    match fs::metadata(path) {
        Ok(meta) => Ok(Some([
            meta.dev().into(),
            meta.ino().into(),
            meta.len().into(),
            meta.mtime().into(),
            meta.mtime_nsec().into(),
        ])),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io("look at", path, e)),
    }
}

/// What an update that was not decided may have left.
fn list_remains(dir: &DataDir, database: &Path) -> Vec<PathBuf> {
    let beside = beside(database);
    let mut paths = drain::list_leftovers(&beside);
    paths.extend([beside, dir.update_files(), dir.update_note_beside()]);
    paths.retain(|path| path.symlink_metadata().is_ok());
    paths
}

/// Whether there is anything of that.
pub fn has_remains(dir: &DataDir, database: &Path) -> bool {
    !list_remains(dir, database).is_empty()
}

/// Removes it.
///
/// # Errors
/// What cannot be removed.
pub fn clear(dir: &DataDir, database: &Path) -> Result<()> {
    list_remains(dir, database)
        .iter()
        .try_for_each(|path| trash::empty(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn place() -> (Scratch, DataDir, PathBuf, Note) {
        let scratch = Scratch::new();
        let (dir, database) = (DataDir::new(scratch.join("data")), scratch.join("db.sqlite"));
        fs::create_dir(dir.path()).unwrap();
        fs::write(&database, "old").unwrap();
        fs::write(beside(&database), "new").unwrap();
        let note = Note {
            from: None,
            to: chain::HEAD,
            old: mark(&database).unwrap().unwrap(),
            new: mark(&beside(&database)).unwrap().unwrap(),
        };
        (scratch, dir, database, note)
    }

    #[test]
    fn a_note_is_read_back_and_anything_else_is_refused() {
        let (_scratch, dir, _, note) = place();
        assert_eq!(Note::find(&dir).unwrap(), None);
        note.decide(&dir).unwrap();
        assert_eq!(Note::find(&dir).unwrap(), Some(note.clone()));
        for text in ["", "none v0.11.0 1 2 3", "v9 v0.11.0 1 2 3 4 5 6 7 8 9 10", "a b c"] {
            fs::write(dir.update_note(), text).unwrap();
            assert!(Note::find(&dir).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_decided_is_completed_and_only_once() {
        let (_scratch, dir, database, note) = place();
        note.decide(&dir).unwrap();
        assert_eq!(note.complete(&dir, &database).unwrap(), End::Completed);
        assert_eq!(fs::read_to_string(&database).unwrap(), "new");
        assert_eq!(fs::read_to_string(dir.version()).unwrap(), "v0.11.0");
        assert!(!dir.update_note().exists() && !beside(&database).exists());
        // Killed before the note was removed.
        note.decide(&dir).unwrap();
        assert_eq!(note.complete(&dir, &database).unwrap(), End::Completed);
        assert_eq!(fs::read_to_string(&database).unwrap(), "new");
    }

    #[test]
    fn a_database_that_was_used_or_restored_meanwhile_is_not_replaced() {
        let (_scratch, dir, database, note) = place();
        note.decide(&dir).unwrap();
        fs::write(&database, "used").unwrap();
        assert_eq!(note.complete(&dir, &database).unwrap(), End::GivenUp);
        assert_eq!(fs::read_to_string(&database).unwrap(), "used");
        assert!(!dir.update_note().exists() && !has_remains(&dir, &database));

        let (_scratch, dir, database, note) = place();
        note.decide(&dir).unwrap();
        fs::remove_file(beside(&database)).unwrap();
        assert_eq!(note.complete(&dir, &database).unwrap(), End::GivenUp);
        assert_eq!(fs::read_to_string(&database).unwrap(), "old");
        assert!(!dir.version().exists());
    }
}
