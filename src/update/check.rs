//! Whether a database that was migrated is sound, and still holds what it held.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::db;
use crate::error::{Error, Result};
use crate::model::inspect;

/// What is to be the same before and after, but for tables that come or go.
pub struct Facts {
    /// How many rows each table has.
    rows: BTreeMap<String, i64>,
    /// How many rows refer to none, by table and the table referred to. Keys are not enforced, so there are some.
    dangling: BTreeMap<(String, String), i64>,
}

impl Facts {
    /// Counts.
    ///
    /// # Errors
    /// What the database says.
    pub fn read(db: &Connection) -> Result<Facts> {
        let failed = |e| db::failed("count the database's rows", e);
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";
        let names =
            || -> rusqlite::Result<Vec<String>> { db.prepare(names)?.query_map([], |row| row.get(0))?.collect() };
        let mut rows = BTreeMap::new();
        for name in names().map_err(failed)? {
            let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
            let count = db.query_row(&sql, [], |row| row.get(0)).map_err(failed)?;
            rows.insert(name, count);
        }
        let dangling = inspect::list_dangling(db)?.into_iter();
        let dangling = dangling.map(|of| ((of.table, of.of), of.rows)).collect();
        Ok(Facts { rows, dangling })
    }
}

/// Looks at a migrated database.
///
/// # Errors
/// What is wrong with it.
pub fn database(db: &Connection, before: &Facts) -> Result<()> {
    let wrong = |what: String| Err(Error::Failed(format!("the migrated database is not sound: {what}")));
    let faults = inspect::list_faults(db)?;
    if !faults.is_empty() {
        return wrong(faults.join("; "));
    }
    let after = Facts::read(db)?;
    for (table, rows) in &before.rows {
        if after.rows.get(table).is_some_and(|now| now != rows) {
            return wrong(format!("the table {table} has another number of rows"));
        }
    }
    for ((table, parent), count) in &after.dangling {
        let known = before.dangling.get(&(table.clone(), parent.clone())).unwrap_or(&0);
        if count > known {
            return wrong(format!("rows of {table} refer to none of {parent}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn lost_rows_and_new_dangling_keys_are_told_and_old_ones_are_not() {
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        schema::create(&db).unwrap();
        db.execute_batch("INSERT INTO tags VALUES (9, 'old'); INSERT INTO badges (title) VALUES ('b');")
            .unwrap();
        let before = Facts::read(&db).unwrap();
        database(&db, &before).unwrap();
        db.execute_batch("DROP TABLE friends_assoc").unwrap();
        database(&db, &before).unwrap();
        db.execute_batch("INSERT INTO tracks (id, owner_id) VALUES (1, 7)")
            .unwrap();
        assert!(database(&db, &before).unwrap_err().text().contains("tracks"));
        db.execute_batch("DELETE FROM tracks; DELETE FROM badges").unwrap();
        assert!(database(&db, &before).unwrap_err().text().contains("badges"));
        db.execute_batch("INSERT INTO badges (title) VALUES ('b'); UPDATE tags SET track_id = 8")
            .unwrap();
        database(&db, &before).unwrap();
    }
}
