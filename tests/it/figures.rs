//! Every file of the test data on its way through the whole server, packed or not, and the figures that are stored.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::{Map, Value};

use super::server::Server;
use super::site::Site;
use super::visitor::Visitor;
use super::whole;

const MEASURES: [&str; 7] = [
    "length",
    "uphill",
    "downhill",
    "moving_time",
    "stopped_time",
    "max_speed",
    "avg_speed",
];

/// The form as it is sent when nothing is repaired.
const PLAIN: [(&str, &str); 6] = [
    ("title", "x"),
    ("description", ""),
    ("date", "2025-11-24T10:00"),
    ("date-tz", "0"),
    ("visibility", "PRIVATE"),
    ("type", "ORGANIC"),
];

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpx").join(name)).unwrap()
}

fn expected(name: &str) -> Map<String, Value> {
    serde_json::from_slice(&bytes_of(name)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Makes a track of a file; none when there is nothing in it to make one of.
fn track_of(visitor: &mut Visitor<'_>, name: &str, content: &[u8]) -> Option<i64> {
    let reply = visitor.upload(&[(name, content)]);
    if reply.status == 400 && reply.text().contains("holds no recorded points") {
        return None;
    }
    let form = visitor.location(&reply);
    let reply = visitor.post(&form, &PLAIN);
    let track = visitor.location(&reply);
    visitor.get(&track).status(200);
    Some(track.rsplit('/').next().unwrap().parse().unwrap())
}

/// The row of a track: the measures, then start and end as wall clock and offset (minutes).
fn row(db: &Connection, id: i64) -> (Vec<f64>, [(String, i64); 2]) {
    let columns = MEASURES.join(", ");
    let sql = format!(
        "SELECT {columns}, start_time_raw, start_time_tz, end_time_raw, end_time_tz FROM track_cache WHERE track_id = ?1"
    );
    db.query_row(&sql, [id], |row| {
        let measures = (0..7).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        Ok((measures, [(row.get(7)?, row.get(8)?), (row.get(9)?, row.get(10)?)]))
    })
    .unwrap()
}

fn assert_close(what: &str, got: &[f64], wanted: &[f64]) {
    for (at, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let difference = (got - wanted).abs();
        let close = difference <= 1e-9 * wanted.abs() || difference < 1e-12;
        assert!(close, "{what}: {} is {got} and not {wanted}", MEASURES[at]);
    }
}

/// An instant as the expected files hold it, as the table holds it.
fn wall(text: &Value) -> String {
    let text = text.as_str().unwrap();
    let wall = text[..text.len() - 6].replace('T', " ");
    if wall.contains('.') { wall } else { wall + ".000000" }
}

#[test]
fn every_file_becomes_a_track_with_the_figures_of_the_original() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let db = whole::db(&site);
    for (name, wanted) in expected("metrics.expected.json") {
        let content = bytes_of(&name);
        let ids = [("plain", content.clone()), ("packed", gzip(&content))]
            .map(|(how, content)| track_of(&mut alice, how, &content));
        if wanted["points"] == 0 {
            // A route is made a track of, which the original cannot; whatever else has no points is refused.
            assert!(ids.iter().all(|id| id.is_some() == (wanted["routes"] != 0)), "{name}");
            continue;
        }
        let measures: Vec<f64> = MEASURES
            .iter()
            .map(|measure| wanted[measure].as_f64().unwrap())
            .collect();
        let offset = wanted["timezone_minutes"].as_i64().unwrap();
        for id in ids {
            let (stored, times) = row(&db, id.unwrap());
            assert_close(&name, &stored, &measures);
            let expected = ["start_time", "end_time"].map(|end| (wall(&wanted[end]), offset));
            assert_eq!(times, expected, "{name}");
        }
    }
}

#[test]
fn fit_and_tcx_become_tracks_whose_files_are_gpx() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let db = whole::db(&site);
    for (name, segments) in [("ride.fit", 1), ("ride.tcx", 2)] {
        let content = bytes_of(name);
        let rows = [content.clone(), gzip(&content)].map(|content| {
            let id = track_of(&mut alice, name, &content).unwrap();
            let file = alice.get(&format!("/track/{id}/gpx")).status(200).text();
            assert!(
                file.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
                "{name}: {file}"
            );
            let found = [file.matches("<trkpt").count(), file.matches("<trkseg>").count()];
            assert_eq!(found, [60, segments], "{name}: {file}");
            assert!(
                whole::state(&site, id).matches("<trkpt").count() == 120,
                "{name}: both files"
            );
            row(&db, id)
        });
        assert_eq!(rows[0], rows[1], "{name}");
        let ends = ["2024-05-01 10:00:00.000000", "2024-05-01 10:00:59.000000"];
        assert_eq!(rows[0].1, ends.map(|end| (end.to_owned(), 0)), "{name}");
        assert!(
            rows[0].0.iter().take(4).all(|measure| *measure > 30.0),
            "{name}: {rows:?}"
        );
    }
}

#[test]
fn repairs_put_on_taken_off_and_put_on_again_give_the_figures_of_the_original() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let db = whole::db(&site);
    let transformed = expected("transformers.expected.json");
    for name in [
        "track-with-extremes.gpx",
        "korita-zbevnica.gpx",
        "first_and_last_elevation.gpx",
    ] {
        let id = track_of(&mut alice, name, &bytes_of(name)).unwrap();
        let before = row(&db, id);
        for repair in ["fix-null-elevation", "fix-elevation-jumps", "remove-breaks"] {
            let wanted = &transformed[&format!("{name}|{repair}")];
            let field = format!("transformer[{repair}]");
            let repaired: Vec<(&str, &str)> = PLAIN.into_iter().chain([(field.as_str(), "on")]).collect();
            for _ in 0..2 {
                alice.post(&format!("/track/{id}/edit"), &repaired).status(302);
                // Where a height is missing the original fails; we leave such points alone.
                if wanted["error"].is_null() {
                    let measures: Vec<f64> = MEASURES[..6].iter().map(|m| wanted[m].as_f64().unwrap()).collect();
                    assert_close(&format!("{name} {repair}"), &row(&db, id).0, &measures);
                }
                alice.post(&format!("/track/{id}/edit"), &PLAIN).status(302);
                assert_eq!(row(&db, id), before, "{name} without {repair}");
            }
        }
    }
}
