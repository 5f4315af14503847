//! The box around points, in degrees.

use super::point::Point;

/// A box of latitudes and longitudes, in degrees. It never crosses the 180th meridian: a track that does gets the wide box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The southern edge.
    pub min_lat: f64,
    /// The western edge.
    pub min_lon: f64,
    /// The northern edge.
    pub max_lat: f64,
    /// The eastern edge.
    pub max_lon: f64,
}

impl Bounds {
    /// The smallest box around the points; none without a point that has finite coordinates.
    pub fn around(points: &[Point]) -> Option<Bounds> {
        let mut finite = points
            .iter()
            .filter(|point| point.lat.is_finite() && point.lon.is_finite());
        let first = finite.next()?;
        let start = Bounds {
            min_lat: first.lat,
            min_lon: first.lon,
            max_lat: first.lat,
            max_lon: first.lon,
        };
        Some(finite.fold(start, |bounds, point| Bounds {
            min_lat: bounds.min_lat.min(point.lat),
            min_lon: bounds.min_lon.min(point.lon),
            max_lat: bounds.max_lat.max(point.lat),
            max_lon: bounds.max_lon.max(point.lon),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_holds_all_points_but_those_that_are_nowhere() {
        let at = |lat, lon| Point::new(lat, lon, 0);
        let bounds = Bounds::around(&[at(f64::NAN, 1.0), at(1.0, 2.0), at(-3.0, 5.0)]).unwrap();
        assert_eq!((bounds.min_lat, bounds.max_lat), (-3.0, 1.0));
        assert_eq!((bounds.min_lon, bounds.max_lon), (2.0, 5.0));
        assert_eq!(Bounds::around(&[]), None);
    }
}
