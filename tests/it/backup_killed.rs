//! `fietsctl backup` and `restore` that are killed: at every step the old instance or the new one is whole.
//!
//! The points are those of `fietsboek::crash`, which are absent from release builds, and so are these tests.

use std::fs;

use fietsboek::crash::{Point, VARIABLE};
use fietsboek::db;

use super::backup::{back_up, backed_up, leftovers};
use super::cmd::Cmd;
use super::migrate::everything;
use super::server::Server;
use super::site::Site;

/// The points of a restore over an instance at which it is decided.
fn is_decided(point: Point) -> bool {
    !matches!(point, Point::RestoreHalfStaged | Point::RestoreStaged)
}

fn points() -> impl Iterator<Item = Point> {
    let all = Point::ALL.into_iter();
    all.filter(|point| point.name().starts_with("Restore"))
}

/// A backup, and an instance that is another by now.
fn changed() -> (Site, String, String) {
    let site = backed_up();
    let before = everything(&site);
    let db = db::open(&site.database()).unwrap();
    db.execute_batch("UPDATE tracks SET title = 'Changed'; DELETE FROM tracks WHERE id = 6")
        .unwrap();
    drop(db);
    fs::remove_dir_all(site.data().join("tracks/6")).unwrap();
    fs::copy(
        site.data().join("tracks/3/track.gpx.br"),
        site.data().join("tracks/2/track.gpx.br"),
    )
    .unwrap();
    let changed = everything(&site);
    assert_ne!(before, changed);
    (site, before, changed)
}

fn over(site: &Site) -> Cmd<'_> {
    site.ctl(["restore", "b.tar.gz", "--over", "--force"])
}

fn kill(site: &Site, point: Point) {
    let killed = over(site).env(VARIABLE, &point.name()).run();
    assert_eq!(killed.code, None, "{point:?} was not reached");
    assert!(site.flag().exists(), "{point:?}");
}

#[test]
fn a_restore_over_an_instance_is_whole_wherever_it_is_killed() {
    for point in points() {
        for resume in [true, false] {
            let (site, restored, changed) = changed();
            kill(&site, point);
            let next = match resume {
                true => site.ctl(["restore", "--resume"]).run(),
                false => over(&site).run(),
            };
            next.code(0)
                .complains("was killed after it had switched the maintenance mode on");
            match point {
                Point::RestoreSettled => {}
                _ if is_decided(point) => {
                    next.complains("a restore was cut short after it was decided; it is complete now");
                    next.says("the old instance is kept in ");
                }
                _ => {
                    next.complains("the instance is as it was");
                }
            }
            let expected = if is_decided(point) || !resume {
                &restored
            } else {
                &changed
            };
            assert_eq!(&everything(&site), expected, "{point:?} {resume}");
            assert!(leftovers(&site).is_empty(), "{point:?} {resume} {:?}", leftovers(&site));
            site.ctl(["maintenance-mode", "--disable"]).run().code(0);
            site.ctl(["check", "--repair"]).run().code(0);
            over(&site).run().code(0);
            assert_eq!(everything(&site), restored, "{point:?} {resume}");
            assert!(!site.flag().exists());
        }
    }
}

#[test]
fn a_mode_that_is_switched_off_too_early_shows_no_half_instance() {
    for point in points() {
        let (site, restored, changed) = changed();
        kill(&site, point);
        fs::remove_file(site.flag()).unwrap();
        let expected = match point {
            Point::RestoreHalfStaged | Point::RestoreStaged | Point::RestoreDecided => Some(changed),
            Point::RestoreSwapped | Point::RestoreSettled => Some(restored),
            _ => None,
        };
        let server = Server::start(&site);
        server.get("/login").status(if expected.is_some() { 200 } else { 503 });
        match expected {
            Some(expected) => assert_eq!(everything(&site), expected, "{point:?}"),
            None => assert!(!site.database().exists(), "{point:?}"),
        }
        let check = site.ctl(["check"]).run();
        match point {
            Point::RestoreSettled => check.code(0),
            _ if is_decided(point) => check.code(1).says("restore --resume"),
            _ => check.code(1).says("was left by a restore that was cut short"),
        };
        if !is_decided(point) {
            site.ctl(["check", "--repair"]).run().code(0).says("repaired");
            assert!(leftovers(&site).is_empty(), "{point:?}");
        }
    }
}

#[test]
fn a_restore_to_a_new_place_is_there_or_not() {
    let site = backed_up();
    let restore = || site.cmd("fietsctl").args(["restore", "b.tar.gz", "new"]);
    for point in [Point::RestoreHalfStaged, Point::RestoreStaged, Point::RestoreSettled] {
        let killed = restore().env(VARIABLE, &point.name()).run();
        assert_eq!(killed.code, None, "{point:?} was not reached");
        let is_there = point == Point::RestoreSettled;
        assert_eq!(site.path("new").exists(), is_there, "{point:?}");
        assert_eq!(site.path(".new.restore").exists(), !is_there, "{point:?}");
        if !is_there {
            restore().run().code(0).stderr("");
        }
        site.cmd("fietsctl")
            .args(["check", "-c", "new/fietsboek.ini"])
            .run()
            .code(0);
        assert!(leftovers(&site).is_empty(), "{point:?}");
        fs::remove_dir_all(site.path("new")).unwrap();
    }
}

#[test]
fn a_backup_that_is_killed_has_no_name_and_the_next_one_is_not_hindered() {
    let site = Site::fixture();
    let killed = site
        .ctl(["backup", "b.tar"])
        .env(VARIABLE, &Point::BackupWritten.name())
        .run();
    assert_eq!(killed.code, None);
    assert!(!site.path("b.tar").exists() && site.path(".b.tar.part").exists());
    let left = |site: &Site| {
        leftovers(site)
            .iter()
            .filter(|path| path.starts_with(site.data()))
            .count()
    };
    assert!(left(&site) > 0);
    back_up(&site, "b.tar").code(0).stderr("");
    assert!(!site.path(".b.tar.part").exists());
    // What it has left in the data directory goes like any other stray.
    assert!(left(&site) > 0);
    let dir = fietsboek::datadir::DataDir::new(site.data());
    let later = fietsboek::clock::now() + time::Duration::hours(1);
    let strays = fietsboek::model::trash::list_strays(&dir, later).unwrap();
    strays
        .iter()
        .for_each(|path| fietsboek::model::trash::empty(path).unwrap());
    assert!(leftovers(&site).is_empty());
}
