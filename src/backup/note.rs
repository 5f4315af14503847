//! The one step that decides a restore over an instance, and the renames that follow it.
//!
//! Before it, everything stands beside what it is to replace. Then a note is renamed into place, durably, and from
//! there on the restore counts: whoever comes next completes it ([`Note::complete`], which may be called any number of
//! times). The old database is moved aside first, the files follow, the new database comes last. So a database never is
//! in its place whose tracks have other files, also when somebody switches the maintenance mode off in between: then
//! there is none, and visitors are told that the site is out of service.
//!
//! The old instance is kept in `stale/`, which is the administrator's, where a rename can bring it there; a database on
//! another disk stays beside its place.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::model::files::{self, io, make_dir, make_private, name_of, sync_dir};
use crate::model::snapshot::{DATA, DATABASE};
use crate::model::trash;

/// What the name of the new database ends with, beside the old one.
const BESIDE: &str = ".restore";

/// A decided restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The name of the directory in `stale/` that gets what was there.
    pub aside: String,
    /// What tells the archive from others: the checksum of its list.
    pub archive: String,
}

impl Note {
    /// The note that stands there.
    ///
    /// # Errors
    /// When it is there and cannot be understood.
    pub fn find(dir: &DataDir) -> Result<Option<Note>> {
        let path = dir.restore_note();
        let Some(text) = files::find_text(&path)? else {
            return Ok(None);
        };
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [aside, archive] if !aside.contains('/') && !aside.starts_with('.') => Ok(Some(Note {
                aside: aside.to_owned(),
                archive: archive.to_owned(),
            })),
            _ => Err(Error::Failed(format!(
                "{} is not a note of fietsctl; move it away",
                path.display()
            ))),
        }
    }

    /// Decides. Everything else is durable by now.
    ///
    /// # Errors
    /// What cannot be written; then it is not decided.
    pub fn decide(&self, dir: &DataDir) -> Result<()> {
        let text = format!("{} {}\n", self.aside, self.archive);
        files::put(&dir.restore_note(), &dir.restore_note_beside(), text.as_bytes())?;
        crash::point(Point::RestoreDecided);
        Ok(())
    }

    /// Does what follows the decision, or the rest of it. The caller is alone with the data. Where the old instance is
    /// comes back.
    ///
    /// # Errors
    /// What cannot be moved; the note stays, and it is to be called again.
    pub fn complete(&self, dir: &DataDir, database: &Path) -> Result<Vec<PathBuf>> {
        let aside = dir.stale().join(&self.aside);
        make_dir(&dir.stale())?;
        make_private(&aside, false)?;
        // As long as the new one waits, whatever stands in the place is old.
        let new = beside(database);
        let elsewhere = files::with_suffix(database, &format!(".{}", self.aside));
        if new.exists() {
            move_database(database, &aside.join(DATABASE), &elsewhere)?;
            crash::point(Point::RestoreCleared);
            let staged = DataDir::new(dir.restore_files().join(DATA));
            for (new, old) in [
                (staged.tracks(), dir.tracks()),
                (staged.users(), dir.users()),
                (staged.version(), dir.version()),
            ] {
                if new.symlink_metadata().is_ok() {
                    move_aside(&old, &aside.join(name_of(&old)))?;
                    crash::point(Point::RestoreHalfPlaced);
                    rename(&new, &old)?;
                }
            }
            sync_dir(&aside)?;
            sync_dir(dir.path())?;
            crash::point(Point::RestorePlaced);
            rename(&new, database)?;
            sync_dir(database.parent().unwrap_or(database))?;
        }
        crash::point(Point::RestoreSwapped);
        trash::empty(&dir.restore_files())?;
        files::take_away(&dir.restore_note())?;
        crash::point(Point::RestoreSettled);
        let kept = [aside, elsewhere].into_iter().filter(|path| path.exists());
        Ok(kept.collect())
    }
}

/// Where the new database stands until it takes its place.
pub fn beside(database: &Path) -> PathBuf {
    files::with_suffix(database, BESIDE)
}

/// What a restore that was not decided may have left.
pub fn list_remains(dir: &DataDir, database: &Path) -> Vec<PathBuf> {
    let new = beside(database);
    let mut paths = drain::list_leftovers(&new);
    paths.extend([new, dir.restore_files(), dir.restore_note_beside()]);
    paths.retain(|path| path.symlink_metadata().is_ok());
    paths
}

/// Moves a database with its journals, which are of use with it alone, and harm any other that comes to its place.
fn move_database(database: &Path, aside: &Path, elsewhere: &Path) -> Result<()> {
    let journals = drain::list_leftovers(database);
    let own = name_of(database);
    if database.symlink_metadata().is_ok() {
        let target = match fs::rename(database, free(aside)) {
            Err(e) if e.kind() == ErrorKind::CrossesDevices => rename(database, &free(elsewhere)),
            moved => moved.map_err(|e| io("move aside", database, e)),
        };
        target?;
    }
    for journal in journals {
        let suffix = name_of(&journal).strip_prefix(&own).unwrap_or_default().to_owned();
        let target = files::with_suffix(if elsewhere.exists() { elsewhere } else { aside }, &suffix);
        rename(&journal, &free(&target))?;
    }
    sync_dir(database.parent().unwrap_or(database))
}

fn move_aside(path: &Path, to: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Ok(_) => rename(path, &free(to)),
        Err(_) => Ok(()),
    }
}

/// The path, or one like it, that nothing has: what was moved there before stays.
fn free(path: &Path) -> PathBuf {
    let others = (2..).map(|n: u32| files::with_suffix(path, &format!("-{n}")));
    std::iter::once(path.to_owned())
        .chain(others)
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| path.to_owned())
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| io(&format!("move {} to", from.display()), to, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn place() -> (Scratch, DataDir, PathBuf, Note) {
        let scratch = Scratch::new();
        let (dir, database) = (DataDir::new(scratch.join("data")), scratch.join("db.sqlite"));
        let staged = dir.restore_files().join(DATA);
        for made in [dir.tracks(), dir.users(), staged.join("tracks"), staged.join("users")] {
            fs::create_dir_all(made).unwrap();
        }
        for (path, text) in [
            (database.clone(), "old"),
            (scratch.join("db.sqlite-journal"), "old journal"),
            (dir.version(), "old"),
            (beside(&database), "new"),
            (staged.join("VERSION"), "new"),
        ] {
            fs::write(path, text).unwrap();
        }
        let note = Note {
            aside: "replaced-1".to_owned(),
            archive: "abc".to_owned(),
        };
        (scratch, dir, database, note)
    }

    #[test]
    fn a_note_is_read_back_and_anything_else_is_refused() {
        let (_scratch, dir, _, note) = place();
        assert_eq!(Note::find(&dir).unwrap(), None);
        note.decide(&dir).unwrap();
        assert_eq!(Note::find(&dir).unwrap(), Some(note));
        for text in ["", "one", "../../evil abc", ". abc", "a b c"] {
            fs::write(dir.restore_note(), text).unwrap();
            assert!(Note::find(&dir).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_decided_is_completed_once_and_a_journal_goes_with_its_database() {
        let (scratch, dir, database, note) = place();
        note.decide(&dir).unwrap();
        let kept = note.complete(&dir, &database).unwrap();
        let aside = dir.stale().join("replaced-1");
        assert_eq!(kept, std::slice::from_ref(&aside));
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!((read(&database), read(&dir.version())), ("new".into(), "new".into()));
        assert_eq!(read(&aside.join("fietsboek.sqlite-journal")), "old journal");
        assert_eq!(
            (read(&aside.join("fietsboek.sqlite")), read(&aside.join("VERSION"))),
            ("old".into(), "old".into())
        );
        assert!(!scratch.join("db.sqlite-journal").exists() && list_remains(&dir, &database).is_empty());
        // Killed before the note was removed.
        note.decide(&dir).unwrap();
        note.complete(&dir, &database).unwrap();
        assert_eq!(read(&database), "new");
        assert!(!dir.restore_note().exists());
    }

    #[test]
    fn what_came_to_the_place_meanwhile_is_moved_aside_too() {
        let (_scratch, dir, database, note) = place();
        note.decide(&dir).unwrap();
        let aside = dir.stale().join("replaced-1");
        fs::create_dir_all(&aside).unwrap();
        fs::write(aside.join("fietsboek.sqlite"), "oldest").unwrap();
        note.complete(&dir, &database).unwrap();
        assert_eq!(fs::read_to_string(aside.join("fietsboek.sqlite-2")).unwrap(), "old");
        assert_eq!(fs::read_to_string(database).unwrap(), "new");
    }
}
