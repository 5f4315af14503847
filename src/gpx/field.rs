//! The small typed elements of a point (`sat`, `hdop`, `fix` …), which are of no use here but must be readable.
//!
//! gpxpy refuses a whole file for one bad value in one of them. A visitor should not lose a ride for that, and the
//! original program must be able to read what is stored: so a bad one is left out when the file is written.

use super::number;

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Integer,
    Fix,
}

/// The fields of a point, in either version.
const POINT: [(&str, Kind); 11] = [
    ("magvar", Kind::Float),
    ("geoidheight", Kind::Float),
    ("fix", Kind::Fix),
    ("sat", Kind::Integer),
    ("hdop", Kind::Float),
    ("vdop", Kind::Float),
    ("pdop", Kind::Float),
    ("ageofdgpsdata", Kind::Float),
    ("dgpsid", Kind::Integer),
    ("course", Kind::Float),
    ("speed", Kind::Float),
];

const FIXES: [&str; 5] = ["none", "2d", "3d", "dgps", "pps"];

/// The attributes of `bounds`.
const BOUNDS: [&str; 4] = ["minlat", "minlon", "maxlat", "maxlon"];

/// What the child of that name of a point is; none for what is free text or unknown.
pub(super) fn find(name: &str) -> Option<Kind> {
    let found = POINT.iter().find(|field| field.0 == name);
    found.map(|field| field.1)
}

/// Whether the text (not empty) is one that the original program reads.
pub(super) fn is_readable(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Float => number::parse(text).is_some(),
        Kind::Fix => FIXES.contains(&text),
        Kind::Integer => {
            let digits = text.trim();
            let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

/// Whether the attributes of a `bounds` element are all numbers.
pub(super) fn are_bounds_readable(attributes: &[(&str, &str)]) -> bool {
    attributes
        .iter()
        .filter(|pair| BOUNDS.contains(&pair.0))
        .all(|pair| number::parse(pair.1).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Metadata, Origin, engrave, read, write};

    #[test]
    fn fields_are_told_by_their_type() {
        assert!(is_readable(Kind::Integer, " +12 "));
        assert!(!is_readable(Kind::Integer, "3.0"));
        assert!(!is_readable(Kind::Fix, "4d"));
        assert!(is_readable(Kind::Float, "1e3"));
        assert!(!is_readable(Kind::Float, " "));
        assert_eq!(find("name"), None);
    }

    #[test]
    fn a_bad_field_is_left_out_and_the_rest_stays() {
        let file = "<gpx version='1.1'><metadata><name>n</name><bounds minlat='x'/><keywords>k</keywords></metadata>\
            <wpt lat='1' lon='2'><sat>7.5</sat><sym>s</sym></wpt><trk><number>one</number><trkseg>\
            <trkpt lat='1' lon='2'><ele>5</ele><fix>4d</fix><hdop>1.5</hdop><sat/></trkpt></trkseg></trk></gpx>";
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        for _ in 0..2 {
            let out = String::from_utf8(write(&gpx)).unwrap();
            for piece in [
                "<keywords>k</keywords>",
                "<wpt lat=\"1.0\" lon=\"2.0\"><sym>s</sym></wpt><trk><trkseg>",
                "<ele>5.0</ele><hdop>1.5</hdop><sat/></trkpt>",
            ] {
                assert!(out.contains(piece), "{piece} in {out}");
            }
            assert!(!out.contains("minlat") && !out.contains("7.5"), "{out}");
            engrave(&mut gpx, &Metadata::default());
        }
    }
}
