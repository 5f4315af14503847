//! The pages for programs, as a program meets them.

use crate::model::bearer;
use crate::web::page::visitor::{Got, Site, Visitor};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write as _;

const RIDE: &[u8] = b"<gpx version='1.1'><metadata><name>A hill</name></metadata><trk><trkseg>\
    <trkpt lat='1' lon='2'><time>2025-11-24T10:00:00Z</time></trkpt>\
    <trkpt lat='1.01' lon='2'><time>2025-11-24T10:05:00Z</time></trkpt></trkseg></trk></gpx>";

fn token(site: &Site, user: i64) -> String {
    let db = crate::db::open(&site.app.instance.config.database).unwrap();
    let now = crate::clock::now_wall();
    let token = bearer::insert(&db, crate::model::UserId(user), "test", now).unwrap();
    format!("Bearer {token}")
}

/// A program has no cookies.
fn program(site: &Site) -> Visitor<'_> {
    site.without_cookies()
}

fn add(site: &Site, token: &str, query: &str, body: &[u8]) -> Got {
    let headers = [("Authorization", token), ("Content-Type", "application/gpx+xml")];
    program(site).ask("POST", &format!("/api/tracks{query}"), &headers, body)
}

fn json_in(got: &Got) -> Value {
    assert_eq!(got.media_type, "application/json");
    serde_json::from_slice(&got.bytes).unwrap()
}

#[test]
fn a_file_becomes_a_track_as_the_form_would_make_it() {
    let site = Site::new();
    let token = token(&site, 2);
    let got = add(
        &site,
        &token,
        "?title=Over+%3Cb%3E&visibility=PUBLIC&type=SYNTHETIC&tag=a&tag=A&tag=b&description=fine",
        RIDE,
    );
    assert_eq!(got.status, 201, "{}", got.text());
    let made = json_in(&got);
    assert_eq!(
        got.location,
        made["url"].as_str().unwrap().replace("http://site.example", "")
    );
    let path = format!("/track/{}", made["id"]);
    let page = site.stranger().get(&path).text();
    assert!(page.contains("Over &lt;b&gt;") && page.contains("fine"), "{page}");
    let gpx = site.stranger().get(&format!("{path}/gpx")).text();
    assert!(gpx.contains("Over &lt;b>") || gpx.contains("Over &lt;b&gt;"), "{gpx}");
    let all = json_in(&program(&site).ask("GET", "/api/tracks?limit=1", &[("Authorization", &token)], b""));
    let one = &all["tracks"][0];
    assert_eq!(
        (&one["id"], &one["visibility"], &one["type"]),
        (&made["id"], &json!("PUBLIC"), &json!("SYNTHETIC"))
    );
    assert_eq!(
        (&one["tags"], &one["date"]),
        (&json!(["a", "b"]), &json!("2025-11-24T10:00:00Z"))
    );
    assert!(one["length"].as_f64().unwrap() > 1000.0);
}

#[test]
fn without_a_word_the_file_speaks_for_itself_and_nobody_else_sees_it() {
    let site = Site::new();
    let token = token(&site, 2);
    let made = json_in(&add(&site, &token, "", RIDE));
    let path = format!("/track/{}", made["id"]);
    assert!(site.logged_in("alice@example.org").get(&path).text().contains("A hill"));
    assert_eq!(site.logged_in("bob@example.org").get(&path).status, 403);
}

#[test]
fn a_form_is_taken_too() {
    let site = Site::new();
    let token = token(&site, 2);
    let body = [
        b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nFormed\r\n--X\r\nContent-Disposition: form-data; name=\"gpx\"; filename=\"a.gpx\"\r\n\r\n",
        RIDE,
        b"\r\n--X--\r\n",
    ]
    .concat();
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "multipart/form-data; boundary=X"),
    ];
    let got = program(&site).ask("POST", "/api/tracks", &headers, &body);
    assert_eq!(got.status, 201, "{}", got.text());
    let path = format!("/track/{}", json_in(&got)["id"]);
    assert!(site.logged_in("alice@example.org").get(&path).text().contains("Formed"));
}

#[test]
fn the_same_points_are_told_and_taken_by_force() {
    let site = Site::new();
    let token = token(&site, 2);
    let first = json_in(&add(&site, &token, "", RIDE));
    let got = add(&site, &token, "?force=0", RIDE);
    assert_eq!((got.status, &json_in(&got)["url"]), (409, &first["url"]));
    assert_eq!(add(&site, &token, "?force=1", RIDE).status, 201);
    let of_bob = self::token(&site, 3);
    assert_eq!(add(&site, &of_bob, "", RIDE).status, 201, "it is new to Bob");
}

#[test]
fn what_cannot_be_is_told_and_leaves_nothing() {
    let site = Site::new();
    let token = token(&site, 2);
    let long = format!("?title={}", "x".repeat(600));
    for (query, body, status) in [
        ("", &b""[..], 400),
        ("", b"no file", 415),
        ("", b"<gpx><trk/></gpx>", 400),
        ("?visibility=EVERYBODY", RIDE, 400),
        ("?type=", RIDE, 400),
        (&long, RIDE, 400),
    ] {
        let got = add(&site, &token, query, body);
        assert_eq!(got.status, status, "{query}: {}", got.text());
        assert!(!json_in(&got)["message"].as_str().unwrap().is_empty());
    }
    let all = json_in(&program(&site).ask("GET", "/api/tracks", &[("Authorization", &token)], b""));
    assert_eq!(all["tracks"].as_array().unwrap().len(), 3, "only those that Alice had");
}

#[test]
fn the_list_comes_in_pages_and_holds_only_one_s_own() {
    let site = Site::new();
    let token = token(&site, 2);
    let mut ids = Vec::new();
    let mut target = "/api/tracks?limit=2".to_owned();
    while !target.is_empty() {
        let page = json_in(&program(&site).ask("GET", &target, &[("Authorization", &token)], b""));
        ids.extend(
            page["tracks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|track| track["id"].as_i64().unwrap()),
        );
        let next = page["next"].as_str().unwrap_or_default();
        target = next.find("/api").map_or(String::new(), |at| next[at..].to_owned());
    }
    assert_eq!(ids, [3, 2, 1]);
    for bad in ["limit=0", "limit=x", "before=-1"] {
        let got = program(&site).ask("GET", &format!("/api/tracks?{bad}"), &[("Authorization", &token)], b"");
        assert_eq!(got.status, 400, "{bad}");
    }
}

#[test]
fn only_a_token_opens() {
    let site = Site::new();
    let good = token(&site, 2);
    for header in ["", "Bearer fietsboek_wrong", "Basic YTpi", &good[..good.len() - 1]] {
        for method in ["GET", "POST"] {
            let got = program(&site).ask(method, "/api/tracks", &[("Authorization", header)], RIDE);
            assert_eq!(got.status, 401, "{method} {header}");
            assert!(got.header("WWW-Authenticate").starts_with("Bearer"), "{}", got.head);
        }
    }
    assert_eq!(
        site.logged_in("alice@example.org").get("/api/tracks").status,
        401,
        "a session is no token"
    );
    assert_eq!(
        add(&site, &token(&site, 4), "", RIDE).status,
        401,
        "Carol's address is not verified"
    );
    // A token opens nothing but the pages for programs.
    assert_eq!(
        program(&site)
            .ask("GET", "/me", &[("Authorization", &good)], b"")
            .status,
        403
    );
}

#[test]
fn out_of_a_browser_the_form_s_token_is_needed() {
    let site = Site::new();
    let good = token(&site, 2);
    let mut alice = site.logged_in("alice@example.org");
    assert_eq!(
        alice
            .ask("POST", "/api/tracks", &[("Authorization", &good)], RIDE)
            .status,
        400
    );
    let headers = [
        ("Authorization", good.as_str()),
        ("X-CSRF-Token", "00112233445566778899aabbccddeeff"),
    ];
    assert_eq!(alice.ask("POST", "/api/tracks", &headers, RIDE).status, 201);
}

#[test]
fn every_kind_of_recording_is_taken_packed_too() {
    for (kind, bytes) in [
        ("FIT", include_bytes!("../../../../tests/data/gpx/ride.fit").as_slice()),
        ("TCX", include_bytes!("../../../../tests/data/gpx/ride.tcx").as_slice()),
    ] {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        let packed = packed.finish().unwrap();
        let site = Site::new();
        let token = token(&site, 2);
        let got = add(&site, &token, "?title=One", bytes);
        assert_eq!(got.status, 201, "{kind}: {}", got.text());
        let plain = json_in(&got)["url"].clone();
        let got = add(&site, &token, "?title=Two", &packed);
        assert_eq!(
            (got.status, &json_in(&got)["url"]),
            (409, &plain),
            "{kind}: the same points"
        );
        assert_eq!(add(&site, &token, "?title=Two&force=1", &packed).status, 201, "{kind}");
        let page = program(&site).ask("GET", "/api/tracks?limit=2", &[("Authorization", &token)], b"");
        let page = json_in(&page);
        let (two, one) = (&page["tracks"][0], &page["tracks"][1]);
        assert_eq!((&one["title"], &two["title"]), (&json!("One"), &json!("Two")));
        assert!(one["length"].as_f64().unwrap() > 100.0, "{kind}: {one}");
        assert_eq!((&one["length"], &one["date"]), (&two["length"], &two["date"]), "{kind}");
    }
}

/// Whatever is sent, a program is answered in JSON, with a sentence.
#[test]
fn whatever_is_wrong_is_told_as_json() {
    let site = Site::new();
    let good = token(&site, 2);
    let form = "multipart/form-data; boundary=X";
    let cut = b"--X\r\nContent-Disposition: form-data; name=\"gpx\"; filename=\"a.gpx\"\r\n\r\n<gpx";
    let fieldless = b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nT\r\n--X--\r\n";
    let packed = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xff; 20]].concat();
    let fit = &include_bytes!("../../../../tests/data/gpx/ride.fit")[..200];
    for (method, target, kind, body, status) in [
        ("POST", "/api/tracks", "application/gpx+xml", &b"<gpx><trk>"[..], 400),
        ("POST", "/api/tracks", "application/octet-stream", &packed, 400),
        ("POST", "/api/tracks", "application/octet-stream", fit, 400),
        ("POST", "/api/tracks", form, cut, 400),
        ("POST", "/api/tracks", form, fieldless, 400),
        ("POST", "/api/tracks", "multipart/form-data", b"x", 400),
        ("POST", "/api/tracks?type=HIKE", "application/gpx+xml", RIDE, 400),
        ("GET", "/api/tracks?limit=many", "", b"", 400),
        ("GET", "/api/nothing", "", b"", 404),
    ] {
        let headers = [("Authorization", good.as_str()), ("Content-Type", kind)];
        let got = program(&site).ask(method, target, &headers, body);
        assert_eq!(got.status, status, "{target} {kind}: {}", got.text());
        assert!(
            got.media_type.contains("json"),
            "{target} {kind}: {} {}",
            got.media_type,
            got.text()
        );
        let told: Value = serde_json::from_slice(&got.bytes).unwrap();
        let sentence = [&told["message"], &told["detail"], &told["title"]];
        assert!(
            sentence
                .iter()
                .any(|text| text.as_str().is_some_and(|text| !text.is_empty())),
            "{told}"
        );
    }
    let all = json_in(&program(&site).ask("GET", "/api/tracks", &[("Authorization", &good)], b""));
    assert_eq!(all["tracks"].as_array().unwrap().len(), 3, "only those that Alice had");
}
