//! Tables of our own in the database that is shared with the original.
//!
//! Their names begin with `x_`, and each is made when it is first needed: the original names its tables and
//! ignores others. It deletes rows without knowing ours, and ids are given out again, so a trigger on its table
//! takes our row along; plain SQL, because the original has to be able to run it.

use rusqlite::Connection;

use super::{failed, query};
use crate::error::Result;

/// A table whose rows belong to the rows of a table of the original.
pub(super) struct Table {
    /// Its name.
    pub name: &'static str,
    /// The table that its rows belong to.
    pub of: &'static str,
    /// The column with the id of the row that a row belongs to.
    pub key: &'static str,
    /// The other columns, as in `CREATE TABLE`.
    pub columns: &'static str,
}

impl Table {
    /// Whether it is there; without it there are no rows.
    ///
    /// # Errors
    /// What the database says.
    pub fn is_there(&self, db: &Connection) -> Result<bool> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        Ok(query::find(db, "look for a table", sql, [self.name], |_| Ok(()))?.is_some())
    }

    /// Makes it and its trigger when it is not there; each row of the original has one of it at most.
    ///
    /// # Errors
    /// What the database says.
    pub fn ensure(&self, db: &Connection) -> Result<()> {
        self.make(db, &format!("{} INTEGER NOT NULL PRIMARY KEY", self.key))
    }

    /// The same where a row of the original may have any number of it: they have an `id` of their own.
    ///
    /// # Errors
    /// What the database says.
    pub fn ensure_many(&self, db: &Connection) -> Result<()> {
        self.make(
            db,
            &format!("id INTEGER NOT NULL PRIMARY KEY, {} INTEGER NOT NULL", self.key),
        )
    }

    fn make(&self, db: &Connection, keys: &str) -> Result<()> {
        if self.is_there(db)? {
            return Ok(());
        }
        let Table { name, of, key, columns } = self;
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {name} ({keys}, {columns});
             CREATE TRIGGER IF NOT EXISTS {name}_delete AFTER DELETE ON {of}
             BEGIN DELETE FROM {name} WHERE {key} = old.id; END;"
        );
        db.execute_batch(&sql).map_err(|e| failed("make a table", e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    const NOTES: Table = Table {
        name: "x_notes",
        of: "tracks",
        key: "track_id",
        columns: "text TEXT",
    };

    #[test]
    fn a_table_is_made_once_and_its_rows_go_with_those_of_the_original() {
        let site = fixture::site();
        assert!(!NOTES.is_there(&site.db).unwrap());
        NOTES.ensure(&site.db).unwrap();
        NOTES.ensure(&site.db).unwrap();
        assert!(NOTES.is_there(&site.db).unwrap());
        let fill = "INSERT INTO x_notes (track_id, text) VALUES (1, 'a'), (2, 'b')";
        site.db.execute(fill, []).unwrap();
        // The statement of the original, which knows nothing of the table.
        site.db.execute("DELETE FROM tracks WHERE id = 1", []).unwrap();
        let left: String = site
            .db
            .query_row("SELECT group_concat(text) FROM x_notes", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, "b");
    }
}
