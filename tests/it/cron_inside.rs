//! The jobs of `fietscron` inside of the server (`--cron`): done, in turn with others, and never in the way of a drain.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use fietsboek::datadir::DataDir;
use fietsboek::db;
use fietsboek::model::last_run;
use rusqlite::Connection;
use rustix::fs::FlockOperation;
use rustix::process::Signal;

use super::cmd::LIMIT;
use super::cron::{count, leave};
use super::server::Server;
use super::site::Site;

fn serve(site: &Site) -> Server<'_> {
    Server::start_with(site, site.tool("fietsboek-serve").args(["--cron", "1h"]))
}

#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LIMIT, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Serves, and does something while the first deletion waits for another who writes.
fn while_it_works(site: &Site, work: impl FnOnce(&mut Server<'_>, Connection)) {
    let writer = db::open(&site.database()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut server = serve(site);
    eventually("the run has begun", || site.data().join("cron.lock").exists());
    std::thread::sleep(Duration::from_millis(300));
    work(&mut server, writer);
}

#[test]
fn the_jobs_are_done_at_the_start_and_only_what_was_done_is_told() {
    let site = Site::new();
    leave(&site, 25);
    let server = serve(&site);
    server.await_log("through in");
    assert_eq!((count(&site, "uploads"), count(&site, "tokens")), (0, 0));
    assert!(server.log().contains("old uploads: 1 done"), "{}", server.log());
    assert!(!server.log().contains(": 0 done\n"), "{}", server.log());
    assert!(last_run::find(&DataDir::new(site.data())).is_some());
}

#[test]
fn without_the_option_nothing_is_done() {
    let site = Site::new();
    leave(&site, 25);
    let server = Server::start(&site);
    server.get("/");
    assert_eq!(count(&site, "uploads"), 1);
    assert!(!site.data().join("cron.lock").exists());
}

#[test]
fn in_maintenance_mode_nothing_is_touched_and_afterwards_it_is_made_up_for() {
    let site = Site::new();
    leave(&site, 25);
    fs::write(site.flag(), "Back at noon").unwrap();
    let before = site.snapshot();
    let server = serve(&site);
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(server.get("/").status, 503);
    assert_eq!(site.snapshot(), before);
    fs::remove_file(site.flag()).unwrap();
    eventually("the upload is gone", || count(&site, "uploads") == 0);
}

#[test]
fn a_flag_between_two_items_stops_it_so_that_the_drain_succeeds() {
    let site = Site::new();
    (0..3).for_each(|_| leave(&site, 25));
    while_it_works(&site, |server, writer| {
        fs::write(site.flag(), "").unwrap();
        drop(writer);
        site.ctl(["maintenance-mode", "--wait=20"]).run().code(0);
        // At most the item that it was at is done.
        let left = (count(&site, "uploads"), count(&site, "tokens"));
        assert!(matches!(left, (2 | 3, 3)), "{left:?}");
        let before = site.snapshot();
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(site.snapshot(), before);
        site.ctl(["maintenance-mode", "--disable"]).run().code(0);
        server.await_log("through in");
        assert_eq!((count(&site, "uploads"), count(&site, "tokens")), (0, 0));
    });
}

#[test]
fn it_never_works_beside_another_run() {
    let site = Site::new();
    leave(&site, 25);
    let lock = File::create(site.data().join("cron.lock")).unwrap();
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).unwrap();
    let server = serve(&site);
    std::thread::sleep(Duration::from_millis(800));
    server.get("/");
    assert_eq!(count(&site, "uploads"), 1);
    drop(lock);
    eventually("its turn comes", || count(&site, "uploads") == 0);
    let site = Site::new();
    while_it_works(&site, |_, _writer| {
        let run = site.tool("fietscron").arg("-v").run();
        run.code(0).complains("another run is active");
    });
}

#[test]
fn a_run_of_another_counts_for_the_interval() {
    let site = Site::new();
    site.tool("fietscron").run().code(0);
    leave(&site, 25);
    let server = serve(&site);
    std::thread::sleep(Duration::from_millis(800));
    server.get("/");
    assert_eq!(count(&site, "uploads"), 1);
}

#[test]
fn what_fails_is_logged_and_the_site_goes_on() {
    let site = Site::new();
    leave(&site, 25);
    db::open(&site.database())
        .unwrap()
        .execute_batch("DROP TABLE uploads")
        .unwrap();
    let server = serve(&site);
    server.await_log("old uploads: ");
    server.await_log("1 of ");
    assert_eq!(count(&site, "tokens"), 0);
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn a_signal_ends_it_between_two_items() {
    let site = Site::new();
    (0..3).for_each(|_| leave(&site, 25));
    while_it_works(&site, |server, _writer| {
        server.signal(Signal::TERM);
        // The writer is still there: the item ends with its busy time-out, or is left.
        assert_eq!(server.wait(), Some(0));
    });
    assert_eq!((count(&site, "uploads"), count(&site, "tokens")), (3, 3));
    let mut server = serve(&site);
    server.await_log("through in");
    let began = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.wait(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(!server.log().contains("still at work"), "{}", server.log());
}

#[test]
fn an_interval_that_is_none_is_a_usage_error() {
    let site = Site::new();
    for text in ["often", "0m", "30s", "1.5h", ""] {
        let run = site.tool("fietsboek-serve").args(["--cron", text]).run();
        run.code(2).complains("--cron takes an interval");
    }
}
