//! A recording along its way: heights, speed, heart rate, and a table of all three.

use crate::gpx::profile::{Sample, distances};
use crate::gpx::{self, Gpx, Point, Sensors};
use crate::web::look::chart::{Profile, Row, Run};

/// Points of a curve.
const POINTS: usize = 600;

/// Rows of the table.
const ROWS: f64 = 50.0;

/// A speed is that over at least so far (m) or so long (s): single fixes jump about.
const FAR: f64 = 100.0;
const LONG: f64 = 30.0;

/// The curves of a recording, with the rows of their table; times on the clock of an offset (minutes).
pub fn profile(gpx: &Gpx, offset: i32) -> Profile {
    let ends = segment_ends(gpx);
    let distances = distances(gpx);
    let samples = gpx::profile::profile(gpx, POINTS);
    let stretches = stretches(gpx, &distances);
    let curve = |value: fn(&Stretch) -> Option<f64>| -> Vec<Run> {
        let points = |run: &Vec<Stretch>| -> Run { run.iter().filter_map(|s| Some((s.middle, value(s)?))).collect() };
        stretches.iter().map(points).filter(|run: &Run| run.len() > 1).collect()
    };
    Profile {
        heights: runs(&ends, &samples)
            .map(|run| run.iter().map(|s| (s.distance, s.elevation)).collect())
            .collect(),
        speeds: curve(Stretch::speed),
        hearts: curve(|stretch| stretch.sensors.heart_rate),
        cadences: curve(|stretch| stretch.sensors.cadence),
        powers: curve(|stretch| stretch.sensors.power),
        temperatures: curve(|stretch| stretch.sensors.temperature),
        times: times(gpx, &distances, offset),
        rows: rows(gpx, &ends, &distances, &stretches),
    }
}

/// When each place was passed, of as many as a curve has points. A clock that went back tells nothing.
fn times(gpx: &Gpx, distances: &[f64], offset: i32) -> Run {
    const DAY: f64 = 86_400.0;
    let step = gpx.points().len().div_ceil(POINTS).max(1);
    let last = distances.len().saturating_sub(1);
    let kept = gpx.points().iter().zip(distances).enumerate();
    let kept = kept.filter(|(at, _)| at % step == 0 || *at == last);
    let timed = kept.filter_map(|(_, (point, metres))| Some((*metres, point.time()?)));
    let mut begun = None;
    let mut times = Run::new();
    for (metres, time) in timed {
        let (first, since) = *begun.get_or_insert_with(|| {
            let local = super::local(time, i16::try_from(offset).unwrap_or(0)).wall.time();
            (time, (local - time::Time::MIDNIGHT).as_seconds_f64() % DAY)
        });
        let seconds = since + time.seconds_since(first);
        if times.last().is_none_or(|last| last.1 <= seconds) {
            times.push((metres, seconds));
        }
    }
    times
}

/// The samples of each segment.
fn runs<'a>(ends: &[usize], samples: &'a [Sample]) -> impl Iterator<Item = &'a [Sample]> {
    let segment = |sample: &Sample| ends.partition_point(|end| *end <= sample.index);
    samples.chunk_by(move |a, b| segment(a) == segment(b))
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

/// A stretch of the way with what was measured on it.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Metres from the start.
    middle: f64,
    /// Metres.
    length: f64,
    /// Seconds; absent without times.
    time: Option<f64>,
    /// What sensors said at its end.
    sensors: Sensors,
}

impl Stretch {
    /// Metres a second.
    fn speed(&self) -> Option<f64> {
        Some(self.length / self.time?)
    }
}

/// The stretches of each segment, none shorter than a speed needs, and not more than a curve has points.
fn stretches(gpx: &Gpx, distances: &[f64]) -> Vec<Vec<Stretch>> {
    let far = (distances.last().copied().unwrap_or(0.0) / POINTS as f64).max(FAR);
    let points = gpx.points();
    let mut first = 0;
    let mut all = Vec::new();
    for segment in gpx.segments() {
        let places = first..first + segment.len();
        first += segment.len();
        let mut times = segment.iter().filter_map(Point::time);
        let lasted = match (times.next(), times.next_back()) {
            (Some(start), Some(end)) => end.seconds_since(start),
            _ => 0.0,
        };
        let long = (lasted / POINTS as f64).max(LONG);
        let mut run = Vec::new();
        let mut begun = places.start;
        for at in places {
            let length = distances[at] - distances[begun];
            let time = match (points[begun].time(), points[at].time()) {
                (Some(start), Some(end)) => Some(end.seconds_since(start)).filter(|time| *time > 0.0),
                _ => None,
            };
            if length >= far || time.is_some_and(|time| time >= long) {
                run.push(Stretch {
                    middle: distances[begun] + length / 2.0,
                    length,
                    time,
                    sensors: gpx.sensors(&points[at]),
                });
                begun = at;
            }
        }
        all.push(run);
    }
    all
}

/// A row for each kilometre, or each 2, 5, 10 … when that is too many. The climb is the one of the
/// figures: over heights smoothed with their neighbours in the segment.
fn rows(gpx: &Gpx, ends: &[usize], distances: &[f64], stretches: &[Vec<Stretch>]) -> Vec<Row> {
    let samples = gpx::profile::profile(gpx, usize::MAX);
    let step = step(distances.last().copied().unwrap_or(0.0));
    let (mut rows, mut climb, mut due) = (Vec::new(), 0.0, 0.0);
    for run in runs(ends, &samples) {
        let smooth = |at: usize| match (at.checked_sub(1).and_then(|before| run.get(before)), run.get(at + 1)) {
            (Some(before), Some(after)) => 0.3 * before.elevation + 0.4 * run[at].elevation + 0.3 * after.elevation,
            _ => run[at].elevation,
        };
        for (at, sample) in run.iter().enumerate() {
            if at > 0 {
                climb += (smooth(at) - smooth(at - 1)).max(0.0);
            }
            if sample.distance >= due {
                rows.push(Row {
                    distance: sample.distance,
                    height: Some(sample.elevation),
                    climb: Some(climb),
                    ..Row::default()
                });
                due = ((sample.distance / step).floor() + 1.0) * step;
            }
        }
    }
    if samples.is_empty() && stretches.iter().any(|run| !run.is_empty()) {
        rows = bare_rows(distances, step);
    }
    fill(&mut rows, stretches);
    rows
}

/// Metres between two rows.
fn step(length: f64) -> f64 {
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    let mut metres = steps.into_iter().map(|kilometres| kilometres * 1000.0);
    metres.find(|step| length / step <= ROWS).unwrap_or(1e6)
}

/// Rows of a recording without heights.
fn bare_rows(distances: &[f64], step: f64) -> Vec<Row> {
    let mut due = 0.0;
    let is_due = |distance: &f64| {
        let is_due = *distance >= due;
        if is_due {
            due = ((distance / step).floor() + 1.0) * step;
        }
        is_due
    };
    let row = |distance| Row {
        distance,
        ..Row::default()
    };
    distances.iter().copied().filter(is_due).map(row).collect()
}

/// Puts into each row what was measured since the one before.
fn fill(rows: &mut [Row], stretches: &[Vec<Stretch>]) {
    let mut left = stretches.iter().flatten().peekable();
    for row in rows {
        let (mut length, mut time, mut beats, mut read) = (0.0, 0.0, 0.0, 0.0);
        while let Some(stretch) = left.next_if(|stretch| stretch.middle <= row.distance) {
            if let Some(seconds) = stretch.time {
                (length, time) = (length + stretch.length, time + seconds);
            }
            if let Some(heart) = stretch.sensors.heart_rate {
                (beats, read) = (beats + heart, read + 1.0);
            }
        }
        row.speed = (time > 0.0).then(|| length / time);
        row.heart = (read > 0.0).then(|| beats / read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::Origin;
    use std::fmt::Write;

    fn read(points: &str) -> Gpx {
        let text = format!("<gpx version=\"1.1\"><trk><trkseg>{points}</trkseg></trk></gpx>");
        gpx::read(text.as_bytes(), Origin::Upload).unwrap()
    }

    /// A point every 5 s and about 27.8 m (20 km/h), with a heart rate.
    fn ride(points: u32, extra: impl Fn(u32) -> String) -> Gpx {
        let mut text = String::new();
        for n in 0..points {
            let seconds = n * 5;
            let (day, hour) = (1 + seconds / 86_400, seconds / 3600 % 24);
            let (minute, second) = (seconds / 60 % 60, seconds % 60);
            let _ = write!(
                text,
                "<trkpt lat=\"{:.6}\" lon=\"7\">{}<time>2024-05-{day:02}T{hour:02}:{minute:02}:{second:02}Z</time>\
                 <extensions><hr>{}</hr></extensions></trkpt>",
                40.0 + f64::from(n) * 0.00025,
                extra(n),
                120 + n % 2 * 10
            );
        }
        read(&text)
    }

    #[test]
    fn gaps_between_segments_stay_gaps_and_the_climb_is_that_of_the_figures() {
        let gpx = read(
            "<trkpt lat=\"48\" lon=\"7\"><ele>100</ele></trkpt><trkpt lat=\"48.01\" lon=\"7\"><ele>200</ele></trkpt>\
             </trkseg><trkseg>\
             <trkpt lat=\"48.1\" lon=\"7\"><ele>50</ele></trkpt><trkpt lat=\"48.12\" lon=\"7\"><ele>80</ele></trkpt>",
        );
        let profile = profile(&gpx, 0);
        assert_eq!(profile.heights.len(), 2);
        let climb = profile.rows.last().unwrap().climb.unwrap();
        assert!((climb - gpx.figures().uphill).abs() < 1e-6, "{climb}");
        assert!(profile.speeds.is_empty() && profile.hearts.is_empty());
    }

    #[test]
    fn speed_and_heart_rate_stand_beside_the_heights() {
        let profile = profile(&ride(900, |n| format!("<ele>{}</ele>", n % 9)), 0);
        let [speeds] = profile.speeds.as_slice() else { panic!() };
        assert!(speeds.len() > 100 && speeds.iter().all(|at| (at.1 * 3.6 - 20.0).abs() < 0.5));
        assert!(profile.hearts[0].iter().all(|at| (120.0..=130.0).contains(&at.1)));
        let row = profile.rows.last().unwrap();
        assert!((row.speed.unwrap() * 3.6 - 20.0).abs() < 0.5 && row.heart.is_some() && row.height.is_some());
        assert_eq!(profile.rows[0].speed, None, "nothing lies before the start");
    }

    #[test]
    fn a_ride_without_heights_has_speeds_and_a_table() {
        let profile = profile(&ride(900, |_| String::new()), 0);
        assert!(profile.heights.is_empty() && !profile.speeds.is_empty());
        assert!(profile.rows.len() > 20 && profile.rows.iter().all(|row| row.height.is_none()));
    }

    #[test]
    fn a_rest_is_slow_and_not_skipped() {
        let rest = "<trkpt lat=\"48\" lon=\"7\"><time>2024-05-01T08:00:00Z</time></trkpt>\
            <trkpt lat=\"48.001\" lon=\"7\"><time>2024-05-01T08:00:20Z</time></trkpt>\
            <trkpt lat=\"48.001\" lon=\"7\"><time>2024-05-01T09:00:00Z</time></trkpt>\
            <trkpt lat=\"48.002\" lon=\"7\"><time>2024-05-01T09:00:20Z</time></trkpt>";
        let speeds = profile(&read(rest), 0).speeds.concat();
        assert_eq!(
            speeds.iter().map(|at| at.1.round() as i32).collect::<Vec<_>>(),
            [6, 0, 6]
        );
    }

    #[test]
    fn a_long_way_has_fewer_rows_than_kilometres_and_few_points() {
        let far: String = (0..9000)
            .map(|n| {
                format!(
                    "<trkpt lat=\"{}\" lon=\"7\"><ele>1</ele></trkpt>",
                    40.0 + f64::from(n) * 0.001
                )
            })
            .collect();
        let long = profile(&read(&far), 0);
        assert!((20..=52).contains(&long.rows.len()), "{}", long.rows.len());
        assert!(long.heights.concat().len() <= POINTS);
        assert!(profile(&ride(50_000, |_| String::new()), 0).speeds.concat().len() <= 2 * POINTS);
    }
}
