//! Guesses the zone in which a track was recorded.
//!
//! The rules of Fietsboek 0.11, with one difference: a naive time is UTC, whatever the zone of the server.

use super::model::{Gpx, Track};
use super::scan;
use super::time::{Parsed, Time};

const QUARTER: i64 = 15 * 60 * 1_000_000;

/// The offset of the zone in minutes; 0 when nothing tells.
pub fn guess(gpx: &Gpx) -> i16 {
    let points = gpx.points();
    let candidates = [
        gpx.metadata().time,
        points.iter().find_map(|point| point.time()),
        points.iter().rev().find_map(|point| point.time()),
    ];
    let offsets = candidates.iter().flatten().filter_map(|time| time.offset());
    if let Some(offset) = offsets.into_iter().find(|&offset| offset != 0) {
        return offset;
    }
    let Some(&first) = candidates.iter().flatten().next() else {
        return 0;
    };
    let of_tracks = gpx.tracks().iter();
    of_tracks
        .filter_map(|track| from_local_time(gpx, track, first))
        .next()
        .unwrap_or(0)
}

/// Some devices write the local time beside the real one, as extensions of the track.
fn from_local_time(gpx: &Gpx, track: &Track, first: Time) -> Option<i16> {
    let extensions = &gpx.text[track.extensions?.range()];
    let find = |name: &str| {
        let children = scan::children(extensions);
        let child = children
            .into_iter()
            .find(|child| child.name.eq_ignore_ascii_case(name))?;
        match Time::parse(scan::text_of(&extensions[child.span])?.trim()) {
            Parsed::Time(time) => Some(time),
            Parsed::Absent | Parsed::OutOfRange => None,
        }
    };
    let wall = |time: Time| time.wall_micros(time.offset().unwrap_or(0));
    let local = wall(find("localtime")?);
    let real = find("time").map_or(first.micros(), wall);
    let difference = local - real;
    let rest = difference.rem_euclid(QUARTER);
    let up = i64::from(rest > QUARTER / 2);
    let quarters = difference.div_euclid(QUARTER) + up;
    i16::try_from(quarters * 15)
        .ok()
        .filter(|minutes| minutes.abs() < 24 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    fn guessed(metadata: &str, extensions: &str, time: &str) -> i16 {
        let file = format!(
            "<gpx version='1.1'><metadata>{metadata}</metadata><trk>\
             <extensions>{extensions}</extensions><trkseg><trkpt lat='1' lon='2'>\
             <time>{time}</time></trkpt></trkseg></trk></gpx>"
        );
        guess(&read(file.as_bytes(), Origin::Upload).unwrap())
    }

    #[test]
    fn the_first_offset_that_is_not_zero_decides() {
        assert_eq!(guessed("", "", "2024-05-01T10:00:00Z"), 0);
        assert_eq!(guessed("", "", "2024-05-01T10:00:00-03:30"), -210);
        let metadata = "<time>2024-05-01T10:00:00+02:00</time>";
        assert_eq!(guessed(metadata, "", "2024-05-01T10:00:00-03:30"), 120);
        let utc = "<time>2024-05-01T10:00:00Z</time>";
        assert_eq!(guessed(utc, "", "2024-05-01T10:00:00+01:00"), 60);
    }

    #[test]
    fn a_local_time_beside_the_real_one_tells_the_zone() {
        let time = "2024-05-01T10:00:00Z";
        for (local, offset) in [
            ("2024-05-01T12:00:00", 120),
            ("2024-05-01T12:07:30", 120),
            ("2024-05-01T12:07:31Z", 135),
            ("2024-05-01T06:25:00", -210),
            ("nonsense", 0),
        ] {
            let extensions = format!("<LocalTime>{local}</LocalTime>");
            assert_eq!(guessed("", &extensions, time), offset, "{local}");
        }
        let both = "<time>2024-05-01T09:00:00Z</time><localtime>2024-05-01T12:00:00</localtime>";
        assert_eq!(guessed("", both, time), 180);
    }
}
