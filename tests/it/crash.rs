//! A process that is killed at any step of making, changing or deleting a track leaves the old state or the new
//! one, whole: rows, recording, backup, photos and figures of one generation. And nothing is blocked afterwards.
//!
//! The points are those of `fietsboek::crash`, which are absent from release builds, and so are these tests.

use fietsboek::crash::{Point, VARIABLE};

use super::server::Server;
use super::site::Site;
use super::visitor::{Jar, Visitor};
use super::whole::{db, edit, finish, form as filled, is_gone, state, upload};

/// A server that is killed at a point.
fn doomed(site: &Site, point: Point) -> Server<'_> {
    Server::start_with(site, site.tool("fietsboek-serve").env(VARIABLE, &point.name()))
}

/// The points whose names begin so.
fn points(operation: &str) -> Vec<Point> {
    let all = Point::ALL.into_iter();
    all.filter(|point| point.name().starts_with(operation)).collect()
}

/// `fietsctl check` finds nothing.
#[track_caller]
fn assert_clean(site: &Site, point: Point) {
    use std::os::unix::fs::PermissionsExt;
    // The check looks at that too.
    std::fs::set_permissions(site.dir(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let run = site.ctl(["check"]).run();
    // Notes of the configuration are those of the instance as it came.
    let data = site.data();
    let is_finding = |line: &str| line.starts_with("problem: ") || line.contains(&*data.to_string_lossy());
    let is_clean = run.code == Some(0) && !run.stdout.lines().any(is_finding);
    assert!(is_clean, "{point:?}: {run:?}");
}

/// The same, and once fietscron has run nothing is left of what was cut short.
#[track_caller]
fn assert_sound(site: &Site, point: Point) {
    assert_clean(site, point);
    site.tool("fietscron").run().code(0);
    let rows = db(site)
        .query_row("SELECT count(*) FROM tracks", [], |row| row.get::<_, i64>(0))
        .unwrap();
    let places: Vec<_> = std::fs::read_dir(site.data().join("tracks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(places.len() as i64, rows, "{point:?}: {places:?}");
    let is_marked = |place: &std::path::PathBuf| place.join("unfinished").exists();
    assert!(!places.iter().any(is_marked), "{point:?}");
    assert_clean(site, point);
}

#[track_caller]
fn assert_killed(mut server: Server<'_>, point: Point) {
    assert_eq!(server.wait(), None, "{point:?} was not reached");
}

/// A track is made, changed and looked at as if nothing had happened.
#[track_caller]
fn assert_all_goes_on(site: &Site, visitor: &mut Visitor<'_>, point: Point) {
    let form = upload(visitor);
    let made = finish(visitor, &form, "Later").unwrap();
    let track = visitor.location(&made);
    let id: i64 = track.rsplit('/').next().unwrap().parse().unwrap();
    assert!(state(site, id).contains("Later"), "{point:?}");
    visitor.get(&track).status(200);
    let again = visitor.send(&format!("{track}/edit"), &filled("Again"), &[]);
    again.unwrap().status(302);
    assert!(state(site, id).contains("Again"), "{point:?}");
    let pending: i64 = db(site)
        .query_row("SELECT count(*) FROM x_swaps", [], |row| row.get(0))
        .unwrap();
    assert_eq!(pending, 0, "{point:?}");
}

/// Somebody logs in and goes again.
fn log_in(site: &Site, name: &str) -> Jar {
    let server = Server::start(site);
    Visitor::log_in(&server, &format!("{name}@example.org"), &format!("{name}-password-1")).leave()
}

/// Track 1 before an edit, and after it.
fn generations() -> (String, String) {
    let site = Site::fixture();
    let server = Server::start(&site);
    let before = state(&site, 1);
    edit(&mut Visitor::alice(&server), "New").unwrap().status(302);
    (before, state(&site, 1))
}

#[test]
fn an_edit_is_whole_wherever_it_is_cut() {
    let (before, after) = generations();
    assert_ne!(before, after);
    let is_decided = |point| matches!(point, Point::EditCommitted | Point::EditExchanged | Point::EditSettled);
    for point in points("Edit") {
        let site = Site::fixture();
        let jar = log_in(&site, "alice");
        let server = doomed(&site, point);
        let answer = edit(&mut Visitor::back(&server, &jar), "New");
        assert!(answer.is_none(), "{point:?} answers");
        assert_killed(server, point);
        let server = Server::start(&site);
        let mut alice = Visitor::back(&server, &jar);
        alice.get("/track/1").status(200);
        let expected = if is_decided(point) { &after } else { &before };
        assert_eq!(&state(&site, 1), expected, "{point:?}");
        edit(&mut alice, "New").unwrap().status(302);
        assert_all_goes_on(&site, &mut alice, point);
    }
}

#[test]
fn whichever_tool_comes_first_completes_an_edit() {
    let (_, after) = generations();
    for args in [
        &["fietsctl", "track", "list"][..],
        &["fietsctl", "user", "list"],
        &["fietscron"],
    ] {
        for point in [Point::EditCommitted, Point::EditExchanged] {
            let site = Site::fixture();
            let jar = log_in(&site, "alice");
            let server = doomed(&site, point);
            edit(&mut Visitor::back(&server, &jar), "New");
            assert_killed(server, point);
            site.tool(args[0])
                .args(&args[1..])
                .run()
                .code(0)
                .complains("was cut short by a crash");
            assert_eq!(state(&site, 1), after, "{args:?} {point:?}");
            assert_eq!(
                std::fs::read_dir(site.data().join("staging")).unwrap().count(),
                0,
                "{args:?} {point:?}"
            );
            site.tool(args[0]).args(&args[1..]).run().code(0).stderr("");
        }
    }
}

#[test]
fn a_new_track_is_whole_or_still_an_upload() {
    for point in points("Create") {
        let site = Site::fixture();
        let jar = log_in(&site, "alice");
        let server = Server::start(&site);
        let form = upload(&mut Visitor::back(&server, &jar));
        drop(server);
        let server = doomed(&site, point);
        let answer = finish(&mut Visitor::back(&server, &jar), &form, "New");
        assert!(answer.is_none(), "{point:?} answers");
        assert_killed(server, point);
        assert_clean(&site, point);
        let server = Server::start(&site);
        let mut alice = Visitor::back(&server, &jar);
        if matches!(point, Point::CreateCommitted | Point::CreateSettled) {
            alice.get(&form).status(404);
            alice.get("/track/7").status(200);
        } else {
            alice.get("/track/7").status(404);
            alice.get(&form).status(200);
            finish(&mut alice, &form, "New").unwrap().status(302);
        }
        let now = state(&site, 7);
        assert!(
            now.matches("New").count() > 4 && now.contains("new.png"),
            "{point:?}: {now}"
        );
        assert_all_goes_on(&site, &mut alice, point);
        drop(server);
        assert!(!site.data().join("stale").exists(), "{point:?}");
        assert_sound(&site, point);
    }
}

#[test]
fn a_deleted_track_is_whole_or_gone_and_its_id_is_free() {
    for point in points("Delete") {
        let site = Site::fixture();
        let jar = log_in(&site, "bob");
        let before = state(&site, 6);
        let server = doomed(&site, point);
        let answer = Visitor::back(&server, &jar).send("/track/6/delete", &[], &[]);
        assert!(answer.is_none(), "{point:?} answers");
        assert_killed(server, point);
        assert_clean(&site, point);
        let server = Server::start(&site);
        let mut bob = Visitor::back(&server, &jar);
        if matches!(point, Point::DeleteWritten | Point::DeleteMarked) {
            assert_eq!(state(&site, 6), before, "{point:?}");
            bob.send("/track/6/delete", &[], &[]).unwrap().status(302);
            assert!(is_gone(&site, 6), "{point:?}");
        } else {
            bob.get("/track/6").status(404);
        }
        // The next track gets the same id, and none of the old one's files.
        let form = upload(&mut bob);
        let made = finish(&mut bob, &form, "Next").unwrap();
        assert!(
            made.status(302).header("Location").unwrap().ends_with("/track/6"),
            "{point:?}"
        );
        let now = state(&site, 6);
        assert!(now.contains("Next") && !now.contains("No times"), "{point:?}: {now}");
        assert_all_goes_on(&site, &mut bob, point);
        drop(server);
        assert!(!site.data().join("stale").exists(), "{point:?}");
        assert_sound(&site, point);
    }
}
