//! A track's simplified line, stored beside its GPX for drawings: it dies with the track, also when the
//! original deletes it.
//!
//! Derived from the GPX and thrown away whenever that is younger, so whoever changes the GPX, here or
//! there, need not know of it. A line that is missing or damaged is none: it is made again.

use std::fmt::Write;
use std::fs;

use super::{TrackId, files};
use crate::datadir::DataDir;
use crate::error::Result;

/// The pieces of a line, each a run of places: latitude, longitude (degrees).
pub type Pieces = Vec<Vec<(f64, f64)>>;

/// The first line of the file; another form of it will have another.
const FORM: &str = "line 1";

/// The stored line; absent when there is none that is as young as the GPX.
pub fn find(dir: &DataDir, id: TrackId) -> Option<Pieces> {
    let path = dir.track_line(id.0);
    let age = |path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    if age(path.clone())? < age(dir.track_gpx(id.0))? {
        return None;
    }
    from_text(&fs::read_to_string(path).ok()?)
}

/// The line in a text that [`to_text`] made.
pub(super) fn from_text(text: &str) -> Option<Pieces> {
    let mut lines = text.lines();
    if lines.next() != Some(FORM) {
        return None;
    }
    lines.map(|piece| piece.split(' ').map(place).collect()).collect()
}

fn place(text: &str) -> Option<(f64, f64)> {
    let (lat, lon) = text.split_once(',')?;
    Some((lat.parse().ok()?, lon.parse().ok()?))
}

/// The text of a line: a piece a line of text, a place every 1e-5 degrees at best (a metre).
pub(super) fn to_text(pieces: &Pieces) -> String {
    let mut text = String::from(FORM);
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        for (n, (lat, lon)) in piece.iter().enumerate() {
            // A digit in the fifth place is a metre.
            let _ = write!(text, "{}{lat:.5},{lon:.5}", if n == 0 { '\n' } else { ' ' });
        }
    }
    text
}

/// Stores a line: written beside, then renamed, so a reader sees a whole one or none.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn store(dir: &DataDir, id: TrackId, pieces: &Pieces) -> Result<()> {
    files::replace("a line", &dir.track_line(id.0), to_text(pieces).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_line_is_read_back_until_the_recording_is_younger() {
        let site = fixture::site();
        let id = TrackId(1);
        assert_eq!(find(&site.dir, id), None);
        let pieces = vec![vec![(48.12345, -7.5), (48.2, -7.25)], vec![(49.0, 8.0)]];
        store(&site.dir, id, &pieces).unwrap();
        assert_eq!(find(&site.dir, id), Some(pieces));
        let gpx = fs::File::options().write(true).open(site.dir.track_gpx(1)).unwrap();
        gpx.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        assert_eq!(find(&site.dir, id), None);
    }

    #[test]
    fn a_damaged_line_is_none() {
        let site = fixture::site();
        for text in ["", "line 1\n1,2 x", "line 2\n1,2", "\u{fffd}"] {
            fs::write(site.dir.track_line(1), text).unwrap();
            assert_eq!(find(&site.dir, TrackId(1)), None, "{text}");
        }
        assert!(store(&site.dir, TrackId(999), &Vec::new()).is_err());
    }
}
