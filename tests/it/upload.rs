//! Uploading through the whole server: what is taken, what is refused, and that nothing of it stays.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;

use super::server::{Reply, Server};
use super::site::Site;
use super::visitor::Visitor;

const RIDE: &str = "<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
    <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
    <trkpt lat=\"48.01\" lon=\"7\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
    </trkseg></trk></gpx>";

/// The form that finishes an upload, as it is sent when nothing was changed.
pub const FINISH: [(&str, &str); 6] = [
    ("title", "Hill"),
    ("description", ""),
    ("date", "2025-11-24T10:00"),
    ("date-tz", "0"),
    ("visibility", "PUBLIC"),
    ("type", "ORGANIC"),
];

fn point(attributes: &str, content: &str) -> String {
    format!("<gpx version='1.1'><trk><trkseg><trkpt {attributes}>{content}</trkpt></trkseg></trk></gpx>")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// How many uploads and tracks there are, and every name in the data directory.
fn stored(site: &Site) -> (i64, i64, Vec<String>) {
    let db = Connection::open(site.database()).unwrap();
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    let files = site.snapshot().into_keys().filter(|path| path.starts_with(site.data()));
    let names = files.map(|path| path.display().to_string());
    let left = std::fs::read_dir(site.tmp()).unwrap();
    let left = left.map(|entry| entry.unwrap().path().display().to_string());
    let left = left.filter(|name| name.contains(".spool"));
    (count("uploads"), count("tracks"), names.chain(left).collect())
}

/// Uploads the ride; where the form to finish it is.
pub fn upload_ride(alice: &mut Visitor) -> String {
    let reply = alice.upload(&[("hill.gpx", RIDE.as_bytes())]);
    alice.location(&reply)
}

#[test]
fn a_file_goes_all_the_way_to_a_track_and_back() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let form = upload_ride(&mut alice);
    assert!(form.starts_with("/upload/"), "{form}");
    let page = alice.get(&form);
    for filled in [
        "value=\"Hill\"",
        "value=\"2025-11-24T10:00\"",
        "value=\"PRIVATE\" checked",
        "value=\"ORGANIC\" checked",
    ] {
        assert!(page.status(200).text().contains(filled), "{filled}: {}", page.text());
    }
    let preview = alice.get(&format!("{form}/preview.gpx"));
    assert_eq!(preview.status(200).header("Content-Type"), Some("application/gpx+xml"));
    assert!(
        preview.text().contains("<trkpt lat=\"48\" lon=\"7\">"),
        "{}",
        preview.text()
    );
    let reply = alice.post(&form, &FINISH);
    let track = alice.location(&reply);
    let stranger = server.get(&format!("{track}/gpx"));
    assert!(
        stranger.status(200).text().contains("<name>Hill</name>"),
        "{}",
        stranger.text()
    );
    let form = upload_ride(&mut alice);
    let page = alice.get(&form).text();
    assert!(
        page.contains("You have this one already") && page.contains(&format!("href=\"{track}\"")),
        "{page}"
    );
}

#[test]
fn what_the_original_fails_on_becomes_a_track() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let utf16: Vec<u8> = format!("\u{feff}<?xml version='1.0' encoding='UTF-16'?>{RIDE}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mixed = RIDE.replace("10:05:00Z", "10:05:00");
    let prefixed = "<p:gpx xmlns:p='http://www.topografix.com/GPX/1/1' version='1.1'><p:trk><p:trkseg>\
        <p:trkpt lat='48' lon='7'/><p:trkpt lat='48.1' lon='7'/></p:trkseg></p:trk></p:gpx>";
    for content in [
        RIDE.replace("version=\"1.1\"", "version=\"1.2\"").into_bytes(),
        mixed.into_bytes(),
        prefixed.into(),
        utf16,
    ] {
        let reply = alice.upload(&[("odd.gpx", &content)]);
        let form = alice.location(&reply);
        alice.get(&form).status(200);
        let reply = alice.post(&form, &FINISH);
        let track = alice.location(&reply);
        alice.get(&track).status(200);
        let file = alice.get(&format!("{track}/gpx")).status(200).text();
        assert!(file.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{file}");
        assert!(
            file.contains("version=\"1.1\"") || file.contains("version=\"1.0\""),
            "{file}"
        );
        assert!(file.contains("<trkpt"), "{file}");
    }
}

#[test]
fn a_form_that_is_sent_several_times_at_once_makes_one_track() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let form = upload_ride(&mut alice);
    let before = stored(&site);
    let jar = alice.leave();
    let send = || Visitor::back(&server, &jar).post(&form, &FINISH).status;
    let statuses = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        let mut statuses: Vec<u16> = sent.into_iter().map(|one| one.join().unwrap()).collect();
        statuses.sort();
        statuses
    });
    assert_eq!(statuses, [302, 404, 404, 404, 404, 404]);
    let after = stored(&site);
    assert_eq!((after.0, after.1), (before.0 - 1, before.1 + 1));
}

#[test]
fn a_route_is_taken_as_a_plan() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let route =
        "<gpx version='1.1'><rte><name>Way</name><rtept lat='48' lon='7'/><rtept lat='48.1' lon='7'/></rte></gpx>";
    let reply = alice.upload(&[("way.gpx", route.as_bytes())]);
    let form = alice.location(&reply);
    let page = alice.get(&form).text();
    assert!(
        page.contains("value=\"SYNTHETIC\" checked") && page.contains("value=\"Way\""),
        "{page}"
    );
    assert!(page.contains("This file holds a route, not a recording."), "{page}");
    let reply = alice.post(&form, &FINISH);
    let track = alice.location(&reply);
    assert!(alice.get(&track).status(200).text().contains("11.1"));
}

#[test]
fn what_cannot_be_read_is_told_on_the_page_and_nothing_is_stored() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let entity = |declared: &str| {
        format!("<!DOCTYPE gpx [{declared}]><gpx version='1.1'><metadata><name>&c;</name></metadata></gpx>")
    };
    let bomb =
        "<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;'>";
    let nested = format!("<gpx version='1.1'>{}", "<x>".repeat(200_000));
    let damaged = ("it is damaged", "sie ist beschädigt");
    let nowhere = ("a point lies nowhere on earth", "ein Punkt liegt nirgends auf der Erde");
    let no_points = ("holds no recorded points", "enthält keine aufgezeichneten Punkte");
    for (content, status, (english, german)) in [
        ("GIF89a".to_owned(), 415, ("it isn't a", "es ist keine")),
        (String::new(), 415, ("it isn't a", "es ist keine")),
        (
            RIDE[..RIDE.len() - 20].to_owned(),
            400,
            ("its end is missing", "das Ende fehlt"),
        ),
        (RIDE.replace("</trkseg>", "</trksegment>"), 400, damaged),
        (entity(bomb), 400, damaged),
        (entity("<!ENTITY c SYSTEM 'file:///etc/passwd'>"), 400, damaged),
        (nested, 400, damaged),
        (point("lat='NaN' lon='7'", ""), 400, nowhere),
        (point("lat='inf' lon='7'", ""), 400, nowhere),
        (point("lat='90.1' lon='7'", ""), 400, nowhere),
        (point("lat='48' lon='-180.1'", ""), 400, nowhere),
        (point("lat='48'", ""), 400, nowhere),
        (point("lat='48' lon='x'", ""), 400, nowhere),
        (
            point("lat='48' lon='7'", "<ele>high</ele>"),
            400,
            ("a height is no number", "eine Höhe ist keine Zahl"),
        ),
        (
            point("lat='48' lon='7'", "<time>10000-01-01T00:00:00Z</time>"),
            400,
            ("a date doesn't exist", "ein Datum gibt es nicht"),
        ),
        (
            "<gpx version='1.1'><trk><trkseg></trkseg></trk></gpx>".to_owned(),
            400,
            no_points,
        ),
        ("<gpx version='1.1'/>".to_owned(), 400, no_points),
        ("<html><body>Log in</body></html>".to_owned(), 400, no_points),
    ] {
        let before = stored(&site);
        for (language, expected) in [("en", english), ("de", german)] {
            alice.language = language;
            let reply = alice.upload(&[("<i>ride.gpx", content.as_bytes())]);
            let page = reply.status(status).text();
            assert!(page.contains(expected), "{expected}: {page}");
            assert!(
                page.contains("&lt;i&gt;ride.gpx") && page.contains("name=\"gpx\""),
                "{page}"
            );
            assert!(!page.contains("root:"), "{page}");
        }
        assert_eq!(stored(&site), before, "{content:.99}");
    }
    alice.language = "en";
    let mut torn = gzip(RIDE.as_bytes());
    torn.truncate(40);
    assert!(
        alice
            .upload(&[("a.gpx.gz", &torn)])
            .status(400)
            .text()
            .contains("its end is missing")
    );
    // A packed file may have several members.
    let bomb = gzip(&vec![b' '; 16 << 20]).repeat(17);
    assert!(
        alice
            .upload(&[("a.gpx.gz", &bomb)])
            .status(413)
            .text()
            .contains("a.gpx.gz is too big. Up to 268.4\u{202f}MB each.")
    );
    server_is_well(&mut alice);
}

fn server_is_well(visitor: &mut Visitor) {
    visitor.get("/upload").status(200);
}

#[test]
fn of_several_files_the_good_ones_wait_at_home() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let other = RIDE.replace("48.01", "48.02").replace("<name>Hill</name>", "");
    let reply = alice.upload(&[
        ("a.gpx", RIDE.as_bytes()),
        ("Über See.gpx", other.as_bytes()),
        ("c.gpx", b"no"),
    ]);
    assert_eq!(alice.location(&reply), "/");
    let home = alice.get("/").text();
    for shown in [
        "2 files are in.",
        "We can&#39;t read c.gpx",
        ">Hill</a>",
        ">Über See.gpx</a>",
        "kept until",
    ] {
        assert!(
            home.contains(shown) || home.contains(&shown.replace("&#39;", "'")),
            "{shown}: {home}"
        );
    }
    let many: Vec<(&str, &[u8])> = (0..30)
        .map(|_| ("bad.gpx", &b"no"[..]))
        .chain([("d.gpx", RIDE.as_bytes())])
        .collect();
    let reply = alice.upload(&many);
    assert_eq!(alice.location(&reply), "/");
    assert!(alice.get("/").text().contains("We can't read 25 more files."));
    alice.upload(&[("a.gpx", b"no"), ("b.gpx", b"<gpx/>")]).status(400);
    alice.upload(&[("a.gpx", b"no"), ("b.gpx", b"no")]).status(415);
    let reply = alice.upload(&[]);
    assert_eq!(alice.location(&reply), "/upload");
    assert!(alice.get("/upload").text().contains("Choose a file first."));
}

#[test]
fn a_script_is_answered_in_json() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let json = |reply: &Reply| -> serde_json::Value { serde_json::from_slice(&reply.body).unwrap() };
    alice.accept = "application/json";
    let one = json(alice.upload(&[("a.gpx", RIDE.as_bytes())]).status(200));
    let first = &one["files"][0];
    assert_eq!(
        (first["name"].as_str(), first["title"].as_str()),
        (Some("a.gpx"), Some("Hill"))
    );
    assert!(
        first["already"].is_null() && first["link"] == format!("/upload/{}", first["id"]),
        "{one}"
    );
    let two = json(
        alice
            .upload(&[("b.gpx", RIDE.as_bytes()), ("c.gpx", b"no")])
            .status(200),
    );
    assert_eq!(two["files"][0]["already"]["link"], first["link"]);
    assert!(
        two["files"][1]["reason"]
            .as_str()
            .unwrap()
            .starts_with("We can't read c.gpx"),
        "{two}"
    );
    let bad = json(alice.upload(&[("c.gpx", b"no")]).status(415));
    assert!(bad["files"][0]["id"].is_null(), "{bad}");
    let none = alice.upload(&[]);
    assert!(json(none.status(400))["message"].is_string());
}

#[test]
fn a_body_that_is_no_form_changes_nothing() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let head = "--x\r\nContent-Disposition: form-data; name=\"gpx\"; filename=\"a.gpx\"\r\n\r\n";
    let token = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{}\r\n",
        alice.token()
    );
    let before = stored(&site);
    for body in [
        String::new(),
        format!("{token}{head}{RIDE}"),
        format!("{token}{head}{RIDE}\r\n--x"),
        format!("{token}--x\r\nContent-Disposition: form-data\r\n\r\n{RIDE}\r\n--x--"),
        format!("{head}{RIDE}\r\n--x--"),
    ] {
        alice.send_multipart("/upload", body.as_bytes()).status(400);
    }
    assert_eq!(stored(&site), before);
}

#[test]
fn a_form_with_other_things_than_it_asks_for_changes_nothing() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let form = upload_ride(&mut alice);
    let before = stored(&site);
    for (name, value) in [
        ("date", "yesterday"),
        ("date", "10000-01-01T00:00"),
        ("date-tz", "x"),
        ("date-tz", "1440"),
        ("visibility", "EVERYBODY"),
        ("type", "FLOWN"),
        ("badge[]", "x"),
        ("badge[]", "99"),
        ("tagged-friend[]", "Bob"),
        ("tagged-friend[]", "99"),
    ] {
        let mut fields: Vec<_> = FINISH.into_iter().filter(|field| field.0 != name).collect();
        fields.push((name, value));
        alice.post(&form, &fields).status(400);
        assert_eq!(stored(&site), before, "{name}={value}");
    }
    for missing in ["date", "visibility", "type"] {
        let fields: Vec<_> = FINISH.into_iter().filter(|field| field.0 != missing).collect();
        alice.post(&form, &fields).status(400);
    }
    assert_eq!(stored(&site), before);
    alice.get(&form).status(200);
}

#[test]
fn a_body_beyond_the_limit_is_answered_with_a_page() {
    let site = Site::fixture();
    site.edit_ini("[server:main]", "[server:main]\nmax_request_body_size = 100000");
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    for (language, expected) in [("en", "That file is too big"), ("de", "Diese Datei ist zu groß")] {
        alice.language = language;
        let reply = alice.upload(&[("large.gpx", &vec![b' '; 3_000_000])]);
        let page = reply.status(413).text();
        assert!(page.contains(expected) && page.contains("100\u{202f}kB"), "{page}");
    }
}
