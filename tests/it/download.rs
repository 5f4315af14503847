//! What leaves the site through the whole server: recordings one by one, as GeoJSON, and several in one file.

use std::io::{Cursor, Read};

use super::server::{Reply, Server};
use super::site::Site;
use super::visitor::Visitor;

fn coded(server: &Server<'_>, method: &str, path: &str, coding: &str) -> Reply {
    server.ask(method, path, &[("Accept-Encoding", coding)], b"")
}

#[test]
fn a_recording_goes_out_as_it_is_stored_and_head_tells_the_same() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let stored = std::fs::read(site.data().join("tracks/1/track.gpx.br")).unwrap();
    for coding in ["br", "gzip", "identity"] {
        let whole = coded(&server, "GET", "/track/1/gpx", coding);
        let head = coded(&server, "HEAD", "/track/1/gpx", coding);
        assert!(head.status(200).body.is_empty());
        for name in [
            "Content-Length",
            "Content-Encoding",
            "ETag",
            "Last-Modified",
            "Content-Disposition",
        ] {
            assert_eq!(head.header(name), whole.header(name), "{coding}: {name}");
        }
        assert_eq!(whole.status(200).body == stored, coding == "br");
        let tag = [
            ("Accept-Encoding", coding),
            ("If-None-Match", whole.header("ETag").unwrap()),
        ];
        server.ask("GET", "/track/1/gpx", &tag, b"").status(304);
    }
    coded(&server, "GET", "/track/1/gpx", "identity;q=0, deflate").status(406);
    server.get("/track/3/gpx").status(403);
    server
        .get("/track/3/gpx?secret=1kk0ryTQ8q1dPNPFy3Hfeee8nQc")
        .status(200);
}

#[test]
fn a_missing_file_is_nothing_here_and_stands_in_the_log() {
    let site = Site::fixture();
    let server = Server::start(&site);
    std::fs::remove_dir_all(site.data().join("tracks/1")).unwrap();
    server.get("/track/1/gpx").status(404);
    server.get("/track/1/geojson").status(404);
    server.await_log("track 1 has no recording");
}

#[test]
fn every_recording_is_geojson_too() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    for id in 1..=5 {
        let reply = alice.get(&format!("/track/{id}/geojson"));
        let value: serde_json::Value = serde_json::from_slice(&reply.status(200).body).unwrap();
        let line = &value["features"][0];
        assert!(
            line["geometry"]["coordinates"]
                .as_array()
                .is_some_and(|list| list.len() > 1),
            "{id}: {value}"
        );
        assert!(
            line["properties"]["length"].as_f64().is_some_and(|length| length > 0.0),
            "{id}: {value}"
        );
    }
}

#[test]
fn several_come_in_one_file() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let reply = alice.get("/track/archive?track_id[]=1&track_id[]=3");
    assert_eq!(reply.status(200).header("Content-Type"), Some("application/zip"));
    assert_eq!(
        reply.header("Content-Disposition"),
        Some("attachment; filename=tracks.zip")
    );
    let mut archive = zip::ZipArchive::new(Cursor::new(reply.body)).unwrap();
    let mut text = String::new();
    archive
        .by_name("track_3.gpx")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, alice.get("/track/3/gpx").text());
    assert_eq!(archive.len(), 2);
}
