//! Fewer points for the same shape, for previews and maps.
//!
//! Visvalingam's method: the point that spans the smallest triangle with its neighbours goes first, on the
//! Mercator plane, as that is where the line is drawn. Its time does not depend on the shape, unlike
//! that of Douglas and Peucker.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::mercator::{LAST_LATITUDE, north};
use super::model::Gpx;
use super::point::Point;

/// The exact method gets at most so many times the points that are wanted, or so few that it does not matter.
const ROUGHLY: usize = 8;
const FEW: usize = 8192;

/// At most `most` of the points, by their places in [`Gpx::points`]: a list for each segment that has any. The ends of a
/// segment stay, and when there is not even room for those, the shortest segments go. Points that are nowhere are left out.
pub fn simplify(gpx: &Gpx, most: usize) -> Vec<Vec<usize>> {
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for segment in &gpx.segments {
        let range = segment.points.start as usize..segment.points.end as usize;
        let line: Vec<usize> = range.filter(|&index| is_somewhere(&gpx.points[index])).collect();
        if !line.is_empty() {
            lines.push(line);
        }
    }
    drop_short_lines(&mut lines, most);
    let room = most.saturating_mul(ROUGHLY).max(FEW);
    let mut total: usize = lines.iter().map(Vec::len).sum();
    if total <= most {
        return lines;
    }
    let places: Vec<Place> = gpx.points().iter().map(project).collect();
    while total > room && thin_roughly(&mut lines, &places) {
        total = lines.iter().map(Vec::len).sum();
    }
    if total > most {
        thin(&mut lines, &places, total - most);
    }
    lines
}

/// Takes a good part of the points away at once, those of small triangles, never two neighbours; false when none could go.
///
/// A million points would keep the exact method busy for seconds, and one in a thousand of them is seen.
fn thin_roughly(lines: &mut [Vec<usize>], places: &[Place]) -> bool {
    let area_at = |line: &[usize], i: usize| {
        let corner = |i: usize| places[line[i]];
        twice_area(corner(i - 1), corner(i), corner(i + 1))
    };
    let mut areas: Vec<f64> = Vec::new();
    for line in lines.iter() {
        areas.extend((1..line.len().max(2) - 1).map(|i| area_at(line, i)));
    }
    if areas.is_empty() {
        return false;
    }
    let mut sorted = areas.clone();
    let middle = sorted.len() / 2;
    let limit = *sorted.select_nth_unstable_by(middle, f64::total_cmp).1;
    let mut areas = areas.iter();
    for line in lines {
        let last = line.len().saturating_sub(1);
        let (mut i, mut went) = (0, false);
        line.retain(|_| {
            let inner = i > 0 && i < last;
            i += 1;
            let small = inner && areas.next().is_some_and(|&area| area <= limit);
            went = small && !went;
            !went
        });
    }
    true
}

pub(super) fn is_somewhere(point: &Point) -> bool {
    point.lat.is_finite() && point.lon.is_finite()
}

/// Keeps so many of the longest lines as have room for their ends.
fn drop_short_lines(lines: &mut Vec<Vec<usize>>, most: usize) {
    let ends = |line: &Vec<usize>| line.len().min(2);
    if lines.iter().map(ends).sum::<usize>() <= most {
        return;
    }
    let mut by_length: Vec<usize> = (0..lines.len()).collect();
    by_length.sort_by_key(|&i| Reverse(lines[i].len()));
    let mut room = most;
    let mut kept = vec![false; lines.len()];
    for i in by_length {
        if ends(&lines[i]) <= room {
            room -= ends(&lines[i]);
            kept[i] = true;
        }
    }
    let mut kept = kept.into_iter();
    lines.retain(|_| kept.next().unwrap_or(false));
}

/// A place on the Mercator plane, in whole turns of the Earth.
pub(super) type Place = (f64, f64);

pub(super) fn project(point: &Point) -> Place {
    let lat = point.lat.clamp(-LAST_LATITUDE, LAST_LATITUDE);
    (point.lon / 360.0, north(lat) / std::f64::consts::TAU)
}

/// One point in the chain of those that remain.
struct Link {
    place: Place,
    /// The neighbours in the chain, or itself at an end of a line.
    before: u32,
    after: u32,
    /// Twice the area of the triangle, to tell an outdated entry of the heap; -1 for a point that is gone.
    area: f64,
}

/// Takes so many points away, the least visible first, over all lines together.
fn thin(lines: &mut [Vec<usize>], places: &[Place], mut surplus: usize) {
    let mut chain = chain(lines, places);
    let mut heap = BinaryHeap::with_capacity(chain.len());
    for i in 0..chain.len() {
        if let Some(area) = area(&chain, i) {
            chain[i].area = area;
            heap.push(Reverse((area.to_bits(), i as u32)));
        }
    }
    while surplus > 0 {
        let Some(Reverse((bits, i))) = heap.pop() else { break };
        let gone = i as usize;
        if chain[gone].area.to_bits() != bits {
            continue;
        }
        let least = chain[gone].area;
        chain[gone].area = -1.0;
        let (before, after) = (chain[gone].before, chain[gone].after);
        chain[before as usize].after = after;
        chain[after as usize].before = before;
        for i in [before as usize, after as usize] {
            if let Some(area) = area(&chain, i) {
                // Never less than what went before, or a spike would vanish from its tip.
                let area = area.max(least);
                chain[i].area = area;
                heap.push(Reverse((area.to_bits(), i as u32)));
            }
        }
        surplus -= 1;
    }
    let mut links = chain.iter();
    for line in lines {
        line.retain(|_| links.next().is_none_or(|link| link.area >= 0.0));
    }
}

fn chain(lines: &[Vec<usize>], places: &[Place]) -> Vec<Link> {
    let mut chain: Vec<Link> = Vec::new();
    for line in lines {
        for (i, &index) in line.iter().enumerate() {
            let own = chain.len() as u32;
            chain.push(Link {
                place: places[index],
                before: if i == 0 { own } else { own - 1 },
                after: if i + 1 == line.len() { own } else { own + 1 },
                area: 0.0,
            });
        }
    }
    chain
}

/// Twice the area of a point's triangle (never negative); none for the end of a line.
fn area(chain: &[Link], i: usize) -> Option<f64> {
    let link = &chain[i];
    let (before, after) = (link.before as usize, link.after as usize);
    if before == i || after == i {
        return None;
    }
    Some(twice_area(chain[before].place, link.place, chain[after].place))
}

fn twice_area((x0, y0): Place, (x1, y1): Place, (x2, y2): Place) -> f64 {
    ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    fn gpx(segments: &[&[(f64, f64)]]) -> Gpx {
        let mut file = String::from("<gpx><trk>");
        for segment in segments {
            file.push_str("<trkseg>");
            for (lat, lon) in *segment {
                file.push_str(&format!("<trkpt lat='{lat}' lon='{lon}'/>"));
            }
            file.push_str("</trkseg>");
        }
        file.push_str("</trk></gpx>");
        read(file.as_bytes(), Origin::Stored).unwrap()
    }

    #[test]
    fn the_corner_stays_and_the_straight_goes() {
        let line = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 2.0), (2.0, 2.0)];
        assert_eq!(simplify(&gpx(&[&line]), 3), [[0, 2, 4]]);
        assert_eq!(simplify(&gpx(&[&line]), 9), [[0, 1, 2, 3, 4]]);
        assert_eq!(simplify(&gpx(&[&line]), 2), [[0, 4]]);
    }

    #[test]
    fn segments_stay_apart_and_the_longest_stay_when_room_is_short() {
        let long = [(0.0, 0.0), (0.1, 1.0), (0.0, 2.0)];
        let short = [(5.0, 0.0), (5.0, 1.0)];
        let file = gpx(&[&short, &[], &long, &short]);
        assert_eq!(simplify(&file, 6), [vec![0, 1], vec![2, 4], vec![5, 6]]);
        assert_eq!(simplify(&file, 2), [[2, 4]]);
        assert!(simplify(&file, 0).is_empty());
    }

    #[test]
    fn a_long_track_is_thinned_to_the_number_wanted_and_keeps_its_spike() {
        let line: Vec<(f64, f64)> = (0..20_000)
            .map(|i| {
                let spike = if i == 7777 { 1.0 } else { 0.0 };
                (f64::from(i % 3) * 1e-6 + spike, f64::from(i) * 1e-3)
            })
            .collect();
        let thinned = simplify(&gpx(&[&line]), 50);
        assert_eq!(thinned[0].len(), 50);
        assert!(thinned[0].contains(&7777));
        assert!(thinned[0].is_sorted());
        assert_eq!((thinned[0][0], thinned[0][49]), (0, 19_999));
    }

    #[test]
    fn points_that_are_nowhere_are_left_out() {
        let line = [(0.0, 0.0), (f64::NAN, 1.0), (0.0, 2.0), (90.0, 2.0)];
        assert_eq!(simplify(&gpx(&[&line]), 9), [[0, 2, 3]]);
        assert_eq!(simplify(&gpx(&[&line]), 2), [[0, 3]]);
    }
}
