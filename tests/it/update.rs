//! `fietsupdate`: the lines of Fietsboek 0.11, and a maintenance mode of its own.

use std::fs;
use std::time::Duration;

use fietsboek::maintenance::barrier;
use fietsboek::{db, schema};
use rusqlite::Connection;
use rustix::process::Signal;

use super::site::Site;

const HEAD: &str = "Current version: v0.11.0\nSelected version: v0.11.0\nNothing to do\n";
const NEW: &str = "Current version: none\nSelected version: v0.11.0\n";
const DONE: &str = "Update succeeded, version: v0.11.0\n";

fn update<'a>(site: &'a Site, args: &[&str]) -> super::cmd::Cmd<'a> {
    site.tool("fietsupdate").arg("update").args(args)
}

fn stamp(site: &Site, revision: &str) {
    db::open_any(&site.database())
        .unwrap()
        .execute("UPDATE alembic_version SET version_num = ?1", [revision])
        .unwrap();
}

/// An instance without its database and VERSION.
fn bare() -> Site {
    let site = Site::new();
    fs::remove_file(site.database()).unwrap();
    fs::remove_file(site.data().join("VERSION")).unwrap();
    site
}

fn assert_whole(site: &Site) {
    let db = db::open(&site.database()).unwrap();
    assert_eq!(schema::find_schema(&db).unwrap(), schema::Schema::Head);
    assert_eq!(fs::read(site.data().join("VERSION")).unwrap(), b"v0.11.0");
    let mut names: Vec<_> = fs::read_dir(site.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.retain(|name| name != "VERSION" && name != "tracks");
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn an_instance_at_head_is_up_to_date() {
    let site = Site::fixture();
    let before = site.snapshot();
    site.tool("fietsupdate")
        .arg("status")
        .run()
        .code(0)
        .stdout("Current versions:\nv0.11.0\nAvailable updates:\nAll updates applied!\n")
        .stderr("");
    for args in [&[][..], &["v0.11.0"], &["-f"], &["v0.5.0"]] {
        update(&site, args).run().code(0).says("\nNothing to do\n");
    }
    update(&site, &[]).run().stdout(HEAD).stderr("");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn status_names_what_it_does_not_know_and_what_waits() {
    let site = Site::fixture();
    let status = || site.tool("fietsupdate").arg("status").run();
    fs::write(site.data().join("VERSION"), "v0.9.0\nxyz\n").unwrap();
    let run = status();
    run.code(0).says("Current versions:\nv0.9.0\nxyz [unknown]\n");
    run.says("\nAvailable updates:\nv0.11.0\n").says("2ebe1bf66430");
    fs::remove_file(site.data().join("VERSION")).unwrap();
    status()
        .code(0)
        .says("Current versions:\nNo current version\nAvailable updates:\nv0.11.0\n");
    fs::remove_file(site.database()).unwrap();
    status().code(0).says("There is no database at ");
    fs::write(site.database(), "no database at all, just text").unwrap();
    status().code(0).says("The database cannot be read: ");
}

#[test]
fn a_missing_or_empty_database_gets_its_tables() {
    let site = bare();
    update(&site, &["-f"])
        .run()
        .code(0)
        .stdout(&format!("{NEW}{DONE}"))
        .stderr("");
    assert_whole(&site);

    let site = bare();
    fs::write(site.database(), "").unwrap();
    let run = update(&site, &[]).stdin("y\n").run();
    run.code(0).stderr("");
    assert!(run.stdout.starts_with(NEW) && run.stdout.ends_with(&format!("Proceed? [y/N]: \n{DONE}")));
    assert_whole(&site);
    site.ctl(["user", "list"]).run().code(0).silent();
}

#[test]
fn who_does_not_want_to_proceed_has_changed_nothing() {
    let site = bare();
    let before = site.snapshot();
    update(&site, &[])
        .stdin("n\n")
        .run()
        .code(1)
        .says("Proceed? [y/N]: \n")
        .stderr("Aborted!\n");
    update(&site, &[])
        .run()
        .code(1)
        .says("Proceed? [y/N]: ")
        .stderr("Aborted!\n");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_database_at_head_without_version_gets_it() {
    let site = Site::fixture();
    fs::remove_file(site.data().join("VERSION")).unwrap();
    let database = fs::read(site.database()).unwrap();
    update(&site, &["--force"])
        .run()
        .code(0)
        .stdout(&format!("{NEW}{DONE}"))
        .stderr("");
    assert_whole(&site);
    assert_eq!(fs::read(site.database()).unwrap(), database);
}

#[test]
fn what_it_cannot_update_is_refused_and_not_touched() {
    let refused = |site: &Site, reason: &str| {
        let before = site.snapshot();
        let run = update(site, &["-f"]).run();
        run.code(1).complains(reason);
        assert_eq!(run.stderr.lines().count(), 1);
        assert_eq!(site.snapshot(), before);
    };
    let site = Site::fixture();
    stamp(&site, "c939800af428");
    fs::write(site.data().join("VERSION"), "v0.10.0").unwrap();
    refused(&site, "remove VERSION and try again");
    fs::write(site.data().join("VERSION"), "v0.4.0").unwrap();
    refused(&site, "write 30ppwg8zi4ujb46f into VERSION");
    stamp(&site, "ffffffffffff");
    refused(&site, "which this program does not know");
    fs::write(site.data().join("VERSION"), "v0.12.0").unwrap();
    refused(&site, "newer Fietsboek");

    let site = Site::new();
    fs::remove_file(site.database()).unwrap();
    refused(&site, "holds the data of an instance");
    Connection::open(site.database())
        .unwrap()
        .execute_batch("CREATE TABLE recipes (id INTEGER)")
        .unwrap();
    refused(&site, "is not Fietsboek's");
    fs::write(site.database(), "a letter to my aunt ".repeat(100)).unwrap();
    refused(&site, "fietsboek.sqlite");
    let site = bare();
    fs::create_dir_all(site.data().join("tracks/1")).unwrap();
    refused(&site, "holds the data of an instance");
}

#[test]
fn an_unknown_version_is_a_usage_error() {
    let site = Site::fixture();
    for args in [&["update", "v9.9"][..], &["downgrade", "v9.9"], &["downgrade"], &[]] {
        site.tool("fietsupdate").args(args).run().code(2).stdout("");
    }
}

#[test]
fn going_back_to_where_it_is_or_further_up_is_nothing() {
    let site = Site::fixture();
    let before = site.snapshot();
    let back = |version| site.tool("fietsupdate").args(["downgrade", "-f", version]).run();
    back("v0.11.0")
        .code(0)
        .stdout("Current version: v0.11.0\nDowngrade to version v0.11.0\nNothing to do\n");
    assert_eq!(site.snapshot(), before);
    fs::write(site.data().join("VERSION"), "v0.12.0").unwrap();
    back("v0.10.0").code(1).complains("newer Fietsboek");
    back("v9").code(2);
    let site = bare();
    back_of(&site, "v0.10.0").code(1).complains("is missing");
}

fn back_of(site: &Site, version: &str) -> super::cmd::Run {
    site.tool("fietsupdate").args(["downgrade", "-f", version]).run()
}

#[test]
fn a_mode_that_the_administrator_has_on_stays_on() {
    let site = bare();
    fs::write(site.flag(), "Back at noon").unwrap();
    update(&site, &["-f"]).run().code(0).says(DONE);
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "Back at noon");
    db::open(&site.database()).unwrap();
}

#[test]
fn it_waits_for_whoever_works_and_has_the_mode_on_meanwhile() {
    let site = bare();
    let holder = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let mut running = waiting(&site);
    std::thread::sleep(Duration::from_millis(100));
    assert!(running.is_running() && !site.database().exists());
    drop(holder);
    running.finish().code(0).says(DONE);
    assert_whole(&site);
}

/// An update that waits for a holder, with its own mode on.
fn waiting(site: &Site) -> super::cmd::Running<'_> {
    let mut running = update(site, &["-f"]).start();
    while !site.flag().exists() {
        assert!(running.is_running());
        std::thread::sleep(Duration::from_millis(5));
    }
    running
}

#[test]
fn a_reason_that_the_administrator_gives_meanwhile_stays_on() {
    let site = bare();
    let holder = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let running = waiting(&site);
    site.ctl(["maintenance-mode", "Back at noon"]).run().code(0);
    drop(holder);
    running
        .finish()
        .code(0)
        .says(DONE)
        .complains("stays on")
        .complains("maintenance-mode --disable");
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "Back at noon");
}

#[test]
fn a_mode_that_is_switched_off_meanwhile_stops_it() {
    let site = bare();
    let holder = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let running = waiting(&site);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    drop(holder);
    running.finish().code(1).stdout(NEW).complains("switched off meanwhile");
    assert!(!site.database().exists() && !site.flag().exists());
}

#[test]
fn an_interrupt_while_waiting_leaves_everything_as_it_was() {
    let site = bare();
    let _holder = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let running = waiting(&site);
    running.signal(Signal::INT);
    running.finish().code(1).stdout(NEW).stderr("Aborted!\n");
    assert_eq!(fs::read_dir(site.data()).unwrap().count(), 0);
    assert!(!site.database().exists());
}

#[test]
fn a_killed_run_is_recognised_by_the_next_one() {
    let site = bare();
    let holder = barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let running = waiting(&site);
    running.signal(Signal::KILL);
    assert_eq!(running.finish().code, None);
    drop(holder);
    let run = update(&site, &["-f"]).run();
    run.code(0)
        .says(DONE)
        .complains("was killed")
        .complains("maintenance-mode --disable");
    assert!(site.flag().exists());
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    db::open(&site.database()).unwrap();
}

#[test]
fn a_version_that_cannot_be_read_is_an_error() {
    let site = bare();
    fs::create_dir_all(site.data().join("VERSION")).unwrap();
    let before = site.snapshot();
    update(&site, &["-f"]).run().code(1).complains("VERSION");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn help_is_a_verb_too() {
    let site = Site::empty();
    let help = site.cmd("fietsupdate").args(["help", "update"]).run();
    help.code(0).stderr("");
    site.cmd("fietsupdate")
        .args(["update", "--help"])
        .run()
        .code(0)
        .stdout(&help.stdout);
    site.cmd("fietsupdate")
        .arg("help")
        .run()
        .code(0)
        .says("usage: fietsupdate");
    site.cmd("fietsupdate")
        .args(["help", "frobnicate"])
        .run()
        .code(2)
        .stdout("");
}
