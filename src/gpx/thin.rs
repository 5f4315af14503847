//! Fewer points for the same line on a map that can be moved: what is left out is not seen to be missing.
//!
//! The method of Douglas and Peucker (1973), on the plane on which the line is drawn. It is asked of stretches of a
//! bounded length, so that its time grows with the number of points and not with its square, whatever the shape.

use super::model::Gpx;
use super::simplify::{is_somewhere, project};

/// A place on a plane.
pub type Place = [f64; 2];

/// Points of a stretch. Its ends stay, which is one point in so many that need not have stayed.
const STRETCH: usize = 256;

/// Pixels around the Earth where the map is nearest: at zoom 17 one of them is a metre or less, and no
/// receiver knows better.
const AROUND: f64 = 256.0 * 131_072.0;

/// Pixels that a line may lie beside where it was.
const TOLERANCE: f64 = 0.5;

/// Which places have to stay so that each of the others lies within `tolerance` of the line through those that do.
pub fn kept(places: &[Place], tolerance: f64) -> Vec<bool> {
    let mut kept = vec![false; places.len()];
    let mut open = Vec::new();
    let last = places.len().saturating_sub(1);
    for from in (0..places.len()).step_by(STRETCH) {
        let to = (from + STRETCH).min(last);
        (kept[from], kept[to]) = (true, true);
        open.push((from, to));
        while let Some((from, to)) = open.pop() {
            let off = |at: &usize| distance(places[*at], places[from], places[to]);
            let Some(farthest) = (from + 1..to).max_by(|a, b| off(a).total_cmp(&off(b))) else {
                continue;
            };
            if off(&farthest) > tolerance {
                kept[farthest] = true;
                open.extend([(from, farthest), (farthest, to)]);
            }
        }
    }
    kept
}

/// How far a place lies from the stretch between two others.
fn distance(place: Place, from: Place, to: Place) -> f64 {
    let (along, off) = (
        [to[0] - from[0], to[1] - from[1]],
        [place[0] - from[0], place[1] - from[1]],
    );
    let square = along[0] * along[0] + along[1] * along[1];
    let part = if square > 0.0 {
        ((off[0] * along[0] + off[1] * along[1]) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (off[0] - part * along[0]).hypot(off[1] - part * along[1])
}

/// The points that a map needs, by their places in [`Gpx::points`]: a list for each segment that has any, its ends among
/// them. Every other point lies within half a pixel of the line; where that leaves more than `most`, within as many
/// pixels as it takes, and each segment keeps its ends all the same. Points that are nowhere are left out.
pub fn thin(gpx: &Gpx, most: usize) -> Vec<Vec<usize>> {
    let segments = gpx.segments.iter().map(|segment| {
        let range = segment.points.start as usize..segment.points.end as usize;
        range.filter(|&index| is_somewhere(&gpx.points[index])).collect()
    });
    let mut lines: Vec<Vec<usize>> = segments.filter(|line: &Vec<usize>| !line.is_empty()).collect();
    let total = |lines: &[Vec<usize>]| lines.iter().map(Vec::len).sum::<usize>();
    let mut tolerance = TOLERANCE;
    loop {
        for line in &mut lines {
            let places: Vec<Place> = line.iter().map(|index| pixels(gpx, *index)).collect();
            let mut kept = kept(&places, tolerance).into_iter();
            line.retain(|_| kept.next().unwrap_or(false));
        }
        if total(&lines) <= most.max(2 * lines.len()) {
            return lines;
        }
        tolerance *= 2.0;
    }
}

fn pixels(gpx: &Gpx, index: usize) -> Place {
    let (x, y) = project(&gpx.points[index]);
    [x * AROUND, y * AROUND]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};
    use std::fmt::Write;

    /// Numbers that look like chance and are the same each time.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    fn gpx(segments: &[Vec<(f64, f64)>]) -> Gpx {
        let mut text = String::from("<gpx version='1.1'><trk>");
        for segment in segments {
            text.push_str("<trkseg>");
            for (lat, lon) in segment {
                let _ = write!(text, "<trkpt lat='{lat}' lon='{lon}'/>");
            }
            text.push_str("</trkseg>");
        }
        read((text + "</trk></gpx>").as_bytes(), Origin::Stored).unwrap()
    }

    /// A way that turns now and then, of points a few metres apart.
    fn wander(chance: &mut Chance, points: usize, shake: f64) -> Vec<(f64, f64)> {
        let (mut lat, mut lon, mut course) = (47.0 + chance.next(), 7.0 + chance.next(), 0.0_f64);
        let mut step = || {
            course += (chance.next() - 0.5) * shake;
            lat += course.cos() * 3e-5;
            lon += course.sin() * 4e-5;
            (lat, lon)
        };
        (0..points).map(|_| step()).collect()
    }

    #[test]
    fn every_point_that_is_left_out_lies_within_half_a_pixel_of_the_line() {
        let mut chance = Chance(7);
        for (points, shake) in [(1, 1.0), (2, 1.0), (257, 0.01), (700, 0.3), (3000, 6.0)] {
            let gpx = gpx(&[wander(&mut chance, points, shake), wander(&mut chance, points, shake)]);
            let lines = thin(&gpx, usize::MAX);
            assert_eq!(lines.len(), 2);
            for (line, first) in lines.iter().zip([0, points]) {
                assert_eq!((line[0], line[line.len() - 1]), (first, first + points - 1));
                for pair in line.windows(2) {
                    for index in pair[0] + 1..pair[1] {
                        let off = distance(pixels(&gpx, index), pixels(&gpx, pair[0]), pixels(&gpx, pair[1]));
                        assert!(off <= TOLERANCE, "{off} at {index} of {points}, {shake}");
                    }
                }
            }
            let total: usize = lines.iter().map(Vec::len).sum();
            assert!(points < 700 || shake > 1.0 || total < points, "{total} of {points}");
        }
    }

    #[test]
    fn there_are_no_more_points_than_wanted_but_the_ends() {
        let mut chance = Chance(3);
        let segments: Vec<_> = (0..5).map(|_| wander(&mut chance, 2000, 6.0)).collect();
        let gpx = gpx(&segments);
        for most in [0, 10, 11, 500] {
            let lines = thin(&gpx, most);
            let total: usize = lines.iter().map(Vec::len).sum();
            assert!((10..=most.max(10)).contains(&total), "{total} of {most}");
        }
    }

    #[test]
    fn a_straight_way_is_two_points_a_stretch_and_a_place_that_is_none_is_left_out() {
        let straight: Vec<_> = (0..STRETCH).map(|n| (10.0, n as f64 * 1e-4)).collect();
        assert_eq!(thin(&gpx(&[straight]), 100), [vec![0, STRETCH - 1]]);
        let odd = gpx(&[vec![(1.0, f64::NAN)], vec![(1.0, 1.0), (f64::NAN, 1.0), (2.0, 1.0)]]);
        assert_eq!(thin(&odd, 100), [vec![1, 3]]);
        assert!(thin(&Gpx::default(), 100).is_empty());
    }
}
