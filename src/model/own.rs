//! Tables of our own in the database that is shared with the original.
//!
//! Their names begin with `x_`, and each is made when it is first needed: the original names its tables and
//! ignores others. It deletes rows without knowing ours, and ids are given out again, so a trigger on its table
//! takes our row along; plain SQL, because the original has to be able to run it.

use rusqlite::Connection;

use super::{failed, query};
use crate::error::Result;
use crate::schema;

/// Every table of ours, and what its rows are.
pub const TABLES: [(&str, &str); 9] = [
    ("x_cut_figures", "figures of tracks that privacy zones shorten"),
    ("x_mail", "mails that wait to be sent"),
    ("x_maps", "notes on which overlay maps are due"),
    ("x_photo_places", "places of photos"),
    ("x_swaps", "edits that are not complete"),
    ("x_token", "tokens for programs"),
    ("x_track_points", "fingerprints, by which a recording is known again"),
    ("x_uploads", "names and lines of unfinished uploads"),
    ("x_zone", "privacy zones, and what they hide can be seen there"),
];

/// What stands in a database beside the original's: a table, an index or a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// `table`, `index`, `trigger` or `view`.
    pub kind: String,
    /// Its name, which begins with `x_`.
    pub name: String,
}

impl Object {
    /// Whether this program makes one of that name.
    pub fn is_known(&self) -> bool {
        let is_table = |name: &str| TABLES.iter().any(|(table, _)| *table == name);
        match self.kind.as_str() {
            "table" => is_table(&self.name),
            "index" => schema::INDEXES.iter().any(|(index, _)| *index == self.name),
            "trigger" => self.name.strip_suffix("_delete").is_some_and(is_table),
            _ => false,
        }
    }
}

/// Everything of a database whose name begins with `x_`: triggers first, tables last.
///
/// # Errors
/// What the database says.
pub fn list_objects(db: &Connection) -> Result<Vec<Object>> {
    let sql = "SELECT type, name FROM sqlite_schema WHERE name LIKE 'x!_%' ESCAPE '!'
        ORDER BY CASE type WHEN 'trigger' THEN 1 WHEN 'view' THEN 2 WHEN 'index' THEN 3 ELSE 4 END, name";
    query::list(db, "list what is not the original's", sql, [], |row| {
        Ok(Object {
            kind: row.get("type")?,
            name: row.get("name")?,
        })
    })
}

/// How many rows each of the tables has whose name begins with `x_`.
///
/// # Errors
/// What the database says.
pub fn count_rows(db: &Connection) -> Result<Vec<(Object, u64)>> {
    let tables = list_objects(db)?.into_iter().filter(|object| object.kind == "table");
    let count = |table: Object| {
        let sql = format!("SELECT count(*) FROM {}", quoted(&table.name));
        let rows = query::find(db, "count rows", &sql, [], |row| row.get::<_, i64>(0))?;
        Ok((table, rows.and_then(|rows| rows.try_into().ok()).unwrap_or(0)))
    };
    tables.map(count).collect()
}

/// Takes everything out whose name begins with `x_`, and tells how many there were. The caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn remove_all(db: &Connection) -> Result<usize> {
    let objects = list_objects(db)?;
    for Object { kind, name } in &objects {
        db.execute_batch(&format!("DROP {kind} IF EXISTS {}", quoted(name)))
            .map_err(|e| failed(&format!("take out the {kind} {name}"), e))?;
    }
    Ok(objects.len())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

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
        debug_assert!(
            cfg!(test) || TABLES.iter().any(|(table, _)| table == name),
            "a table that is not listed"
        );
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
    fn everything_of_ours_goes_and_nothing_else() {
        let site = fixture::site();
        let all = || -> Vec<(String, String)> {
            let sql = "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY rowid";
            query::list(&site.db, "list", sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
        };
        let before = all();
        NOTES.ensure(&site.db).unwrap();
        schema::add_indexes(&site.db).unwrap();
        let odd = "CREATE TABLE \"x_a\"\"b\" (c); CREATE INDEX \"x_i\" ON \"x_a\"\"b\" (c);
            CREATE VIEW x_view AS SELECT c FROM \"x_a\"\"b\"; INSERT INTO \"x_a\"\"b\" VALUES (1), (2);
            CREATE TABLE xylophones (a)";
        site.db.execute_batch(odd).unwrap();
        assert!(list_objects(&site.db).unwrap().iter().any(Object::is_known));
        let rows: Vec<(String, u64)> = count_rows(&site.db)
            .unwrap()
            .into_iter()
            .map(|(table, rows)| (table.name, rows))
            .collect();
        assert_eq!(rows, [("x_a\"b".to_owned(), 2), ("x_notes".to_owned(), 0)]);
        assert_eq!(remove_all(&site.db).unwrap(), 5 + schema::INDEXES.len());
        site.db.execute_batch("DROP TABLE xylophones").unwrap();
        assert_eq!(all(), before);
        assert_eq!(remove_all(&site.db).unwrap(), 0);
    }

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
