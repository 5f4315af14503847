//! What changes in a map is drawn into its file: the tiles that are touched and no others.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Map, ledger, tiles};
use crate::heat::count::{self, Lines};
use crate::heat::hunter::{self, Cells};
use crate::heat::{self, LAST_ZOOM, Line, Palette, Tile};

/// Tiles that are drawn at once; then it is asked whether to go on.
const AT_ONCE: usize = 256;

/// What is to be drawn.
pub(super) struct Change<'a> {
    /// Shapes of tracks that are in the file and go.
    pub gone: Vec<&'a [u8]>,
    /// Shapes of tracks that are in the file and stay.
    pub kept: Vec<&'a [u8]>,
    /// Shapes of tracks that are not in the file.
    pub new: Vec<&'a [u8]>,
    pub threads: usize,
    /// Told how much is done, of 1; whether to go on.
    pub go_on: &'a dyn Fn(f64) -> bool,
}

/// Draws; false when it was told not to go on.
pub(super) fn paint(db: &Connection, map: Map, change: &Change<'_>) -> rusqlite::Result<bool> {
    match map {
        Map::Heat => paint_heat(db, change),
        Map::Hunt => paint_hunt(db, change),
    }
}

fn paint_hunt(db: &Connection, change: &Change<'_>) -> rusqlite::Result<bool> {
    let cells = |shapes: &[&[u8]]| -> Cells {
        shapes
            .iter()
            .filter_map(|shape| hunter::from_bytes(shape))
            .flatten()
            .collect()
    };
    let kept = cells(&change.kept);
    let now: Cells = &kept | &cells(&change.new);
    let before: Cells = &kept | &cells(&change.gone);
    let changed: Cells = &now ^ &before;
    for zoom in 0..=LAST_ZOOM {
        if !(change.go_on)(f64::from(zoom) / f64::from(LAST_ZOOM)) {
            return Ok(false);
        }
        for (tile, picture) in hunter::draw(zoom, &changed, &now) {
            put(db, zoom, tile, picture)?;
        }
    }
    Ok(true)
}

fn paint_heat(db: &Connection, change: &Change<'_>) -> rusqlite::Result<bool> {
    let lines = |shapes: &[&[u8]]| -> Vec<Line> { shapes.iter().filter_map(|shape| Line::from_bytes(shape)).collect() };
    let (gone, new) = (lines(&change.gone), lines(&change.new));
    // Those that stay are needed only where one goes: a place that counts 255 does not tell what is left of it.
    let kept = if gone.is_empty() {
        Vec::new()
    } else {
        lines(&change.kept)
    };
    let mut guess = 0;
    for zoom in 0..=LAST_ZOOM {
        let old = ledger::find_most(db, zoom)?;
        let brush = Brush {
            db,
            zoom,
            // In a new file the zoom before tells best which colours these tiles will have.
            palette: Palette::of_heat(if old == 0 { guess } else { old }),
            change,
        };
        let touched = touched(&gone, zoom);
        for tile in &touched {
            put(db, zoom, *tile, None)?;
        }
        if !(brush.draw(&kept, Some(&touched))? && brush.draw(&new, None)?) {
            return Ok(false);
        }
        guess = brush.settle()?;
    }
    Ok(true)
}

fn touched(lines: &[Line], zoom: u8) -> BTreeSet<Tile> {
    let (mut tiles, mut left) = (BTreeSet::new(), lines);
    while !left.is_empty() {
        let (some, rest) = count::spread(left, zoom, None);
        tiles.extend(some.tiles());
        left = rest;
    }
    tiles
}

struct Brush<'a> {
    db: &'a Connection,
    zoom: u8,
    palette: Palette,
    change: &'a Change<'a>,
}

impl Brush<'_> {
    /// Draws lines over what is there, on all tiles or on some; false when it was told not to go on.
    fn draw(&self, lines: &[Line], wanted: Option<&BTreeSet<Tile>>) -> rusqlite::Result<bool> {
        let mut left = lines;
        while !left.is_empty() {
            let (some, rest) = count::spread(left, self.zoom, wanted);
            if !self.draw_some(&some)? {
                return Ok(false);
            }
            left = rest;
        }
        Ok(true)
    }

    fn draw_some(&self, lines: &Lines<'_>) -> rusqlite::Result<bool> {
        let tiles = lines.tiles();
        for (done, some) in tiles.chunks(AT_ONCE).enumerate() {
            // Each zoom has about twice the tiles of the one before.
            let part = (done * AT_ONCE) as f64 / tiles.len() as f64;
            let weight = f64::from(self.zoom).exp2();
            let share = (weight - 1.0 + weight * part) / (2.0 * f64::from(LAST_ZOOM).exp2());
            if !(self.change.go_on)(share) {
                return Ok(false);
            }
            let read = |tile: &Tile| Ok((*tile, tiles::read(self.db, self.zoom, *tile)?));
            let some: Vec<_> = some.iter().map(read).collect::<rusqlite::Result<_>>()?;
            let drawn = lines.draw(&some, &self.palette, self.change.threads);
            for ((tile, _), picture) in some.iter().zip(drawn) {
                put(self.db, self.zoom, *tile, picture)?;
            }
        }
        Ok(true)
    }

    /// Gives all tiles of the zoom the colours that belong to its most ridden place, if they have others; how often
    /// that was ridden.
    fn settle(&self) -> rusqlite::Result<u8> {
        let sql = "SELECT substr(data, 1, 64) FROM tiles WHERE zoom = ?1";
        let mut most = 0;
        let mut peaks = self.db.prepare_cached(sql)?;
        for head in peaks.query_map([self.zoom], |row| row.get::<_, Vec<u8>>(0))? {
            most = most.max(heat::find_peak(&head?).unwrap_or_default());
        }
        drop(peaks);
        let palette = Palette::of_heat(most);
        if palette != self.palette {
            let sql = "SELECT x, y FROM tiles WHERE zoom = ?1";
            let mut all = self.db.prepare_cached(sql)?;
            let all = all.query_map([self.zoom], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for tile in all.collect::<rusqlite::Result<Vec<Tile>>>()? {
                if let Some(mut picture) = tiles::read(self.db, self.zoom, tile)?
                    && heat::recolour(&mut picture, &palette)
                {
                    put(self.db, self.zoom, tile, Some(picture))?;
                }
            }
        }
        ledger::store_most(self.db, self.zoom, most).map(|()| most)
    }
}

/// Stores a tile, or takes it out.
fn put(db: &Connection, zoom: u8, tile: Tile, picture: Option<Vec<u8>>) -> rusqlite::Result<()> {
    match picture {
        Some(picture) => {
            let sql = "INSERT INTO tiles (zoom, x, y, data) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (zoom, x, y) DO UPDATE SET data = excluded.data";
            db.prepare_cached(sql)?.execute((zoom, tile.0, tile.1, picture))
        }
        None => {
            let sql = "DELETE FROM tiles WHERE zoom = ?1 AND x = ?2 AND y = ?3";
            db.prepare_cached(sql)?.execute((zoom, tile.0, tile.1))
        }
    }
    .map(drop)
}
