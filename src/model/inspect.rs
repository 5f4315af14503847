//! What a database is like beneath its rows: whole or not, with rows that dangle, with which tables.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::query;
use crate::db;
use crate::error::Result;

/// So many faults are told at most: one that is damaged has thousands.
const MOST: usize = 10;

/// What SQLite finds wrong with the file; nothing: it is whole.
///
/// # Errors
/// What the database says.
pub fn list_faults(db: &Connection) -> Result<Vec<String>> {
    let sql = format!("PRAGMA integrity_check({MOST})");
    let mut found: Vec<String> = query::list(db, "check the database", &sql, [], |row| row.get(0))?;
    found.retain(|text| text != "ok");
    Ok(found)
}

/// Rows that belong to rows which are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dangling {
    /// Where they stand.
    pub table: String,
    /// Where what they belong to is missing.
    pub of: String,
    /// How many they are.
    pub rows: i64,
}

/// Rows that belong to nothing. The original enforces no foreign keys, so old instances have some.
///
/// # Errors
/// What the database says.
pub fn list_dangling(db: &Connection) -> Result<Vec<Dangling>> {
    let sql = "SELECT \"table\" AS place, parent, count(*) AS rows FROM pragma_foreign_key_check
        GROUP BY 1, 2 ORDER BY 1, 2";
    query::list(db, "look for rows that belong to nothing", sql, [], |row| {
        Ok(Dangling {
            table: row.get("place")?,
            of: row.get("parent")?,
            rows: row.get("rows")?,
        })
    })
}

/// Where the tables differ from those of the head schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What is missing, `table` or `table.column`.
    pub missing: Vec<String>,
    /// What is there beside it, but for what is ours.
    pub unknown: Vec<String>,
}

/// Compares tables and columns with those of the head schema.
///
/// # Errors
/// What the database says.
pub fn compare(db: &Connection) -> Result<Difference> {
    let (head, found) = (columns(&db::make_head()?)?, columns(db)?);
    Ok(Difference {
        missing: without_columns_of_tables(head.difference(&found)),
        unknown: without_columns_of_tables(found.difference(&head)),
    })
}

/// Tables, as `table`, and their columns, as `table.column`.
fn columns(db: &Connection) -> Result<BTreeSet<String>> {
    let sql = "SELECT m.name AS place FROM sqlite_schema m WHERE m.type = 'table'
            AND m.name NOT LIKE 'x!_%' ESCAPE '!' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'
        UNION ALL SELECT m.name || '.' || p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
            WHERE m.type = 'table' AND m.name NOT LIKE 'x!_%' ESCAPE '!' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    let all = query::list(db, "read the tables", sql, [], |row| row.get(0))?;
    Ok(all.into_iter().collect())
}

/// A table says it all: its columns are left out.
fn without_columns_of_tables<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let names: BTreeSet<&String> = names.collect();
    let is_told = |name: &str| {
        name.split_once('.')
            .is_some_and(|(table, _)| names.contains(&table.to_owned()))
    };
    names
        .iter()
        .filter(|name| !is_told(name))
        .map(ToString::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn an_instance_of_the_original_is_whole() {
        let db = fixture::site().db;
        assert!(list_faults(&db).unwrap().is_empty());
        assert!(list_dangling(&db).unwrap().is_empty());
        assert_eq!(compare(&db).unwrap(), Difference::default());
    }

    #[test]
    fn what_dangles_is_counted_by_table() {
        let db = fixture::empty();
        db.execute_batch("INSERT INTO tags (track_id, tag) VALUES (7, 'a'), (7, 'b'), (8, 'a')")
            .unwrap();
        let expected = Dangling {
            table: "tags".to_owned(),
            of: "tracks".to_owned(),
            rows: 3,
        };
        assert_eq!(list_dangling(&db).unwrap(), [expected]);
    }

    #[test]
    fn differences_are_told_and_what_is_ours_is_none() {
        let db = fixture::empty();
        db.execute_batch(
            "DROP TABLE tags; ALTER TABLE badges DROP COLUMN image; ALTER TABLE users ADD COLUMN colour TEXT;
             CREATE TABLE recipes (id); CREATE TABLE x_notes (id);",
        )
        .unwrap();
        let difference = compare(&db).unwrap();
        assert_eq!(difference.missing, ["badges.image", "tags"]);
        assert_eq!(difference.unknown, ["recipes", "users.colour"]);
    }
}
