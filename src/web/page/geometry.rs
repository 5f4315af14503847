//! The line of a recording as a visitor's map draws it. Every line that a map gets passes through [`of`] or, in an
//! overview of many tracks, through [`of_stored`]: what a visitor shall not see of a way is cut before.
//!
//! Compact: whole numbers, each told from the one before. `lat` and `lon` in millionths of a degree (`lon` goes on past
//! 180 where a way crosses that meridian), `m` in metres from the start as the profile counts them.

use crate::error::Result;
use crate::gpx::profile::distances;
use crate::gpx::{Gpx, Point, thin};
use crate::model::zone::Cut;
use crate::web::conditional::content;
use crate::web::look::line::Line;
use crate::web::request::Request;
use crate::web::response::Response;
use serde_json::{Value, json};
use std::ops::Range;

/// Points of a line: more cannot be told apart on a screen, and a phone draws them in a few milliseconds.
const MOST: usize = 20_000;

/// Points of a line among many.
const COARSE: usize = 60;

/// Places that have a name of their own on a map.
const WAYPOINTS: usize = 500;

/// A line with what stands along it. For its owner the parts that `others` do not get are pieces of their own.
pub fn of(gpx: &Gpx, others: &Cut) -> Value {
    let (points, distances) = (gpx.points(), distances(gpx));
    let is_hidden = |at: usize| others.hides(points[at].lat, points[at].lon);
    let mut lines = thin::thin(gpx, MOST);
    let mut pieces = Vec::new();
    for line in &mut lines {
        if !others.is_none() {
            keep_borders(line, is_hidden);
        }
        let mut lons = Unwound::default();
        let lons: Vec<f64> = line.iter().map(|at| lons.next(points[*at].lon) * 1e6).collect();
        for (hidden, part) in parted(line, is_hidden) {
            let mut piece = json!({
                "lat": steps(line[part.clone()].iter().map(|at| points[*at].lat * 1e6)),
                "lon": steps(lons[part.clone()].iter().copied()),
                "m": steps(line[part].iter().map(|at| distances[*at])),
            });
            if hidden {
                piece["hidden"] = json!(true);
            }
            pieces.push(piece);
        }
    }
    json!({
        "pieces": pieces,
        "ends": gpx.has_ends(),
        "length": distances.last().copied().unwrap_or(0.0),
        "places": waypoints(gpx),
    })
}

/// Puts back into a thinned line the points between which it becomes hidden, or seen again: along a straight way there
/// would be none for far.
fn keep_borders(line: &mut Vec<usize>, is_hidden: impl Fn(usize) -> bool) {
    let (Some(first), Some(last)) = (line.first().copied(), line.last().copied()) else {
        return;
    };
    let borders = (first..last).filter(|at| is_hidden(*at) != is_hidden(at + 1));
    line.extend(borders.flat_map(|at| [at, at + 1]));
    line.sort_unstable();
    line.dedup();
}

/// A line in parts that are hidden from others and parts that are not. The step from one to the other is hidden: the
/// neighbours of a hidden part are its ends.
fn parted(line: &[usize], is_hidden: impl Fn(usize) -> bool) -> Vec<(bool, Range<usize>)> {
    let mut parts: Vec<(bool, Range<usize>)> = Vec::new();
    for (at, index) in line.iter().enumerate() {
        let hidden = is_hidden(*index);
        match parts.last_mut() {
            Some((kind, part)) if *kind == hidden => part.end = at + 1,
            Some((true, part)) => {
                part.end = at + 1;
                parts.push((false, at..at + 1));
            }
            Some(_) => parts.push((true, at - 1..at + 1)),
            None => parts.push((hidden, at..at + 1)),
        }
    }
    parts
}

fn waypoints(gpx: &Gpx) -> Vec<Value> {
    let is_somewhere = |point: &&Point| point.lat.is_finite() && point.lon.is_finite();
    let known = gpx.waypoints().iter().filter(is_somewhere).take(WAYPOINTS);
    let place = |point: &Point| {
        let name = gpx.name_of(point).unwrap_or_default();
        json!({ "lat": millionths(point.lat), "lon": millionths(point.lon), "name": name })
    };
    known.map(place).collect()
}

/// A stored line, for a map of many: its pieces, each a list of latitudes and one of longitudes.
pub fn of_stored(line: &Line) -> Value {
    let unwound = |piece: &Vec<(f64, f64)>| {
        let mut lons = Unwound::default();
        piece.iter().map(|place| [lons.next(place.1), place.0]).collect()
    };
    let mut pieces: Vec<Vec<thin::Place>> = line.pieces.iter().map(unwound).collect();
    // A ten-thousandth of a degree is not seen where many tracks are.
    let mut tolerance = 1e-4;
    while pieces.iter().map(Vec::len).sum::<usize>() > COARSE.max(2 * pieces.len()) {
        for piece in &mut pieces {
            let mut kept = thin::kept(piece, tolerance).into_iter();
            piece.retain(|_| kept.next().unwrap_or(false));
        }
        tolerance *= 2.0;
    }
    let told = |piece: &Vec<thin::Place>| {
        json!([
            steps(piece.iter().map(|place| place[1] * 1e6)),
            steps(piece.iter().map(|place| place[0] * 1e6)),
        ])
    };
    pieces.iter().map(told).collect()
}

fn millionths(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

/// Rounded, the first whole and each other one told from the one before: rounding does not add up.
fn steps(values: impl Iterator<Item = f64>) -> Value {
    let mut last = 0;
    let step = |value: f64| {
        let value = value.round() as i64;
        value.saturating_sub(std::mem::replace(&mut last, value))
    };
    values.map(step).collect::<Vec<i64>>().into()
}

/// Longitudes that do not jump where a way crosses the meridian on the other side.
#[derive(Default)]
struct Unwound(Option<f64>);

impl Unwound {
    fn next(&mut self, lon: f64) -> f64 {
        let lon = self.0.map_or(lon, |last| lon - ((lon - last) / 360.0).round() * 360.0);
        self.0 = Some(lon);
        lon
    }
}

/// The answer: for this visitor alone, and not sent again to who has it.
pub fn answer(request: &Request, value: &Value) -> Result<Response> {
    let text = value.to_string();
    Ok(content(request, "application/json", text.as_bytes(), 0, true)?.header("Vary", "Cookie"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    fn line(points: &str) -> Value {
        let gpx = read(format!("<gpx version='1.1'>{points}</gpx>").as_bytes(), Origin::Stored).unwrap();
        of(&gpx, Cut::NONE)
    }

    #[test]
    fn each_point_is_told_from_the_one_before() {
        let got = line(
            "<wpt lat='1' lon='2'><name>Hut &amp; inn</name></wpt><wpt lat='NaN' lon='2'/><trk><trkseg>\
             <trkpt lat='48' lon='179.9999'><time>2024-05-01T10:00:00Z</time></trkpt>\
             <trkpt lat='48.001' lon='-179.9999'><time>2024-05-01T10:00:30Z</time></trkpt></trkseg></trk>",
        );
        let piece = &got["pieces"][0];
        assert_eq!(piece["lat"], json!([48_000_000, 1000]));
        assert_eq!(piece["lon"], json!([179_999_900, 200]));
        assert_eq!(piece["m"], json!([0, 112]));
        assert_eq!(
            got["places"],
            json!([{"lat": 1_000_000, "lon": 2_000_000, "name": "Hut & inn"}])
        );
        assert!((got["length"].as_f64().unwrap() - 112.3).abs() < 1.0, "{got}");
    }

    #[test]
    fn what_others_do_not_get_is_a_piece_of_its_own_with_the_steps_to_it() {
        let parts = |hidden: &[usize]| parted(&[0, 2, 4, 6, 8], |at| hidden.contains(&at));
        assert_eq!(parts(&[]), [(false, 0..5)]);
        assert_eq!(parts(&[0, 2]), [(true, 0..3), (false, 2..5)]);
        assert_eq!(parts(&[4]), [(false, 0..2), (true, 1..4), (false, 3..5)]);
        assert_eq!(parts(&[8]), [(false, 0..4), (true, 3..5)]);
        assert_eq!(parts(&[0, 2, 4, 6, 8]), [(true, 0..5)]);
    }

    #[test]
    fn a_thinned_line_keeps_the_points_where_it_is_hidden_from() {
        let mut line = vec![0, 100];
        keep_borders(&mut line, |at| at < 7 || (40..=50).contains(&at));
        assert_eq!(line, [0, 6, 7, 39, 40, 50, 51, 100]);
    }

    #[test]
    fn segments_stay_apart() {
        let got = line(
            "<trk><trkseg><trkpt lat='1' lon='1'><time>2024-05-01T10:00:00Z</time></trkpt><trkpt lat='1.1' lon='1'/>\
             </trkseg><trkseg/><trkseg><trkpt lat='2' lon='1'/></trkseg></trk>",
        );
        assert_eq!(got["pieces"].as_array().unwrap().len(), 2);
        // Between two segments nobody moved, as far as is known.
        let m = |n: usize| got["pieces"][n]["m"].as_array().unwrap().clone();
        assert_eq!(m(1)[0], m(0)[1]);
        assert_eq!(
            line("<trk/>"),
            json!({"pieces": [], "ends": [true, true], "length": 0.0, "places": []})
        );
    }

    #[test]
    fn a_recording_of_a_hundred_thousand_points_is_a_small_answer() {
        let mut text = String::from("<trk><trkseg>");
        for n in 0..100_000 {
            let turn = f64::from(n) / 300.0;
            text += &format!(
                "<trkpt lat='{:.6}' lon='{:.6}'/>",
                47.0 + turn.sin() / 50.0,
                7.0 + turn / 300.0
            );
        }
        let got = line(&(text + "</trkseg></trk>"));
        let points = got["pieces"][0]["lat"].as_array().unwrap().len();
        assert!((1000..=MOST).contains(&points), "{points}");
        assert!(got.to_string().len() < 512 << 10, "{}", got.to_string().len());
    }
}
