//! Where the photos of a track stand on its map.
//!
//! Always at a point of the line that the visitor gets: what is cut out of that stays hidden, and the exact place that
//! a photo tells is shown to nobody but its owner, where it lies off the line.

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::gpx::{Gpx, Point};
use crate::model::TrackId;
use crate::model::image::{self, Photo};
use crate::model::photo_place::Choice;
use crate::picture::exif::{self, Taken};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Read;

/// Metres from the line within which a photo was taken on the way.
const BESIDE: f64 = 250.0;

/// Seconds between a photo and a point of the recording.
const BETWEEN: f64 = 600.0;

/// Photos of one map: each has its file opened.
const MOST: usize = 200;

/// Who asks, and what is known.
pub struct Asked<'a> {
    /// What the visitor gets of the recording.
    pub gpx: &'a Gpx,
    /// How far the clocks there are ahead of UTC, minutes.
    pub offset: i32,
    /// Whether the track is the visitor's.
    pub is_owner: bool,
}

/// The photos that have a place, by their number on the page (`n`, from 0).
///
/// # Errors
/// `Failed` when a photo is there and cannot be opened.
pub fn list(
    dir: &DataDir,
    track: TrackId,
    photos: &[Photo],
    chosen: &HashMap<String, Choice>,
    asked: &Asked,
) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for (n, photo) in photos.iter().enumerate().take(MOST) {
        let choice = chosen.get(&photo.name).copied().unwrap_or_default();
        if choice == Choice::Nowhere {
            continue;
        }
        let Some(original) = image::open(dir, track, &photo.name)? else {
            continue;
        };
        let mut head = Vec::new();
        let read = original.file.take(exif::HEAD as u64).read_to_end(&mut head);
        read.map_err(|e| Error::Failed(format!("cannot read a photo of track {track}: {e}")))?;
        if let Some((lat, lon)) = find(&exif::read(&head), choice, asked) {
            found.push(json!({ "n": n, "lat": (lat * 1e6).round() as i64, "lon": (lon * 1e6).round() as i64 }));
        }
    }
    Ok(found)
}

fn find(taken: &Taken, choice: Choice, asked: &Asked) -> Option<(f64, f64)> {
    let place = taken.place.filter(|_| choice == Choice::Photo);
    match place.map(|place| (place, beside(asked.gpx, place))) {
        Some((_, Some(spot))) => Some(spot),
        Some((place, None)) if asked.is_owner => Some(place),
        // It says that it was taken elsewhere, or where this visitor shall not look.
        Some((_, None)) => None,
        None => by_time(taken, asked),
    }
}

fn somewhere(gpx: &Gpx) -> impl Iterator<Item = &Point> {
    gpx.points()
        .iter()
        .filter(|point| point.lat.is_finite() && point.lon.is_finite())
}

/// The nearest point of the line, if it is near.
fn beside(gpx: &Gpx, (lat, lon): (f64, f64)) -> Option<(f64, f64)> {
    let metres = |point: &Point| {
        let east = (point.lon - lon) * lat.to_radians().cos();
        (point.lat - lat).hypot(east) * 111_195.0
    };
    let nearest = somewhere(gpx)
        .map(|point| (metres(point), point))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    (nearest.0 <= BESIDE).then_some((nearest.1.lat, nearest.1.lon))
}

/// Where the track was then.
fn by_time(taken: &Taken, asked: &Asked) -> Option<(f64, f64)> {
    let offset = taken.offset.unwrap_or(asked.offset);
    let at = taken.time?.assume_utc().unix_timestamp() as f64 - f64::from(offset) * 60.0;
    let apart = |point: &Point| Some((point.time()?.micros() as f64 / 1e6 - at).abs());
    let nearest = somewhere(asked.gpx).filter_map(|point| Some((apart(point)?, point)));
    let nearest = nearest.min_by(|a, b| a.0.total_cmp(&b.0))?;
    (nearest.0 <= BETWEEN).then_some((nearest.1.lat, nearest.1.lon))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};
    use time::macros::datetime;

    fn gpx() -> Gpx {
        let points: String = (0..60)
            .map(|n| {
                format!(
                    "<trkpt lat='{}' lon='7'><time>2024-05-01T10:{n:02}:00Z</time></trkpt>",
                    48.0 + f64::from(n) * 0.001
                )
            })
            .collect();
        read(
            format!("<gpx version='1.1'><trk><trkseg>{points}</trkseg></trk></gpx>").as_bytes(),
            Origin::Stored,
        )
        .unwrap()
    }

    fn spot(taken: Taken, choice: Choice, is_owner: bool) -> Option<(f64, f64)> {
        let gpx = gpx();
        find(
            &taken,
            choice,
            &Asked {
                gpx: &gpx,
                offset: 120,
                is_owner,
            },
        )
    }

    #[test]
    fn a_photo_stands_at_the_line_and_never_where_a_visitor_shall_not_look() {
        let near = Taken {
            place: Some((48.0301, 7.001)),
            ..Taken::default()
        };
        assert_eq!(spot(near, Choice::Photo, false), Some((48.03, 7.0)));
        let far = Taken {
            place: Some((48.03, 7.1)),
            time: Some(datetime!(2024-05-01 12:20:00)),
            offset: None,
        };
        assert_eq!(spot(far, Choice::Photo, false), None);
        assert_eq!(spot(far, Choice::Photo, true), far.place);
        assert_eq!(spot(far, Choice::Time, false), Some((48.02, 7.0)));
    }

    #[test]
    fn the_time_is_that_of_the_camera_s_zone_or_else_of_the_track_s() {
        let at = |time, offset| Taken {
            place: None,
            time: Some(time),
            offset,
        };
        assert_eq!(
            spot(at(datetime!(2024-05-01 12:10:10), None), Choice::Photo, false),
            Some((48.01, 7.0))
        );
        assert_eq!(
            spot(at(datetime!(2024-05-01 11:10:10), Some(60)), Choice::Time, false),
            Some((48.01, 7.0))
        );
        assert_eq!(
            spot(at(datetime!(2024-05-01 10:10:10), None), Choice::Photo, false),
            None
        );
        assert_eq!(spot(Taken::default(), Choice::Photo, true), None);
    }
}
