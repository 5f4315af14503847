//! Privacy zones at every outlet of points, for everybody who can stand to a track in another way.
//!
//! The ride begins and ends in the zone of its owner. Who sees it whole gets every point of it; nobody else gets one
//! inside of the circle that was named, nor of the larger one that hides it, in any form.

use crate::config::Mode;
use crate::gpx::{self, Gpx, Origin};
use crate::model::access::Viewer;
use crate::model::track::{Fields, Kind, LocalTime, Visibility};
use crate::model::user::{self, NewUser};
use crate::model::zone::{self, Cut, Named};
use crate::model::{TrackId, UserId, person, track, trackdir};
use crate::secret::PasswordHash;
use crate::web::lang::Lang;
use crate::web::look::line::Line;
use crate::web::look::{chart, figure, look, shape};
use crate::web::page::recording::maps::Draw;
use crate::web::page::visitor::{Got, Site, Visitor};
use crate::web::page::{geometry, recording};
use rusqlite::Connection;
use std::fmt::Write;
use std::fs;
use std::io::{Cursor, Read};
use std::time::Duration;

const OWNER: UserId = UserId(2);

/// Where the ride begins and ends: the zone of 300 m hides all within 500 to 700 m of it, and no more.
const HOME: gpx::Circle = gpx::Circle {
    lat: 48.000123,
    lon: 7.000123,
    radius: 300.0,
};

/// Points there and as many back, about 111 m apart.
const FAR: usize = 40;

/// The latitude of a point as the file has it; each is another, so that one is known by it.
fn latitude(at: usize) -> String {
    match at < FAR {
        true => format!("{:.6}", 48.000123 + at as f64 * 0.001),
        false => format!("{:.6}", 48.000517 + (2 * FAR - 1 - at) as f64 * 0.001),
    }
}

fn ride() -> String {
    let mut points = String::new();
    for at in 0..2 * FAR {
        let lat = latitude(at);
        let _ = write!(
            points,
            "<trkpt lat=\"{lat}\" lon=\"7.{:06}\"><ele>{}</ele><time>2025-11-24T10:{:02}:{:02}Z</time>\
             <extensions><hr>{}</hr><was lat=\"{lat}\"/></extensions></trkpt>",
            123 + at * 7,
            100 + at * at % 37,
            at / 3,
            at % 3 * 20,
            120 + at % 5
        );
    }
    let at_home = latitude(0);
    format!(
        "<gpx version=\"1.1\" creator=\"x\" xmlns=\"http://www.topografix.com/GPX/1/1\"><metadata><bounds minlat=\"{at_home}\" \
         minlon=\"7\" maxlat=\"49\" maxlon=\"8\"/></metadata><wpt lat=\"{at_home}\" lon=\"7.000123\"><name>Door</name></wpt>\
         <rte><rtept lat=\"{at_home}\" lon=\"7.000123\"/></rte><trk><trkseg>{points}</trkseg></trk></gpx>"
    )
}

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Owner,
    Administrator,
    Friend,
    Tagged,
    Stranger,
    Anonymous,
    /// Nobody in particular, with the secret of a private track.
    Link,
}

const CALLERS: [Caller; 7] = [
    Caller::Owner,
    Caller::Administrator,
    Caller::Friend,
    Caller::Tagged,
    Caller::Stranger,
    Caller::Anonymous,
    Caller::Link,
];

impl Caller {
    fn sees_whole(self) -> bool {
        matches!(self, Caller::Owner | Caller::Administrator)
    }
}

struct Scene {
    site: Site,
    db: Connection,
    public: TrackId,
    private: TrackId,
    secret: String,
    tagged: UserId,
}

impl Scene {
    fn new() -> Scene {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let [tagged, _] = ["tagged", "stranger"].map(|name| add_user(&db, &site, name));
        let add = |visibility| {
            let id = add_track(&db, &site, visibility);
            person::set(&db, id, OWNER, &[tagged]).unwrap();
            id
        };
        db.execute(
            "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (2, ?1)",
            [tagged],
        )
        .unwrap();
        let (public, private) = (add(Visibility::Public), add(Visibility::Private));
        db.execute("DELETE FROM friends_assoc WHERE user_2_id = ?1", [tagged])
            .unwrap();
        let secret = track::find(&db, private).unwrap().unwrap().link_secret.unwrap();
        Scene {
            site,
            db,
            public,
            private,
            secret,
            tagged,
        }
    }

    fn add_zone(&self) {
        let named = Named {
            name: "Home".to_owned(),
            circle: HOME,
        };
        zone::insert(&self.db, OWNER, &named).unwrap();
    }

    fn visitor(&self, caller: Caller) -> Visitor<'_> {
        match caller {
            Caller::Owner => self.site.logged_in("alice@example.org"),
            Caller::Administrator => self.site.logged_in("admin@example.org"),
            Caller::Friend => self.site.logged_in("bob@example.org"),
            Caller::Tagged => self.site.logged_in("tagged@example.net"),
            Caller::Stranger => self.site.logged_in("stranger@example.net"),
            Caller::Anonymous | Caller::Link => self.site.stranger(),
        }
    }

    fn track(&self, caller: Caller) -> TrackId {
        if caller == Caller::Link {
            self.private
        } else {
            self.public
        }
    }

    /// What a caller gets at an address below the track.
    fn get(&self, caller: Caller, below: &str, coding: &str) -> Got {
        let mark = if below.contains('?') { '&' } else { '?' };
        let secret = if caller == Caller::Link {
            format!("{mark}secret={}", self.secret)
        } else {
            String::new()
        };
        let target = format!("/track/{}{below}{secret}", self.track(caller));
        let got = self
            .visitor(caller)
            .ask("GET", &target, &[("Accept-Encoding", coding)], b"");
        assert_eq!(got.status, 200, "{target} by {caller:?}");
        got
    }

    /// What is cut out for everyone else.
    fn cut(&self) -> Cut {
        zone::find(&self.db, &Viewer::ANONYMOUS, Some(OWNER)).unwrap()
    }

    /// The ride as a caller is to see it.
    fn seen(&self, caller: Caller) -> Gpx {
        let whole = gpx::read(ride().as_bytes(), Origin::Stored).unwrap();
        if caller.sees_whole() {
            whole
        } else {
            self.cut().gpx(whole)
        }
    }

    /// The simplified line as a caller is to see it in a list.
    fn sketch(&self, caller: Caller) -> Line {
        let whole = gpx::read(ride().as_bytes(), Origin::Stored).unwrap();
        let pieces = recording::line(&whole).pieces;
        // As it is stored.
        let place = |(lat, lon): (f64, f64)| (round(lat), round(lon));
        let stored = pieces
            .into_iter()
            .map(|piece| piece.into_iter().map(place).collect())
            .collect();
        match caller.sees_whole() {
            true => Line::whole(stored),
            false => Line {
                pieces: self.cut().line(stored),
                ends: [false; 2],
            },
        }
    }
}

fn round(degrees: f64) -> f64 {
    format!("{degrees:.5}").parse().unwrap()
}

fn add_user(db: &Connection, site: &Site, name: &str) -> UserId {
    let password = PasswordHash {
        key: Vec::new(),
        salt: vec![0; 32],
    };
    let new = NewUser {
        name,
        email: &format!("{name}@example.net"),
        password: &password,
        is_admin: false,
        is_verified: true,
    };
    user::insert(db, &site.app.instance.dir, &new).unwrap()
}

fn add_track(db: &Connection, site: &Site, visibility: Visibility) -> TrackId {
    let fields = Fields {
        title: Some("To the lake".to_owned()),
        description: String::new(),
        date: LocalTime::EPOCH,
        visibility,
        kind: Kind::Recorded,
        transformers: "[]".to_owned(),
    };
    let id = track::insert(db, OWNER, &fields).unwrap();
    let gpx = trackdir::compress(ride().as_bytes()).unwrap();
    trackdir::create(&site.app.instance.dir, id, &gpx, &gpx, &mut [])
        .unwrap()
        .keep();
    id
}

/// The points that a text has, by their latitudes; also as a list that was cut to a metre would have them.
fn points_in(text: &str) -> Vec<usize> {
    let is_there = |at: &usize| {
        text.contains(&latitude(*at)) || text.contains(&format!("{:.5}", latitude(*at)[..9].parse::<f64>().unwrap()))
    };
    (0..2 * FAR).filter(is_there).collect()
}

fn seen_points(scene: &Scene, caller: Caller) -> Vec<usize> {
    let cut = scene.cut();
    let whole = gpx::read(ride().as_bytes(), Origin::Stored).unwrap();
    let is_seen = |at: &usize| caller.sees_whole() || !cut.hides(whole.points()[*at].lat, whole.points()[*at].lon);
    (0..2 * FAR).filter(is_seen).collect()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

fn of_archive(got: &Got) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&got.bytes)).unwrap();
    let mut text = String::new();
    archive.by_index(0).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_file_has_the_points_that_its_reader_may_see() {
    let scene = Scene::new();
    scene.add_zone();
    for caller in CALLERS {
        let brotli = scene.get(caller, "/gpx", "br");
        let stored = fs::read(scene.site.app.instance.dir.track_gpx(scene.track(caller).0)).unwrap();
        assert_eq!(brotli.bytes == stored, caller.sees_whole(), "{caller:?}");
        let mut files = vec![
            ("plain", scene.get(caller, "/gpx", "").text()),
            (
                "gzip",
                String::from_utf8(gunzip(&scene.get(caller, "/gpx", "gzip").bytes)).unwrap(),
            ),
            (
                "brotli",
                String::from_utf8(trackdir::decompress(&brotli.bytes, 1 << 20).unwrap()).unwrap(),
            ),
            ("geojson", scene.get(caller, "/geojson", "").text()),
        ];
        if caller != Caller::Link {
            let got = scene
                .visitor(caller)
                .get(&format!("/track/archive?track_id[]={}", scene.public));
            files.push(("archive", of_archive(&got)));
        }
        for (form, text) in files {
            let expected = seen_points(&scene, caller);
            assert_eq!(points_in(&text), expected, "{form} for {caller:?}");
            assert_eq!(text.contains("Door"), caller.sees_whole(), "{form} for {caller:?}");
            // The circle that was named has a radius of less than three points.
            let is_home = expected.contains(&0) || expected.contains(&2) || expected.contains(&(2 * FAR - 1));
            assert_eq!(is_home, caller.sees_whole());
        }
        let line: serde_json::Value = serde_json::from_slice(&scene.get(caller, "/line.json", "").bytes).unwrap();
        let of_others = scene.cut();
        let others = if caller == Caller::Owner { &of_others } else { Cut::NONE };
        let expected = geometry::of(&scene.seen(caller), others);
        assert_eq!(line["pieces"], expected["pieces"], "{caller:?}");
        let whole = caller.sees_whole();
        assert_eq!(line["ends"], serde_json::json!([whole, whole]), "{caller:?}");
        // Where the hidden stretches are is the owner's to know.
        let pieces = line["pieces"].as_array().unwrap();
        let hidden: Vec<bool> = pieces.iter().map(|piece| piece["hidden"] == true).collect();
        match caller {
            Caller::Owner => {
                assert_eq!(hidden, [true, false, true], "{line}");
                let steps: Vec<f64> = pieces[0]["m"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|m| m.as_f64().unwrap())
                    .collect();
                assert_eq!(steps[0], 0.0);
                // From the first point to the last that is hidden: at least the third, however the circle was drawn.
                assert!((222.0..1000.0).contains(&steps.iter().sum()), "{line}");
            }
            _ => assert!(!hidden.contains(&true), "{caller:?}"),
        }
        assert_eq!(line.to_string().contains("Door"), caller.sees_whole(), "{caller:?}");
        let value: serde_json::Value = serde_json::from_slice(&scene.get(caller, "/geojson", "").bytes).unwrap();
        let about = &value["features"][0]["properties"];
        let length = about["length"].as_f64().unwrap();
        let seen = scene.seen(caller).figures();
        assert!((length - seen.length).abs() < 1.0, "{length} of {seen:?}");
        // As much later as the first point that is seen, 20 s a point.
        let first = seen_points(&scene, caller)[0];
        let date = format!("1970-01-01T00:{:02}:{:02}Z", first / 3, first % 3 * 20);
        assert_eq!(about["time"], date, "{caller:?}");
    }
}

#[test]
fn what_is_drawn_is_drawn_of_the_points_that_its_reader_may_see() {
    let scene = Scene::new();
    scene.add_zone();
    let (page, whole) = (look(Lang::En), scene.seen(Caller::Owner));
    let drawings = |gpx: &Gpx| {
        let title = "Map of To the lake";
        [
            shape::stage(&recording::line(gpx), false, title, shape::DESK, "desk").into_string(),
            chart::profile(&page, &recording::profile(gpx, 0))
                .unwrap()
                .into_string(),
            chart::panels(&page, &recording::profile(gpx, 0)).unwrap().into_string(),
            chart::table(&page, &recording::profile(gpx, 0)).into_string(),
        ]
    };
    for caller in CALLERS {
        let html = scene.get(caller, "", "").text();
        assert!(points_in(&html).is_empty(), "{caller:?}");
        let of_others = drawings(&scene.seen(Caller::Stranger));
        for (seen, cut) in drawings(&whole).into_iter().zip(of_others) {
            let (seen, other) = if caller.sees_whole() { (seen, cut) } else { (cut, seen) };
            assert_ne!(seen, other);
            assert!(
                html.contains(&seen) && !html.contains(&other),
                "{caller:?}: {seen}\n{html}"
            );
        }
        assert_eq!(html.contains("dotted"), caller == Caller::Owner, "{caller:?}");
        assert_eq!(html.contains("class=\"mark\""), caller.sees_whole(), "{caller:?}");
        assert_eq!(html.contains("keeps private"), !caller.sees_whole(), "{caller:?}");
        // The first time the line is made, to less than a metre.
        scene.get(caller, "/preview", "");
        for below in PICTURES {
            let drawn = scene.get(caller, below, "");
            assert_eq!(drawn.text(), shape::picture(&scene.sketch(caller), false), "{caller:?}");
        }
    }
}

/// Below a track: its picture, and the one for dense screens.
const PICTURES: [&str; 2] = ["/preview", "/preview?size=600"];

#[test]
fn a_stored_picture_of_the_whole_is_for_who_sees_the_whole() {
    let scene = Scene::new();
    let dir = &scene.site.app.instance.dir;
    for id in [scene.public, scene.private] {
        fs::copy(dir.track_preview(1), dir.track_preview(id.0)).unwrap();
        fs::write(dir.track_preview_dense(id.0), "GIF89a").unwrap();
    }
    let stored = [fs::read(dir.track_preview(1)).unwrap(), b"GIF89a".to_vec()];
    for has_zone in [false, true] {
        if has_zone {
            scene.add_zone();
        }
        for caller in CALLERS {
            let whole = caller.sees_whole() || !has_zone;
            for (below, stored) in PICTURES.iter().zip(&stored) {
                let got = scene.get(caller, below, "");
                assert_eq!(got.bytes == *stored, whole, "{below} by {caller:?}");
                assert_eq!(got.header("Vary"), "Cookie");
                let kept = if whole {
                    "private, max-age=3600"
                } else {
                    "private, max-age=0"
                };
                assert_eq!(got.header("Cache-Control"), kept);
            }
            assert_eq!(
                scene.get(caller, "", "").text().contains("<img src=\"/track/"),
                whole,
                "{caller:?}"
            );
        }
    }
}

#[test]
fn the_lines_of_lists_are_those_that_their_reader_may_see() {
    let scene = Scene::new();
    scene.add_zone();
    let shapes = [Caller::Owner, Caller::Tagged].map(|caller| shape::shape(&scene.sketch(caller), false).into_string());
    assert_ne!(shapes[0], shapes[1]);
    let profile = |user: UserId, more: &str| format!("/user/{user}/{more}");
    for (caller, path) in [
        (Caller::Owner, "/".to_owned()),
        (Caller::Tagged, "/".to_owned()),
        (Caller::Owner, profile(OWNER, "calendar/1970/1")),
        (Caller::Tagged, profile(scene.tagged, "calendar/1970/1")),
        (Caller::Administrator, profile(scene.tagged, "calendar/1970/1")),
        (Caller::Tagged, profile(scene.tagged, "")),
        (Caller::Administrator, profile(scene.tagged, "")),
    ] {
        // The second time the line is stored.
        for _ in 0..2 {
            let html = scene.visitor(caller).get(&path).text();
            let has = shapes.each_ref().map(|shape| html.contains(shape.as_str()));
            assert_eq!(has, [caller.sees_whole(), !caller.sees_whole()], "{path} by {caller:?}");
        }
    }
    for caller in CALLERS {
        for path in ["/", "/track/", "/api/tracks"] {
            assert!(points_in(&scene.visitor(caller).get(path).text()).is_empty(), "{path}");
        }
    }
}

#[test]
fn what_is_kept_of_one_form_does_not_stand_for_another() {
    let scene = Scene::new();
    let tag = |caller| scene.get(caller, "/gpx", "br").header("ETag").to_owned();
    let [owner, other] = [Caller::Owner, Caller::Stranger].map(tag);
    assert_eq!(owner, other, "without a zone there is one form");
    let ask = |caller, name, value: &str| {
        let target = format!("/track/{}/gpx", scene.public);
        let headers = [("Accept-Encoding", "br"), (name, value)];
        scene.visitor(caller).ask("GET", &target, &headers, b"")
    };
    let date = scene
        .get(Caller::Owner, "/gpx", "br")
        .header("Last-Modified")
        .to_owned();
    scene.add_zone();
    assert_eq!(tag(Caller::Owner), owner);
    assert_eq!(ask(Caller::Owner, "If-None-Match", &owner).status, 304);
    let cut = tag(Caller::Stranger);
    assert_ne!(cut, owner);
    assert_eq!(ask(Caller::Stranger, "If-None-Match", &owner).status, 200);
    assert_eq!(ask(Caller::Stranger, "If-None-Match", &cut).status, 304);
    assert_eq!(ask(Caller::Stranger, "If-Modified-Since", &date).status, 200);
    for below in ["/gpx", "/geojson", "/preview", "/preview?size=600", ""] {
        let got = scene.get(Caller::Stranger, below, "");
        assert_eq!(got.header("Cache-Control"), "private, max-age=0", "{below}");
        assert!(got.header("Vary").contains("Cookie"), "{below}");
    }
    let id = zone::list(&scene.db, OWNER).unwrap()[0].id;
    zone::delete(&scene.db, OWNER, id).unwrap();
    scene.add_zone();
    assert_ne!(tag(Caller::Stranger), cut, "another circle is another form");
    zone::delete(&scene.db, OWNER, zone::list(&scene.db, OWNER).unwrap()[0].id).unwrap();
    assert_eq!(tag(Caller::Stranger), owner);
}

/// Whether the overlay map of somebody shows anything in the tile around the door.
fn is_on_map(scene: &Scene, user: UserId, caller: Caller) -> bool {
    let instance = &scene.site.app.instance;
    let draw = Draw {
        db: &scene.db,
        dir: &instance.dir,
        user,
        threads: 1,
        wait: Duration::ZERO,
        go_on: &|_| true,
    };
    draw.renew(Mode::Heatmap, false).unwrap();
    // By the formulas of Web Mercator.
    let tiles = f64::from(1 << MAP_ZOOM);
    let x = ((HOME.lon + 180.0) / 360.0 * tiles) as u32;
    let y = ((1.0 - HOME.lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * tiles) as u32;
    let got = scene
        .visitor(caller)
        .get(&format!("/user/{user}/tile/heatmap/{MAP_ZOOM}/{x}/{y}"));
    assert_eq!(got.status, 200);
    let picture = image::load_from_memory(&got.bytes).unwrap().into_rgba8();
    picture.pixels().any(|pixel| pixel.0[3] > 0)
}

/// A tile of it is 102 m wide at the door, so nothing in it is to be seen.
const MAP_ZOOM: u32 = 18;

#[test]
fn the_overlay_map_of_who_is_tagged_leaves_out_what_they_do_not_see() {
    let scene = Scene::new();
    let (owner, tagged) = ((OWNER, Caller::Owner), (scene.tagged, Caller::Tagged));
    let shows = |(user, caller)| is_on_map(&scene, user, caller);
    assert!(shows(owner) && shows(tagged));
    let due = || -> bool {
        let sql = "SELECT due > 1 FROM x_maps WHERE user_id = ?1";
        scene.db.query_row(sql, [scene.tagged], |row| row.get(0)).unwrap()
    };
    scene.db.execute("UPDATE x_maps SET due = 1", []).unwrap();
    scene.add_zone();
    assert!(due(), "a zone asks for the maps of who is tagged");
    assert!(shows(owner) && !shows(tagged));
    zone::delete(&scene.db, OWNER, zone::list(&scene.db, OWNER).unwrap()[0].id).unwrap();
    assert!(shows(owner) && shows(tagged));
}

/// Everything that tells a length or a time of the ride tells that of the part that its reader may see.
#[test]
fn figures_are_those_of_the_part_that_their_reader_may_see() {
    let scene = Scene::new();
    scene.add_zone();
    let page = look(Lang::En);
    let figures = |gpx: &Gpx| recording::figures(gpx);
    let both = [Caller::Owner, Caller::Stranger].map(|caller| figures(&scene.seen(caller)));
    let lengths = both.map(|figures| figure::line_text(&page, &figures, Kind::Recorded));
    assert!(
        lengths[0] != lengths[1] && both[0].start != both[1].start,
        "{lengths:?}"
    );
    // With what stands round it: drawings are full of numbers.
    let kilometres = |length: f64| format!(">{}\u{202f}km", page.lang.two_decimals(length / 1000.0));
    let exact = both.map(|figures| kilometres(figures.length.unwrap()));
    let starts = both.map(|figures| page.lang.date_time_full(figures.start.unwrap().wall));
    let ends = both.map(|figures| page.lang.date_time_full(figures.end.unwrap().wall));
    for caller in CALLERS {
        let (mine, other) = if caller.sees_whole() { (0, 1) } else { (1, 0) };
        let html = scene.get(caller, "", "").text();
        for told in [&exact, &starts, &ends] {
            let is_there = told.each_ref().map(|text| html.contains(text.as_str()));
            assert!(is_there[mine] && !is_there[other], "{caller:?}: {told:?}");
        }
    }
    // Twice: measured, and known.
    for _ in 0..2 {
        for (caller, path) in [
            (Caller::Owner, "/track/"),
            (Caller::Administrator, "/track/"),
            (Caller::Friend, "/track/"),
            (Caller::Tagged, "/track/"),
            (Caller::Stranger, "/track/"),
            (Caller::Anonymous, "/track/"),
            (Caller::Anonymous, "/"),
            (Caller::Owner, "/track/lines.json"),
            (Caller::Tagged, "/track/lines.json"),
            (Caller::Anonymous, "/track/lines.json"),
        ] {
            let text = scene.visitor(caller).get(path).text();
            let told = both.each_ref().map(|figures| match path.ends_with("json") {
                true => figure::line_text(&page, figures, Kind::Recorded),
                false => figure::line(&page, figures, Kind::Recorded).into_string(),
            });
            let is_there = told.each_ref().map(|told| text.contains(told.as_str()));
            assert_eq!(
                is_there,
                [caller.sees_whole(), !caller.sees_whole()],
                "{path} by {caller:?}"
            );
        }
    }
    let kept: i64 = scene
        .db
        .query_row("SELECT count(*) FROM x_cut_figures", [], |row| row.get(0))
        .unwrap();
    assert!(kept >= 1);
    // Other zones, other figures.
    let id = zone::list(&scene.db, OWNER).unwrap()[0].id;
    zone::delete(&scene.db, OWNER, id).unwrap();
    let whole = figure::line(&page, &both[0], Kind::Recorded).into_string();
    assert!(scene.visitor(Caller::Anonymous).get("/track/").text().contains(&whole));
}

/// The owner sees what others do, at every outlet; nobody else can ask for more or less.
#[test]
fn an_owner_may_look_with_the_eyes_of_others() {
    let scene = Scene::new();
    scene.add_zone();
    // The first time the line is made, to less than a metre.
    scene.get(Caller::Owner, "/preview", "");
    let outlets = ["", "/gpx", "/geojson", "/line.json", "/preview", "/preview?size=600"];
    for below in outlets {
        let as_other = format!("{below}{}as=other", if below.contains('?') { '&' } else { '?' });
        let text = |caller, below: &str| scene.get(caller, below, "").text();
        let (seen, other) = (text(Caller::Owner, &as_other), text(Caller::Anonymous, below));
        match below {
            "" => assert!(points_in(&seen).is_empty() && seen.contains("/line.json?as=other")),
            _ => assert_eq!(seen, other, "{below}"),
        }
        for caller in [Caller::Stranger, Caller::Administrator, Caller::Tagged] {
            let (plain, asked) = (text(caller, below), text(caller, &as_other));
            if !below.is_empty() {
                assert_eq!(plain, asked, "{below} by {caller:?}");
            }
        }
    }
    let page = scene.get(Caller::Owner, "?as=other", "").text();
    let hidden = [
        "/edit",
        "/delete",
        "share-link",
        "dotted",
        "toggle-favourite",
        "class=\"mark\"",
    ];
    for part in hidden {
        assert!(!page.contains(part), "{part}");
    }
    assert!(
        page.contains("as others do") && page.contains("keeps private") && page.contains("noindex"),
        "{page}"
    );
    let own = scene.get(Caller::Owner, "", "").text();
    assert!(own.contains(&format!("/track/{}?as=other", scene.public)), "{own}");
    let got = scene
        .visitor(Caller::Owner)
        .get(&format!("/track/{}/edit?as=other", scene.public));
    assert_eq!(got.status, 403);
}

/// Whatever the instance stores of a track stays as it was, and so does every other outlet of its owner.
#[test]
fn nothing_that_is_stored_changes() {
    let scene = Scene::new();
    let dir = &scene.site.app.instance.dir;
    let files = || {
        (
            fs::read(dir.track_gpx(scene.public.0)).unwrap(),
            fs::read(dir.track_backup(scene.public.0)).unwrap(),
        )
    };
    let before = files();
    scene.add_zone();
    for caller in CALLERS {
        for below in ["", "/gpx", "/geojson", "/preview", "/preview?size=600"] {
            scene.get(caller, below, "");
        }
    }
    assert_eq!(files(), before);
    let whole = recording::find_line(dir, scene.public, Cut::NONE).unwrap().unwrap();
    assert_eq!(
        whole,
        scene.sketch(Caller::Owner),
        "the line that is stored is the whole one"
    );
    let export = scene.visitor(Caller::Owner).get("/me/export");
    let mut archive = zip::ZipArchive::new(Cursor::new(&export.bytes)).unwrap();
    let mut text = String::new();
    let name = format!("tracks/{}/track.gpx", scene.public);
    archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, ride());
}
