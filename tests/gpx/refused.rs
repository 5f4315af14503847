//! Files that are refused, and those that are borne with because they were accepted once.

use fietsboek::gpx::{Origin, Reason, Transformer, import, profile, read, simplify, transform, write};

use crate::contents;
use crate::formats::packed;

const MOST: usize = 256 << 20;

fn refused(bytes: impl Into<Vec<u8>>) -> Reason {
    import(bytes.into(), MOST).map(drop).unwrap_err().reason
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
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
        ("<gpx>a &am", Reason::Truncated),
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
        for bytes in [file.as_bytes().to_vec(), packed(file.as_bytes())] {
            assert_eq!(refused(bytes), reason, "{shown}");
        }
        let marked = format!("\u{feff}{file}");
        assert_eq!(refused(marked.as_str()), reason, "with a mark: {shown}");
        if reason != Reason::NotXml {
            assert_eq!(refused(utf_16(&marked)), reason, "as UTF-16: {shown}");
        }
    }
}

#[test]
fn two_hundred_megabytes_of_nesting_are_refused() {
    let deep = "<a>".repeat(70_000_000);
    assert!(deep.len() > 200_000_000);
    assert_eq!(refused(deep.as_str()), Reason::TooDeep);
    assert_eq!(refused(packed(deep.as_bytes())), Reason::TooDeep);
}

#[test]
fn a_bomb_is_refused_and_never_unpacked_whole() {
    let bomb = packed(&vec![b' '; MOST + 1]);
    assert!(bomb.len() < 2 << 20);
    assert_eq!(refused(bomb.clone()), Reason::TooLarge);
    assert_eq!(refused([bomb.clone(), bomb].concat()), Reason::TooLarge);
    let once = packed(b"<gpx/>");
    assert_eq!(refused(packed(&once)), Reason::NotXml);
}

#[test]
fn text_that_does_not_fit_its_encoding_is_refused() {
    let odd = [&utf_16("\u{feff}<gpx/>")[..], b"x"].concat();
    let half_a_pair = [&utf_16("\u{feff}<gpx>")[..], &[0, 0xd8], &utf_16("</gpx>")].concat();
    let latin = b"<?xml version='1.0'?><gpx><name>Gr\xf6\xdfe</name></gpx>".to_vec();
    for bytes in [odd, half_a_pair, latin] {
        assert_eq!(refused(bytes), Reason::Encoding);
    }
}

#[test]
fn a_prefix_in_front_of_everything_hides_nothing() {
    let gpx = "xmlns:g='http://www.topografix.com/GPX/1/1'";
    let file = |point: &str| format!("<g:gpx {gpx}><g:trk><g:trkseg>{point}</g:trkseg></g:trk></g:gpx>");
    let good = import(file("<g:trkpt lat='1' lon='2'/>").into(), MOST).unwrap();
    assert_eq!(good.points().len(), 1);
    for (point, reason) in [
        ("<g:trkpt lat='nan' lon='2'/>", Reason::OutOfRange),
        ("<g:trkpt lat='1'/>", Reason::Coordinate),
        ("<g:name>&bomb;</g:name>", Reason::Entity),
        ("<g:trkpt lat='1' lon='2'></trkpt>", Reason::Malformed),
        ("<h:trkpt lat='1' lon='2'/>", Reason::Prefix),
    ] {
        assert_eq!(refused(file(point)), reason, "{point}");
    }
    for end in ["</gpx>", "</g:gpx></g:gpx>", "</g:gpx>more"] {
        assert_eq!(refused(format!("<g:gpx {gpx}>{end}")), Reason::Malformed, "{end}");
    }
}

#[test]
fn what_a_document_type_defines_is_never_put_in() {
    let types = [
        "<!DOCTYPE gpx [<!ENTITY x 'lol'>]>",
        "<!DOCTYPE gpx [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE gpx [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/x'> %p;]>",
        "<!DOCTYPE gpx SYSTEM 'http://127.0.0.1:1/gpx.dtd'>",
    ];
    for kind in types {
        for use_of_it in [
            "<gpx><name>&x;</name></gpx>",
            "<gpx a='&x;'/>",
            "<gpx><trk><desc>&x;</desc></trk></gpx>",
        ] {
            assert_eq!(
                refused(format!("{kind}{use_of_it}")),
                Reason::Entity,
                "{kind}{use_of_it}"
            );
        }
        let unused = import(format!("{kind}<gpx><trk/></gpx>").into(), MOST).unwrap();
        assert!(!String::from_utf8(write(&unused)).unwrap().contains("DOCTYPE"));
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
    for file in [
        "<gpx/>",
        "<kml><trk/></kml>",
        "<gpx><wpt lat='1' lon='2'/></gpx>",
        "<gpx><trk/></gpx>",
        "<gpx><trk><name>n</name><trkseg/><trkseg></trkseg></trk></gpx>",
        "<gpx><rte><name>n</name></rte></gpx>",
    ] {
        let gpx = import(file.into(), MOST).unwrap();
        assert_eq!(gpx.check_points().unwrap_err().reason, Reason::NoPoints);
    }
}
