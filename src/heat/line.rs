//! The line of a track on the plane of web maps, and its short form as bytes.

use super::varint;
use crate::gpx::mercator::{LAST_LATITUDE, north};

/// A place: from the west and from the north, in 2^28ths of the plane's side. That is a sixteenth of a pixel at
/// the nearest zoom that is drawn, 15 cm at the equator.
pub type Place = (u32, u32);

/// How many bits of a number a place has.
pub(super) const BITS: u32 = 28;

/// From one point to the next, in units of a place: what is farther (12 km at 50° north) was not recorded on the
/// way, and no line is drawn. Also what crosses the 180th meridian, which is the whole plane apart.
const FARTHEST: u32 = 1 << 17;

/// Where somebody went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Runs of places without interruption; none is empty.
    pub(super) pieces: Vec<Vec<Place>>,
}

impl Line {
    /// The line through points (latitude, longitude, degrees), piece by piece. Points that are nowhere on the plane
    /// are left out; there the line is interrupted.
    pub fn new<P: IntoIterator<Item = (f64, f64)>>(pieces: impl IntoIterator<Item = P>) -> Line {
        let mut line = Line::default();
        for piece in pieces {
            let mut open: Vec<Place> = Vec::new();
            for (lat, lon) in piece {
                let place = project(lat, lon);
                let joins = match (place, open.last()) {
                    (Some(place), Some(last)) => is_near(*last, place),
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                if !joins {
                    line.pieces.push(std::mem::take(&mut open));
                }
                // Who stands still makes no new place.
                open.extend(place.filter(|place| open.last() != Some(place)));
            }
            line.pieces.push(open);
        }
        line.pieces.retain(|piece| !piece.is_empty());
        line
    }

    /// Whether there is nothing to be drawn.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The short form, some four bytes a place.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut last = (0, 0);
        for piece in &self.pieces {
            varint::push(&mut bytes, piece.len() as u64);
            for place in piece {
                varint::push_step(&mut bytes, last.0, place.0);
                varint::push_step(&mut bytes, last.1, place.1);
                last = *place;
            }
        }
        bytes
    }

    /// What [`Line::to_bytes`] made; absent when it is damaged.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Line> {
        let mut line = Line::default();
        let mut last = (0, 0);
        while !bytes.is_empty() {
            let mut piece = Vec::new();
            for _ in 0..varint::take(&mut bytes)? {
                last = (
                    varint::take_step(&mut bytes, last.0)?,
                    varint::take_step(&mut bytes, last.1)?,
                );
                if last.0 >> BITS != 0 || last.1 >> BITS != 0 {
                    return None;
                }
                piece.push(last);
            }
            line.pieces.push(piece);
        }
        Some(line)
    }
}

fn is_near(one: Place, other: Place) -> bool {
    one.0.abs_diff(other.0) <= FARTHEST && one.1.abs_diff(other.1) <= FARTHEST
}

/// The spherical Mercator projection (EPSG:3857).
fn project(lat: f64, lon: f64) -> Option<Place> {
    if !(lat.abs() <= LAST_LATITUDE && lon.abs() <= 360.0) {
        return None;
    }
    let side = f64::from(1 << BITS);
    let x = (lon / 360.0 + 0.5).rem_euclid(1.0);
    let y = 0.5 - north(lat) / std::f64::consts::TAU;
    // A place on the last edge belongs to the last pixel.
    let unit = |turn: f64| ((turn * side) as u32).min((1 << BITS) - 1);
    Some((unit(x), unit(y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_web_maps() {
        // The pixels at zoom 12 and at zoom 18 (two bits more than a place has at 16).
        let pixel = |place: Place, zoom: u32| (place.0 >> (20 - zoom), place.1 >> (20 - zoom));
        assert_eq!(pixel(project(50.0, 8.0).unwrap(), 12), (547_589, 355_619));
        assert_eq!(pixel(project(-33.5, 151.2).unwrap(), 18), (61_740_154, 40_188_888));
        assert_eq!(project(LAST_LATITUDE, -180.0), Some((0, 0)));
        assert_eq!(project(0.0, 180.0).map(|place| place.0), Some(0));
        for (lat, lon) in [(86.0, 0.0), (f64::NAN, 0.0), (0.0, f64::INFINITY), (0.0, 1e9)] {
            assert_eq!(project(lat, lon), None);
        }
    }

    #[test]
    fn a_line_is_interrupted_where_nothing_was_recorded() {
        let lengths = |piece: &[(f64, f64)]| -> Vec<usize> {
            let line = Line::new([piece.iter().copied()]);
            line.pieces.iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(&[(50.0, 8.0), (50.0, 8.0), (50.1, 8.1)]), [2]);
        assert_eq!(lengths(&[(50.0, 8.0), (f64::NAN, 8.0), (50.1, 8.1)]), [1, 1]);
        assert_eq!(lengths(&[(0.0, 179.9), (0.0, -179.9), (0.0, -179.8)]), [1, 2]);
        assert_eq!(lengths(&[(50.0, 8.0), (52.0, 8.0)]), [1, 1]);
        assert!(lengths(&[(89.0, 8.0)]).is_empty());
    }

    #[test]
    fn the_short_form_is_read_back_and_a_damaged_one_is_none() {
        let line = Line::new([vec![(50.0, 8.0), (50.1, 8.1), (50.05, 7.9)], vec![(-33.5, 151.2)]]);
        let bytes = line.to_bytes();
        assert_eq!(Line::from_bytes(&bytes), Some(line));
        assert_eq!(Line::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(Line::from_bytes(&[200; 40]), None);
        assert!(Line::from_bytes(&[]).unwrap().is_empty());
    }
}
