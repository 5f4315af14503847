//! Cuts long pauses out of a track and closes the gaps in time.
//!
//! The rule of Fietsboek 0.11: a pause lasts as long as the average speed since its first point stays low. The
//! original deletes from lists and shifts all later times for each pause; here one running shift does the same.

use super::distance;
use super::model::{Gpx, Span, as_usize};
use super::point::Point;

/// Metres a second; what is slower is a pause.
const SLOW: f64 = 1000.0 / 3600.0;
/// Microseconds; a shorter pause stays.
const SHORTEST: u64 = 5 * 60 * 1_000_000;
/// Steps for one file. No recording comes near; a file made to be slow is left as it is from there on.
const MOST_STEPS: usize = 200_000_000;

/// Removes the pauses of every track.
pub(super) fn remove(gpx: &mut Gpx) {
    let mut keep = vec![true; gpx.points.len()];
    let mut steps = MOST_STEPS;
    for track in &gpx.tracks {
        let segments = &gpx.segments[as_usize(&track.segments)];
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
            continue;
        };
        let range = first.points.start as usize..last.points.end as usize;
        remove_from(&mut gpx.points[range.clone()], &mut keep[range], &mut steps);
    }
    drop_points(gpx, &keep);
}

fn remove_from(points: &mut [Point], keep: &mut [bool], steps: &mut usize) {
    let ground: Vec<f64> = points
        .windows(2)
        .map(|pair| distance::with_height(&pair[0], &pair[1]))
        .collect();
    let mut current = 0;
    // The first remaining point after the current one, and how far back all from there on are moved.
    let mut next = 1;
    let mut shift = 0_i64;
    while current < points.len() && *steps > 0 {
        let pause = find_pause(points, &ground, current, next, shift, steps);
        match pause {
            Some((count, duration)) => {
                keep[next..next + count].fill(false);
                next += count;
                shift = shift.saturating_add_unsigned(duration);
            }
            None => {
                current = next;
                next += 1;
                if let Some(point) = points.get_mut(current) {
                    move_back(point, shift);
                }
            }
        }
    }
    // Only when the steps ran out: the rest still belongs after the pauses found so far.
    for point in points.iter_mut().skip(next) {
        move_back(point, shift);
    }
}

fn move_back(point: &mut Point, shift: i64) {
    if let Some(time) = point.time() {
        point.change_time(time.moved_back(shift));
    }
}

/// How many points after the current one belong to a pause, and how long it is (microseconds).
fn find_pause(
    points: &[Point],
    ground: &[f64],
    current: usize,
    next: usize,
    shift: i64,
    steps: &mut usize,
) -> Option<(usize, u64)> {
    let start = points[current].time()?.micros();
    let mut length = 0.0;
    let mut count = 0;
    let mut duration = 0;
    for index in next..points.len() {
        *steps = steps.saturating_sub(1);
        // Behind a removed pause the current point has a new neighbour.
        length += match index == next && next != current + 1 {
            true => distance::with_height(&points[current], &points[index]),
            false => ground[index - 1],
        };
        let time = points[index].time();
        duration = time.map_or(0, |time| time.micros().saturating_sub(shift).abs_diff(start));
        if duration == 0 || length / (duration as f64 / 1e6) > SLOW {
            break;
        }
        count += 1;
    }
    (count > 0 && duration >= SHORTEST).then_some((count, duration))
}

fn drop_points(gpx: &mut Gpx, keep: &[bool]) {
    let mut kept = 0;
    for segment in &mut gpx.segments {
        let start = kept;
        for index in as_usize(&segment.points) {
            match keep[index] {
                true => kept += 1,
                false => {
                    let span = gpx.points[index].span();
                    gpx.cuts.push(Span {
                        start: span.start as u32,
                        end: span.end as u32,
                    });
                }
            }
        }
        segment.points = start..kept;
    }
    let mut keep = keep.iter();
    gpx.points.retain(|_| keep.next().is_none_or(|&keep| keep));
}
