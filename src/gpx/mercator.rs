//! The plane of web maps: the spherical Mercator projection (EPSG:3857). To the east it counts as longitudes do.

/// Degrees; where web maps end in north and south, as far from the equator as east and west from the prime meridian.
pub const LAST_LATITUDE: f64 = 85.051_128_779_806_59;

/// How far north of the equator a latitude (degrees) stands on the plane, in radians of the equator.
pub fn north(lat: f64) -> f64 {
    lat.to_radians().tan().asinh()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn the_plane_is_a_square_and_true_to_scale_at_the_equator() {
        assert_eq!(north(0.0), 0.0);
        assert!((north(LAST_LATITUDE) - PI).abs() < 1e-12);
        assert!((north(-LAST_LATITUDE) + PI).abs() < 1e-12);
        assert!((north(1e-6) - 1e-6_f64.to_radians()).abs() < 1e-15);
    }
}
