//! The GPX engine against real files, the figures of Fietsboek 0.11, and files made to hurt.

use std::fs;
use std::path::PathBuf;

use fietsboek::gpx::{
    self, Figures, Gpx, Metadata, Origin, Point, Reason, Time, Transformer, engrave, metrics, read, route_to_track,
    timezone, transform, write,
};
use serde_json::Value;

const TOLERANCE: f64 = 1e-9;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpx")
}

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn expected(name: &str) -> serde_json::Map<String, Value> {
    match serde_json::from_slice(&bytes_of(name)).unwrap() {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

fn all_files() -> Vec<String> {
    let names: Vec<String> = expected("metrics.expected.json").keys().cloned().collect();
    assert_eq!(names.len(), 30);
    names
}

fn is_close(got: f64, wanted: f64) -> bool {
    got == wanted || (got - wanted).abs() <= TOLERANCE * wanted.abs().max(got.abs())
}

fn assert_number(what: &str, got: f64, wanted: &Value) {
    let wanted = wanted.as_f64().unwrap();
    // Differences of equal sums leave a rest of this size.
    let nothing = got.abs() < 1e-9 && wanted.abs() < 1e-9;
    assert!(nothing || is_close(got, wanted), "{what}: {got} is not {wanted}");
}

/// As Python writes it: the wall clock in that zone, the fraction in six digits, the offset.
fn in_zone(time: Time, offset: i16) -> String {
    let shown = Time::zoned(time.micros(), offset).format();
    let (clock, zone) = match shown.strip_suffix('Z') {
        Some(clock) => (clock.to_owned(), "+00:00".to_owned()),
        None => (shown[..shown.len() - 6].to_owned(), shown[shown.len() - 6..].to_owned()),
    };
    let clock = match clock.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<6}"),
        None => clock,
    };
    clock + &zone
}

#[test]
fn every_file_has_the_figures_of_the_original() {
    for (name, wanted) in expected("metrics.expected.json") {
        let gpx = read(&bytes_of(&name), Origin::Upload);
        if wanted["parse"] != "ok" {
            assert!(gpx.is_err(), "{name}");
            continue;
        }
        let gpx = gpx.unwrap();
        let figures = gpx.figures();
        for (what, got) in [
            ("length", figures.length),
            ("uphill", figures.uphill),
            ("downhill", figures.downhill),
            ("moving_time", figures.moving_time),
            ("stopped_time", figures.stopped_time),
            ("max_speed", figures.max_speed),
            ("avg_speed", figures.avg_speed),
            ("points", gpx.points().len() as f64),
            ("tracks", gpx.tracks().len() as f64),
            ("routes", gpx.routes().len() as f64),
            ("waypoints", gpx.waypoints().len() as f64),
            ("timezone_minutes", f64::from(timezone::guess(&gpx))),
        ] {
            assert_number(&format!("{name} {what}"), got, &wanted[what]);
        }
        let zone = timezone::guess(&gpx);
        let start = figures.start.unwrap_or(metrics::NO_START);
        let end = figures.end.unwrap_or(metrics::NO_END);
        assert_eq!(in_zone(start, zone), wanted["start_time"], "{name}");
        assert_eq!(in_zone(end, zone), wanted["end_time"], "{name}");
    }
}

#[test]
fn every_correction_does_what_the_original_does() {
    for (key, wanted) in expected("transformers.expected.json") {
        let (name, identifier) = key.split_once('|').unwrap();
        let mut gpx = read(&bytes_of(name), Origin::Upload).unwrap();
        transform::apply(&mut gpx, &[Transformer::find(identifier).unwrap()]);
        if wanted.get("error").is_some() {
            // The original fails on points without elevation; here they are left alone.
            assert_eq!(identifier, "fix-elevation-jumps");
            continue;
        }
        assert_corrected(&key, &gpx, &wanted);
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_corrected(&format!("{key}, written and read"), &again, &wanted);
    }
}

fn assert_corrected(key: &str, gpx: &Gpx, wanted: &Value) {
    let figures = gpx.figures();
    let elevations: f64 = gpx.points().iter().filter_map(Point::elevation).sum();
    for (what, got) in [
        ("points", gpx.points().len() as f64),
        ("elevation_sum", elevations),
        ("length", figures.length),
        ("uphill", figures.uphill),
        ("downhill", figures.downhill),
        ("moving_time", figures.moving_time),
        ("stopped_time", figures.stopped_time),
        ("max_speed", figures.max_speed),
    ] {
        assert_number(&format!("{key} {what}"), got, &wanted[what]);
    }
    let per_segment: Vec<Vec<usize>> = gpx
        .tracks()
        .iter()
        .map(|track| gpx.segments_of(track).map(<[Point]>::len).collect())
        .collect();
    assert_eq!(serde_json::json!(per_segment), wanted["points_per_segment"], "{key}");
    for (what, point) in [("first", gpx.points().first()), ("last", gpx.points().last())] {
        assert_point(&format!("{key} {what}"), point, &wanted[what]);
    }
}

fn assert_point(key: &str, point: Option<&Point>, wanted: &Value) {
    let Some(point) = point else {
        return assert_eq!(*wanted, Value::Null, "{key}");
    };
    assert_number(key, point.lat, &wanted[0]);
    assert_number(key, point.lon, &wanted[1]);
    match point.elevation() {
        Some(elevation) => assert_number(key, elevation, &wanted[2]),
        None => assert_eq!(wanted[2], Value::Null, "{key}"),
    }
    match point.time() {
        Some(time) => {
            let naive = time.offset().is_none();
            let text = in_zone(time, time.offset().unwrap_or(0));
            let text = if naive { text.trim_end_matches("+00:00") } else { &text };
            assert_eq!(text, wanted[3], "{key}");
        }
        None => assert_eq!(wanted[3], Value::Null, "{key}"),
    }
}

/// What a file holds, but for its metadata.
fn contents(gpx: &Gpx) -> String {
    let point = |point: &Point| {
        let time = point.time().map(Time::format);
        format!(
            "{:?} {:?} {:?} {time:?} {:?} {:?}\n",
            point.lat,
            point.lon,
            point.elevation(),
            gpx.sensors(point),
            gpx.name_of(point)
        )
    };
    let mut out = String::new();
    for track in gpx.tracks() {
        out.push_str("track\n");
        for segment in gpx.segments_of(track) {
            out.push_str("segment\n");
            out.extend(segment.iter().map(point));
        }
    }
    for route in gpx.routes() {
        out.push_str(&format!("route {:?}\n", route.name));
        out.extend(gpx.route_points(route).iter().map(point));
    }
    out.push_str("waypoints\n");
    out.extend(gpx.waypoints().iter().map(point));
    out
}

fn assert_same_figures(name: &str, one: Figures, other: Figures) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"), "{name}");
}

#[test]
fn what_is_written_reads_back_equal() {
    for name in all_files() {
        let gpx = read(&bytes_of(&name), Origin::Upload).unwrap();
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), contents(&gpx), "{name}");
        assert_eq!(again.metadata(), gpx.metadata(), "{name}");
        assert_same_figures(&name, again.figures(), gpx.figures());
        assert_eq!(write(&again), write(&gpx), "{name}");
    }
}

#[test]
fn engraving_changes_the_metadata_and_nothing_else() {
    let metadata = Metadata {
        name: Some("A & B <c> \"d\"".to_owned()),
        desc: Some("two\nlines, *one* ]]> end".to_owned()),
        author: Some("Ünïcödé".to_owned()),
        time: Some(Time::zoned(1_714_557_600_000_000, -210)),
    };
    for name in all_files() {
        let mut gpx = read(&bytes_of(&name), Origin::Upload).unwrap();
        let before = contents(&gpx);
        engrave(&mut gpx, &metadata);
        let mut again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), before, "{name}");
        assert_eq!(*again.metadata(), metadata, "{name}");
        assert!(
            again
                .tracks()
                .iter()
                .all(|track| track.name.is_none() && track.desc.is_none()),
            "{name}"
        );
        engrave(&mut again, &Metadata::default());
        let bare = read(&write(&again), Origin::Upload).unwrap();
        assert_eq!(*bare.metadata(), Metadata::default(), "{name}");
        assert_eq!(contents(&bare), before, "{name}");
    }
}

#[test]
fn no_element_is_lost_in_writing() {
    for name in all_files() {
        let source = String::from_utf8(bytes_of(&name)).unwrap();
        let gpx = read(source.as_bytes(), Origin::Upload).unwrap();
        let out = String::from_utf8(write(&gpx)).unwrap();
        let elements = |text: &str| text.matches('<').count();
        let declared = usize::from(source.contains("<?xml"));
        assert_eq!(elements(&out), elements(&source) + 1 - declared, "{name}");
    }
}

#[test]
fn utf_16_and_latin_1_come_out_as_utf_8() {
    let file = "<?xml version=\"1.0\" encoding=\"ENCODING\"?><gpx version=\"1.1\"><metadata><name>Größe</name></metadata></gpx>";
    let utf16: Vec<u8> = format!("\u{feff}{}", file.replace("ENCODING", "utf-16"))
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let latin: Vec<u8> = file
        .replace("ENCODING", "iso-8859-1")
        .chars()
        .map(|c| c as u8)
        .collect();
    for bytes in [utf16, latin] {
        let gpx = read(&bytes, Origin::Upload).unwrap();
        assert_eq!(gpx.metadata().name.as_deref(), Some("Größe"));
        let out = String::from_utf8(write(&gpx)).unwrap();
        assert!(out.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx "));
        assert!(out.contains("Größe"));
    }
}

fn track(segments: &str) -> Gpx {
    let file = format!("<gpx version='1.1'><trk>{segments}</trk></gpx>");
    read(file.as_bytes(), Origin::Upload).unwrap()
}

/// A segment of (lat, lon, elevation, time of day), an empty text for what is absent.
fn segment(points: &[(f64, f64, &str, &str)]) -> String {
    let mut out = String::from("<trkseg>");
    for (lat, lon, ele, time) in points {
        out.push_str(&format!("<trkpt lat='{lat}' lon='{lon}'>"));
        if !ele.is_empty() {
            out.push_str(&format!("<ele>{ele}</ele>"));
        }
        if !time.is_empty() {
            out.push_str(&format!("<time>2024-05-01T{time}Z</time>"));
        }
        out.push_str("</trkpt>");
    }
    out + "</trkseg>"
}

fn assert_figures(vector: &str, gpx: &Gpx, wanted: [f64; 7]) {
    let figures = gpx.figures();
    let got = [
        figures.length,
        figures.uphill,
        figures.downhill,
        figures.moving_time,
        figures.stopped_time,
        figures.max_speed,
        figures.avg_speed,
    ];
    for (got, wanted) in got.into_iter().zip(wanted) {
        assert!(is_close(got, wanted), "{vector}: {got} is not {wanted}");
    }
}

fn clock(time: Option<Time>) -> String {
    time.map(Time::format).unwrap_or_default()
}

#[test]
fn vector_v1_one_segment() {
    let gpx = track(&segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.001, 8.0, "102", "10:00:20"),
        (50.002, 8.001, "107", "10:00:40"),
        (50.003, 8.001, "103", "10:01:00"),
        (50.003, 8.002, "103", "10:01:10"),
        (50.0035, 8.003, "110.5", "10:01:40"),
    ]));
    let wanted = [
        517.664614104281,
        10.599999999999994,
        0.09999999999999432,
        100.0,
        0.0,
        6.621308580498249,
        5.17664614104281,
    ];
    assert_figures("V1", &gpx, wanted);
    assert_eq!(clock(gpx.figures().start), "2024-05-01T10:00:00Z");
    assert_eq!(clock(gpx.figures().end), "2024-05-01T10:01:40Z");
}

#[test]
fn vector_v2_a_break_and_its_removal() {
    let mut gpx = track(&segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.001, 8.0, "101", "10:00:30"),
        (50.00101, 8.0, "101", "10:10:30"),
        (50.00101, 8.0, "101", "10:11:30"),
        (50.00201, 8.0, "99", "10:12:00"),
        (50.00301, 8.0, "0.0", "10:12:30"),
        (50.00401, 8.0, "98", "10:13:00"),
    ]));
    let wanted = [
        521.0584652174725,
        39.900000000000006,
        41.900000000000006,
        120.0,
        600.0,
        3.711248521636764,
        3.7108368292895535,
    ];
    assert_figures("V2", &gpx, wanted);
    transform::apply(&mut gpx, &[Transformer::RemoveBreaks]);
    let again = read(&write(&gpx), Origin::Upload).unwrap();
    for gpx in [gpx, again] {
        let left: Vec<(f64, String)> = gpx.points().iter().map(|p| (p.lat, clock(p.time()))).collect();
        let wanted = [
            (50.0, "2024-05-01T10:00:00Z"),
            (50.001, "2024-05-01T10:00:30Z"),
            (50.00301, "2024-05-01T10:00:30Z"),
            (50.00401, "2024-05-01T10:01:00Z"),
        ];
        assert_eq!(left, wanted.map(|(lat, time)| (lat, time.to_owned())));
    }
}

#[test]
fn vector_v3_two_segments_far_apart() {
    let first = segment(&[
        (50.0, 8.0, "100", "10:00:00"),
        (50.25, 8.3, "400", "11:00:00"),
        (50.30, 8.3, "350", "11:10:00"),
    ]);
    let second = segment(&[
        (50.4, 8.4, "", "12:00:00"),
        (50.41, 8.41, "300", ""),
        (50.42, 8.43, "310", "12:05:00"),
    ]);
    let gpx = track(&(first + &second));
    let wanted = [
        43802.271119765566,
        260.0,
        0.0,
        4200.0,
        0.0,
        9.753560520419999,
        9.68548023511092,
    ];
    assert_figures("V3", &gpx, wanted);
    assert_eq!(clock(gpx.figures().end), "2024-05-01T12:05:00Z");
}

#[test]
fn vector_v4_twenty_five_points() {
    let mut points = String::from("<trkseg>");
    for i in 0..25_u32 {
        let lat = 50.0 + 0.0005 * f64::from(i) + 0.00001 * f64::from((i * i) % 7);
        points.push_str(&format!(
            "<trkpt lat='{lat:.5}' lon='8'><ele>{}</ele><time>2024-05-01T10:{:02}:{:02}Z</time></trkpt>",
            100 + (3 * i) % 5,
            i * 10 / 60,
            i * 10 % 60
        ));
    }
    let gpx = track(&(points + "</trkseg>"));
    let wanted = [
        1339.3727072810036,
        6.500000000000071,
        4.500000000000071,
        240.0,
        0.0,
        5.907555293545583,
        5.580719613670849,
    ];
    assert_figures("V4", &gpx, wanted);
}

#[test]
fn vector_v7_nothing_known_is_nothing_computed() {
    let gpx = track(&segment(&[(50.0, 8.0, "", ""), (50.1, 8.0, "", "")]));
    let figures = gpx.figures();
    assert_eq!((figures.start, figures.end), (None, None));
    assert_eq!((figures.uphill, figures.downhill), (0.0, 0.0));
    assert_eq!(
        (figures.moving_time, figures.max_speed, figures.avg_speed),
        (0.0, 0.0, 0.0)
    );
    assert_eq!(metrics::NO_START.format(), "1977-05-25T08:00:00");
    assert_eq!(metrics::NO_END.format(), "1985-07-03T08:00:00");
}

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
    gpx::simplify::simplify(&gpx, 2);
    gpx::profile::profile(&gpx, 2);
}

#[test]
fn a_route_without_track_can_be_planned() {
    let gpx = read(&bytes_of("route.gpx"), Origin::Upload).unwrap();
    assert!(gpx.points().is_empty());
    let planned = route_to_track(&gpx).unwrap();
    assert_eq!(planned.points().len(), gpx.route_points(&gpx.routes()[0]).len());
    assert!(planned.figures().length > 0.0);
    assert_eq!(planned.waypoints().len(), gpx.waypoints().len());
}

/// A small generator of numbers that are always the same (xorshift).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.throw(from.len())]
    }
}

const TEXTS: [&str; 8] = [
    "",
    " ",
    "plain",
    "a &amp; b",
    "<![CDATA[<x> & y]]>",
    "&#228;&#x1F6B2;",
    "über – 日本",
    "x<!-- c -->y",
];

fn random_point(dice: &mut Dice, tag: &str) -> String {
    let lat = dice.throw(180_000) as f64 / 1000.0 - 90.0;
    let lon = dice.throw(360_000) as f64 / 1000.0 - 180.0;
    let mut inner = String::new();
    if dice.throw(4) > 0 {
        let number = dice.pick(&["0", "-12.5", "1e2", " 3 ", "+7", "1_000.5", "0.1000"]);
        inner.push_str(&format!("<ele>{number}</ele>"));
    }
    if dice.throw(4) > 0 {
        let zone = dice.pick(&["Z", "", "+02:00", "-0330", ".25Z", ".1234567"]);
        inner.push_str(&format!(
            "<time>2024-05-0{}T10:{:02}:05{zone}</time>",
            1 + dice.throw(9),
            dice.throw(60)
        ));
    }
    if dice.throw(3) == 0 {
        inner.push_str(&format!("<name>{}</name>", dice.pick(&TEXTS)));
    }
    if dice.throw(3) == 0 {
        let text = dice.pick(&TEXTS);
        inner.push_str(&format!(
            "<extensions><x:hr>{}</x:hr><odd a='{{>}}'>{text}</odd></extensions>",
            dice.throw(200)
        ));
    }
    match inner.is_empty() {
        true => format!("<{tag} lon='{lon}' lat=\"{lat}\"/>"),
        false => format!("<{tag} lat='{lat}' lon='{lon}'>{inner}</{tag}>"),
    }
}

fn random_file(dice: &mut Dice) -> String {
    let version = dice.pick(&["", " version='1.0'", " version=\"1.1\"", " version='9'"]);
    let mut out = format!("<gpx{version} xmlns:x='urn:x'>");
    if dice.throw(2) == 0 {
        let (name, author) = (dice.pick(&TEXTS), dice.pick(&TEXTS));
        out.push_str(&format!(
            "<metadata><name>{name}</name><author><name>{author}</name></author></metadata>"
        ));
        out.push_str(&format!("<name>{author}</name><time>2024-01-01T00:00:00Z</time>"));
    }
    for _ in 0..dice.throw(3) {
        out.push_str(&random_point(dice, "wpt"));
    }
    if dice.throw(3) == 0 {
        out.push_str("<rte>");
        for _ in 0..dice.throw(4) {
            out.push_str(&random_point(dice, "rtept"));
        }
        out.push_str("</rte>");
    }
    for _ in 0..dice.throw(3) {
        out.push_str(&format!("\n<trk><name>{}</name><y z='&lt;'/>", dice.pick(&TEXTS)));
        for _ in 0..dice.throw(3) {
            out.push_str("<trkseg>");
            for _ in 0..dice.throw(30) {
                out.push_str("\n  ");
                out.push_str(&random_point(dice, "trkpt"));
            }
            out.push_str("</trkseg>");
        }
        out.push_str("</trk>");
    }
    out + "</gpx>"
}

#[test]
fn random_files_survive_writing_engraving_and_corrections() {
    let mut dice = Dice(0x5eed);
    for round in 0..400 {
        let file = random_file(&mut dice);
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap_or_else(|error| panic!("{error}: {file}"));
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), contents(&gpx), "round {round}: {file}");
        assert_eq!(again.metadata(), gpx.metadata());
        let metadata = Metadata {
            name: Some("<&>".to_owned()),
            time: gpx.figures().start,
            ..Metadata::default()
        };
        engrave(&mut gpx, &metadata);
        transform::apply(&mut gpx, &Transformer::ALL);
        let again = read(&write(&gpx), Origin::Upload).unwrap();
        assert_eq!(contents(&again), contents(&gpx), "round {round}: {file}");
        assert_eq!(*again.metadata(), metadata);
        assert_same_figures("random", again.figures(), gpx.figures());
    }
}

/// Everything that a page may do with a file.
fn use_it(gpx: &mut Gpx) {
    let _ = (gpx.figures(), gpx.bounds(), timezone::guess(gpx));
    for most in [0, 1, 2, 7] {
        assert!(gpx::profile::profile(gpx, most).len() <= most);
        let simple = gpx::simplify::simplify(gpx, most);
        assert!(simple.iter().map(Vec::len).sum::<usize>() <= most);
    }
    let _ = contents(gpx);
    let _ = route_to_track(gpx);
    transform::apply(gpx, &Transformer::ALL);
    engrave(gpx, &Metadata::default());
    let out = write(gpx);
    assert!(read(&out, Origin::Stored).is_ok(), "{}", String::from_utf8_lossy(&out));
}

#[test]
fn mutilated_files_never_panic_and_what_is_accepted_can_be_written() {
    let small: Vec<Vec<u8>> = all_files()
        .iter()
        .map(|name| bytes_of(name))
        .filter(|bytes| bytes.len() < 6000)
        .collect();
    let marks = [
        "<",
        ">",
        "&",
        "\"",
        "'",
        "/",
        "</",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "&amp;",
        "&#9;",
        "<extensions>",
        "<trkpt",
        "=",
        ":",
        " ",
        "\u{fe}",
        "é",
        "nan",
        "xmlns=\"a\"",
        "<trk>",
        "</gpx>",
        "\0",
    ];
    let mut dice = Dice(0xdead_beef);
    let mut accepted = 0;
    for _ in 0..4000 {
        let mut bytes = small[dice.throw(small.len())].clone();
        for _ in 0..=dice.throw(3) {
            let at = dice.throw(bytes.len());
            match dice.throw(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = dice.throw(256) as u8,
                2 => drop(bytes.drain(at..(at + dice.throw(20)).min(bytes.len()))),
                3 => drop(bytes.splice(at..at, dice.pick(&marks).bytes())),
                _ => {
                    let other = dice.throw(bytes.len());
                    let piece = bytes[at.min(other)..at.max(other)].to_vec();
                    drop(bytes.splice(at..at, piece));
                }
            }
            if bytes.is_empty() {
                bytes.push(b'<');
            }
        }
        for origin in [Origin::Upload, Origin::Stored] {
            if let Ok(mut gpx) = read(&bytes, origin) {
                accepted += 1;
                use_it(&mut gpx);
            }
        }
    }
    assert!(accepted > 500, "only {accepted} accepted");
}
