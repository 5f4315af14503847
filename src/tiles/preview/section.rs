//! Which part of the map a picture shows, and at which zoom.

use std::f64::consts::{PI, TAU};

use crate::gpx::mercator::north;
use crate::tiles::Tile;

/// Width and height of a tile on the map, in pixels.
pub(super) const EDGE: i64 = 256;
/// Width and height of the picture, in pixels; that of the dense one is twice as much.
const SIDE: i64 = 300;
/// Mercator ends here, degrees.
const LAST_LATITUDE: f64 = 85.051_128;

/// A square of the map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section {
    pub zoom: u8,
    /// The upper left corner, in pixels of the whole map at this zoom.
    left: i64,
    top: i64,
    /// Width and height, in pixels.
    pub side: i64,
}

impl Section {
    /// The section of the original: the largest zoom at which the line fits, and the line in the middle.
    pub fn of(pieces: &[Vec<(f64, f64)>], max_zoom: u8) -> Option<Section> {
        let places: Vec<(f64, f64)> = pieces.iter().flatten().copied().filter(is_usable).collect();
        let bounds = |zoom| {
            let spots = places.iter().map(|place| spot(*place, zoom));
            let spots = spots.map(|(x, y)| (x.floor() as i64, y.floor() as i64));
            spots
                .map(|(x, y)| (x, y, x, y))
                .reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
        };
        for zoom in (1..=max_zoom.max(1)).rev() {
            let (left, top, right, bottom) = bounds(zoom)?;
            let (width, height) = (right - left, bottom - top);
            if width <= SIDE && height <= SIDE {
                return Some(Section {
                    zoom,
                    left: left - (SIDE - width).div_euclid(2),
                    top: top - (SIDE - height).div_euclid(2),
                    side: SIDE,
                });
            }
        }
        // The whole map, 512 wide, and its middle.
        let start = -(SIDE - 2 * EDGE).div_euclid(2);
        (!places.is_empty()).then_some(Section {
            zoom: 1,
            left: start,
            top: start,
            side: SIDE,
        })
    }

    /// The same square of the ground at the next zoom, with twice as many pixels each way.
    pub fn denser(&self) -> Section {
        Section {
            zoom: self.zoom + 1,
            left: 2 * self.left,
            top: 2 * self.top,
            side: 2 * self.side,
        }
    }

    /// The tiles that are seen, with the places of their corners in the picture.
    pub fn tiles(&self) -> Vec<(Tile, i64, i64)> {
        let count = 1_i64 << self.zoom;
        let range = |start: i64| start.div_euclid(EDGE)..=(start + self.side - 1).div_euclid(EDGE);
        let mut tiles = Vec::new();
        for y in range(self.top).filter(|y| (0..count).contains(y)) {
            for x in range(self.left) {
                // East of the last is the first.
                let around = x.rem_euclid(count);
                let tile = Tile {
                    z: self.zoom,
                    x: around as u32,
                    y: y as u32,
                };
                tiles.push((tile, x * EDGE - self.left, y * EDGE - self.top));
            }
        }
        tiles
    }

    /// The pieces of a line (latitude, longitude; degrees) in pixels of the picture; empty ones are left out.
    pub fn place(&self, pieces: &[Vec<(f64, f64)>]) -> Vec<Vec<(f32, f32)>> {
        let place = |at: &(f64, f64)| {
            let (x, y) = spot(*at, self.zoom);
            ((x - self.left as f64) as f32, (y - self.top as f64) as f32)
        };
        let placed = |piece: &Vec<(f64, f64)>| piece.iter().filter(|at| is_usable(at)).map(place).collect();
        pieces
            .iter()
            .map(placed)
            .filter(|spots: &Vec<_>| !spots.is_empty())
            .collect()
    }
}

fn is_usable((lat, lon): &(f64, f64)) -> bool {
    lat.is_finite() && lon.is_finite() && lat.abs() <= LAST_LATITUDE && lon.abs() <= 180.0
}

/// A place on the map, in pixels at this zoom: spherical Web Mercator (EPSG:3857).
fn spot((lat, lon): (f64, f64), zoom: u8) -> (f64, f64) {
    let scale = EDGE as f64 * f64::from(zoom).exp2() / TAU;
    (scale * (lon.to_radians() + PI), scale * (PI - north(lat)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_where_the_original_has_them() {
        let floor = |place, zoom| {
            let (x, y) = spot(place, zoom);
            (x.floor() as i64, y.floor() as i64)
        };
        assert_eq!(floor((50.0, 8.0), 12), (547_589, 355_619));
        assert_eq!(floor((-33.5, 151.2), 18), (61_740_154, 40_188_888));
    }

    #[test]
    fn the_section_is_that_of_the_original() {
        // One place: the largest zoom, and the place in the middle.
        let one = Section::of(&[vec![(50.0, 8.0)]], 12).unwrap();
        let expected = Section {
            zoom: 12,
            left: 547_589 - 150,
            top: 355_619 - 150,
            side: 300,
        };
        assert_eq!(one, expected);
        // A tenth of a degree at zoom 12 is 291 pixels, at 13 twice as many.
        let wide = Section::of(&[vec![(50.0, 8.0), (50.0, 8.1)]], 19).unwrap();
        assert_eq!((wide.zoom, wide.left), (12, 547_589 - 4));
        // Around the world: the whole of it.
        let all = Section::of(&[vec![(50.0, -179.0)], vec![(-50.0, 179.0)]], 19).unwrap();
        assert_eq!((all.zoom, all.left, all.top), (1, 106, 106));
        assert_eq!(all.tiles().len(), 4);
        for nothing in [
            vec![],
            vec![vec![]],
            vec![vec![(f64::NAN, 8.0), (95.0, 8.0), (5.0, 1e9)]],
        ] {
            assert_eq!(Section::of(&nothing, 19), None);
        }
    }

    #[test]
    fn the_dense_one_shows_the_same_twice_as_large() {
        let line = [vec![(50.0, 8.0), (50.0, 8.1)]];
        let usual = Section::of(&line, 19).unwrap();
        let dense = usual.denser();
        assert_eq!((dense.zoom, dense.side), (13, 600));
        let (small, large) = (usual.place(&line), dense.place(&line));
        for (small, large) in small[0].iter().zip(&large[0]) {
            assert!((2.0 * small.0 - large.0).abs() < 0.01 && (2.0 * small.1 - large.1).abs() < 0.01);
        }
    }

    #[test]
    fn the_tiles_cover_the_picture_and_east_of_the_last_is_the_first() {
        let usual = Section::of(&[vec![(10.0, 179.99)]], 5).unwrap();
        for section in [usual.denser(), usual] {
            let tiles = section.tiles();
            let last = (1 << section.zoom) - 1;
            assert!(tiles.iter().any(|(tile, ..)| tile.x == last) && tiles.iter().any(|(tile, ..)| tile.x == 0));
            for at in 0..section.side {
                let is_covered = |from: fn(&(Tile, i64, i64)) -> i64| {
                    tiles.iter().any(|tile| (from(tile)..from(tile) + EDGE).contains(&at))
                };
                assert!(is_covered(|tile| tile.1) && is_covered(|tile| tile.2), "{at}");
            }
        }
        let polar = Section::of(&[vec![(85.0, 0.0)]], 5).unwrap();
        assert!(polar.tiles().iter().all(|(tile, ..)| tile.y < 32));
    }
}
