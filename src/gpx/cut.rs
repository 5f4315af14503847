//! A recording without the points inside of circles.
//!
//! Points are dropped and none is made: one on a circle's edge would tell where the circle is. Where some were
//! dropped the segment ends and another begins, so that no line bridges the gap; a line from one point outside to
//! the next, however far, stays. Distances along what is left do not count gaps, so they tell no more than the points.

use std::ops::Range;

use super::circle::Circle;
use super::model::{Gpx, Route, Segment, as_usize};
use super::point::Point;
use super::simplify::is_somewhere;

/// Drops the points, route points and waypoints inside of the circles. What remains is written as values alone
/// ([`super::write`]): the text of the file is the whole one.
pub fn cut(mut gpx: Gpx, circles: &[Circle]) -> Gpx {
    let is_seen = |point: &Point| !circles.iter().any(|circle| circle.holds(point.lat, point.lon));
    let (mut points, mut segments) = (Vec::with_capacity(gpx.points.len()), Vec::new());
    for track in &mut gpx.tracks {
        let first = segments.len() as u32;
        for segment in &gpx.segments[as_usize(&track.segments)] {
            let all = &gpx.points[as_usize(&segment.points)];
            let runs = runs(all, is_seen, &mut points);
            segments.extend(runs.into_iter().map(|points| Segment { points }));
        }
        track.segments = first..segments.len() as u32;
    }
    let (mut route_points, mut routes) = (Vec::new(), Vec::new());
    for route in &gpx.routes {
        let all = &gpx.route_points[as_usize(&route.points)];
        let pieces = runs(all, is_seen, &mut route_points);
        routes.extend(pieces.into_iter().map(|points| Route {
            name: route.name.clone(),
            points,
            span: route.span,
        }));
    }
    let mut places = gpx.points.iter().filter(|point| is_somewhere(point));
    let first = places.next();
    gpx.lost_ends = [first, places.next_back().or(first)].map(|end| end.is_some_and(|end| !is_seen(end)));
    gpx.waypoints.retain(is_seen);
    // It is that of the first point, as a rule.
    if gpx.lost_ends[0] {
        gpx.metadata.time = None;
    }
    (gpx.points, gpx.segments) = (points, segments);
    (gpx.route_points, gpx.routes) = (route_points, routes);
    gpx.is_cut = true;
    gpx
}

/// Adds the points that are seen, and tells where each run of neighbours stands among them.
fn runs(all: &[Point], is_seen: impl Fn(&Point) -> bool, into: &mut Vec<Point>) -> Vec<Range<u32>> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    let mut is_open = false;
    for point in all {
        let seen = is_seen(point);
        if seen {
            let at = into.len() as u32;
            into.push(*point);
            match runs.last_mut() {
                Some(run) if is_open => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
        is_open = seen;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, profile, read, simplify, write};

    /// Places on the equator, a hundredth of a degree (1.1 km) apart; 10 and 11 are inside.
    const HIDDEN: Circle = Circle {
        lat: 0.0,
        lon: 0.105,
        radius: 700.0,
    };

    fn points(name: &str, range: Range<u32>) -> String {
        let place =
            |n| format!("<{name} lat='0' lon='0.{n:02}'><ele>{n}</ele><time>2025-11-24T10:{n:02}:00Z</time></{name}>");
        range.map(place).collect()
    }

    fn file() -> String {
        format!(
            "<?xml version='1.0'?><!-- 0.105 --><gpx version='1.1' creator='0.105' xmlns='http://www.topografix.com/GPX/1/1'>\
             <metadata><name>Home &amp; back</name><desc>d</desc><author><name>Alice</name></author>\
             <link href='http://0.105'/><time>2025-11-24T09:00:00Z</time>\
             <bounds minlat='0' minlon='0.105' maxlat='0' maxlon='0.2'/></metadata>\
             <wpt lat='0' lon='0.105'><name>House 0.105</name></wpt><wpt lat='1' lon='2'><name>Hut</name><desc>0.105</desc></wpt>\
             <rte><name>Way</name>{}</rte>\
             <trk><name>One</name><extensions><x lat='0' lon='0.105'/></extensions><trkseg>{}</trkseg></trk>\
             <trk><trkseg>{}</trkseg><trkseg>{}<trkpt lat='nan' lon='3'/>\
             <trkpt lat='0' lon='0.13'><cmt>0.105</cmt><extensions><hr>120</hr><at lat='0' lon='0.105'/></extensions></trkpt>\
             </trkseg></trk><extensions><home lat='0' lon='0.105'/></extensions></gpx>",
            points("rtept", 8..14),
            points("trkpt", 8..14),
            points("trkpt", 10..12),
            points("trkpt", 11..13),
        )
    }

    fn whole() -> Gpx {
        read(file().as_bytes(), Origin::Stored).unwrap()
    }

    fn longitudes(points: &[Point]) -> Vec<f64> {
        points.iter().map(|point| point.lon).collect()
    }

    #[test]
    fn what_is_inside_goes_and_no_line_bridges_the_gap() {
        let gpx = cut(whole(), &[HIDDEN]);
        let segments: Vec<_> = gpx.segments().map(longitudes).collect();
        assert_eq!(segments, [vec![0.08, 0.09], vec![0.12, 0.13], vec![0.12], vec![0.13]]);
        let of_tracks: Vec<usize> = gpx
            .tracks()
            .iter()
            .map(|track| gpx.segments_of(track).count())
            .collect();
        assert_eq!(of_tracks, [2, 2]);
        let routes: Vec<_> = gpx
            .routes()
            .iter()
            .map(|route| longitudes(gpx.route_points(route)))
            .collect();
        assert_eq!(routes, [[0.08, 0.09], [0.12, 0.13]]);
        assert_eq!(longitudes(gpx.waypoints()), [2.0]);
        assert_eq!(simplify::simplify(&gpx, 99).len(), 4);
        assert_eq!(gpx.bounds().unwrap().min_lon, 0.08);
        let way = profile::distances(&gpx).last().copied().unwrap();
        assert!((way - 2.0 * 1113.2).abs() < 10.0, "the gap is not counted: {way}");
    }

    #[test]
    fn a_circle_between_two_points_hides_nothing() {
        let between = Circle {
            radius: 300.0,
            ..HIDDEN
        };
        assert_eq!(
            cut(whole(), &[between]).points().len(),
            whole().points().len() - 1,
            "but the one that is nowhere"
        );
    }

    #[test]
    fn what_is_written_holds_the_points_that_are_seen_and_nothing_that_is_not_understood() {
        let bytes = write(&cut(whole(), &[HIDDEN]));
        let text = String::from_utf8(bytes.clone()).unwrap();
        for hidden in ["0.105", "0.10", "0.11", "bounds", "link", "NaN", "nan"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        let again = read(&bytes, Origin::Upload).unwrap();
        assert_eq!(again.metadata(), whole().metadata());
        let seen = cut(whole(), &[HIDDEN]);
        let shapes = |gpx: &Gpx| gpx.segments().map(longitudes).collect::<Vec<_>>();
        assert_eq!(shapes(&again), shapes(&seen));
        assert_eq!(again.figures(), seen.figures());
        assert_eq!(again.tracks()[0].name.as_deref(), Some("One"));
        assert_eq!(again.routes().len(), 2);
        assert_eq!(again.name_of(&again.waypoints()[0]).as_deref(), Some("Hut"));
        assert_eq!(again.sensors(again.points().last().unwrap()).heart_rate, Some(120.0));
    }

    #[test]
    fn a_file_of_which_nothing_is_seen_is_a_file_all_the_same() {
        let everywhere = Circle { radius: 3e7, ..HIDDEN };
        let gpx = cut(whole(), &[everywhere]);
        assert!(gpx.points().is_empty() && gpx.segments().next().is_none() && gpx.bounds().is_none());
        assert!(read(&write(&gpx), Origin::Stored).unwrap().points().is_empty());
    }
}
