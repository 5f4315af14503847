//! Elevation over distance, thinned for a chart.
//!
//! The highest and the lowest point of each stretch are kept, as they are what a reader looks for; nothing is
//! averaged, so that each sample is a real point.

use super::distance;
use super::model::Gpx;
use super::point::Point;

/// A point of the chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Metres from the start, gaps between segments not counted.
    pub distance: f64,
    /// Metres.
    pub elevation: f64,
    /// Its place in [`Gpx::points`].
    pub index: usize,
}

/// At most `most` samples, in the order of the track; points without a finite elevation are left out.
pub fn profile(gpx: &Gpx, most: usize) -> Vec<Sample> {
    let all = samples(gpx);
    if all.len() <= most {
        return all;
    }
    let (Some(&first), Some(&last)) = (all.first(), all.last()) else {
        return all;
    };
    // The ends, and two for each stretch.
    let stretches = most.saturating_sub(2) / 2;
    let length = (last.distance - first.distance) / stretches as f64;
    let stretch_of = |sample: &Sample| match length > 0.0 {
        true => ((sample.distance - first.distance) / length) as usize,
        false => 0,
    };
    let mut thinned = vec![first];
    let inner = if stretches == 0 {
        &[][..]
    } else {
        &all[1..all.len() - 1]
    };
    for stretch in inner.chunk_by(|a, b| stretch_of(a).min(stretches - 1) == stretch_of(b).min(stretches - 1)) {
        push_extremes(&mut thinned, stretch);
    }
    thinned.push(last);
    thinned.truncate(most);
    thinned
}

fn push_extremes(into: &mut Vec<Sample>, stretch: &[Sample]) {
    let by_elevation = |a: &&Sample, b: &&Sample| a.elevation.total_cmp(&b.elevation);
    let low = stretch.iter().min_by(by_elevation);
    let high = stretch.iter().max_by(by_elevation);
    let (Some(low), Some(high)) = (low, high) else { return };
    let (earlier, later) = match low.index <= high.index {
        true => (low, high),
        false => (high, low),
    };
    into.push(*earlier);
    if later.index != earlier.index {
        into.push(*later);
    }
}

/// How far each of [`Gpx::points`] lies from the start: metres, gaps between segments not counted.
pub fn distances(gpx: &Gpx) -> Vec<f64> {
    let points = gpx.points();
    let mut distances = vec![0.0; points.len()];
    let mut distance = 0.0;
    for segment in &gpx.segments {
        let (start, end) = (segment.points.start as usize, segment.points.end as usize);
        for index in start..end {
            if index > start {
                let step = distance::with_height(&points[index], &points[index - 1]);
                distance += if step.is_finite() { step } else { 0.0 };
            }
            distances[index] = distance;
        }
    }
    distances
}

fn samples(gpx: &Gpx) -> Vec<Sample> {
    let all = gpx.points().iter().zip(distances(gpx)).enumerate();
    let sample = |(index, (point, distance)): (usize, (&Point, f64))| {
        let elevation = point.elevation().filter(|height| height.is_finite())?;
        Some(Sample {
            distance,
            elevation,
            index,
        })
    };
    all.filter_map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    fn hills(count: usize) -> Gpx {
        let points: String = (0..count)
            .map(|i| {
                let height = if i == count / 3 { 999 } else { i % 7 };
                format!(
                    "<trkpt lat='{}' lon='8'><ele>{height}</ele></trkpt>",
                    50.0 + i as f64 * 1e-4
                )
            })
            .collect();
        let file = format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>");
        read(file.as_bytes(), Origin::Upload).unwrap()
    }

    #[test]
    fn the_summit_and_both_ends_survive_the_thinning() {
        let gpx = hills(1000);
        for most in [2, 3, 10, 51, 400] {
            let thinned = profile(&gpx, most);
            assert!(thinned.len() <= most, "{} of {most}", thinned.len());
            assert_eq!((thinned[0].index, thinned[thinned.len() - 1].index), (0, 999));
            assert!(thinned.is_sorted_by_key(|sample| sample.index));
            if most >= 10 {
                assert!(thinned.iter().any(|sample| sample.elevation == 999.0));
            }
        }
        assert_eq!(profile(&gpx, 1000).len(), 1000);
        assert!(profile(&gpx, 0).is_empty());
    }

    #[test]
    fn the_last_distance_is_the_length_of_the_track() {
        let gpx = hills(50);
        let last = profile(&gpx, 100).last().copied().unwrap();
        assert!((last.distance - gpx.figures().length).abs() < 1e-6);
    }
}
