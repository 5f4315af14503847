//! The tiles that are kept, in a SQLite file of their own: derived data, which may be deleted at any time.
//!
//! It is opened for each use and closed again, inside the barrier, so that nothing of it is open after a drain. A
//! file that is damaged is thrown away. Nothing in it need outlive a loss of power.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};

use super::Tile;
use crate::datadir::DataDir;
use crate::ownership;

/// A tile is not asked for again before it is so old: seven days, in seconds.
const FRESH: i64 = 7 * 24 * 3600;
/// Whoever looks at a tile has it checked anew; one that nobody has looked at for so long goes: ninety days, in seconds.
const UNWANTED: i64 = 90 * 24 * 3600;
/// How long it is waited for another that writes: many tiles come at once, and one that is not kept is fetched again.
const PATIENCE: Duration = Duration::from_millis(2000);
/// So many of the oldest go at a time.
const BATCH: i64 = 64;

const TABLES: &str = "\
    CREATE TABLE IF NOT EXISTS tiles (
        layer TEXT NOT NULL, z INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL,
        checked INTEGER NOT NULL, -- seconds since 1970
        etag TEXT,
        picture BLOB NOT NULL
    );
    CREATE UNIQUE INDEX IF NOT EXISTS tile ON tiles (layer, z, x, y);
    CREATE INDEX IF NOT EXISTS age ON tiles (checked);";

/// What a tile is found by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The layer.
    pub layer: String,
    /// The place.
    pub tile: Tile,
}

/// A tile that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The picture as the provider sent it.
    pub picture: Vec<u8>,
    /// By what the provider recognises it.
    pub etag: Option<String>,
    /// When the provider last said that it is right, in seconds since 1970.
    pub checked: i64,
}

impl Kept {
    /// Whether it need not be asked for again. One from the future was kept under a wrong clock.
    pub fn is_fresh(&self, now: i64) -> bool {
        (0..FRESH).contains(&(now - self.checked))
    }
}

/// A tile, if it is kept.
///
/// # Errors
/// What SQLite says; a damaged file is removed.
pub fn find(dir: &DataDir, key: &Key) -> rusqlite::Result<Option<Kept>> {
    let path = dir.tile_cache();
    if !path.exists() {
        return Ok(None);
    }
    mended(&path, || {
        let db = open(&path)?;
        let Key { layer, tile } = key;
        let find = "SELECT picture, etag, checked FROM tiles WHERE layer = ?1 AND z = ?2 AND x = ?3 AND y = ?4";
        let kept = |row: &rusqlite::Row<'_>| {
            Ok(Kept {
                picture: row.get(0)?,
                etag: row.get(1)?,
                checked: row.get(2)?,
            })
        };
        db.query_row(find, params![layer, tile.z, tile.x, tile.y], kept)
            .optional()
    })
}

/// Keeps a tile; the oldest go when all together would take more than `most` bytes.
///
/// # Errors
/// What SQLite says; a damaged file is removed.
pub fn keep(dir: &DataDir, key: &Key, kept: &Kept, most: u64) -> rusqlite::Result<()> {
    let path = dir.tile_cache();
    mended(&path, || {
        let mut db = open(&path)?;
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        make_room(&change, most, kept.picture.len() as u64)?;
        let Key { layer, tile } = key;
        if (kept.picture.len() as u64) < most {
            change.execute(
                "INSERT OR REPLACE INTO tiles (layer, z, x, y, checked, etag, picture) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![layer, tile.z, tile.x, tile.y, kept.checked, kept.etag, kept.picture],
            )?;
        }
        change.commit()?;
        give_back(&db, most)
    })
}

/// Takes out some of the tiles that nobody wants any more, or that a smaller limit has no room for, at `now` in seconds
/// since 1970. Says how many; none: the cache is as it should be.
///
/// # Errors
/// What SQLite says; a damaged file is removed.
pub fn thin_out(dir: &DataDir, now: i64, most: u64) -> rusqlite::Result<usize> {
    let path = dir.tile_cache();
    if !path.exists() {
        return Ok(0);
    }
    mended(&path, || {
        let db = open(&path)?;
        let unwanted = "DELETE FROM tiles WHERE rowid IN (SELECT rowid FROM tiles WHERE checked < ?1 LIMIT ?2)";
        let mut gone = db.execute(unwanted, [now - UNWANTED, BATCH])?;
        if gone == 0 && !has_room(&db, most, 0)? {
            gone = delete_oldest(&db)?;
        }
        give_back(&db, most)?;
        Ok(gone)
    })
}

/// Makes the file smaller, when it is larger than it may be and has pages that hold nothing.
fn give_back(db: &Connection, most: u64) -> rusqlite::Result<()> {
    let (pages, free, size) = pages(db)?;
    if pages * size > most && free > 0 {
        // It gives a page back for each row that is asked for.
        let mut give_back = db.prepare("PRAGMA incremental_vacuum")?;
        let mut rows = give_back.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

fn make_room(db: &Connection, most: u64, needed: u64) -> rusqlite::Result<()> {
    while !has_room(db, most, needed)? {
        if delete_oldest(db)? == 0 {
            break;
        }
    }
    Ok(())
}

fn has_room(db: &Connection, most: u64, needed: u64) -> rusqlite::Result<bool> {
    let (pages, free, size) = pages(db)?;
    Ok(pages.saturating_sub(free) * size + needed <= most)
}

fn delete_oldest(db: &Connection) -> rusqlite::Result<usize> {
    let oldest = "DELETE FROM tiles WHERE rowid IN (SELECT rowid FROM tiles ORDER BY checked LIMIT ?1)";
    db.execute(oldest, [BATCH])
}

/// All pages of the file, those of them that hold nothing, and the size of a page in bytes.
fn pages(db: &Connection) -> rusqlite::Result<(u64, u64, u64)> {
    let of = |name: &str| db.pragma_query_value(None, name, |row| row.get(0).map(i64::unsigned_abs));
    Ok((of("page_count")?, of("freelist_count")?, of("page_size")?))
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let is_new = !path.exists();
    let db = Connection::open(path)?;
    db.busy_timeout(PATIENCE)?;
    // Before the first table; later it does nothing.
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "synchronous", false)?;
    db.execute_batch(TABLES)?;
    if is_new {
        // A tool of root's may be the first who needs it.
        if let Ok(file) = fs::File::open(path) {
            ownership::follow(&file, path);
        }
    }
    Ok(db)
}

/// Does something with the file; when it proves to be damaged or another program's it is removed and made anew.
fn mended<T>(path: &Path, work: impl Fn() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    match work() {
        Err(e) if is_damage(&e) => {
            log::warn!("the tile cache {} is damaged and made anew: {e}", path.display());
            remove(path)?;
            work()
        }
        done => done,
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqlInputError { .. } => true,
        other => matches!(
            other.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        ),
    }
}

fn remove(path: &Path) -> rusqlite::Result<()> {
    for path in [path.to_owned(), path.with_extension("sqlite-journal")] {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                log::warn!("cannot remove {}: {e}", path.display());
                return Err(rusqlite::Error::InvalidPath(path));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn key(x: u32) -> Key {
        Key {
            layer: "a".to_owned(),
            tile: Tile { z: 12, x, y: 1 },
        }
    }

    fn kept(checked: i64, size: usize) -> Kept {
        Kept {
            picture: vec![7; size],
            etag: Some("\"t\"".to_owned()),
            checked,
        }
    }

    #[test]
    fn what_is_kept_is_found_and_replaced_and_a_damaged_file_is_made_anew() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        assert_eq!(find(&dir, &key(1)), Ok(None));
        assert!(!dir.tile_cache().exists());
        keep(&dir, &key(1), &kept(5, 10), 1 << 20).unwrap();
        assert_eq!(find(&dir, &key(1)), Ok(Some(kept(5, 10))));
        keep(&dir, &key(1), &kept(6, 20), 1 << 20).unwrap();
        assert_eq!(find(&dir, &key(1)), Ok(Some(kept(6, 20))));
        assert_eq!(find(&dir, &key(2)), Ok(None));
        fs::write(dir.tile_cache(), "not a database".repeat(1000)).unwrap();
        assert_eq!(find(&dir, &key(1)), Ok(None));
        keep(&dir, &key(1), &kept(5, 10), 1 << 20).unwrap();
        assert_eq!(find(&dir, &key(1)), Ok(Some(kept(5, 10))));
        let names: Vec<_> = fs::read_dir(scratch.path()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn the_oldest_go_when_it_is_full_and_the_file_shrinks_with_a_smaller_limit() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        let most = 4 << 20;
        for n in 0..300 {
            keep(&dir, &key(n), &kept(i64::from(n), 20_000), most).unwrap();
        }
        let size = || fs::metadata(dir.tile_cache()).unwrap().len();
        assert!(size() <= most + (1 << 16), "{}", size());
        assert_eq!(find(&dir, &key(0)), Ok(None));
        assert_eq!(find(&dir, &key(299)), Ok(Some(kept(299, 20_000))));
        keep(&dir, &key(300), &kept(300, 20_000), 1 << 20).unwrap();
        assert!(size() <= 1 << 20, "{}", size());
        keep(&dir, &key(301), &kept(301, 20_000), 0).unwrap();
        assert_eq!(find(&dir, &key(301)), Ok(None));
        assert_eq!(find(&dir, &key(300)), Ok(None));
    }

    #[test]
    fn what_nobody_wants_goes_bit_by_bit_and_so_does_what_a_smaller_limit_has_no_room_for() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        assert_eq!(thin_out(&dir, 0, 1 << 20), Ok(0));
        assert!(!dir.tile_cache().exists());
        for n in 0..200 {
            let checked = if n < 100 { 5 } else { 10 };
            keep(&dir, &key(n), &kept(checked, 10_000), 4 << 20).unwrap();
        }
        let now = UNWANTED + 6;
        assert_eq!([64, 36, 0].map(|_| thin_out(&dir, now, 4 << 20).unwrap()), [64, 36, 0]);
        assert_eq!(find(&dir, &key(99)), Ok(None));
        assert_eq!(find(&dir, &key(100)), Ok(Some(kept(10, 10_000))));
        let most = 100_000;
        while thin_out(&dir, now, most).unwrap() > 0 {}
        assert!(fs::metadata(dir.tile_cache()).unwrap().len() <= most);
    }

    #[test]
    fn a_tile_is_fresh_for_seven_days() {
        let tile = kept(1_000_000, 1);
        assert!(tile.is_fresh(1_000_000) && tile.is_fresh(1_000_000 + FRESH - 1));
        assert!(!tile.is_fresh(1_000_000 + FRESH) && !tile.is_fresh(999_999));
    }
}
