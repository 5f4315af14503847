//! Waits until nobody touches the instance's data, and leaves a database that can be copied.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::barrier::{self, Pass};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};

/// A drained instance: as long as this lives its holder is alone with the data.
#[derive(Debug)]
pub struct Drained {
    /// The exclusive lock.
    pub pass: Pass,
    /// What the administrator should know all the same.
    pub warnings: Vec<String>,
}

/// Waits for the exclusive lock, looks at the flag again and tidies beside the database.
///
/// # Errors
/// [`Error::Busy`] past the limit, naming who still holds the lock; others when the flag is gone, or a
/// journal is left beside the database.
pub fn drain(data_dir: &DataDir, database: &Path, wait: Duration) -> Result<Drained> {
    let pass = barrier::hold_alone(data_dir.path(), wait).map_err(|e| match e {
        Error::Busy(text) => {
            let who = barrier::name_holders(data_dir.path());
            Error::Busy(format!("{text}; still held by {who}; the maintenance mode stays on"))
        }
        other => other,
    })?;
    if pass.is_off() {
        return Err(Error::Failed(
            "the maintenance mode was switched off while waiting".to_owned(),
        ));
    }
    let warnings = settle(database)?;
    Ok(Drained { pass, warnings })
}

/// Brings the database to one file: a journal left by a crash is played back or checkpointed by
/// opening and closing the database. The journal mode stays as found. The caller is alone with the data. What the
/// administrator should know comes back.
///
/// # Errors
/// When a journal is left beside the database.
pub fn settle(database: &Path) -> Result<Vec<String>> {
    let path = database.display();
    let missing = match database.metadata() {
        Ok(_) => false,
        Err(e) if e.kind() == ErrorKind::NotFound => true,
        Err(e) => return Err(Error::Failed(format!("cannot look at the database {path}: {e}"))),
    };
    let left = list_leftovers(database);
    if missing && left.is_empty() {
        return Ok(vec![format!("there is no database at {path}")]);
    }
    if missing {
        // A database that is put there now would take them for its own.
        return Err(Error::Failed(format!(
            "there is no database at {path}, but a journal of one: {}; remove it before you put one there",
            name(&left)
        )));
    }
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let settling = |e| db::failed(&format!("settle the database {path}"), e);
    let connection = db::open_any(database)?;
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .map_err(settling)?;
    // Setting the mode that is set already does nothing; an emptied journal goes when the mode changes.
    let pragmas: &[_] = match mode.eq_ignore_ascii_case("wal") {
        true => &[("wal_checkpoint", "TRUNCATE")],
        false => &[("journal_mode", "TRUNCATE"), ("journal_mode", "DELETE")],
    };
    let read = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    read.map_err(settling)?;
    for (pragma, value) in pragmas {
        let set = connection.pragma_update_and_check(None, pragma, value, |_| Ok(()));
        set.map_err(settling)?;
    }
    connection.close().map_err(|(_, e)| settling(e))?;
    match list_leftovers(database).as_slice() {
        [] => Ok(Vec::new()),
        left => Err(Error::Failed(format!(
            "the database is not one whole file: {} is still beside it",
            name(left)
        ))),
    }
}

fn name(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

/// The journals that stand beside a database. Where its path is a link SQLite puts them beside the file.
pub fn list_leftovers(database: &Path) -> Vec<PathBuf> {
    let target = match database.canonicalize() {
        Ok(file) => Some(file),
        Err(_) => database.read_link().ok().map(|file| database.with_file_name(file)),
    };
    let beside = |database: &Path| {
        ["-journal", "-wal", "-shm"].map(|suffix| {
            let mut name = database.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        })
    };
    let mut found: Vec<PathBuf> = beside(database).into();
    found.extend(target.iter().flat_map(|file| beside(file)));
    found.retain(|path| path.symlink_metadata().is_ok());
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::switch;
    use crate::scratch::Scratch;
    use rusqlite::Connection;

    fn instance() -> (Scratch, DataDir, PathBuf) {
        let dir = Scratch::new();
        let database = dir.join("db.sqlite");
        crate::schema::create(&Connection::open(&database).unwrap()).unwrap();
        let data = DataDir::new(dir.path());
        switch::enable(&data, "test").unwrap();
        (dir, data, database)
    }

    /// A database whose writer died: its files copied while the write was under way.
    fn crashed(mode: &str, database: &Path) {
        let work = Scratch::new();
        let original = work.join("db.sqlite");
        let writer = Connection::open(&original).unwrap();
        crate::schema::create(&writer).unwrap();
        writer.pragma_update(None, "journal_mode", mode).unwrap();
        writer.pragma_update(None, "cache_spill", 1).unwrap();
        writer.pragma_update(None, "cache_size", 1).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        for n in 0..2000 {
            writer
                .execute("INSERT INTO badges (title) VALUES (?1)", [format!("{n:0100}")])
                .unwrap();
        }
        if mode == "wal" {
            writer.execute_batch("COMMIT").unwrap();
        }
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let name = format!("db.sqlite{suffix}");
            if work.join(&name).exists() {
                std::fs::copy(work.join(&name), database.with_file_name(&name)).unwrap();
            }
        }
    }

    #[test]
    fn a_quiet_instance_is_drained_at_once() {
        let (_dir, data, database) = instance();
        assert!(drain(&data, &database, Duration::ZERO).unwrap().warnings.is_empty());
    }

    #[test]
    fn journals_of_crashed_writers_are_settled_and_the_mode_is_kept() {
        for mode in ["delete", "wal"] {
            let (_dir, data, database) = instance();
            crashed(mode, &database);
            assert!(
                !list_leftovers(&database).is_empty(),
                "{mode}: the test made no leftover"
            );
            drain(&data, &database, Duration::ZERO).unwrap();
            assert!(list_leftovers(&database).is_empty());
            let db = Connection::open(&database).unwrap();
            let found: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(found, mode);
            let badges: i64 = db
                .query_row("SELECT count(*) FROM badges", [], |row| row.get(0))
                .unwrap();
            assert_eq!(badges, if mode == "wal" { 2000 } else { 0 });
        }
    }

    #[test]
    fn a_journal_that_was_emptied_and_left_is_taken_away() {
        for mode in ["truncate", "persist"] {
            let (_dir, data, database) = instance();
            let writer = Connection::open(&database).unwrap();
            writer
                .pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
                .unwrap();
            writer.execute("INSERT INTO badges (title) VALUES ('x')", []).unwrap();
            drop(writer);
            assert!(
                !list_leftovers(&database).is_empty(),
                "{mode}: the test made no leftover"
            );
            drain(&data, &database, Duration::ZERO).unwrap();
            assert!(list_leftovers(&database).is_empty());
        }
    }

    #[test]
    fn a_missing_database_is_a_warning() {
        let (_dir, data, database) = instance();
        std::fs::remove_file(&database).unwrap();
        assert_eq!(drain(&data, &database, Duration::ZERO).unwrap().warnings.len(), 1);
    }

    #[test]
    fn a_journal_beside_a_missing_database_is_an_error_that_names_it() {
        for name in ["db.sqlite", "link"] {
            let (dir, data, database) = instance();
            std::os::unix::fs::symlink("db.sqlite", dir.join("link")).unwrap();
            crashed("wal", &database);
            std::fs::remove_file(&database).unwrap();
            let error = drain(&data, &dir.join(name), Duration::ZERO).unwrap_err();
            assert!(error.text().contains("db.sqlite-wal"), "{error}");
        }
    }

    #[test]
    fn the_journal_of_a_database_behind_a_link_is_settled_too() {
        let (dir, data, database) = instance();
        let link = dir.join("link.sqlite");
        std::os::unix::fs::symlink("db.sqlite", &link).unwrap();
        crashed("delete", &database);
        assert!(drain(&data, &link, Duration::ZERO).unwrap().warnings.is_empty());
        assert!(!database.with_file_name("db.sqlite-journal").exists());
    }

    #[test]
    fn a_database_that_cannot_be_looked_at_is_no_missing_one() {
        let (dir, data, database) = instance();
        assert!(drain(&data, &database.join("x"), Duration::ZERO).is_err());
        std::os::unix::fs::symlink("loop", dir.join("loop")).unwrap();
        assert!(drain(&data, &dir.join("loop"), Duration::ZERO).is_err());
    }

    #[test]
    fn a_journal_that_cannot_be_settled_is_an_error() {
        let (_dir, data, database) = instance();
        std::fs::write(&database, "no database".repeat(200)).unwrap();
        std::fs::write(database.with_file_name("db.sqlite-wal"), "x").unwrap();
        assert_eq!(drain(&data, &database, Duration::ZERO).unwrap_err().exit_code(), 1);
    }

    #[test]
    fn a_flag_that_is_gone_by_then_is_an_error() {
        let (_dir, data, database) = instance();
        switch::disable(&data).unwrap();
        assert!(
            drain(&data, &database, Duration::ZERO)
                .unwrap_err()
                .text()
                .contains("switched off")
        );
    }

    #[test]
    fn whoever_still_holds_makes_it_busy() {
        let (_dir, data, database) = instance();
        let _holder = barrier::hold(data.path(), Duration::ZERO).unwrap();
        assert!(matches!(
            drain(&data, &database, Duration::from_millis(20)),
            Err(Error::Busy(_))
        ));
    }
}
