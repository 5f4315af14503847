//! Which tracks are drawn in a map's file, in tables of ours beside the tiles: so a track can be added without reading
//! the others, and one that is gone is known although its recording is gone too.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::db;
use crate::model::TrackId;

/// How maps are drawn; a file that was drawn in another way is drawn anew.
const FORM: u32 = 1;

const TABLES: &str = "
    CREATE TABLE tiles (zoom INTEGER, x INTEGER, y INTEGER, data BLOB, PRIMARY KEY (zoom, x, y));
    CREATE TABLE x_form (form INTEGER);
    CREATE TABLE x_tracks (track_id INTEGER PRIMARY KEY, state TEXT NOT NULL, shape BLOB NOT NULL);
    CREATE TABLE x_zooms (zoom INTEGER PRIMARY KEY, most INTEGER NOT NULL);";

/// A track as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What told its recording from another.
    pub state: String,
    /// What was drawn, in a short form.
    pub shape: Vec<u8>,
}

/// The tracks by their ids.
pub(super) type Ledger = BTreeMap<TrackId, Entry>;

/// The tracks in a map's file; absent when there is none, or it was drawn by another program or in another way.
pub(super) fn find(path: &Path) -> Option<Ledger> {
    if !path.exists() {
        return None;
    }
    let read = || -> rusqlite::Result<Option<Ledger>> {
        let Ok(db) = db::open_tiles(path) else { return Ok(None) };
        let form: Option<u32> = db
            .query_row("SELECT form FROM x_form", [], |row| row.get(0))
            .optional()?;
        if form != Some(FORM) {
            return Ok(None);
        }
        let mut statement = db.prepare("SELECT track_id, state, shape FROM x_tracks")?;
        let rows = statement.query_map([], |row| {
            let entry = Entry {
                state: row.get("state")?,
                shape: row.get("shape")?,
            };
            Ok((row.get("track_id")?, entry))
        })?;
        rows.collect::<rusqlite::Result<_>>().map(Some)
    };
    // Whatever is wrong with it: it is drawn anew.
    read().ok().flatten()
}

/// Makes the tables of a new file.
pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)?;
    db.execute("INSERT INTO x_form (form) VALUES (?1)", [FORM]).map(drop)
}

/// Writes down the tracks.
pub(super) fn store(db: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    db.execute("DELETE FROM x_tracks", [])?;
    let mut insert = db.prepare("INSERT INTO x_tracks (track_id, state, shape) VALUES (?1, ?2, ?3)")?;
    for (track, entry) in ledger {
        insert.execute((track, &entry.state, &entry.shape))?;
    }
    Ok(())
}

/// How often the most ridden place of a zoom was ridden, as its tiles are coloured; 0 when none is.
pub(super) fn find_most(db: &Connection, zoom: u8) -> rusqlite::Result<u8> {
    let sql = "SELECT most FROM x_zooms WHERE zoom = ?1";
    let found = db.query_row(sql, [zoom], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// Writes that down.
pub(super) fn store_most(db: &Connection, zoom: u8, most: u8) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO x_zooms (zoom, most) VALUES (?1, ?2)";
    db.execute(sql, (zoom, most)).map(drop)
}
