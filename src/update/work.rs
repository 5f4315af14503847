//! An update from its beginning to its end. The caller is alone with the data, and the maintenance mode is on.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::chain::{self, Files, UPDATES};
use super::check::{self, Facts};
use super::note::{self, End, Note};
use super::{Tell, backup, migrate, tracks, version};
use crate::config::Config;
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::model::files::{io, sync_dir};
use crate::model::{space, swap};
use crate::ownership;
use crate::schema::{self, Schema};

/// What the operator should hear of an update that is done.
#[derive(Debug)]
pub struct Done {
    /// Where the backup is; none when it was pruned at once.
    pub backup: Option<PathBuf>,
    /// What is odd but no obstacle.
    pub warnings: Vec<String>,
}

/// How a run that was killed was brought to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// It was decided: the instance is wholly of this version.
    Completed(usize),
    /// It was decided, but the database is another one by now, and was left as it is.
    GivenUp(usize),
    /// It was not decided: the instance is wholly what it was.
    Cleared,
}

/// The file of the database: what a link leads to, so that the link stays.
pub fn resolve(config: &Config) -> PathBuf {
    config
        .database
        .canonicalize()
        .unwrap_or_else(|_| config.database.clone())
}

/// Whether a run was killed, or could not complete what was decided.
pub fn is_cut_short(config: &Config) -> bool {
    let dir = DataDir::new(&config.data_dir);
    is_decided(config) || note::has_remains(&dir, &resolve(config)) || backup::has_remains(config)
}

/// Whether an update is decided and not complete.
pub fn is_decided(config: &Config) -> bool {
    DataDir::new(&config.data_dir).update_note().symlink_metadata().is_ok()
}

/// Brings what a killed run left to one of its two ends.
///
/// # Errors
/// What cannot be moved or removed; it is to be called again.
pub fn recover(config: &Config) -> Result<Recovered> {
    let (dir, database) = (DataDir::new(&config.data_dir), resolve(config));
    let Some(note) = Note::find(&dir)? else {
        note::clear(&dir, &database)?;
        backup::clear(config)?;
        version::clear(&dir)?;
        return Ok(Recovered::Cleared);
    };
    Ok(match note.complete(&dir, &database)? {
        End::Completed => Recovered::Completed(note.to),
        End::GivenUp => Recovered::GivenUp(note.to),
    })
}

/// Brings the instance from one update to another.
///
/// # Errors
/// What failed. Unless it is decided by then ([`is_decided`]) everything is as it was.
pub fn run(config: &Config, from: Option<usize>, to: usize, tell: Tell<'_>) -> Result<Done> {
    let (dir, database) = (DataDir::new(&config.data_dir), resolve(config));
    drain::settle(&database)?;
    finish_edits(&database, &dir)?;
    let old = note::mark(&database)?;
    let mut done = Done {
        backup: None,
        warnings: Vec::new(),
    };
    let prepared = prepare(config, &database, from, to, &mut done, tell).and_then(|new| {
        if note::mark(&database)? != old {
            return Err(Error::Failed(format!(
                "another program has written to the database {} meanwhile",
                database.display()
            )));
        }
        let note = Note {
            from,
            to,
            old: old.unwrap_or_default(),
            new,
        };
        note.decide(&dir).map(|()| note)
    });
    let note = match prepared {
        Ok(note) => note,
        Err(e) if is_decided(config) => return Err(e),
        Err(e) => return Err(undo(config, &dir, &database, &done, e)),
    };
    if note.complete(&dir, &database)? == End::GivenUp {
        return Err(Error::Failed(format!(
            "another program has replaced the database {} meanwhile; it was left as it is",
            database.display()
        )));
    }
    crash::point(Point::UpdateSettled);
    if let Some(made) = &done.backup
        && let Err(e) = backup::prune(config, made)
    {
        done.warnings.push(format!("old backups are left: {e}"));
    }
    done.backup = done.backup.filter(|path| path.exists());
    Ok(done)
}

/// Removes what was made, the backup too: nothing has changed that it would be needed for.
fn undo(config: &Config, dir: &DataDir, database: &Path, done: &Done, cause: Error) -> Error {
    let cleared = note::clear(dir, database)
        .and_then(|()| done.backup.as_deref().map_or(Ok(()), backup::delete))
        .and_then(|()| backup::clear(config))
        .and_then(|()| version::clear(dir));
    if let Err(e) = cleared {
        log::error!("{e}; the next fietsupdate removes it");
    }
    match cause {
        Error::Failed(text) | Error::Unavailable(text) => Error::Failed(format!("{text}; everything is as it was")),
        other => other,
    }
}

/// Edits that a crash left pending are completed by whoever opens the database.
///
/// # Errors
/// What cannot be completed, or what the database says.
pub fn finish_edits(database: &Path, dir: &DataDir) -> Result<()> {
    let db = db::open_any(database)?;
    let schema = schema::find_schema(&db).map_err(|e| db::failed("read the database", e))?;
    match schema {
        Schema::Head => swap::finish_pending(&db, dir),
        _ => Ok(()),
    }
}

/// Refuses an update for which there is no room: for the backup, the copy of the database that is migrated with its
/// journal, and the tracks' new files.
///
/// # Errors
/// `Failed` with the numbers; nothing was touched.
pub fn check_space(config: &Config, from: Option<usize>, to: usize) -> Result<()> {
    let (dir, path) = (DataDir::new(&config.data_dir), resolve(config));
    let database = fs::metadata(&path).map_or(0, |meta| meta.len());
    let mut files = 0;
    let span = span(from, to);
    if has_files(&span, from > Some(to)) {
        let size = |path: PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
        for id in tracks::list(&db::open_any(&path)?)? {
            files += size(dir.track_gpx(id)) + size(dir.track_backup(id));
        }
    }
    let is_move = UPDATES[span].iter().any(|update| update.files == Files::Move);
    let needs = Needs::of(database, files, is_move);
    let places = [
        (backup::place(config), needs.backup),
        (path, needs.database),
        (dir.tracks(), needs.tracks),
    ];
    let places = places.each_ref().map(|(path, bytes)| (path.as_path(), *bytes));
    space::require_all(&places, "update")
}

/// What an update writes, bytes at most.
#[derive(Debug, PartialEq, Eq)]
struct Needs {
    backup: u64,
    database: u64,
    tracks: u64,
}

impl Needs {
    /// From the bytes of the database and of the files that change. Where the recordings move, each place may come to
    /// hold what is in the other.
    fn of(database: u64, files: u64, is_move: bool) -> Needs {
        let moved = |bytes: u64| if is_move { bytes } else { 0 };
        Needs {
            backup: database + files,
            // The copy, and the journal of its changes.
            database: 2 * (database + moved(files)),
            tracks: files + moved(database),
        }
    }
}

/// The updates that lie between two, both ways.
fn span(from: Option<usize>, to: usize) -> Range<usize> {
    match from > Some(to) {
        true => to + 1..from.map_or(0, |from| from + 1),
        false => from.map_or(0, |from| from + 1)..to + 1,
    }
}

/// Whether any of them changes the tracks' files.
fn has_files(span: &Range<usize>, is_down: bool) -> bool {
    UPDATES[span.clone()]
        .iter()
        .any(|update| update.files == Files::Move || (update.files == Files::Engrave && !is_down))
}

/// Makes everything beside its place, durable and checked; tells which file the new database is.
fn prepare(
    config: &Config,
    database: &Path,
    from: Option<usize>,
    to: usize,
    done: &mut Done,
    tell: Tell<'_>,
) -> Result<note::Mark> {
    let dir = DataDir::new(&config.data_dir);
    let beside = note::beside(database);
    let is_down = from > Some(to);
    let span = span(from, to);
    let ids = match has_files(&span, is_down) {
        true => Some(tracks::list(&db::open_any(database)?)?),
        false => None,
    };
    done.backup = Some(backup::make(config, database, from, ids.as_deref(), tell)?);
    copy_database(database, &beside)?;
    let db = db::open_any(&beside)?;
    let mode = set_mode(&db, "DELETE")?;
    let before = Facts::read(&db)?;
    let missing = match from >= Some(chain::MOVE) {
        true => tracks::list_missing(&db, &dir)?,
        false => Default::default(),
    };
    let failed = |e| db::failed("migrate the database", e);
    let change = Transaction::new_unchecked(&db, TransactionBehavior::Immediate).map_err(failed)?;
    let ordered: Vec<usize> = if is_down { span.rev().collect() } else { span.collect() };
    for at in ordered {
        step(&change, &dir, at, is_down, &mut done.warnings, tell)?;
    }
    change.commit().map_err(failed)?;
    crash::point(Point::UpdateMigrated);
    tell("Checking the result")?;
    check::database(&db, &before)?;
    if to >= chain::MOVE {
        let lost = tracks::list_missing(&db, &dir)?;
        let lost = lost
            .difference(&missing)
            .map(|id| format!("track {id} is without its recording"));
        done.warnings.extend(lost);
    }
    set_mode(&db, &mode)?;
    db.close().map_err(|(_, e)| failed(e))?;
    tracks::check_staged(&dir)?;
    version::stage(&dir, &[UPDATES[to].id])?.leave();
    sync_dir(beside.parent().unwrap_or(&beside))?;
    File::open(&beside)
        .and_then(|file| file.sync_all())
        .map_err(|e| io("write", &beside, e))?;
    crash::point(Point::UpdateStaged);
    let gone = || Error::Failed(format!("{} is gone", beside.display()));
    note::mark(&beside)?.ok_or_else(gone)
}

/// One update, up or down, in the database and beside the tracks.
fn step(
    db: &Connection,
    dir: &DataDir,
    at: usize,
    is_down: bool,
    warnings: &mut Vec<String>,
    tell: Tell<'_>,
) -> Result<()> {
    let update = UPDATES[at];
    if is_down {
        let before = UPDATES[at - 1];
        tell(&format!("{} -> {}", update.id, before.id))?;
        migrate::run(db, before.revision)?;
        return match update.files {
            Files::Move => tracks::move_in(db, dir, warnings, tell),
            Files::Engrave | Files::Stay => Ok(()),
        };
    }
    tell(&format!("{} -> {}", chain::name(at.checked_sub(1)), update.id))?;
    match update.files {
        Files::Move => tracks::move_out(db, dir, warnings, tell)?,
        Files::Engrave => tracks::engrave(db, dir, warnings, tell)?,
        Files::Stay => {}
    }
    // Where the original was killed between its database and its VERSION the database is further already.
    match migrate::is_behind(db, update.revision)? {
        true => migrate::run(db, update.revision),
        false => Ok(()),
    }
}

/// A copy with the mode and the owner of the original.
fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let copy = || {
        fs::copy(from, to)?;
        ownership::copy(File::open(to)?, from)
    };
    copy().map_err(|e| io("write", to, e))
}

/// Sets the journal mode and tells what it was: a write-ahead log beside the copy would have to be moved too.
fn set_mode(db: &Connection, mode: &str) -> Result<String> {
    let set = || {
        let before: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        db.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?;
        Ok(before)
    };
    set().map_err(|e| db::failed("set the journal mode", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_asked_for_what_is_written_and_for_what_moves() {
        let needs = |backup, database, tracks| Needs {
            backup,
            database,
            tracks,
        };
        assert_eq!(Needs::of(10, 0, false), needs(10, 20, 0));
        assert_eq!(Needs::of(10, 7, false), needs(17, 20, 7));
        // Up: the recordings are in the database; down: they are files.
        assert_eq!(Needs::of(10, 0, true), needs(10, 20, 10));
        assert_eq!(Needs::of(10, 7, true), needs(17, 34, 17));
    }

    #[test]
    fn what_lies_between_is_the_same_both_ways() {
        assert_eq!(span(None, 0), 0..1);
        assert_eq!(span(Some(1), 4), 2..5);
        assert_eq!(span(Some(4), 1), 2..5);
        assert!(has_files(&span(Some(1), 2), false) && has_files(&span(Some(2), 1), true));
        let engrave = span(Some(chain::MOVE), chain::MOVE + 1);
        assert!(has_files(&engrave, false) && !has_files(&engrave, true));
    }
}
