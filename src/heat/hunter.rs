//! The tile hunter: which tiles of one zoom somebody has been in. Points mark tiles, the way between two does not:
//! nobody need have been there.

use std::collections::{BTreeMap, BTreeSet};

use super::line::BITS;
use super::palette::Palette;
use super::{LAST_ZOOM, Line, SIDE, Tile, blank, picture, varint};

/// The zoom of the tiles that are hunted, as is usual.
pub const ZOOM: u8 = 14;

const GREEN: Palette = Palette::of_one([0, 255, 0]);
/// Half of the ground is seen.
const ALPHA: u8 = 128;

/// Tiles of [`ZOOM`].
pub type Cells = BTreeSet<Tile>;

/// The cells that a line has points in.
pub fn cells(line: &Line) -> Cells {
    let shift = BITS - u32::from(ZOOM);
    let places = line.pieces.iter().flatten();
    places.map(|(x, y)| (x >> shift, y >> shift)).collect()
}

/// A short form of cells.
pub fn to_bytes(cells: &Cells) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut last = (0, 0);
    for cell in cells {
        varint::push_step(&mut bytes, last.0, cell.0);
        varint::push_step(&mut bytes, last.1, cell.1);
        last = *cell;
    }
    bytes
}

/// What [`to_bytes`] made; absent when it is damaged.
pub fn from_bytes(mut bytes: &[u8]) -> Option<Cells> {
    let mut cells = Cells::new();
    let mut last = (0, 0);
    while !bytes.is_empty() {
        last = (
            varint::take_step(&mut bytes, last.0)?,
            varint::take_step(&mut bytes, last.1)?,
        );
        if last.0 >> ZOOM != 0 || last.1 >> ZOOM != 0 {
            return None;
        }
        cells.insert(last);
    }
    Some(cells)
}

/// The tiles of a zoom that look otherwise when cells change, each with its picture; absent for one that has no
/// cell any more.
pub fn draw(zoom: u8, changed: &Cells, now: &Cells) -> BTreeMap<Tile, Option<Vec<u8>>> {
    if zoom >= ZOOM {
        return draw_near(zoom.min(LAST_ZOOM), changed, now);
    }
    let up = ZOOM - zoom;
    let mut tiles: BTreeMap<Tile, Vec<Tile>> = changed.iter().map(|cell| (above(*cell, up), Vec::new())).collect();
    for cell in now {
        if let Some(cells) = tiles.get_mut(&above(*cell, up)) {
            cells.push(*cell);
        }
    }
    let picture = |(tile, cells): (Tile, Vec<Tile>)| (tile, far(tile, &cells, up));
    tiles.into_iter().map(picture).collect()
}

/// The tile so many zooms farther away.
fn above(cell: Tile, up: u8) -> Tile {
    (cell.0 >> up, cell.1 >> up)
}

/// A tile with several cells in it: squares, or single pixels for several cells each.
fn far(tile: Tile, cells: &[Tile], up: u8) -> Option<Vec<u8>> {
    let mut pixels = blank();
    let side = (SIDE >> up).max(1);
    for cell in cells {
        let at = |cell: u32, tile: u32| ((cell - (tile << up)) as usize * SIDE) >> up;
        let (x, y) = (at(cell.0, tile.0), at(cell.1, tile.1));
        for row in y..y + side {
            pixels[row * SIDE + x..row * SIDE + x + side].fill(1);
        }
    }
    picture::encode(&pixels, &GREEN, ALPHA)
}

/// Cells and what lies in them: marked all over.
fn draw_near(zoom: u8, changed: &Cells, now: &Cells) -> BTreeMap<Tile, Option<Vec<u8>>> {
    let full = picture::encode(&[1; SIDE * SIDE], &GREEN, ALPHA);
    let down = zoom - ZOOM;
    let mut tiles = BTreeMap::new();
    for cell in changed {
        let picture = if now.contains(cell) { &full } else { &None };
        for n in 0..1_u32 << (2 * down) {
            let tile = (
                (cell.0 << down) + (n & ((1 << down) - 1)),
                (cell.1 << down) + (n >> down),
            );
            tiles.insert(tile, picture.clone());
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(png: &Option<Vec<u8>>) -> usize {
        let pixels = picture::decode(png.as_deref().unwrap()).unwrap();
        pixels.iter().filter(|pixel| **pixel == 1).count()
    }

    #[test]
    fn points_mark_tiles_and_the_way_between_them_does_not() {
        let line = Line::new([[(48.0, 7.8), (48.0, 7.9)]]);
        let cells = cells(&line);
        assert_eq!(cells.len(), 2);
        assert_eq!(from_bytes(&to_bytes(&cells)), Some(cells));
        assert_eq!(from_bytes(&[0x80]), None);
        assert_eq!(from_bytes(&[0xff, 0xff, 0xff, 0x7f, 0]), None);
    }

    #[test]
    fn a_cell_is_a_square_that_grows_with_the_zoom() {
        let now = Cells::from([(8000, 5000), (8001, 5000)]);
        let of = |zoom: u8| draw(zoom, &now, &now);
        let squares: Vec<usize> = of(13).values().map(count).collect();
        assert_eq!(squares, [2 * 128 * 128]);
        assert_eq!(of(6).values().map(count).collect::<Vec<_>>(), [2]);
        assert_eq!(of(0).values().map(count).collect::<Vec<_>>(), [1]);
        assert_eq!((of(14).len(), of(15).len(), of(16).len()), (2, 8, 32));
        assert!(of(16).values().all(|png| count(png) == SIDE * SIDE));
        assert!(of(16).contains_key(&(32_007, 20_003)) && !of(16).contains_key(&(32_008, 20_003)));
    }

    #[test]
    fn only_what_changes_is_drawn() {
        let now = Cells::from([(8000, 5000), (9000, 5000)]);
        let changed = Cells::from([(8000, 5000), (8100, 5001)]);
        let tiles = draw(14, &changed, &now);
        assert!(tiles[&(8000, 5000)].is_some() && tiles[&(8100, 5001)].is_none() && tiles.len() == 2);
        assert_eq!(draw(13, &changed, &now).len(), 2);
        assert_eq!(draw(0, &changed, &now).len(), 1);
    }
}
