//! The distance between two points, by the rules of gpxpy, in its order of operations.
//!
//! Not exact geodesy on purpose: the figures must equal those that instances already hold. It is asymmetric:
//! the first point's latitude scales the longitudes.

use super::point::Point;

/// The radius that gpxpy takes for the Earth, in metres.
const EARTH_RADIUS: f64 = 6_378_137.0;
/// Metres in a degree of latitude.
const DEGREE: f64 = 2.0 * std::f64::consts::PI * EARTH_RADIUS / 360.0;
/// Degrees; farther apart the flat formula is not used.
const FLAT: f64 = 0.2;

/// Metres along the ground.
pub(super) fn flat(first: &Point, second: &Point) -> f64 {
    if is_far(first, second) {
        return haversine(first, second);
    }
    let coefficient = first.lat.to_radians().cos();
    let x = first.lat - second.lat;
    let y = (first.lon - second.lon) * coefficient;
    (x * x + y * y).sqrt() * DEGREE
}

/// Metres including the difference in height, where both points have one and they are not far apart.
pub(super) fn with_height(first: &Point, second: &Point) -> f64 {
    let ground = flat(first, second);
    if is_far(first, second) {
        return ground;
    }
    match (first.elevation(), second.elevation()) {
        (Some(from), Some(to)) if from != to => {
            let height = from - to;
            (ground * ground + height * height).sqrt()
        }
        _ => ground,
    }
}

fn is_far(first: &Point, second: &Point) -> bool {
    (first.lat - second.lat).abs() > FLAT || (first.lon - second.lon).abs() > FLAT
}

fn haversine(first: &Point, second: &Point) -> f64 {
    let d_lon = (first.lon - second.lon).to_radians();
    let lat1 = first.lat.to_radians();
    let lat2 = second.lat.to_radians();
    let half_lat = ((lat1 - lat2) / 2.0).sin();
    let half_lon = (d_lon / 2.0).sin();
    let a = half_lat * half_lat + half_lon * half_lon * lat1.cos() * lat2.cos();
    2.0 * a.sqrt().asin() * EARTH_RADIUS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_pair_ignores_height_and_a_near_one_does_not() {
        let mut low = Point::new(50.0, 8.0, 0);
        low.read_elevation(0.0);
        let mut near = Point::new(50.001, 8.0, 0);
        near.read_elevation(300.0);
        let mut far = Point::new(50.3, 8.0, 0);
        far.read_elevation(300.0);
        assert!((flat(&near, &low) - 111.319_490_79).abs() < 1e-6);
        assert!(with_height(&near, &low) > 319.0);
        assert_eq!(with_height(&far, &low), flat(&far, &low));
    }
}
