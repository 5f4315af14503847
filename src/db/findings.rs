//! What was found in a database, kept beside a connection for as long as nothing in the database has changed.
//!
//! Whether another connection, of this process or any other, has committed since is what SQLite tells a connection by
//! `PRAGMA data_version` (<https://www.sqlite.org/pragma.html#pragma_data_version>): it looks at the file, by the
//! same sign by which it throws away its own cache of pages. What a connection changes itself does not count there, but
//! in the number of its changed rows. So what is kept is as fresh as a statement that is run at that moment. The numbers
//! of one connection mean nothing to another: each has its own findings.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use rusqlite::Connection;

/// Findings of one connection. Past so many all are forgotten: they are made again in milliseconds.
const MOST: usize = 64;

/// Nothing is kept under a longer name, bytes: a stranger may ask for anything, and it would all be held.
const LONGEST_NAME: usize = 1 << 10;

/// The state of a database, as one connection tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    others: i64,
    own: u64,
}

/// What one connection found. It belongs to that connection and ends with it.
#[derive(Default)]
pub struct Findings {
    of: Cell<Option<State>>,
    values: RefCell<HashMap<String, Box<dyn Any + Send>>>,
}

impl Findings {
    /// Looks at the database, and forgets what was found in another state. To be asked before anything is read that
    /// shall be kept. None within a transaction: what it changed may be taken back.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn look(&self, db: &Connection) -> rusqlite::Result<Option<State>> {
        if !db.is_autocommit() {
            return Ok(None);
        }
        let mut version = db.prepare_cached("PRAGMA data_version")?;
        let state = State {
            others: version.query_row([], |row| row.get(0))?,
            own: db.total_changes(),
        };
        if self.of.replace(Some(state)) != Some(state) {
            self.values.borrow_mut().clear();
        }
        Ok(Some(state))
    }

    /// What was kept under a name in this state.
    pub fn find<T: Clone + 'static>(&self, state: Option<State>, name: &str) -> Option<T> {
        state.filter(|_| self.of.get() == state)?;
        self.values.borrow().get(name)?.downcast_ref().cloned()
    }

    /// Keeps what was read after this state was looked at, and follows from the database and the name alone.
    pub fn keep<T: Send + 'static>(&self, state: Option<State>, name: String, value: T) {
        if state.is_none() || self.of.get() != state || name.len() > LONGEST_NAME {
            return;
        }
        let mut values = self.values.borrow_mut();
        if values.len() >= MOST {
            values.clear();
        }
        values.insert(name, Box::new(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::path::Path;
    use std::process::Command;

    fn open(path: &Path) -> Connection {
        let db = Connection::open(path).unwrap();
        db.busy_timeout(crate::db::BUSY_TIMEOUT).unwrap();
        db
    }

    fn names(db: &Connection, findings: &Findings) -> (Option<u32>, u32) {
        let state = findings.look(db).unwrap();
        let kept = findings.find(state, "rows");
        let sql = "SELECT count(*) FROM names";
        let rows = db.query_row(sql, [], |row| row.get(0)).unwrap();
        findings.keep(state, "rows".into(), rows);
        (kept, rows)
    }

    const DATABASE: &str = "TEST_DATABASE_OF_FINDINGS";

    /// What the test below runs as another process.
    #[test]
    #[ignore = "run by another test"]
    fn another_process() {
        if let Some(path) = std::env::var_os(DATABASE) {
            let add = "INSERT INTO names VALUES ('process')";
            assert_eq!(open(Path::new(&path)).execute(add, []).unwrap(), 1);
        }
    }

    #[test]
    fn what_a_stranger_asks_for_takes_little() {
        let db = Connection::open_in_memory().unwrap();
        let findings = Findings::default();
        let state = findings.look(&db).unwrap();
        let keep = |name: &str| {
            findings.keep(state, name.to_owned(), ());
            findings.find::<()>(state, name).is_some()
        };
        assert!(keep(&"a".repeat(LONGEST_NAME)) && !keep(&"a".repeat(LONGEST_NAME + 1)));
        assert!((0..1000).all(|number| keep(&number.to_string())));
        assert!(findings.values.borrow().len() <= MOST);
    }

    #[test]
    fn nothing_is_kept_past_a_change_whoever_makes_it() {
        for mode in ["delete", "wal"] {
            let dir = Scratch::new();
            let path = dir.join("x.sqlite");
            let db = open(&path);
            db.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
                .unwrap();
            db.execute_batch("CREATE TABLE names (name TEXT)").unwrap();
            let findings = Findings::default();
            assert_eq!(names(&db, &findings), (None, 0));
            assert_eq!(names(&db, &findings), (Some(0), 0));
            db.execute("INSERT INTO names VALUES ('own')", []).unwrap();
            assert_eq!(names(&db, &findings), (None, 1), "{mode}");
            open(&path).execute("INSERT INTO names VALUES ('other')", []).unwrap();
            assert_eq!(names(&db, &findings), (None, 2), "{mode}");
            assert_eq!(names(&db, &findings), (Some(2), 2));
            for _ in 0..3 {
                let mut other = Command::new(std::env::current_exe().unwrap());
                let added = other
                    .args(["--exact", "--ignored", "db::findings::tests::another_process"])
                    .env(DATABASE, &path)
                    .output();
                assert!(added.unwrap().status.success());
                let (kept, rows) = names(&db, &findings);
                assert!(kept.is_none(), "{mode}");
                assert_eq!(names(&db, &findings), (Some(rows), rows));
            }
            db.execute("DELETE FROM names", []).unwrap();
            assert_eq!(names(&db, &findings), (None, 0), "{mode}");
        }
    }

    #[test]
    fn what_is_read_within_a_transaction_is_not_kept() {
        let dir = Scratch::new();
        let db = open(&dir.join("x.sqlite"));
        db.execute_batch("CREATE TABLE names (name TEXT)").unwrap();
        let findings = Findings::default();
        db.execute_batch("BEGIN; INSERT INTO names VALUES ('taken back')")
            .unwrap();
        assert_eq!(names(&db, &findings), (None, 1));
        assert_eq!(names(&db, &findings), (None, 1));
        db.execute_batch("ROLLBACK").unwrap();
        assert_eq!(names(&db, &findings), (None, 0));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let dir = Scratch::new();
        let path = dir.join("x.sqlite");
        let db = open(&path);
        db.execute_batch("CREATE TABLE names (name TEXT)").unwrap();
        let findings = Findings::default();
        let before = findings.look(&db).unwrap();
        open(&path).execute("INSERT INTO names VALUES ('a')", []).unwrap();
        findings.keep(before, "early".into(), 0_u32);
        let now = findings.look(&db).unwrap();
        assert_eq!(findings.find::<u32>(now, "early"), None);
        findings.keep(before, "late".into(), 0_u32);
        assert_eq!(findings.find::<u32>(now, "late"), None);
        assert_eq!(findings.find::<u32>(before, "late"), None);
    }

    #[test]
    fn there_are_never_many() {
        let db = Connection::open_in_memory().unwrap();
        let findings = Findings::default();
        let state = findings.look(&db).unwrap();
        for n in 0..10 * MOST {
            findings.keep(state, n.to_string(), n);
            assert_eq!(findings.find(state, &n.to_string()), Some(n));
        }
        assert!(findings.values.borrow().len() <= MOST);
    }
}
