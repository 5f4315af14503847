//! One point: where, how high, when, and where in the text it stands.
//!
//! 48 bytes, because a file may have a million of them. Everything else about a point stays in the text.

use super::time::Time;

const ELEVATION: u8 = 1;
const TIME: u8 = 2;
const EXTENSIONS: u8 = 4;
const ELEVATION_CHANGED: u8 = 8;
const TIME_CHANGED: u8 = 16;
const REWRITTEN: u8 = 32;

/// A point of a track or a route, or a waypoint.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Latitude in degrees, north positive.
    pub lat: f64,
    /// Longitude in degrees, east positive.
    pub lon: f64,
    elevation: f64,
    micros: i64,
    start: u32,
    end: u32,
    zone: i16,
    flags: u8,
}

impl Point {
    /// A point whose element begins at that byte of the text (degrees).
    pub(super) fn new(lat: f64, lon: f64, start: u32) -> Point {
        Point {
            lat,
            lon,
            elevation: 0.0,
            micros: 0,
            start,
            end: start,
            zone: 0,
            flags: 0,
        }
    }

    /// Elevation in metres.
    pub fn elevation(&self) -> Option<f64> {
        self.has(ELEVATION).then_some(self.elevation)
    }

    /// When it was recorded.
    pub fn time(&self) -> Option<Time> {
        if !self.has(TIME) {
            return None;
        }
        Some(match self.zone {
            i16::MIN => Time::naive(self.micros),
            offset => Time::zoned(self.micros, offset),
        })
    }

    /// Whether it has an `extensions` element.
    pub fn has_extensions(&self) -> bool {
        self.has(EXTENSIONS)
    }

    /// Another elevation in metres, to be written in place of the old one.
    pub(super) fn change_elevation(&mut self, elevation: f64) {
        if self.elevation().map(f64::to_bits) != Some(elevation.to_bits()) {
            self.read_elevation(elevation);
            self.flags |= ELEVATION_CHANGED;
        }
    }

    /// Another time, to be written in place of the old one.
    pub(super) fn change_time(&mut self, time: Time) {
        if self.time() != Some(time) {
            self.read_time(time);
            self.flags |= TIME_CHANGED;
        }
    }

    pub(super) fn read_elevation(&mut self, elevation: f64) {
        self.elevation = elevation;
        self.flags |= ELEVATION;
    }

    pub(super) fn read_time(&mut self, time: Time) {
        self.micros = time.micros();
        self.zone = time.offset().unwrap_or(i16::MIN);
        self.flags |= TIME;
    }

    pub(super) fn note_extensions(&mut self) {
        self.flags |= EXTENSIONS;
    }

    /// Something in its element is not written as every program reads it and is to be written anew.
    pub(super) fn note_unusual(&mut self) {
        self.flags |= REWRITTEN;
    }

    pub(super) fn close(&mut self, end: u32) {
        self.end = end;
    }

    pub(super) fn elevation_changed(&self) -> bool {
        self.has(ELEVATION_CHANGED) || (self.has(REWRITTEN) && self.has(ELEVATION))
    }

    pub(super) fn time_changed(&self) -> bool {
        self.has(TIME_CHANGED)
    }

    pub(super) fn is_unusual(&self) -> bool {
        self.has(REWRITTEN)
    }

    /// Whether the text of its element is no longer what is to be written.
    pub(super) fn is_changed(&self) -> bool {
        self.has(ELEVATION_CHANGED | TIME_CHANGED | REWRITTEN)
    }

    /// Where its element stands in the text.
    pub(super) fn span(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    fn has(&self, any_of: u8) -> bool {
        self.flags & any_of != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_small_and_knows_what_is_absent() {
        assert_eq!(size_of::<Point>(), 48);
        let mut point = Point::new(1.0, 2.0, 7);
        assert_eq!(point.elevation(), None);
        assert_eq!(point.time(), None);
        point.read_elevation(0.0);
        point.change_elevation(0.0);
        assert!(!point.is_changed());
        point.change_elevation(1.0);
        assert!(point.is_changed());
        point.change_time(Time::naive(5));
        assert_eq!(point.time(), Some(Time::naive(5)));
    }
}
