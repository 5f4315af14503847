//! The GPX engine against real files and the figures of Fietsboek 0.11.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

use fietsboek::gpx::{
    Figures, Gpx, Metadata, Origin, Point, Reason, Time, Transformer, engrave, metrics, read, route_to_track, timezone,
    transform, write,
};
use serde_json::Value;

#[path = "gpx/formats.rs"]
mod formats;
#[path = "gpx/refused.rs"]
mod refused;
#[path = "gpx/survival.rs"]
mod survival;
#[path = "gpx/vectors.rs"]
mod vectors;

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

#[test]
fn a_route_without_track_can_be_planned() {
    let gpx = read(&bytes_of("route.gpx"), Origin::Upload).unwrap();
    assert_eq!(gpx.check_points().unwrap_err().reason, Reason::OnlyRoute);
    let planned = route_to_track(&gpx).unwrap();
    assert_eq!(planned.points().len(), gpx.route_points(&gpx.routes()[0]).len());
    assert_eq!(planned.check_points(), Ok(()));
    assert!(planned.figures().length > 0.0);
    assert_eq!(planned.waypoints().len(), gpx.waypoints().len());
}
