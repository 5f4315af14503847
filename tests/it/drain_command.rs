//! `fietsctl maintenance-mode --wait`: when it returns 0, nobody touches the data any more.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use fietsboek::maintenance::barrier;

use super::cmd::LIMIT;
use super::maintenance_command::{OFF, mode};
use super::site::Site;

#[test]
fn waiting_for_a_quiet_instance_returns_at_once() {
    let site = Site::new();
    let began = Instant::now();
    mode(&site, &["soon", "--wait"])
        .code(0)
        .says("enabled: soon")
        .stderr("");
    mode(&site, &["--wait"]).code(0).says("enabled: soon").stderr("");
    mode(&site, &["--wait=0", "--json"]).code(0).says("\"enabled\":true");
    assert!(began.elapsed() < LIMIT);
}

#[test]
fn there_is_nothing_to_wait_for_when_it_is_off() {
    let site = Site::new();
    mode(&site, &["--wait"])
        .code(1)
        .stdout("")
        .complains("the maintenance mode is off");
    assert!(!site.flag().exists());
}

#[test]
fn waiting_ends_when_the_last_one_leaves() {
    let site = Site::new();
    let pass = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let mut waiting = site.ctl(["maintenance-mode", "soon", "--wait"]).start();
    let began = Instant::now();
    while !site.flag().exists() {
        assert!(began.elapsed() < LIMIT, "the flag is not set");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(waiting.is_running(), "it did not wait");
    drop(pass);
    waiting.finish().code(0).stderr("");
}

#[test]
fn past_the_limit_it_names_who_holds_and_the_mode_stays_on() {
    let site = Site::new();
    let pass = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let run = mode(&site, &["soon", "--wait=0"]);
    run.code(4).stdout("").complains("stays on");
    // Which number stands there the system decides: without /proc there is none.
    if !barrier_is_hidden(&site) {
        run.complains(&format!("pid {}", std::process::id()));
    }
    mode(&site, &["--check"]).code(3);
    drop(pass);
    // Another test's child may hold a copy of the lock until it has become the program it will be.
    mode(&site, &["--wait"]).code(0);
}

/// Whether this system tells nobody who holds a lock.
fn barrier_is_hidden(site: &Site) -> bool {
    let inode = format!(":{} ", fs::metadata(site.data()).unwrap().ino());
    !fs::read_to_string("/proc/locks").is_ok_and(|locks| locks.contains(&inode))
}

#[test]
fn while_another_program_is_alone_it_waits_and_names_it() {
    let site = Site::new();
    let pass = barrier::hold_alone(&site.data(), Duration::ZERO).unwrap();
    mode(&site, &["soon", "--wait=0"]).code(4).complains("still held by");
    // The switch itself needs no lock.
    mode(&site, &["later"]).code(0).says("enabled: later");
    mode(&site, &["--disable"]).code(0).stdout(OFF);
    drop(pass);
}

#[test]
fn a_flag_that_goes_while_waiting_is_an_error() {
    let site = Site::new();
    let pass = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    fs::write(site.flag(), "").unwrap();
    let mut waiting = site.ctl(["maintenance-mode", "--wait"]).start();
    std::thread::sleep(Duration::from_millis(200));
    assert!(waiting.is_running(), "it did not wait");
    fs::remove_file(site.flag()).unwrap();
    drop(pass);
    waiting.finish().code(1).complains("switched off");
}

#[test]
fn after_waiting_the_journal_of_a_crashed_writer_is_played_back() {
    let site = Site::new();
    let journal = site.path("fietsboek.sqlite-journal");
    let writer = rusqlite::Connection::open(site.database()).unwrap();
    // A cache of one page spills at once: the file changes before the transaction ends.
    writer.pragma_update(None, "cache_size", 1).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    for n in 0..2000 {
        writer
            .execute("INSERT INTO badges (title) VALUES (?1)", [format!("{n:0100}")])
            .unwrap();
    }
    // What a crash would leave: the files of this moment.
    let (torn, log) = (fs::read(site.database()).unwrap(), fs::read(&journal).unwrap());
    drop(writer);
    fs::write(site.database(), torn).unwrap();
    fs::write(&journal, log).unwrap();
    mode(&site, &["soon", "--wait"]).code(0).stderr("");
    assert!(!journal.exists());
    let db = fietsboek::db::open(&site.database()).unwrap();
    let badges: i64 = db
        .query_row("SELECT count(*) FROM badges", [], |row| row.get(0))
        .unwrap();
    assert_eq!(badges, 0);
}

#[test]
fn a_journal_that_cannot_be_settled_is_an_error_and_a_missing_database_a_warning() {
    let site = Site::new();
    fs::write(site.database(), "no database at all".repeat(500)).unwrap();
    fs::write(site.path("fietsboek.sqlite-wal"), "x").unwrap();
    mode(&site, &["soon", "--wait"]).code(1).complains("fietsboek.sqlite");
    mode(&site, &["--check"]).code(3);
    fs::remove_file(site.database()).unwrap();
    let run = mode(&site, &["--wait", "-q"]);
    run.code(0).complains("fietsctl: warning: ").complains("no database");
}
