//! `fietscron`: what it does, and that it does nothing in maintenance mode.

use std::fs::{self, File};
use std::time::{Duration, Instant, SystemTime};

use fietsboek::datadir::DataDir;
use fietsboek::maintenance::barrier;
use fietsboek::model::last_run;
use fietsboek::{clock, db};

use super::cmd::LIMIT;
use super::site::Site;

/// How many rows a table has.
pub fn count(site: &Site, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    db::open(&site.database())
        .unwrap()
        .query_row(&sql, [], |row| row.get(0))
        .unwrap()
}

/// An upload and a token of so many hours ago.
pub fn leave(site: &Site, hours: i64) {
    let at = clock::to_db(clock::wall(clock::now() - time::Duration::hours(hours)));
    let db = db::open(&site.database()).unwrap();
    db.execute(
        "INSERT INTO uploads (uploaded_at, owner_id, gpx) VALUES (?1, 2, x'00')",
        [&at],
    )
    .unwrap();
    db.execute(
        "INSERT INTO tokens (user_id, uuid, token_type, date) VALUES (2, ?1, 'VERIFY_EMAIL', ?1)",
        [&at],
    )
    .unwrap();
}

fn set_flag(site: &Site, hours: u64) {
    fs::write(site.flag(), "Back at noon").unwrap();
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    File::options()
        .write(true)
        .open(site.flag())
        .unwrap()
        .set_modified(then)
        .unwrap();
}

#[test]
fn what_is_older_than_a_day_goes_and_the_rest_stays() {
    let site = Site::new();
    leave(&site, 23);
    leave(&site, 25);
    leave(&site, 1000);
    site.tool("fietscron").run().code(0).silent();
    assert_eq!((count(&site, "uploads"), count(&site, "tokens")), (1, 1));
}

#[test]
fn a_run_that_is_through_is_written_down_and_one_that_did_nothing_is_not() {
    let site = Site::new();
    let dir = DataDir::new(site.flag().parent().unwrap());
    set_flag(&site, 1);
    site.tool("fietscron").run().code(0);
    assert_eq!(last_run::find(&dir), None);
    fs::remove_file(site.flag()).unwrap();
    site.tool("fietscron").run().code(0);
    let age = clock::now() - last_run::find(&dir).unwrap();
    assert!(age.whole_seconds().abs() < 120, "{age}");
}

#[test]
fn it_tells_what_it_did_only_when_asked() {
    let site = Site::new();
    leave(&site, 25);
    let run = site.tool("fietscron").arg("-v").run();
    run.code(0)
        .stdout("")
        .complains("old uploads: 1")
        .complains("old tokens: 1")
        .complains("2 done, 0 of ");
}

#[test]
fn in_maintenance_mode_every_byte_and_every_time_stays() {
    let site = Site::fixture();
    leave(&site, 1000);
    for reason in ["", "Back at noon"] {
        fs::write(site.flag(), reason).unwrap();
        let before = site.snapshot();
        site.tool("fietscron").run().code(0).silent();
        site.tool("fietscron")
            .arg("-v")
            .run()
            .code(0)
            .stdout("")
            .complains("maintenance mode is on");
        assert_eq!(site.snapshot(), before);
    }
    fs::remove_file(site.flag()).unwrap();
    fs::create_dir(site.flag()).unwrap();
    let before = site.snapshot();
    site.tool("fietscron").run().code(0).silent();
    assert_eq!(site.snapshot(), before);
}

#[test]
fn what_is_odd_in_the_ini_file_is_not_mailed_every_time() {
    let site = Site::fixture();
    site.edit_ini("session_key =", "sesion_key = x\nsession_key =");
    site.tool("fietscron").run().code(0).silent();
    set_flag(&site, 1);
    site.tool("fietscron").run().code(0).silent();
    site.tool("fietscron").arg("-v").run().code(0).complains("sesion_key");
}

#[test]
fn an_empty_data_directory_may_be_one_that_is_not_mounted() {
    let site = Site::new();
    leave(&site, 25);
    fs::remove_file(site.data().join("VERSION")).unwrap();
    let before = site.snapshot();
    site.tool("fietscron").run().code(0).stdout("").complains("is empty");
    assert_eq!(site.snapshot(), before);
    site.ctl(["maintenance-mode"])
        .run()
        .code(0)
        .stdout("Maintenance mode is disabled\n")
        .complains("visitors get 503");
    // What the message names mends it.
    site.tool("fietsupdate").arg("update").arg("-f").run().code(0);
    site.tool("fietscron").run().code(0).silent();
    assert_eq!(count(&site, "uploads"), 0);
}

#[test]
fn in_maintenance_mode_the_database_may_be_anything() {
    let site = Site::fixture();
    set_flag(&site, 1);
    fs::write(site.database(), "no database at all").unwrap();
    site.tool("fietscron").run().code(0).silent();
    fs::remove_file(site.database()).unwrap();
    site.tool("fietscron").run().code(0).silent();
    assert!(!site.database().exists());
}

#[test]
fn a_flag_that_was_forgotten_is_one_line_a_run() {
    let site = Site::fixture();
    set_flag(&site, 23);
    site.tool("fietscron").run().code(0).silent();
    set_flag(&site, 25);
    let before = site.snapshot();
    let run = site.tool("fietscron").run();
    run.code(0).stdout("").complains("the maintenance mode is on since ");
    assert_eq!(run.stderr.lines().count(), 1);
    assert_eq!(site.snapshot(), before);
}

#[test]
fn somebody_who_is_alone_with_the_data_is_left_alone() {
    let site = Site::fixture();
    let _alone = barrier::hold_alone(&site.data(), Duration::ZERO).unwrap();
    let before = site.snapshot();
    site.tool("fietscron").run().code(0).silent();
    assert_eq!(site.snapshot(), before);
}

/// Starts it, does something while it waits with its first deletion, and lets it go on.
fn while_it_works(site: &Site, work: impl FnOnce()) {
    let writer = db::open(&site.database()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut cron = site.tool("fietscron").start();
    let began = Instant::now();
    while !site.data().join("cron.lock").exists() {
        assert!(began.elapsed() < LIMIT && cron.is_running(), "it has not begun");
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(cron.is_running(), "it does not wait");
    work();
    writer.execute_batch("COMMIT").unwrap();
    cron.finish().code(0).silent();
}

#[test]
fn nobody_is_alone_with_the_data_while_it_works_and_afterwards_it_holds_nothing() {
    let site = Site::new();
    leave(&site, 25);
    while_it_works(&site, || {
        assert!(barrier::hold_alone(&site.data(), Duration::ZERO).is_err());
    });
    barrier::hold_alone(&site.data(), LIMIT).unwrap();
    assert_eq!(count(&site, "uploads"), 0);
}

#[test]
fn it_stops_between_two_items_when_the_flag_appears_or_the_directory_goes() {
    let appear = |site: &Site| fs::write(site.flag(), "").unwrap();
    let go = |site: &Site| {
        fs::rename(site.data(), site.path("moved")).unwrap();
        fs::create_dir(site.data()).unwrap();
    };
    for happen in [appear, go] {
        let site = Site::new();
        leave(&site, 25);
        leave(&site, 26);
        while_it_works(&site, || happen(&site));
        // At most the item that it was at is done.
        let left = (count(&site, "uploads"), count(&site, "tokens"));
        assert!(matches!(left, (1 | 2, 2)), "{left:?}");
    }
}

#[test]
fn another_run_is_left_to_its_work() {
    let site = Site::new();
    leave(&site, 25);
    site.tool("fietscron").run().code(0);
    leave(&site, 25);
    let lock = File::open(site.data().join("cron.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    site.tool("fietscron").run().code(0).silent();
    assert_eq!(count(&site, "uploads"), 1);
    drop(lock);
    site.tool("fietscron").run().code(0).silent();
    assert_eq!(count(&site, "uploads"), 0);
}

#[test]
fn one_failing_job_does_not_stop_the_others() {
    let site = Site::new();
    leave(&site, 25);
    db::open(&site.database())
        .unwrap()
        .execute_batch("DROP TABLE uploads")
        .unwrap();
    let run = site.tool("fietscron").run();
    run.code(1).stdout("").complains("old uploads: ");
    assert_eq!(run.stderr.lines().count(), 1);
    assert_eq!(count(&site, "tokens"), 0);
}

#[test]
fn a_database_that_is_missing_or_of_another_version_is_an_error() {
    let site = Site::fixture();
    db::open(&site.database())
        .unwrap()
        .execute("UPDATE alembic_version SET version_num = '4566843039d6'", [])
        .unwrap();
    site.tool("fietscron")
        .run()
        .code(1)
        .stdout("")
        .complains("run fietsupdate update");
    fs::remove_file(site.database()).unwrap();
    site.tool("fietscron")
        .run()
        .code(1)
        .stdout("")
        .complains("fietsboek.sqlite");
    assert!(!site.database().exists());
}

#[test]
fn help_works_and_operands_do_not() {
    let site = Site::empty();
    for option in ["-h", "--help"] {
        site.cmd("fietscron")
            .arg(option)
            .run()
            .code(0)
            .says("usage: fietscron")
            .stderr("");
    }
    site.cmd("fietscron").arg("now").run().code(2).stdout("");
    site.cmd("fietscron").run().code(3).stdout("");
}
