//! The database's tables at Fietsboek 0.11's head, and how to tell which schema a file has.
//!
//! Column names, types and constraint names are the original's to the letter, so that either program
//! opens what the other made. Nothing stored here may use a function or collation of ours.

use rusqlite::Connection;

/// alembic's revision at head.
pub const HEAD: &str = "2ebe1bf66430";
/// The update id at head, the whole content of the file VERSION.
pub const VERSION: &str = "v0.11.0";

/// Every earlier revision, oldest first.
pub const OLDER: [&str; 8] = [
    "1b4b1c179e5a",
    "c89d9bdbfa68",
    "091ce24409fe",
    "d085998b49ca",
    "c939800af428",
    "3149aa2d0114",
    "8f4e4eae5eb2",
    "4566843039d6",
];

/// What a database file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// No tables at all.
    Empty,
    /// Fietsboek 0.11's.
    Head,
    /// That of an earlier Fietsboek, with its revision.
    Older(String),
    /// A revision this program does not know: of a later Fietsboek, most likely.
    Unknown(String),
    /// Tables, but not Fietsboek's.
    Foreign,
}

/// Tells which schema a database has.
///
/// # Errors
/// What SQLite says: not a database, locked, unreadable.
pub fn find_schema(db: &Connection) -> rusqlite::Result<Schema> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| {
        row.get(0)
    })?;
    if tables == 0 {
        return Ok(Schema::Empty);
    }
    let stamped: i64 = db.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'",
        [],
        |row| row.get(0),
    )?;
    if stamped == 0 {
        return Ok(Schema::Foreign);
    }
    let revisions: Vec<String> = db
        .prepare("SELECT version_num FROM alembic_version ORDER BY version_num")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(match revisions.as_slice() {
        [] if tables == 1 => Schema::Empty,
        [] => Schema::Foreign,
        [one] if one == HEAD => Schema::Head,
        [one] if OLDER.contains(&one.as_str()) => Schema::Older(one.clone()),
        several => Schema::Unknown(several.join(", ")),
    })
}

/// Makes every table of the head schema and stamps the revision. The caller holds the transaction.
///
/// # Errors
/// What SQLite says, also when tables are there already.
pub fn create(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)?;
    db.execute("DELETE FROM alembic_version", [])?;
    db.execute("INSERT INTO alembic_version (version_num) VALUES (?1)", [HEAD])?;
    Ok(())
}

/// The indexes of ours: plain ones, by which lists find their rows. They change nothing for the original,
/// which keeps them up to date without knowing them, and may go at any time; their names begin with `x_`.
pub const INDEXES: [(&str, &str); 9] = [
    // All that tells whether a track stands in a list and where: the rows themselves are not read for it.
    ("x_tracks_list", "tracks (owner_id, visibility, date_raw, type)"),
    // The same in the order of the list.
    ("x_tracks_date", "tracks (date_raw, id, visibility, owner_id, type)"),
    ("x_tags_tag", "tags (tag, track_id)"),
    ("x_people_user", "track_people_assoc (user_id, track_id)"),
    ("x_favourites_user", "track_favourite_assoc (user_id, track_id)"),
    ("x_friends_second", "friends_assoc (user_2_id, user_1_id)"),
    ("x_comments_track", "comments (track_id)"),
    ("x_comments_author", "comments (author_id)"),
    (
        "x_cache_length",
        "track_cache (track_id, length, moving_time, stopped_time)",
    ),
];

/// Whether a database has all of [`INDEXES`].
///
/// # Errors
/// What SQLite says.
pub fn has_indexes(db: &Connection) -> rusqlite::Result<bool> {
    let mut look = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1")?;
    for (name, _) in INDEXES {
        if !look.exists([name])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Adds those of [`INDEXES`] that are not there. The caller holds the transaction.
///
/// # Errors
/// What SQLite says.
pub fn add_indexes(db: &Connection) -> rusqlite::Result<()> {
    for (name, columns) in INDEXES {
        db.execute_batch(&format!("CREATE INDEX IF NOT EXISTS {name} ON {columns}"))?;
    }
    Ok(())
}

const TABLES: &str = include_str!("schema.sql");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_is_at_head() {
        let db = Connection::open_in_memory().unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Empty);
        create(&db).unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Head);
    }

    #[test]
    fn other_revisions_are_told_apart() {
        let db = Connection::open_in_memory().unwrap();
        create(&db).unwrap();
        let stamp = |text: &str| {
            db.execute("UPDATE alembic_version SET version_num = ?1", [text])
                .map(drop)
        };
        stamp("c939800af428").unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Older("c939800af428".into()));
        stamp("ffffffffffff").unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Unknown("ffffffffffff".into()));
        db.execute("DELETE FROM alembic_version", []).unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Foreign);
    }

    #[test]
    fn anothers_tables_are_foreign() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE recipes (id INTEGER)").unwrap();
        assert_eq!(find_schema(&db).unwrap(), Schema::Foreign);
    }
}
