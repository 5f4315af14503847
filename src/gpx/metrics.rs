//! The figures of a file: length, climb, times, speeds.
//!
//! They equal what Fietsboek 0.11 computes to the last digits, so that the statistics of an instance do not
//! jump; hence the order of every sum is that of gpxpy, and its peculiarities are kept.

use super::distance;
use super::model::Gpx;
use super::point::Point;
use super::time::Time;

/// Stored as the start of a track without any time: 1977-05-25T08:00:00.
pub const NO_START: Time = Time::naive(233_395_200_000_000);
/// Stored as the end of a track without any time: 1985-07-03T08:00:00.
pub const NO_END: Time = Time::naive(489_225_600_000_000);

/// Up to this speed (km/h) a pair of points counts as standing still.
const STANDING: f64 = 1.0;
/// Pairs whose length lies farther from the mean than so many standard deviations do not count for the maximum.
const OUTLIER: f64 = 1.5;
/// The share of the speeds that lies below the maximum.
const PERCENTILE: f64 = 0.95;

/// The figures of all tracks of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Metres, with height.
    pub length: f64,
    /// Metres.
    pub uphill: f64,
    /// Metres, positive.
    pub downhill: f64,
    /// Seconds.
    pub moving_time: f64,
    /// Seconds.
    pub stopped_time: f64,
    /// Metres a second.
    pub max_speed: f64,
    /// Metres a second while moving.
    pub avg_speed: f64,
    /// The time of the first point that has one.
    pub start: Option<Time>,
    /// The time of the last point that has one.
    pub end: Option<Time>,
}

/// What adds up over segments, then over tracks.
#[derive(Clone, Copy, Default)]
struct Sums {
    length: f64,
    uphill: f64,
    downhill: f64,
    moving_time: f64,
    stopped_time: f64,
    moving_distance: f64,
    max_speed: f64,
}

impl Sums {
    fn add(&mut self, other: Sums) {
        self.length += other.length;
        self.uphill += other.uphill;
        self.downhill += other.downhill;
        self.moving_time += other.moving_time;
        self.stopped_time += other.stopped_time;
        self.moving_distance += other.moving_distance;
        if other.max_speed > self.max_speed {
            self.max_speed = other.max_speed;
        }
    }
}

/// Computes the figures.
pub fn figures(gpx: &Gpx) -> Figures {
    let mut speeds = Vec::new();
    let mut total = Sums::default();
    for track in gpx.tracks() {
        let mut of_track = Sums::default();
        for points in gpx.segments_of(track) {
            of_track.add(segment(points, &mut speeds));
        }
        total.add(of_track);
    }
    let avg_speed = match total.moving_time > 0.0 {
        true => total.moving_distance / total.moving_time,
        false => 0.0,
    };
    Figures {
        length: total.length,
        uphill: total.uphill,
        downhill: total.downhill,
        moving_time: total.moving_time,
        stopped_time: total.stopped_time,
        max_speed: total.max_speed,
        avg_speed,
        start: gpx.start(),
        end: gpx.points().iter().rev().find_map(Point::time),
    }
}

/// The sums of one segment; `speeds` is room to work in (speed in m/s, distance in m).
fn segment(points: &[Point], speeds: &mut Vec<(f64, f64)>) -> Sums {
    let mut sums = Sums::default();
    speeds.clear();
    for pair in points.windows(2) {
        let [earlier, later] = pair else { continue };
        let distance = distance::with_height(later, earlier);
        sums.length += distance;
        let (Some(from), Some(to)) = (earlier.time(), later.time()) else {
            continue;
        };
        let seconds = to.seconds_since(from);
        // An elevation of zero counts as none here, unlike in the length.
        let both_high = is_high(earlier) && is_high(later);
        let distance = match both_high {
            true => distance,
            false => distance::flat(later, earlier),
        };
        if seconds <= 0.0 || distance == 0.0 {
            continue;
        }
        let speed = (distance / 1000.0) / (seconds / 3600.0);
        if speed <= STANDING {
            sums.stopped_time += seconds;
        } else {
            sums.moving_time += seconds;
            sums.moving_distance += distance;
        }
        // Slow pairs are recorded too once movement has begun.
        if sums.moving_time != 0.0 {
            speeds.push((distance / seconds, distance));
        }
    }
    sums.max_speed = max_speed(speeds);
    (sums.uphill, sums.downhill) = climb(points);
    sums
}

fn is_high(point: &Point) -> bool {
    point.elevation().is_some_and(|elevation| elevation != 0.0)
}

/// Metres up and down over the smoothed elevations.
fn climb(points: &[Point]) -> (f64, f64) {
    let mut present = points.iter().filter_map(Point::elevation);
    let (mut up, mut down) = (0.0, 0.0);
    let Some(mut previous) = present.next() else {
        return (up, down);
    };
    let mut smoothed = previous;
    let mut current = present.next();
    while let Some(height) = current {
        let next = present.next();
        let value = match next {
            Some(next) => 0.3 * previous + 0.4 * height + 0.3 * next,
            None => height,
        };
        let rise = value - smoothed;
        if rise > 0.0 {
            up += rise;
        } else if rise < 0.0 {
            down -= rise;
        }
        (previous, smoothed, current) = (height, value, next);
    }
    (up, down)
}

/// The 95th percentile of the speeds of usual pairs; sorts what it is given.
fn max_speed(speeds: &mut Vec<(f64, f64)>) -> f64 {
    if speeds.len() < 2 {
        return 0.0;
    }
    let count = speeds.len() as f64;
    let mean = speeds.iter().map(|pair| pair.1).sum::<f64>() / count;
    let squares: f64 = speeds.iter().map(|pair| (pair.1 - mean).powi(2)).sum();
    let limit = OUTLIER * (squares / count).sqrt();
    speeds.retain(|pair| (pair.1 - mean).abs() <= limit);
    let Some(last) = speeds.len().checked_sub(1) else {
        return 0.0;
    };
    let index = (speeds.len() as f64 * PERCENTILE) as usize;
    let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0);
    speeds.select_nth_unstable_by(index.min(last), order).1.0
}
