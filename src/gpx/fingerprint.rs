//! What tells whether two recordings are the same.

use sha2::{Digest, Sha256};

use super::model::Gpx;

/// SHA-256 over the sequence of the track points: latitude, longitude, time. The same for a file and for what is
/// written of it; heights, names and segments are not in it.
pub fn fingerprint(gpx: &Gpx) -> [u8; 32] {
    let mut hash = Sha256::new();
    for points in gpx.points().chunks(1024) {
        let mut bytes = Vec::with_capacity(points.len() * 24);
        for point in points {
            // Zero has two signs, which are the same place.
            bytes.extend((point.lat + 0.0).to_bits().to_le_bytes());
            bytes.extend((point.lon + 0.0).to_bits().to_le_bytes());
            let micros = point.time().map_or(i64::MIN, |time| time.micros());
            bytes.extend(micros.to_le_bytes());
        }
        hash.update(&bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read, write};

    fn of(points: &str) -> [u8; 32] {
        let file = format!("<gpx version='1.1'><trk><trkseg>{points}</trkseg></trk></gpx>");
        fingerprint(&read(file.as_bytes(), Origin::Upload).unwrap())
    }

    #[test]
    fn it_tells_places_times_and_their_order_and_nothing_else() {
        let (a, b) = (
            "<trkpt lat='1' lon='2'><time>2024-05-01T10:00:00Z</time></trkpt>",
            "<trkpt lat='3' lon='4'/>",
        );
        let both = of(&format!("{a}{b}"));
        assert_ne!(both, of(&format!("{b}{a}")));
        assert_ne!(both, of(a));
        assert_ne!(of("<trkpt lat='1' lon='2'/>"), of(a));
        assert_eq!(
            of("<trkpt lat='0' lon='2'/>"),
            of("<trkpt lat='-0.0' lon='2.0'><ele>5</ele></trkpt>")
        );
        let other_zone = "<trkpt lat='1' lon='2'><time>2024-05-01T12:00:00+02:00</time></trkpt>";
        assert_eq!(both, of(&format!("{other_zone}</trkseg><trkseg>{b}")));
    }

    #[test]
    fn writing_a_file_keeps_it() {
        let file = b"<gpx><trk><trkseg><trkpt lat=' 1e1' lon='2'/></trkseg></trk></gpx>";
        let gpx = read(file, Origin::Upload).unwrap();
        assert_eq!(
            fingerprint(&read(&write(&gpx), Origin::Upload).unwrap()),
            fingerprint(&gpx)
        );
    }
}
