//! The three corrections that a visitor may have applied to a track.
//!
//! They work on the tables of a file, in their fixed order, and must do to the digit what Fietsboek 0.11 does.
//! Where that fails (a point without elevation among the jumps) the point is left alone.

use super::breaks;
use super::distance;
use super::model::Gpx;
use super::point::Point;

/// A correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transformer {
    /// Points at the start and the end that have no elevation or 0 get that of their neighbour.
    FixNullElevation,
    /// Sudden vertical offsets are removed.
    FixElevationJumps,
    /// Long pauses are cut out and the gap in time is closed.
    RemoveBreaks,
}

impl Transformer {
    /// All of them, in the order in which they are applied.
    pub const ALL: [Transformer; 3] = [
        Transformer::FixNullElevation,
        Transformer::FixElevationJumps,
        Transformer::RemoveBreaks,
    ];

    /// The name under which it is stored.
    pub const fn identifier(self) -> &'static str {
        match self {
            Transformer::FixNullElevation => "fix-null-elevation",
            Transformer::FixElevationJumps => "fix-elevation-jumps",
            Transformer::RemoveBreaks => "remove-breaks",
        }
    }

    /// The one of that name.
    pub fn find(identifier: &str) -> Option<Transformer> {
        let mut all = Transformer::ALL.into_iter();
        all.find(|transformer| transformer.identifier() == identifier)
    }
}

/// Applies those that are asked for, each once, in the fixed order.
pub fn apply(gpx: &mut Gpx, transformers: &[Transformer]) {
    let asked = Transformer::ALL
        .into_iter()
        .filter(|transformer| transformers.contains(transformer));
    for transformer in asked {
        match transformer {
            Transformer::FixNullElevation => fix_null_elevation(&mut gpx.points),
            Transformer::FixElevationJumps => fix_elevation_jumps(&mut gpx.points),
            Transformer::RemoveBreaks => breaks::remove(gpx),
        }
    }
}

/// A point's elevation; stored files may hold one that is no number, which must not become that of its neighbours.
fn height(point: &Point) -> Option<f64> {
    point.elevation().filter(|elevation| elevation.is_finite())
}

/// Metres of height for a metre of ground; 0 where it cannot be told.
fn slope(first: &Point, second: &Point) -> f64 {
    let (Some(from), Some(to)) = (height(first), height(second)) else {
        return 0.0;
    };
    match distance::flat(first, second) {
        0.0 => 0.0,
        ground => (from - to).abs() / ground,
    }
}

fn fix_null_elevation(points: &mut [Point]) {
    let good =
        |point: &Point, next: &Point| height(point).filter(|&elevation| elevation != 0.0 && slope(point, next) < 1.0);
    let forward = points.windows(2).enumerate();
    let first = forward
        .filter_map(|(i, pair)| Some((i, good(&pair[0], &pair[1])?)))
        .next();
    if let Some((i, elevation)) = first {
        for point in &mut points[..i] {
            point.change_elevation(elevation);
        }
    }
    let backward = points.windows(2).enumerate().rev();
    let last = backward
        .filter_map(|(i, pair)| Some((i + 2, good(&pair[1], &pair[0])?)))
        .next();
    if let Some((behind, elevation)) = last {
        for point in &mut points[behind..] {
            point.change_elevation(elevation);
        }
    }
}

fn fix_elevation_jumps(points: &mut [Point]) {
    let mut adjustment = 0.0;
    for i in 0..points.len() {
        let before = adjustment;
        let current = points[i];
        if let Some(next) = points.get(i + 1)
            && slope(&current, next) > 1.0
            && let (Some(from), Some(to)) = (height(&current), height(next))
        {
            adjustment += from - to;
        }
        if let Some(elevation) = height(&current).map(|elevation| elevation + before)
            && elevation.is_finite()
        {
            points[i].change_elevation(elevation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    /// Vector V5 of the notes on the original, with elevations as given.
    fn seven(elevations: [&str; 7]) -> Gpx {
        let points: String = elevations
            .iter()
            .enumerate()
            .map(|(i, ele)| format!("<trkpt lat='50.000{i}' lon='8'>{ele}</trkpt>"))
            .collect();
        let file = format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>");
        read(file.as_bytes(), Origin::Upload).unwrap()
    }

    fn corrected(elevations: [&str; 7], transformer: Transformer) -> Vec<Option<f64>> {
        let mut gpx = seven(elevations);
        apply(&mut gpx, &[transformer]);
        gpx.points().iter().map(Point::elevation).collect()
    }

    const V5: [&str; 7] = [
        "<ele>0</ele>",
        "<ele>0</ele>",
        "<ele>120</ele>",
        "<ele>121</ele>",
        "<ele>200</ele>",
        "<ele>201</ele>",
        "<ele>0</ele>",
    ];

    #[test]
    fn vector_v5_comes_out_as_in_the_original() {
        let fixed = [120.0, 120.0, 120.0, 121.0, 200.0, 201.0, 201.0];
        assert_eq!(corrected(V5, Transformer::FixNullElevation), fixed.map(Some));
        let level = [0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
        assert_eq!(corrected(V5, Transformer::FixElevationJumps), level.map(Some));
    }

    #[test]
    fn a_point_without_elevation_is_no_obstacle() {
        let mut elevations = V5;
        elevations[3] = "";
        let level = corrected(elevations, Transformer::FixElevationJumps);
        assert_eq!(level[3], None);
        assert_eq!(level[2], Some(0.0));
        elevations[0] = "";
        let fixed = corrected(elevations, Transformer::FixNullElevation);
        assert_eq!(fixed[0], Some(120.0));
    }

    #[test]
    fn an_elevation_that_is_no_number_stays_alone() {
        let points: String = ["100", "101", "1e999", "102", "nan", "103"]
            .iter()
            .enumerate()
            .map(|(i, ele)| format!("<trkpt lat='50.000{i}' lon='8'><ele>{ele}</ele></trkpt>"))
            .collect();
        let file = format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>");
        let mut gpx = read(file.as_bytes(), Origin::Stored).unwrap();
        apply(&mut gpx, &Transformer::ALL);
        let heights: Vec<f64> = gpx.points().iter().filter_map(height).collect();
        assert_eq!(heights, [100.0, 101.0, 102.0, 103.0]);
    }

    #[test]
    fn identifiers_are_those_that_are_stored() {
        for transformer in Transformer::ALL {
            assert_eq!(Transformer::find(transformer.identifier()), Some(transformer));
        }
        assert_eq!(Transformer::find("unknown"), None);
        assert!(Transformer::ALL.is_sorted());
    }
}
