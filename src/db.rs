//! Opens the database. Every connection of this program comes from here.
//!
//! Read-write but never created: a database that is missing is an error, not an empty instance.
//! Foreign keys stay unenforced and the journal mode stays as found, as in the original, so that the
//! file remains one that either program opens and that a drained instance is one file.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi};

use crate::error::{Error, Result};
use crate::fold;
use crate::schema::{self, Schema};

mod findings;

pub use findings::{Findings, State};

/// How long a statement waits for another program's lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a database that must have the schema this program works with.
///
/// # Errors
/// [`Error::Unavailable`] when it is missing or no database, [`Error::Outdated`] when its schema is
/// another, [`Error::Busy`] when it is locked.
pub fn open(path: &Path) -> Result<Connection> {
    let db = open_any(path)?;
    check(&db, path)?;
    Ok(db)
}

/// Checks that an open database has the schema this program works with.
///
/// # Errors
/// As [`open`].
pub fn check(db: &Connection, path: &Path) -> Result<()> {
    let schema = schema::find_schema(db).map_err(|e| failed(&format!("read the database {}", path.display()), e))?;
    let what = match schema {
        Schema::Head => return Ok(()),
        Schema::Empty => "is empty; run fietsupdate update".to_owned(),
        Schema::Older(revision) => format!("is of an older Fietsboek (revision {revision}); run fietsupdate update"),
        Schema::Unknown(revision) => {
            format!("is of a newer Fietsboek (revision {revision}); this program knows Fietsboek 0.11")
        }
        Schema::Foreign => "is not Fietsboek's; see sqlalchemy.url".to_owned(),
    };
    Err(Error::Outdated(format!("the database {} {what}", path.display())))
}

/// Opens a database whatever its schema.
///
/// # Errors
/// As [`open`], but for the schema.
pub fn open_any(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opening = || format!("open the database {}", path.display());
    match std::fs::metadata(path) {
        Err(e) => return Err(Error::Unavailable(format!("cannot {}: {e}", opening()))),
        Ok(meta) if !meta.is_file() => return Err(Error::Unavailable(format!("cannot {}: it is no file", opening()))),
        Ok(_) => {}
    }
    let db = Connection::open_with_flags(path, flags).map_err(|e| failed(&opening(), e))?;
    db.busy_timeout(BUSY_TIMEOUT).map_err(|e| failed(&opening(), e))?;
    db.pragma_update(None, "foreign_keys", false)
        .map_err(|e| failed(&opening(), e))?;
    db.set_prepared_statement_cache_capacity(128);
    fold::register(&db).map_err(|e| failed(&opening(), e))?;
    Ok(db)
}

/// Opens a database to be looked at alone, whatever its schema. Nothing is written, so a journal that a crash left is
/// not played back: it is an error. Not for a process that holds a lock on it, which would be lost ([`copy`]).
///
/// # Errors
/// As [`open_any`].
pub fn open_to_look(path: &Path) -> Result<Connection> {
    let opening = || format!("open the database {}", path.display());
    let access = match is_wal_alone(path) {
        true => OpenFlags::SQLITE_OPEN_READ_WRITE,
        false => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let open = || {
        let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.pragma_update(None, "query_only", true)?;
        fold::register(&db)?;
        Ok(db)
    };
    open().map_err(|e| failed(&opening(), e))
}

/// Whether a database keeps a write-ahead log (bytes 18 and 19 of the header are 2,
/// <https://www.sqlite.org/fileformat.html>) and none is there. Whoever opens it then makes one, and only who might
/// write takes it away again.
fn is_wal_alone(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    read.is_ok() && header[18..] == [2, 2] && !Path::new(&log).exists()
}

/// An empty database in memory with the tables of the head schema, to compare others with.
///
/// # Errors
/// `Failed` with what SQLite says.
pub fn make_head() -> Result<Connection> {
    let make = || {
        let db = Connection::open_in_memory()?;
        schema::create(&db)?;
        Ok(db)
    };
    make().map_err(|e| failed("make the tables to compare with", e))
}

/// Copies a database that others may use meanwhile to a file that is made, for its owner alone: what is committed, as of
/// one moment. It is not durable. The file is opened by SQLite alone: whoever closes another descriptor of it takes away
/// all locks that this process has on it (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
///
/// # Errors
/// As [`open_any`]; `Failed` with what cannot be written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let what = format!("copy the database {}", from.display());
    let told = |e| failed(&what, e);
    let source = open_any(from)?;
    let made = File::options().write(true).create_new(true).mode(0o600).open(to);
    made.map_err(|e| Error::Failed(format!("cannot {what} to {}: {e}", to.display())))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(told)?;
    target.execute_batch("PRAGMA synchronous = OFF").map_err(told)?;
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1));
    match step.map_err(told)? {
        StepResult::Done => target.close().map_err(|(_, e)| told(e)),
        _ => Err(Error::Busy(format!("cannot {what}: another program holds it"))),
    }
}

/// Opens a file of map tiles to be looked at. Nothing is made beside it.
///
/// # Errors
/// `Failed`: a map that cannot be read does not put the instance out of service.
pub fn open_tiles(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(BUSY_TIMEOUT).map(|()| db)
    };
    open().map_err(|e| Error::Failed(format!("cannot open the map {}: {e}", path.display())))
}

/// Opens a file of map tiles that nobody else sees yet, made if it is not there, to be filled. What is written is
/// durable only when the closed file is, and a crash leaves it in pieces. It is one that needs nothing beside it.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn fill_tiles(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let db = Connection::open_with_flags(path, flags)?;
        db.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        Ok(db)
    };
    open().map_err(|e: rusqlite::Error| Error::Failed(format!("cannot fill the map {}: {e}", path.display())))
}

/// Adds the indexes of ours that are not there yet ([`schema::INDEXES`]). Looks first, so that a database
/// which has them is not locked.
///
/// # Errors
/// [`Error::Busy`] when it is locked, `Failed` when it may not be written.
pub fn add_indexes(db: &Connection) -> Result<()> {
    let failed = |e| failed("add the indexes", e);
    if schema::has_indexes(db).map_err(failed)? {
        return Ok(());
    }
    let change = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(failed)?;
    schema::add_indexes(&change).map_err(failed)?;
    change.commit().map_err(failed)
}

/// Turns what SQLite says into an error of ours: locked is busy, a full disk has no room, a file that is no database or has
/// not the tables makes the instance unavailable, everything else has failed. `what` says what was
/// attempted, as in `read the tracks`.
pub fn failed(what: &str, cause: rusqlite::Error) -> Error {
    let (code, reason) = match &cause {
        // Its own text repeats the whole statement, which tells the operator nothing.
        rusqlite::Error::SqlInputError { error, msg, .. } => (Some(error.code), msg.clone()),
        other => (other.sqlite_error_code(), other.to_string()),
    };
    let text = format!("cannot {what}: {reason}");
    match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => Error::Busy(text),
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly) => Error::NoRoom(text),
        Some(ErrorCode::SystemIoFailure) if is_of_writing(&cause) => Error::NoRoom(text),
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::CannotOpen
            | ErrorCode::OperationInterrupted
            | ErrorCode::PermissionDenied,
        ) => Error::Unavailable(text),
        Some(_)
            if ["no such table", "no such column", "no column"]
                .iter()
                .any(|lack| reason.contains(lack)) =>
        {
            Error::Unavailable(text)
        }
        _ => Error::Failed(text),
    }
}

/// Whether an error of the disk came while something was written.
fn is_of_writing(cause: &rusqlite::Error) -> bool {
    const WRITING: [i32; 4] = [
        ffi::SQLITE_IOERR_WRITE,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_DIR_FSYNC,
        ffi::SQLITE_IOERR_TRUNCATE,
    ];
    cause
        .sqlite_error()
        .is_some_and(|error| WRITING.contains(&error.extended_code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn a_missing_database_is_not_created() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        assert!(matches!(open(&path), Err(Error::Unavailable(_))));
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_database_is_said_to_be_none() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        std::fs::write(&path, "this is a letter to my aunt".repeat(100)).unwrap();
        assert!(matches!(open(&path), Err(Error::Unavailable(_))));
        assert!(matches!(open(dir.path()), Err(Error::Unavailable(_))));
    }

    #[test]
    fn an_empty_file_asks_for_an_update() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        std::fs::write(&path, "").unwrap();
        assert!(open(&path).unwrap_err().text().contains("fietsupdate"));
    }

    #[test]
    fn indexes_are_added_once_and_a_database_that_has_them_is_not_written() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        schema::create(&Connection::open(&path).unwrap()).unwrap();
        let db = open(&path).unwrap();
        let names = || -> Vec<String> {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'x!_%' ESCAPE '!'";
            let mut look = db.prepare(sql).unwrap();
            let names = look.query_map([], |row| row.get(0)).unwrap();
            names.map(|name| name.unwrap()).collect()
        };
        assert!(names().is_empty());
        add_indexes(&db).unwrap();
        assert_eq!(names().len(), schema::INDEXES.len());
        let other = open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        db.busy_timeout(Duration::ZERO).unwrap();
        add_indexes(&db).unwrap();
        // One that somebody dropped comes back, if the database is free.
        other
            .execute_batch("DROP INDEX x_tags_tag; COMMIT; BEGIN IMMEDIATE")
            .unwrap();
        assert!(matches!(add_indexes(&db), Err(Error::Busy(_))));
        other.execute_batch("COMMIT").unwrap();
        add_indexes(&db).unwrap();
        assert_eq!(names().len(), schema::INDEXES.len());
    }

    #[test]
    fn who_only_looks_writes_nothing_and_leaves_nothing_beside() {
        for mode in ["delete", "wal"] {
            let dir = Scratch::new();
            let path = dir.join("x.sqlite");
            let db = Connection::open(&path).unwrap();
            db.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
                .unwrap();
            schema::create(&db).unwrap();
            db.close().unwrap();
            let before = std::fs::read(&path).unwrap();
            let db = open_to_look(&path).unwrap();
            check(&db, &path).unwrap();
            assert!(db.execute("DELETE FROM tags", []).is_err());
            db.close().unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), before);
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "{mode}");
        }
        let dir = Scratch::new();
        let missing = dir.join("x.sqlite");
        assert!(matches!(open_to_look(&missing), Err(Error::Unavailable(_))));
        assert!(!missing.exists());
    }

    #[test]
    fn foreign_keys_are_not_enforced() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        schema::create(&Connection::open(&path).unwrap()).unwrap();
        let db = open(&path).unwrap();
        db.execute("INSERT INTO tags (track_id, tag) VALUES (99, 'nobody')", [])
            .unwrap();
    }
}
