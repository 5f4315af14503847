//! Circles on the earth that hide a place, and how one covers a place without giving it away.
//!
//! All distances here are along a sphere ([`EARTH_RADIUS`]), so that what is said of the triangle holds exactly.

use std::f64::consts::TAU;

use super::mercator;

/// The mean radius of the Earth, in metres.
const EARTH_RADIUS: f64 = 6_371_008.8;
/// Metres that a circle is larger than it need be, for what rounding takes away.
const SLACK: f64 = 1.0;
/// The least that a circle is displaced by at most, metres: however small the place, its house is one of many.
const LEAST_REACH: f64 = 200.0;

/// A circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// The latitude of its centre, in degrees.
    pub lat: f64,
    /// The longitude of its centre, in degrees.
    pub lon: f64,
    /// Its radius, in metres.
    pub radius: f64,
}

impl Circle {
    /// Whether a place (degrees) lies inside or on the edge. What is nowhere does too: it is not worth a doubt.
    pub fn holds(&self, lat: f64, lon: f64) -> bool {
        // Most places are far off, and a difference is cheaper than a distance. Latitudes beyond the pole, which
        // stored files may have, are places as well, and not told by it.
        let is_far = lat.abs() <= 90.0 && (lat - self.lat).abs().to_radians() * EARTH_RADIUS > self.radius + SLACK;
        if is_far && lon.is_finite() {
            return false;
        }
        let distance = distance((self.lat, self.lon), (lat, lon));
        distance.is_nan() || distance <= self.radius
    }

    /// Whether a straight line on a map (Mercator) between two places touches it, and rather once too often: the
    /// circle counts as large as the map makes it at its edge towards the pole.
    pub fn meets(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        let flat = |(lat, lon): (f64, f64)| [turn(lon - self.lon).to_radians(), north(lat) - north(self.lat)];
        let start = flat(from);
        let along = [turn(to.1 - from.1).to_radians(), north(to.0) - north(from.0)];
        let square = along[0] * along[0] + along[1] * along[1];
        let part = match square > 0.0 {
            true => (-(start[0] * along[0] + start[1] * along[1]) / square).clamp(0.0, 1.0),
            false => 0.0,
        };
        let nearest = (start[0] + part * along[0]).hypot(start[1] + part * along[1]);
        let edge = self.lat.abs().to_radians() + self.radius / EARTH_RADIUS;
        let radius = self.radius / (EARTH_RADIUS * edge.cos().max(1e-3));
        nearest.is_nan() || nearest <= radius
    }
}

/// How a circle is displaced: drawn once for a place and kept with it, the same for every track and every viewer.
///
/// The place is a circle (c, r) that somebody named. What is inside of another circle (C, R) is hidden, where
///
/// > C = c + v, with v drawn uniformly in the disc of radius d = max(r / 2, 200 m), and R = r + d + 1 m.
///
/// - *The place is covered, always.* A point p with |p − c| ≤ r has |p − C| ≤ |p − c| + |c − C| ≤ r + d < R.
/// - *The circle gives the centre away to d and no better.* Who collects the ends of many lines finds the circle
///   (C, R) itself at best. R depends on r alone, so it tells nothing of |v|; and since c = C − v, with v uniform in
///   the disc, c may be anywhere within d of C, every square metre as likely as another. More tracks make C better
///   known and c not at all, as v is not drawn again.
/// - *Changing the place gives nothing away either.* A centre that is moved takes v with it: two circles tell
///   how far it was moved, and not from where. A smaller radius keeps v and d: drawn anew, the discs of both would
///   overlap in less than either. A larger one, to r' with d' = max(r' / 2, 200 m) > d, adds to v a vector that is
///   uniform in the disc of radius d' − d: it has nothing to do with c, so that who knew (C, R) learns nothing, and
///   |v'| ≤ d' as above.
///
/// What it cannot hide is what others know besides: how long the whole way is, beside the part that is seen, or a
/// straight street of one house.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Metres to the east.
    pub east: f64,
    /// Metres to the north.
    pub north: f64,
    /// It is no longer than this, metres: d.
    pub reach: f64,
}

impl Shift {
    /// One for a place of that radius (metres), from bytes that are random.
    pub fn draw(radius: f64, random: [u8; 16]) -> Shift {
        let reach = reach(radius);
        let [east, north] = in_disc(reach, random);
        Shift { east, north, reach }
    }

    /// The one for the same place with another radius (metres), from bytes that are random.
    pub fn for_radius(self, radius: f64, random: [u8; 16]) -> Shift {
        let more = reach(radius) - self.reach;
        if more.is_nan() || more <= 0.0 {
            return self;
        }
        let [east, north] = in_disc(more, random);
        Shift {
            east: self.east + east,
            north: self.north + north,
            reach: self.reach + more,
        }
    }

    /// The circle that covers a named one.
    pub fn cover(self, named: Circle) -> Circle {
        let [lat, lon] = at_distance(named, self.east, self.north);
        Circle {
            lat,
            lon,
            radius: named.radius + self.reach + SLACK,
        }
    }
}

/// How far a circle is displaced at most, metres.
fn reach(radius: f64) -> f64 {
    (radius / 2.0).max(LEAST_REACH)
}

/// A vector uniform in the disc of that radius: the root of a uniform number, as a disc's area grows by the square.
fn in_disc(radius: f64, random: [u8; 16]) -> [f64; 2] {
    let number = u128::from_le_bytes(random);
    let far = radius * unit(number as u64).sqrt();
    let (sine, cosine) = (TAU * unit((number >> 64) as u64)).sin_cos();
    [far * sine, far * cosine]
}

/// A number from 0 below 1 with all the bits that a float has.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The place so many metres to the east and north of a circle's centre, along the great circle that sets out there.
fn at_distance(from: Circle, east: f64, north: f64) -> [f64; 2] {
    let (angle, bearing) = (east.hypot(north) / EARTH_RADIUS, east.atan2(north));
    let lat = from.lat.to_radians();
    let sine = lat.sin() * angle.cos() + lat.cos() * angle.sin() * bearing.cos();
    let to_east = (bearing.sin() * angle.sin() * lat.cos()).atan2(angle.cos() - lat.sin() * sine);
    [
        sine.clamp(-1.0, 1.0).asin().to_degrees(),
        turn(from.lon + to_east.to_degrees()),
    ]
}

/// Metres along the sphere between two places (degrees), by the haversine formula.
pub fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (lat1, lat2) = (one.0.to_radians(), other.0.to_radians());
    let half_lat = ((lat1 - lat2) / 2.0).sin();
    let half_lon = ((one.1 - other.1).to_radians() / 2.0).sin();
    let square = half_lat * half_lat + half_lon * half_lon * lat1.cos() * lat2.cos();
    2.0 * square.clamp(0.0, 1.0).sqrt().asin() * EARTH_RADIUS
}

/// A difference of longitudes the short way round, degrees.
fn turn(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// How far north a latitude (degrees) stands on a map; the poles stand nowhere.
fn north(lat: f64) -> f64 {
    mercator::north(lat.clamp(-89.9, 89.9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret;

    fn drawn(radius: f64) -> Shift {
        Shift::draw(radius, secret::random().unwrap())
    }

    /// A place at that distance (m) in that direction (degrees).
    fn place(of: Circle, far: f64, degrees: f64) -> (f64, f64) {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let [lat, lon] = at_distance(of, far * sine, far * cosine);
        (lat, lon)
    }

    #[test]
    fn a_cover_holds_all_of_the_place_wherever_it_is_and_however_it_was_changed() {
        let centres = [
            (48.5, 7.5),
            (0.0, 0.0),
            (-33.9, 179.9999),
            (89.999, 10.0),
            (-90.0, 0.0),
            (64.1, -180.0),
        ];
        for (n, (lat, lon)) in centres.into_iter().cycle().take(3000).enumerate() {
            let radius = [50.0, 399.0, 401.0, 1000.0, 5000.0][n % 5];
            let named = Circle { lat, lon, radius };
            let mut shift = drawn(radius);
            for radius in [radius, 5000.0, 50.0] {
                let named = Circle { radius, ..named };
                shift = shift.for_radius(radius, secret::random().unwrap());
                assert!(shift.east.hypot(shift.north) <= shift.reach + 1e-9, "{shift:?}");
                let cover = shift.cover(named);
                for degrees in (0..360).step_by(15) {
                    let (lat, lon) = place(named, radius, degrees.into());
                    assert!(cover.holds(lat, lon), "{named:?} {cover:?} {lat} {lon}");
                    assert!(
                        cover.holds(lat, lon + 360.0) && cover.holds(180.0 - lat, lon + 180.0),
                        "{lat} {lon}"
                    );
                }
                assert!(cover.holds(named.lat, named.lon));
            }
        }
    }

    #[test]
    fn the_radius_of_a_cover_tells_nothing_of_its_shift() {
        let named = Circle {
            lat: 48.0,
            lon: 7.0,
            radius: 600.0,
        };
        assert!((0..200).all(|_| drawn(600.0).cover(named).radius == 901.0));
        let small = Circle { radius: 50.0, ..named };
        assert_eq!(drawn(50.0).cover(small).radius, 251.0);
    }

    /// Uniform in area: each of four rings and eight sectors of the same area gets its part.
    #[test]
    fn a_shift_is_uniform_in_its_disc() {
        const DRAWS: usize = 32_000;
        let (mut rings, mut sectors) = ([0_usize; 4], [0_usize; 8]);
        let (mut east, mut north) = (0.0, 0.0);
        for _ in 0..DRAWS {
            let shift = drawn(1000.0);
            let (x, y) = (shift.east / shift.reach, shift.north / shift.reach);
            rings[((x * x + y * y) * 4.0) as usize % 4] += 1;
            sectors[((y.atan2(x) / TAU).rem_euclid(1.0) * 8.0) as usize % 8] += 1;
            (east, north) = (east + x, north + y);
        }
        // Six deviations of a binomial count: once in a hundred million runs.
        let is_fair = |count: usize, parts: f64| {
            let (expected, part) = (DRAWS as f64 / parts, 1.0 / parts);
            (count as f64 - expected).abs() < 6.0 * (expected * (1.0 - part)).sqrt()
        };
        assert!(rings.iter().all(|count| is_fair(*count, 4.0)), "{rings:?}");
        assert!(sectors.iter().all(|count| is_fair(*count, 8.0)), "{sectors:?}");
        let mean = (east / DRAWS as f64).hypot(north / DRAWS as f64);
        assert!(mean < 0.03, "{mean}");
    }

    #[test]
    fn a_place_that_is_moved_or_made_smaller_keeps_its_shift() {
        let shift = drawn(2000.0);
        assert_eq!(shift.for_radius(2000.0, [255; 16]), shift);
        assert_eq!(shift.for_radius(50.0, [255; 16]), shift);
        let larger = shift.for_radius(5000.0, secret::random().unwrap());
        assert_eq!(larger.reach, 2500.0);
        let added = (larger.east - shift.east).hypot(larger.north - shift.north);
        assert!(added <= 1500.0, "{added}");
    }

    #[test]
    fn what_is_outside_is_outside() {
        let circle = Circle {
            lat: 48.0,
            lon: 180.0,
            radius: 1000.0,
        };
        for degrees in (0..360).step_by(5) {
            let (lat, lon) = place(circle, 1000.1, degrees.into());
            assert!(!circle.holds(lat, lon) && !circle.holds(lat, lon + 360.0), "{degrees}");
            let (lat, lon) = place(circle, 999.9, degrees.into());
            assert!(circle.holds(lat, lon), "{degrees}");
        }
        assert!(circle.holds(f64::NAN, 1.0) && circle.holds(1.0, f64::INFINITY));
        assert!(!circle.holds(-48.0, 0.0));
    }

    #[test]
    fn a_line_meets_the_circle_that_it_passes_through() {
        let circle = Circle {
            lat: 48.0,
            lon: 180.0,
            radius: 1000.0,
        };
        let west = place(circle, 5000.0, 270.0);
        assert!(circle.meets(west, place(circle, 5000.0, 90.0)));
        assert!(
            circle.meets(west, place(circle, 10.0, 90.0)) && circle.meets(place(circle, 990.0, 0.0), (48.1, 180.0))
        );
        assert!(!circle.meets(west, place(circle, 1100.0, 270.0)));
        assert!(!circle.meets(place(circle, 1100.0, 0.0), place(circle, 5000.0, 0.0)));
        assert!(!circle.meets(west, west) && circle.meets((f64::NAN, 0.0), west));
    }
}
