//! `fietsctl backup` and `fietsctl restore`: of a site at work, to a new place, over a site at work.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fietsboek::datadir::DataDir;
use fietsboek::db;
use fietsboek::model::{TrackId, trackdir};

use super::cmd::{LIMIT, Run};
use super::migrate::everything;
use super::server::Server;
use super::site::Site;
use super::visitor::Visitor;
use super::whole::{edit, finish, state, upload};

/// Backs an instance up to a file in its directory.
pub(super) fn back_up(site: &Site, name: &str) -> Run {
    site.ctl(["backup", name]).run()
}

/// The original's instance, closed to other users of the machine, and its archive `b.tar.gz`.
pub(super) fn backed_up() -> Site {
    let site = Site::fixture();
    fs::set_permissions(site.dir(), fs::Permissions::from_mode(0o700)).unwrap();
    back_up(&site, "b.tar.gz").code(0).stderr("");
    site
}

/// An instance that was restored from another's archive: rows and files.
fn restored(site: &Site, archive: &str) -> Site {
    let other = Site::empty();
    fs::remove_dir(other.dir()).unwrap();
    site.cmd("fietsctl")
        .arg("restore")
        .arg(site.path(archive))
        .arg(other.dir())
        .run()
        .code(0)
        .stderr("");
    other
}

/// What is left beside the data.
pub(super) fn leftovers(site: &Site) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = site.snapshot().into_keys().collect();
    found.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_ours = |part: &str| name.contains(part);
        [".part", ".restore", "backup-", "RESTORE"]
            .iter()
            .any(|part| is_ours(part))
            || path.ends_with("staging/restore")
    });
    found
}

#[test]
fn an_instance_of_the_original_is_the_same_where_it_is_restored() {
    let site = Site::fixture();
    let before = site.snapshot();
    for name in ["b.tar", "b.tar.gz"] {
        let run = back_up(&site, name);
        run.code(0)
            .stderr("")
            .says("6 tracks, 4 users")
            .says("in 23 files; written and read back");
        let mut after = site.snapshot();
        assert!(after.remove(&site.path(name)).unwrap().0 > 80_000);
        assert_eq!(fs::metadata(site.path(name)).unwrap().mode() & 0o7777, 0o600);
        let paths: Vec<&PathBuf> = after.keys().collect();
        assert_eq!(paths, before.keys().collect::<Vec<_>>());
        assert!(after.iter().all(|(path, now)| path.is_dir() || before[path] == *now));
        let list = site.cmd("fietsctl").args(["restore", "--list", name]).run();
        list.code(0)
            .stderr("")
            .says("version: v0.11.0\ntracks: 6\nusers: 4\nfiles: 23, ");
        list.says("checksums: all hold\n");
        let other = restored(&site, name);
        assert_eq!(everything(&other), everything(&site));
        let ini = fs::read_to_string(other.ini()).unwrap();
        assert!(ini.contains("sqlalchemy.url = sqlite:///%(here)s/fietsboek.sqlite\n"));
        assert!(ini.contains("fietsboek.data_dir = %(here)s/data\n"));
        other.ctl(["check"]).run().code(0).says("no problems");
        let picture = "tracks/1/images/moodn_view.png";
        let times = [&site, &other].map(|site| fs::metadata(site.data().join(picture)).unwrap().mtime());
        assert_eq!(times[0], times[1]);
        let server = Server::start(&other);
        Visitor::alice(&server).get("/track/1").status(200);
        fs::remove_file(site.path(name)).unwrap();
    }
}

#[test]
fn settings_lead_to_the_place_restored_to_wherever_they_led() {
    let site = Site::fixture();
    let moved = site.dir().parent().unwrap().join("elsewhere");
    fs::create_dir(&moved).unwrap();
    fs::rename(site.database(), moved.join("x.db")).unwrap();
    fs::rename(site.data(), moved.join("y")).unwrap();
    site.edit_ini(
        "sqlite:///%(here)s/fietsboek.sqlite",
        &format!("sqlite:///{}", moved.join("x.db").display()),
    );
    site.edit_ini("%(here)s/data", &moved.join("y").display().to_string());
    back_up(&site, "b.tgz").code(0).stderr("");
    fs::remove_dir_all(&moved).unwrap();
    let other = restored(&site, "b.tgz");
    assert_eq!(everything(&other), everything(&Site::fixture()));
    other.ctl(["check"]).run().code(0);
}

#[test]
fn a_new_instance_without_a_track_goes_and_comes() {
    let site = Site::new();
    back_up(&site, "b.tar").code(0).stderr("").says("0 tracks, 0 users");
    fs::create_dir(site.path("here")).unwrap();
    fs::set_permissions(site.path("here"), fs::Permissions::from_mode(0o750)).unwrap();
    site.cmd("fietsctl").args(["restore", "b.tar", "here"]).run().code(0);
    assert_eq!(fs::metadata(site.path("here")).unwrap().mode() & 0o7777, 0o750);
    site.cmd("fietsctl")
        .args(["check", "-c", "here/fietsboek.ini"])
        .run()
        .code(0);
}

#[test]
fn a_backup_works_in_maintenance_mode_and_takes_what_a_pending_edit_will_be() {
    let site = Site::fixture();
    // As an edit leaves it whose process is alive: committed, and its files beside their place.
    let staged = site.data().join("staging/0123456789abcdef01234567");
    fs::create_dir(site.data().join("staging")).unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(site.data().join("tracks/2"))
        .arg(&staged)
        .status();
    assert!(copied.unwrap().success());
    fs::write(staged.join("edition"), "0123456789abcdef01234567").unwrap();
    let recording = |title: &str| trackdir::compress(format!("<gpx>{title}</gpx>").as_bytes()).unwrap();
    fs::write(staged.join("track.gpx.br"), recording("new")).unwrap();
    let lock = fs::File::create(site.data().join("tracks/2/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let db = db::open(&site.database()).unwrap();
    db.execute_batch(
        "CREATE TABLE x_swaps (track_id INTEGER NOT NULL PRIMARY KEY, staged TEXT NOT NULL);
         INSERT INTO x_swaps VALUES (2, 'staging/0123456789abcdef01234567')",
    )
    .unwrap();
    site.ctl(["maintenance-mode", "Moving"]).run().code(0);
    back_up(&site, "b.tar").code(0).stderr("");
    assert!(site.flag().exists());
    let other = restored(&site, "b.tar");
    let gpx = trackdir::find_gpx(&DataDir::new(other.data()), TrackId(2))
        .unwrap()
        .unwrap();
    assert_eq!(gpx, recording("new"));
    let pending: i64 = db::open(&other.database())
        .unwrap()
        .query_row("SELECT count(*) FROM x_swaps", [], |row| row.get(0))
        .unwrap();
    assert_eq!(pending, 0);
    assert!(!other.flag().exists());
}

/// Tells the others to stop, also when a test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Edits track 1, makes tracks and deletes them, until told to stop; how often.
fn be_busy(server: &Server<'_>, stop: &AtomicBool) -> usize {
    let mut alice = Visitor::alice(server);
    let mut rounds = 0;
    while !stop.load(Ordering::Relaxed) {
        let title = format!("Round {rounds}");
        edit(&mut alice, &title).unwrap().status(302);
        let form = upload(&mut alice);
        let made = finish(&mut alice, &form, &title).unwrap();
        let track = alice.location(&made);
        alice.post(&format!("{track}/delete"), &[]).status(302);
        rounds += 1;
    }
    rounds
}

#[test]
fn a_backup_of_a_site_at_work_is_of_one_moment() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| be_busy(&server, &stop));
        let ends = Stop(&stop);
        let mut seen = std::collections::BTreeSet::new();
        let began = Instant::now();
        for n in 0..60 {
            if (n >= 6 && seen.len() > 3) || began.elapsed() > LIMIT {
                break;
            }
            let name = format!("{n}.tar");
            back_up(&site, &name).code(0).stderr("");
            let other = restored(&site, &name);
            other.ctl(["check"]).run().says("no problems").code(0);
            // Photos of earlier rounds keep what was said of them.
            let track = state(&other, 1);
            let is_of_now = |line: &&str| !line.starts_with("new.png");
            let track = track.lines().filter(is_of_now).collect::<Vec<_>>().join("\n");
            let title = track.split(" | ").next().unwrap().to_owned();
            if title.starts_with("Round") {
                // Rows, photos and recording name the same round, and no other.
                let rounds: Vec<&str> = track
                    .match_indices("Round ")
                    .map(|(at, _)| {
                        let end = at + 6 + track[at + 6..].find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
                        &track[at..end]
                    })
                    .collect();
                assert!(
                    rounds.len() >= 5 && rounds.iter().all(|round| *round == title),
                    "{rounds:?}"
                );
                seen.insert(title);
            }
            fs::remove_file(site.path(name)).unwrap();
        }
        drop(ends);
        assert!(busy.join().unwrap() > 3 && seen.len() > 1, "{seen:?}");
    });
    assert!(leftovers(&site).is_empty());
}

#[test]
fn what_is_restored_over_a_site_at_work_is_served_without_a_restart() {
    let site = backed_up();
    let before = everything(&site);
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    edit(&mut alice, "Changed").unwrap().status(302);
    alice.post("/track/2/delete", &[]).status(302);
    alice.get("/track/2").status(404);
    let changed = everything(&site);
    assert_ne!(changed, before);

    // A request that takes its time keeps the restore waiting, and nobody else comes in.
    let held = fietsboek::maintenance::barrier::hold(&site.data(), Duration::ZERO).unwrap();
    let running = site.ctl(["restore", "b.tar.gz", "--over", "--force"]).start();
    let began = Instant::now();
    while !site.flag().exists() {
        assert!(began.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(5));
    }
    let page = server.get("/login");
    page.status(503);
    assert!(
        page.text().contains("This site is being restored from a backup."),
        "{}",
        page.text()
    );
    drop(held);
    let run = running.finish();
    run.code(0)
        .stderr("")
        .says("restored 6 tracks and 4 users of ")
        .says("the old instance is kept in ");

    assert!(!site.flag().exists());
    assert_eq!(everything(&site), before);
    alice.get("/track/2").status(200);
    assert!(!alice.get("/track/1").text().contains("Changed"));
    edit(&mut alice, "Again").unwrap().status(302);
    assert!(state(&site, 1).contains("Again"));
    assert!(leftovers(&site).is_empty());

    // What was there is whole where it was moved to.
    let line = run
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("the old instance is kept in "));
    let kept = Path::new(line.unwrap());
    fs::create_dir(site.path("old")).unwrap();
    fs::rename(kept, site.path("old/data")).unwrap();
    fs::rename(
        site.path("old/data/fietsboek.sqlite"),
        site.path("old/fietsboek.sqlite"),
    )
    .unwrap();
    let old = Site::empty();
    fs::remove_dir(old.dir()).unwrap();
    fs::rename(site.path("old"), old.dir()).unwrap();
    fs::copy(site.ini(), old.ini()).unwrap();
    assert_eq!(everything(&old), changed);
}

#[test]
fn a_restore_over_a_mode_that_is_on_leaves_it_on_and_a_broken_database_is_no_hindrance() {
    let site = backed_up();
    let before = everything(&site);
    site.ctl(["maintenance-mode", "Mine"]).run().code(0);
    fs::write(site.database(), "this is no database any more").unwrap();
    fs::write(site.path("fietsboek.sqlite-journal"), "nor is this a journal").unwrap();
    site.ctl(["restore", "b.tar.gz", "--over", "-f"]).run().code(0);
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "Mine");
    assert!(!site.path("fietsboek.sqlite-journal").exists());
    fs::remove_file(site.flag()).unwrap();
    assert_eq!(everything(&site), before);
    site.ctl(["check"]).run().code(0);
    let stale: Vec<_> = fs::read_dir(site.data().join("stale")).unwrap().collect();
    let kept = stale[0].as_ref().unwrap().path();
    let kept = fs::read_to_string(kept.join("fietsboek.sqlite")).unwrap();
    assert_eq!(kept, "this is no database any more");
}

#[test]
fn who_says_no_or_says_it_wrongly_changes_nothing() {
    let site = backed_up();
    let before = site.snapshot();
    let restore = |args: &[&str]| site.ctl(["restore"]).args(args).run();
    restore(&["b.tar.gz", "--over"]).code(1);
    for args in [
        &["b.tar.gz"][..],
        &[],
        &["--over"],
        &["b.tar.gz", "new", "--over"],
        &["b.tar.gz", "new", "--list"],
        &["b.tar.gz", "--list", "--over"],
        &["b.tar.gz", "--resume"],
        &["b.tar.gz", "new"],
    ] {
        restore(args).code(2);
    }
    restore(&["--resume"]).code(0).says("No restore was cut short.");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_place_that_is_taken_is_refused() {
    let site = backed_up();
    fs::create_dir(site.path("full")).unwrap();
    fs::write(site.path("full/x"), "").unwrap();
    fs::write(site.path("file"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", site.path("link")).unwrap();
    let before = site.snapshot();
    let restore = |dir: &str| site.cmd("fietsctl").args(["restore", "b.tar.gz", dir]).run();
    for (dir, why) in [
        ("full", "it is not empty"),
        ("file", "no directory"),
        ("link", "no directory"),
        ("a/b", "the directory above it is not there"),
        (".", "it is not empty"),
    ] {
        let run = restore(dir);
        run.code(1).stdout("").complains(why).complains("nothing was changed");
        assert_eq!(run.stderr.lines().count(), 1);
    }
    for name in ["b.tar.gz", "file", "link", "full"] {
        back_up(&site, name).code(1).complains("is there already");
    }
    back_up(&site, "a/b.tar").code(1).complains("cannot write");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_backup_stops_when_the_mode_is_switched_on() {
    let site = Site::fixture();
    // Large enough that it takes a while.
    let mut photo = fs::File::create(site.data().join("tracks/1/images/large.png")).unwrap();
    for n in 0..3_000_000_u64 {
        photo
            .write_all(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
            .unwrap();
    }
    let mut running = site.ctl(["backup", "b.tar.gz"]).start();
    let began = Instant::now();
    let part = site.path(".b.tar.gz.part");
    while !fs::metadata(&part).is_ok_and(|meta| meta.len() > 0) {
        assert!(running.is_running() && began.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(1));
    }
    let drained = site.ctl(["maintenance-mode", "Moving", "--wait"]).start();
    let run = running.finish();
    run.code(4)
        .complains("the maintenance mode was switched on meanwhile, so the backup stopped");
    drained.finish().code(0);
    assert!(leftovers(&site).is_empty() && !site.path("b.tar.gz").exists());
}

#[test]
fn what_is_not_whole_is_not_backed_up() {
    let site = Site::fixture();
    let refused = |why: &str| {
        let run = back_up(&site, "b.tar");
        run.code(1).stdout("").complains(why);
        assert_eq!(run.stderr.lines().count(), 1);
        assert!(leftovers(&site).is_empty() && !site.path("b.tar").exists());
    };
    let version = site.data().join("VERSION");
    fs::write(&version, "v0.12.0").unwrap();
    refused("is of a newer Fietsboek");
    fs::write(&version, "v0.11.0").unwrap();
    fs::write(site.data().join("UPDATE"), "x").unwrap();
    refused("fietsupdate -c ");
    fs::remove_file(site.data().join("UPDATE")).unwrap();
    fs::write(site.data().join("RESTORE"), "x").unwrap();
    let run = back_up(&site, "b.tar");
    run.code(1).complains("restore --resume");
    site.tool("fietsupdate")
        .arg("update")
        .run()
        .code(1)
        .complains("restore --resume");
    fs::remove_file(site.data().join("RESTORE")).unwrap();
    let db = fs::read(site.database()).unwrap();
    fs::write(site.database(), "no database").unwrap();
    refused("file is not a database");
    fs::write(site.database(), &db).unwrap();
    let mut damaged = db.clone();
    damaged[40_960..45_000].fill(0x55);
    fs::write(site.database(), damaged).unwrap();
    refused("database");
}
