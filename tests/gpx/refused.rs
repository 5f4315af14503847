//! Files that are refused, and those that are borne with because they were accepted once.

use fietsboek::gpx::{Origin, Reason, Transformer, profile, read, simplify, transform, write};

use crate::contents;

fn refused(file: &str) -> Reason {
    read(file.as_bytes(), Origin::Upload).unwrap_err().reason
}

#[test]
fn bad_files_are_refused_with_their_reason() {
    let point = |attributes: &str, inner: &str| {
        format!("<gpx><trk><trkseg><trkpt {attributes}>{inner}</trkpt></trkseg></trk></gpx>")
    };
    let at = "lat='1' lon='2'";
    let nested = format!("<gpx>{}{}</gpx>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let bomb = "<!DOCTYPE l [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;'>]><gpx><name>&b;</name></gpx>";
    let external = "<!DOCTYPE l [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><gpx>&x;</gpx>";
    for (file, reason) in [
        ("", Reason::NotXml),
        ("hello", Reason::NotXml),
        ("{\"a\": 1}", Reason::NotXml),
        ("<?xml version='1.0'?>", Reason::NotXml),
        ("<gpx><trk>", Reason::Truncated),
        ("<gpx><trk", Reason::Truncated),
        ("<gpx/><gpx/>", Reason::Malformed),
        ("<gpx/>text", Reason::Malformed),
        ("<gpx></trk></gpx>", Reason::Malformed),
        ("<gpx a=b/>", Reason::Malformed),
        ("<gpx>a & b</gpx>", Reason::Malformed),
        ("<gpx>]]></gpx>", Reason::Malformed),
        ("<gpx><!-- a -- b --></gpx>", Reason::Malformed),
        ("<gpx>\u{1}</gpx>", Reason::Malformed),
        ("<gpx>&#1;</gpx>", Reason::Malformed),
        ("<gpx><?xml version='1.0'?></gpx>", Reason::Malformed),
        ("<gpx><x:a/></gpx>", Reason::Prefix),
        ("<gpx xsi:schemaLocation='a'/>", Reason::Prefix),
        (&nested, Reason::TooDeep),
        (bomb, Reason::Entity),
        (external, Reason::Entity),
        (&point("lat='1'", ""), Reason::Coordinate),
        (&point("lat='x' lon='2'", ""), Reason::Coordinate),
        (&point("lat='nan' lon='2'", ""), Reason::OutOfRange),
        (&point("lat='inf' lon='2'", ""), Reason::OutOfRange),
        (&point("lat='90.1' lon='2'", ""), Reason::OutOfRange),
        (&point("lat='1' lon='-180.1'", ""), Reason::OutOfRange),
        (&point(at, "<ele>high</ele>"), Reason::Elevation),
        (&point(at, "<ele>NaN</ele>"), Reason::Elevation),
        (&point(at, "<ele>1e9</ele>"), Reason::Elevation),
        (&point(at, "<time>12024-05-01T10:00:00Z</time>"), Reason::Date),
        (&point(at, "<time>2024-05-01T10:00:00+25:00</time>"), Reason::Date),
    ] {
        let shown: String = file.chars().take(200).collect();
        assert_eq!(refused(file), reason, "{shown}");
    }
}

#[test]
fn what_was_accepted_once_survives() {
    let file = "<gpx><trk><trkseg><trkpt lat='nan' lon='inf'><ele>-inf</ele><time>2024-05-01T10:00:00Z</time></trkpt>\
        <trkpt lat='95' lon='200'><ele>nan</ele><time>2024-05-01T10:00:10+25:00</time></trkpt>\
        <trkpt lat='1' lon='2'><time>2024-05-01T10:00:20Z</time></trkpt></trkseg></trk></gpx>";
    let mut gpx = read(file.as_bytes(), Origin::Stored).unwrap();
    assert_eq!(gpx.points().len(), 3);
    assert!(gpx.figures().length.is_nan());
    transform::apply(&mut gpx, &Transformer::ALL);
    let again = read(&write(&gpx), Origin::Stored).unwrap();
    assert_eq!(contents(&again), contents(&gpx));
    simplify::simplify(&gpx, 2);
    profile::profile(&gpx, 2);
}

#[test]
fn a_file_without_points_is_read_but_has_none() {
    for file in ["<gpx/>", "<kml><trk/></kml>", "<gpx><wpt lat='1' lon='2'/></gpx>"] {
        let gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        assert_eq!(gpx.check_points().unwrap_err().reason, Reason::NoPoints);
    }
}
