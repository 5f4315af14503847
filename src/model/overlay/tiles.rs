//! A map's file as it is looked at: a table of PNGs by zoom, column and row.

use rusqlite::{Connection, OptionalExtension};

use super::Map;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::heat::{Tile, enlarge};
use crate::model::UserId;

/// A tile of a user's map. Nearer than the nearest zoom of the file it is cut out of what is there and enlarged.
/// Absent when nothing is drawn there.
///
/// # Errors
/// `Failed` when the file cannot be read, with its path and the cause.
pub fn find(dir: &DataDir, user: UserId, map: Map, zoom: u8, tile: Tile) -> Result<Option<Vec<u8>>> {
    let path = map.path(dir, user);
    let failed = |e| Error::Failed(format!("cannot read the map {}: {e}", path.display()));
    let db = db::open_tiles(&path)?;
    if let Some(found) = read(&db, zoom, tile).map_err(failed)? {
        return Ok(Some(found));
    }
    let nearest: Option<u8> = db
        .query_row("SELECT max(zoom) FROM tiles", [], |row| row.get(0))
        .map_err(failed)?;
    match nearest.and_then(|nearest| zoom.checked_sub(nearest)) {
        Some(down @ 1..=enlarge::MOST) => {
            let above = read(&db, zoom - down, (tile.0 >> down, tile.1 >> down)).map_err(failed)?;
            Ok(above.and_then(|above| enlarge::enlarge(&above, tile, down)))
        }
        _ => Ok(None),
    }
}

/// A tile as it is stored.
pub(super) fn read(db: &Connection, zoom: u8, tile: Tile) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT data FROM tiles WHERE zoom = ?1 AND x = ?2 AND y = ?3";
    let params = (zoom, tile.0, tile.1);
    db.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE};
    use std::fs;

    /// A tile as another program makes them: coloured, with transparency, left half filled.
    fn foreign() -> Vec<u8> {
        let image = image::RgbaImage::from_fn(256, 256, |x, _| image::Rgba([200, 0, 0, if x < 128 { 255 } else { 0 }]));
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn the_file_of_another_program_is_read_as_it_is_and_enlarged() {
        let site = fixture::site();
        let path = site.dir.user_heatmap(ALICE.0);
        fs::create_dir_all(site.dir.user(ALICE.0)).unwrap();
        let file = Connection::open(&path).unwrap();
        file.execute_batch(
            "CREATE TABLE tiles (zoom INTEGER, x INTEGER, y INTEGER, data BLOB, PRIMARY KEY (zoom, x, y))",
        )
        .unwrap();
        let tile = foreign();
        let insert = "INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)";
        file.execute(insert, (0, 0, 0, &tile)).unwrap();
        file.execute(insert, (3, 5, 2, &tile)).unwrap();
        drop(file);
        let find = |zoom, tile| find(&site.dir, ALICE, Map::Heat, zoom, tile).unwrap();
        assert_eq!(find(3, (5, 2)), Some(tile));
        assert_eq!((find(3, (5, 3)), find(2, (2, 1)), find(12, (0, 0))), (None, None, None));
        assert!(find(4, (10, 4)).is_some_and(|png| png.starts_with(b"\x89PNG")));
        assert_eq!(find(4, (11, 4)), None);
        assert!(find(11, (5 << 8, 2 << 8)).is_some());
        assert_eq!(fs::read_dir(site.dir.user(ALICE.0)).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_none_has_failed_and_nothing_is_made() {
        let site = fixture::site();
        let find = || find(&site.dir, ALICE, Map::Hunt, 1, (0, 0));
        assert!(matches!(find(), Err(Error::Failed(_))));
        assert!(!site.dir.user_tilehunt(ALICE.0).exists());
        fs::create_dir_all(site.dir.user(ALICE.0)).unwrap();
        fs::write(site.dir.user_tilehunt(ALICE.0), "no".repeat(3000)).unwrap();
        assert!(matches!(find(), Err(Error::Failed(_))));
    }
}
