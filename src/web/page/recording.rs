//! What pages need of a recording: its line, its profile, its figures.
//!
//! Reading a GPX costs milliseconds, so rows of lists use the stored line (`model::line`), which is made
//! here when a track is made or first looked at, a bounded number of them in one request.

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::gpx::{self, Gpx, Origin, ReadError, Time};
use crate::model::figures::Figures;
use crate::model::track::LocalTime;
use crate::model::{TrackId, line, trackdir};
use crate::web::look::chart::Profile;
use crate::web::look::line::Line;
use time::macros::datetime;
use time::{PrimitiveDateTime, UtcOffset};

/// A GPX larger than this is not unpacked, bytes.
pub const LARGEST: usize = 256 << 20;

/// Points of a stored line: enough for the drawing on the stage.
const LINE_POINTS: usize = 300;

/// Points of a profile.
const PROFILE_POINTS: usize = 600;

/// Rows of a profile's table.
const TABLE_ROWS: f64 = 50.0;

/// A track's current GPX, or that which was uploaded where the current one is damaged beyond reading; absent
/// when there is none (the log says so).
///
/// # Errors
/// `Failed` when a file is there and the system refuses it.
pub fn find(dir: &DataDir, id: TrackId) -> Result<Option<Gpx>> {
    find_as(dir, id, |packed| {
        let bytes = trackdir::decompress(packed, LARGEST)?;
        gpx::read_vec(bytes, Origin::Stored).map_err(damaged)
    })
}

/// A track's stored GPX to be handed out.
pub struct Sound {
    /// The file, as other programs can read it.
    pub gpx: Vec<u8>,
    /// The same as it is stored (Brotli); absent when that had to be mended.
    pub packed: Option<Vec<u8>>,
}

/// A track's GPX to be handed out: the current one as it is, mended where Fietsboek damaged it, or that which
/// was uploaded; absent when there is none (the log says so).
///
/// # Errors
/// As [`find`].
pub fn find_sound(dir: &DataDir, id: TrackId) -> Result<Option<Sound>> {
    find_as(dir, id, |packed| {
        let (gpx, is_mended) = gpx::make_sound(trackdir::decompress(packed, LARGEST)?).map_err(damaged)?;
        let packed = (!is_mended).then(|| packed.to_vec());
        Ok(Sound { gpx, packed })
    })
}

fn damaged(error: ReadError) -> Error {
    Error::Failed(error.reason.text().to_owned())
}

/// What `read` makes of a track's current file, or else of the one beside it.
fn find_as<T>(dir: &DataDir, id: TrackId, read: impl Fn(&[u8]) -> Result<T>) -> Result<Option<T>> {
    let Some(packed) = trackdir::find_gpx(dir, id)? else {
        log::warn!("track {id} has no recording in {}", dir.track(id.0).display());
        return Ok(None);
    };
    let warn = |what: &str, e: &Error| log::warn!("cannot read the {what} of track {id}: {e}");
    let read_current = read(&packed).inspect_err(|e| warn("recording", e));
    if let Ok(current) = read_current {
        return Ok(Some(current));
    }
    let backup = trackdir::find_backup(dir, id)?;
    Ok(backup.and_then(|packed| read(&packed).inspect_err(|e| warn("uploaded file", e)).ok()))
}

/// The line of a recording, simplified.
pub fn line(gpx: &Gpx) -> Line {
    let points = gpx.points();
    let place = |at: &usize| points.get(*at).map(|point| (point.lat, point.lon));
    let pieces = gpx::simplify::simplify(gpx, LINE_POINTS);
    Line {
        pieces: pieces
            .iter()
            .map(|piece| piece.iter().filter_map(place).collect())
            .collect(),
    }
}

/// The stored line of a track; nothing is read or made for it.
pub fn find_stored_line(dir: &DataDir, id: TrackId) -> Option<Line> {
    Some(Line {
        pieces: line::find(dir, id)?,
    })
}

/// The stored line of a track, made and stored when it is not there yet.
///
/// # Errors
/// As [`find`]. That it cannot be stored is only logged.
pub fn find_line(dir: &DataDir, id: TrackId) -> Result<Option<Line>> {
    if let Some(pieces) = line::find(dir, id) {
        return Ok(Some(Line { pieces }));
    }
    let Some(gpx) = find(dir, id)? else { return Ok(None) };
    let line = line(&gpx);
    store_line(dir, id, &line);
    Ok(Some(line))
}

/// Stores a track's line; that it cannot be is only logged, since it can be made again.
pub fn store_line(dir: &DataDir, id: TrackId, line: &Line) {
    if let Err(error) = line::store(dir, id, &line.pieces) {
        log::warn!("{error}");
    }
}

/// The profile of a recording, with the rows of its table.
pub fn profile(gpx: &Gpx) -> Profile {
    let ends = segment_ends(gpx);
    let samples = gpx::profile::profile(gpx, PROFILE_POINTS);
    let runs = samples.chunk_by(|a, b| segment_of(&ends, a.index) == segment_of(&ends, b.index));
    Profile {
        runs: runs
            .map(|run| run.iter().map(|s| (s.distance, s.elevation)).collect())
            .collect(),
        rows: rows(gpx, &ends),
    }
}

/// Where each segment ends in the list of all points.
fn segment_ends(gpx: &Gpx) -> Vec<usize> {
    gpx.segments()
        .scan(0, |end, segment| {
            *end += segment.len();
            Some(*end)
        })
        .collect()
}

fn segment_of(ends: &[usize], index: usize) -> usize {
    ends.partition_point(|end| *end <= index)
}

/// A row for each kilometre, or each 2, 5, 10 … when that is too many. The climb is the one of the
/// figures: over heights smoothed with their neighbours in the segment.
fn rows(gpx: &Gpx, ends: &[usize]) -> Vec<(f64, f64, f64)> {
    let samples = gpx::profile::profile(gpx, usize::MAX);
    let length = samples.last().map_or(0.0, |last| last.distance);
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
        .into_iter()
        .map(|kilometres| kilometres * 1000.0)
        .find(|step| length / step <= TABLE_ROWS)
        .unwrap_or(1e6);
    let (mut rows, mut climb, mut due) = (Vec::new(), 0.0, 0.0);
    for run in samples.chunk_by(|a, b| segment_of(ends, a.index) == segment_of(ends, b.index)) {
        let smooth = |at: usize| match (at.checked_sub(1).and_then(|before| run.get(before)), run.get(at + 1)) {
            (Some(before), Some(after)) => 0.3 * before.elevation + 0.4 * run[at].elevation + 0.3 * after.elevation,
            _ => run[at].elevation,
        };
        for (at, sample) in run.iter().enumerate() {
            if at > 0 {
                climb += (smooth(at) - smooth(at - 1)).max(0.0);
            }
            if sample.distance >= due {
                rows.push((sample.distance, sample.elevation, climb));
                due = ((sample.distance / step).floor() + 1.0) * step;
            }
        }
    }
    rows
}

/// What the original stores in the place of a start and an end that are not there.
const NO_START: PrimitiveDateTime = datetime!(1977-05-25 8:00);
const NO_END: PrimitiveDateTime = datetime!(1985-07-03 8:00);

/// The figures of a recording as they are stored: times on the clock at the place.
pub fn figures(gpx: &Gpx) -> Figures {
    let figures = gpx.figures();
    let offset = gpx::timezone::guess(gpx);
    let at = |time: Option<Time>, absent: PrimitiveDateTime| {
        Some(time.map_or(
            LocalTime {
                wall: absent,
                offset: 0,
            },
            |time| local(time, offset),
        ))
    };
    Figures {
        length: Some(figures.length),
        uphill: Some(figures.uphill),
        downhill: Some(figures.downhill),
        moving_time: Some(figures.moving_time),
        stopped_time: Some(figures.stopped_time),
        max_speed: Some(figures.max_speed),
        avg_speed: Some(figures.avg_speed),
        start: at(figures.start, NO_START),
        end: at(figures.end, NO_END),
    }
}

/// What the clock shows at a time in the zone of an offset (minutes).
pub fn local(time: Time, offset: i16) -> LocalTime {
    let utc = time.to_offset_date_time().to_offset(UtcOffset::UTC);
    let wall = PrimitiveDateTime::new(utc.date(), utc.time());
    let moved = wall.checked_add(time::Duration::minutes(offset.into()));
    LocalTime {
        wall: moved.unwrap_or(wall),
        offset: offset.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const TWO_SEGMENTS: &str = "<gpx version=\"1.1\"><trk><trkseg>\
        <trkpt lat=\"48\" lon=\"7\"><ele>100</ele></trkpt><trkpt lat=\"48.01\" lon=\"7\"><ele>200</ele></trkpt>\
        </trkseg><trkseg>\
        <trkpt lat=\"48.1\" lon=\"7\"><ele>50</ele></trkpt><trkpt lat=\"48.12\" lon=\"7\"><ele>80</ele></trkpt>\
        </trkseg></trk></gpx>";

    fn read(text: &str) -> Gpx {
        gpx::read(text.as_bytes(), Origin::Upload).unwrap()
    }

    #[test]
    fn gaps_between_segments_stay_gaps() {
        let gpx = read(TWO_SEGMENTS);
        assert_eq!(line(&gpx).pieces.len(), 2);
        let profile = profile(&gpx);
        assert_eq!(profile.runs.len(), 2);
        let climb = profile.rows.last().unwrap().2;
        assert!((climb - gpx.figures().uphill).abs() < 1e-6, "{climb}");
    }

    #[test]
    fn a_recording_without_times_is_stored_as_the_original_does() {
        let figures = figures(&read(TWO_SEGMENTS));
        assert!(!figures.has_times() && figures.start.is_some() && figures.end.is_some());
    }

    #[test]
    fn a_recording_that_is_damaged_beyond_reading_gives_way_to_what_was_uploaded() {
        let site = Site::new();
        let (dir, id) = (&site.app.instance.dir, TrackId(1));
        let points = find(dir, id).unwrap().unwrap().points().len();
        std::fs::write(dir.track_gpx(1), "torn").unwrap();
        assert_eq!(find(dir, id).unwrap().unwrap().points().len(), points);
        assert!(find_sound(dir, id).unwrap().unwrap().gpx.starts_with(b"<?xml"));
        std::fs::write(dir.track_backup(1), "torn").unwrap();
        assert!(find(dir, id).unwrap().is_none() && find_sound(dir, id).unwrap().is_none());
    }

    #[test]
    fn a_recording_that_the_original_damaged_is_handed_out_mended() {
        let site = Site::new();
        let (dir, id) = (&site.app.instance.dir, TrackId(1));
        let damaged = "<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"1\" lon=\"2\"><extensions><a>x & y</a></extensions>\
            </trkpt></trkseg></trk></gpx>";
        std::fs::write(dir.track_gpx(1), trackdir::compress(damaged.as_bytes()).unwrap()).unwrap();
        let sound = find_sound(dir, id).unwrap().unwrap();
        assert!(sound.packed.is_none() && gpx::read(&sound.gpx, Origin::Upload).is_ok());
    }

    #[test]
    fn a_long_table_has_fewer_rows_than_kilometres() {
        let points: String = (0..900)
            .map(|n| {
                format!(
                    "<trkpt lat=\"{}\" lon=\"7\"><ele>1</ele></trkpt>",
                    40.0 + f64::from(n) * 0.01
                )
            })
            .collect();
        let gpx = read(&format!(
            "<gpx version=\"1.1\"><trk><trkseg>{points}</trkseg></trk></gpx>"
        ));
        let rows = profile(&gpx).rows;
        assert!(rows.len() >= 20 && rows.len() <= 52, "{}", rows.len());
    }
}
