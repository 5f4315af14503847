//! Brings a database from one revision to another. The caller holds the transaction.

use rusqlite::{Connection, OptionalExtension};

use super::revision::{self, REVISIONS, Step};
use crate::db;
use crate::error::{Error, Result};
use crate::schema;
use crate::secret;

/// Goes from the revision that the database has, or from none, to another one, up or down.
///
/// # Errors
/// What the database says, with the revision that was under way.
pub fn run(db: &Connection, to: &str) -> Result<()> {
    let unknown = |id: &str| Error::Failed(format!("the database's revision {id} is unknown"));
    let target = revision::find(to).ok_or_else(|| unknown(to))?;
    let have = match find_revision(db)? {
        Some(id) => Some(revision::find(&id).ok_or_else(|| unknown(&id))?),
        None => None,
    };
    // Ours may stand in the way of a column; the server makes them again.
    for (name, _) in schema::INDEXES {
        sql(db, "drop an index", &format!("DROP INDEX IF EXISTS {name}"))?;
    }
    let next = have.map_or(0, |have| have + 1);
    for revision in REVISIONS.iter().take(target + 1).skip(next) {
        steps(db, revision.id, revision.up)?;
        stamp(db, revision.id)?;
    }
    for pair in REVISIONS[target..next.max(target)].windows(2).rev() {
        steps(db, pair[1].id, pair[1].down)?;
        stamp(db, pair[0].id)?;
    }
    Ok(())
}

/// Whether the database is of an earlier revision than this one.
///
/// # Errors
/// What the database says.
pub fn is_behind(db: &Connection, revision: &str) -> Result<bool> {
    let have = find_revision(db)?;
    Ok(have.as_deref().and_then(revision::find) < revision::find(revision))
}

/// What alembic has noted; nothing in a database without tables.
fn find_revision(db: &Connection) -> Result<Option<String>> {
    let read = || {
        if !has(db, "SELECT 1 FROM sqlite_schema WHERE name = ?1", &["alembic_version"])? {
            return Ok(None);
        }
        db.query_row("SELECT version_num FROM alembic_version", [], |row| row.get(0))
            .optional()
    };
    read().map_err(|e| db::failed("read the database's revision", e))
}

fn steps(db: &Connection, id: &str, steps: &[Step]) -> Result<()> {
    let what = format!("migrate the database ({id})");
    for step in steps {
        match step {
            Step::Sql(text) => sql(db, &what, text)?,
            Step::Add(table, column, kind) => {
                if !has_column(db, table, column)? {
                    sql(db, &what, &format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"))?;
                }
            }
            Step::Drop(table, column) => {
                if has_column(db, table, column)? {
                    sql(db, &what, &format!("ALTER TABLE {table} DROP COLUMN {column}"))?;
                }
            }
            Step::Secrets => give_secrets(db)?,
        }
    }
    Ok(())
}

fn stamp(db: &Connection, id: &str) -> Result<()> {
    let write = || {
        db.execute("DELETE FROM alembic_version", [])?;
        db.execute("INSERT INTO alembic_version (version_num) VALUES (?1)", [id])
    };
    write()
        .map(drop)
        .map_err(|e| db::failed("note the database's revision", e))
}

fn give_secrets(db: &Connection) -> Result<()> {
    let failed = |e| db::failed("make session secrets", e);
    let list = || -> rusqlite::Result<Vec<i64>> {
        db.prepare("SELECT id FROM users")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    for user in list().map_err(failed)? {
        let secret = secret::random::<32>()?;
        db.execute(
            "UPDATE users SET session_secret = ?1 WHERE id = ?2",
            (&secret[..], user),
        )
        .map_err(failed)?;
    }
    Ok(())
}

/// Whether a table has a column.
///
/// # Errors
/// What the database says.
pub fn has_column(db: &Connection, table: &str, column: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
    has(db, sql, &[table, column]).map_err(|e| db::failed("look for a column", e))
}

fn has(db: &Connection, sql: &str, names: &[&str]) -> rusqlite::Result<bool> {
    db.prepare(sql)?.exists(rusqlite::params_from_iter(names))
}

fn sql(db: &Connection, what: &str, text: &str) -> Result<()> {
    db.execute_batch(text).map_err(|e| db::failed(what, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Every table's columns with their types; their order differs.
    fn columns(db: &Connection) -> BTreeSet<String> {
        let sql = "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk
                   FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
                   UNION SELECT 'index ' || name FROM sqlite_schema WHERE type = 'index'
                   UNION SELECT t.name || ' -> ' || f.\"from\" || ' ' || f.\"table\"
                   FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
        let mut look = db.prepare(sql).unwrap();
        let all = look.query_map([], |row| row.get(0)).unwrap();
        all.map(|one| one.unwrap()).collect()
    }

    #[test]
    fn the_whole_way_up_makes_the_tables_that_a_new_instance_gets() {
        let db = Connection::open_in_memory().unwrap();
        run(&db, schema::HEAD).unwrap();
        let made = Connection::open_in_memory().unwrap();
        schema::create(&made).unwrap();
        assert_eq!(columns(&db), columns(&made));
        assert_eq!(schema::find_schema(&db).unwrap(), schema::Schema::Head);
    }

    #[test]
    fn each_step_back_is_undone_by_the_step_up() {
        let db = Connection::open_in_memory().unwrap();
        let mut seen = Vec::new();
        for revision in &REVISIONS {
            run(&db, revision.id).unwrap();
            seen.push(columns(&db));
        }
        for at in (3..REVISIONS.len()).rev() {
            run(&db, REVISIONS[at].id).unwrap();
            assert_eq!(columns(&db), seen[at], "{}", REVISIONS[at].id);
            assert_eq!(find_revision(&db).unwrap().as_deref(), Some(REVISIONS[at].id));
        }
        run(&db, schema::HEAD).unwrap();
        assert_eq!(columns(&db), seen[REVISIONS.len() - 1]);
    }

    #[test]
    fn every_user_gets_a_secret_of_its_own_and_values_are_carried_over() {
        let db = Connection::open_in_memory().unwrap();
        run(&db, "8f4e4eae5eb2").unwrap();
        db.execute_batch(
            "INSERT INTO users (name, email) VALUES ('a', 'a'), ('b', 'b');
             INSERT INTO tracks (title, transformers) VALUES ('t', '[[\"x\",{}]]');",
        )
        .unwrap();
        run(&db, schema::HEAD).unwrap();
        let count = "SELECT count(DISTINCT session_secret) FROM users WHERE length(session_secret) = 32";
        assert_eq!(db.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
        let kept = |db: &Connection| -> String {
            db.query_row("SELECT transformers FROM tracks", [], |row| row.get(0))
                .unwrap()
        };
        assert_eq!(kept(&db), "[[\"x\",{}]]");
        run(&db, "4566843039d6").unwrap();
        assert_eq!(kept(&db), "[[\"x\",{}]]");
    }

    #[test]
    fn what_an_old_sqlite_left_is_no_obstacle() {
        let db = Connection::open_in_memory().unwrap();
        run(&db, "d085998b49ca").unwrap();
        db.execute_batch("UPDATE alembic_version SET version_num = 'c939800af428'")
            .unwrap();
        run(&db, "d085998b49ca").unwrap();
        assert!(has_column(&db, "tracks", "gpx").unwrap());
        db.execute_batch("ALTER TABLE tracks ADD COLUMN transformers_old_delete_this_column JSON")
            .unwrap();
        run(&db, schema::HEAD).unwrap();
        run(&db, "d085998b49ca").unwrap();
    }
}
