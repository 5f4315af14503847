//! `fietsupdate` that is killed: at every step the old instance or the new one is whole, and the next run says which.
//!
//! The points are those of `fietsboek::crash`, which are absent from release builds, and so are these tests.

use std::fs;

use fietsboek::crash::{Point, VARIABLE};
use fietsboek::datadir::DataDir;
use fietsboek::model::{TrackId, trackdir};
use rusqlite::Connection;

use super::migrate::{assert_tidy, everything, go, of_v0_4, rows, tool};
use super::server::Server;
use super::site::Site;

/// The points of an update at which it is decided.
fn is_decided(point: Point) -> bool {
    !matches!(
        point,
        Point::UpdateHalfBackedUp
            | Point::UpdateBackedUp
            | Point::UpdateHalfStaged
            | Point::UpdateMigrated
            | Point::UpdateStaged
    )
}

fn points() -> impl Iterator<Item = Point> {
    Point::ALL
        .into_iter()
        .filter(|point| point.name().starts_with("Update"))
}

/// Kills an update at a point and lets the next run find it; the state is the old or the new one, whole.
fn kill(make: fn() -> Site, verb: &str, version: &str, point: Point, before: &str, after: &str) {
    let site = make();
    let old = fs::read_to_string(site.data().join("VERSION")).unwrap();
    let killed = tool(&site, verb, version).env(VARIABLE, &point.name()).run();
    assert_eq!(killed.code, None, "{point:?} was not reached");
    assert!(site.flag().exists(), "{point:?}");
    let status = site.tool("fietsupdate").arg("status").run();
    status.code(0);
    // To go where it was: nothing is to be done but to bring the killed run to its end.
    let wanted = if is_decided(point) { version } else { &old };
    let same_way = if is_decided(point) { verb } else { "update" };
    let next = tool(&site, same_way, wanted).run();
    next.code(0).says("Nothing to do\n").complains("was killed");
    match point {
        Point::UpdateBackedUp | Point::UpdateSettled => {}
        _ if is_decided(point) => {
            status.says("was cut short after it was decided");
            next.complains(&format!("it is complete now, and the instance is of {version}"));
        }
        _ => {
            status.says("was cut short before it changed anything");
            next.complains("the instance is as it was");
        }
    }
    let expected = if is_decided(point) { after } else { before };
    assert_eq!(everything(&site), expected, "{point:?}");
    assert_tidy(&site);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    go(&site, verb, version);
    assert_eq!(everything(&site), after, "{point:?}");
    assert!(!site.flag().exists());
}

/// What an update makes of an instance.
fn generations(make: fn() -> Site, verb: &str, version: &str) -> (String, String) {
    let site = make();
    let before = everything(&site);
    go(&site, verb, version);
    (before, everything(&site))
}

#[test]
fn an_update_is_whole_wherever_it_is_killed() {
    let (before, after) = generations(of_v0_4, "update", "v0.11.0");
    assert_ne!(before, after);
    for point in points() {
        kill(of_v0_4, "update", "v0.11.0", point, &before, &after);
    }
}

#[test]
fn a_downgrade_is_whole_wherever_it_is_killed() {
    let (before, after) = generations(Site::fixture, "downgrade", "v0.4.0");
    assert_ne!(before, after);
    for point in points().filter(|point| *point != Point::UpdateHalfStaged) {
        kill(Site::fixture, "downgrade", "v0.4.0", point, &before, &after);
    }
}

#[test]
fn a_mode_that_is_switched_off_too_early_shows_no_half_instance() {
    let up = (of_v0_4 as fn() -> Site, "update", "v0.11.0");
    let down = (Site::fixture as fn() -> Site, "downgrade", "v0.4.0");
    for ((make, verb, version), point, is_head) in [
        (up, Point::UpdateDecided, false),
        (up, Point::UpdateHalfPlaced, false),
        (up, Point::UpdateSwapped, true),
        (down, Point::UpdateDecided, true),
        (down, Point::UpdateSwapped, false),
        (down, Point::UpdateHalfPlaced, false),
    ] {
        let site = make();
        let killed = tool(&site, verb, version).env(VARIABLE, &point.name()).run();
        assert_eq!(killed.code, None);
        fs::remove_file(site.flag()).unwrap();
        assert_eq!(
            fietsboek::db::open(&site.database()).is_ok(),
            is_head,
            "{verb} {point:?}"
        );
        let dir = DataDir::new(site.data());
        let has_all = (1..=6).all(|id| trackdir::find_gpx(&dir, TrackId(id)).unwrap().is_some());
        assert!(has_all || !is_head, "{verb} {point:?}");
        let server = Server::start(&site);
        server.get("/login").status(if is_head { 200 } else { 503 });
    }
}

#[test]
fn a_database_that_was_used_after_the_kill_is_not_replaced() {
    let site = of_v0_4();
    let killed = tool(&site, "update", "v0.11.0")
        .env(VARIABLE, &Point::UpdateDecided.name())
        .run();
    assert_eq!(killed.code, None);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    let db = Connection::open(site.database()).unwrap();
    db.execute_batch("INSERT INTO badges (title) VALUES ('since')").unwrap();
    drop(db);
    let next = tool(&site, "update", "v0.11.0").run();
    next.code(0)
        .complains("was changed or replaced since")
        .says("\nUpdate succeeded, version: v0.11.0\n");
    assert!(rows(&site).iter().any(|row| row[1]["title"] == "since"));
    assert_tidy(&site);
}
