//! Two servers on two ports and one instance: what one does the other knows, and both take part in maintenance and drain.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use fietsboek::db;
use fietsboek::maintenance::barrier;
use rusqlite::Connection;

use super::cmd::LIMIT;
use super::mail::{Mood, Post, await_true, forget, mailing, waiting};
use super::server::Server;
use super::site::Site;
use super::upload::{FINISH, upload_ride};
use super::visitor::{Jar, Visitor};

fn pair(site: &Site) -> [Server<'_>; 2] {
    [Server::start(site), Server::start(site)]
}

/// The files of the instance that a server has open.
fn open_files(site: &Site, server: &Server<'_>) -> Vec<PathBuf> {
    let open = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let open = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let instance = fs::canonicalize(site.dir()).unwrap();
    open.filter(|path| path.starts_with(&instance)).collect()
}

#[test]
fn who_logs_in_on_one_is_known_to_the_other_and_so_is_what_is_uploaded_changed_and_ended() {
    let site = Site::fixture();
    let [one, other] = pair(&site);
    assert_ne!(one.address(), other.address());
    let mut alice = Visitor::alice(&one);
    let form = upload_ride(&mut alice);
    // The form that one has begun is finished on the other.
    let mut there = Visitor::back(&other, &alice.leave());
    assert!(there.get(&form).status(200).text().contains("value=\"Hill\""));
    let reply = there.post(&form, &FINISH);
    let track = there.location(&reply);
    let mut here = Visitor::back(&one, &there.leave());
    assert!(here.get(&track).status(200).text().contains("Hill"));
    here.post(&format!("{track}/edit"), &with_title("Mountain")).status(302);
    let mut there = Visitor::back(&other, &here.leave());
    assert!(there.get(&track).status(200).text().contains("Mountain"));
    assert!(
        one.get(&format!("{track}/gpx"))
            .status(200)
            .text()
            .contains("<name>Mountain</name>")
    );
    there.post(&format!("{track}/delete"), &[]).status(302);
    let mut here = Visitor::back(&one, &there.leave());
    here.get(&track).status(404);
}

fn with_title(title: &str) -> Vec<(&str, &str)> {
    let rest = FINISH.into_iter().filter(|(name, _)| *name != "title");
    [("title", title)].into_iter().chain(rest).collect()
}

#[test]
fn both_go_at_once_and_hold_nothing_and_both_come_back() {
    let site = Site::fixture();
    let servers = pair(&site);
    for server in &servers {
        server.get("/track/").status(200);
        assert!(
            !open_files(&site, server).is_empty(),
            "nothing is pooled: this proves nothing"
        );
    }
    let began = Instant::now();
    site.ctl(["maintenance-mode", "Back at noon", "--wait"]).run().code(0);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for server in &servers {
        assert_eq!(open_files(&site, server), Vec::<PathBuf>::new());
        for path in ["/", "/track/1", "/no/such/page"] {
            assert!(server.get(path).status(503).text().contains("Back at noon"));
        }
        assert_eq!(open_files(&site, server), Vec::<PathBuf>::new());
    }
    // Whoever is alone may replace the database under both.
    let kept = site.path("kept.sqlite");
    fs::copy(site.database(), &kept).unwrap();
    Connection::open(&kept)
        .unwrap()
        .execute("UPDATE tracks SET title = 'From the copy'", [])
        .unwrap();
    fs::rename(&kept, site.database()).unwrap();
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    for server in &servers {
        assert!(
            Visitor::alice(server)
                .get("/track/1")
                .status(200)
                .text()
                .contains("From the copy")
        );
    }
}

#[test]
fn a_drain_waits_for_the_one_that_is_still_at_work_and_names_it() {
    let site = Site::fixture();
    let [idle, busy] = pair(&site);
    idle.get("/track/").status(200);
    let mut alice = Visitor::alice(&busy);
    alice.get("/track/1").status(200);
    // What writes waits for this one.
    let writer = db::open(&site.database()).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let asked = scope.spawn(|| alice.post("/me/toggle-favourite", &[("track-id", "1")]));
        thread::sleep(Duration::from_millis(500));
        let run = site.ctl(["maintenance-mode", "Back at noon", "--wait=1"]).run();
        run.code(4).complains("stays on");
        if !barrier::name_holders(&site.data()).is_empty() {
            run.complains(&format!("pid {}", busy.pid()));
            assert!(!run.stderr.contains(&format!("pid {}", idle.pid())), "{}", run.stderr);
        }
        for server in [&idle, &busy] {
            server.get("/").status(503);
        }
        drop(writer);
        site.ctl(["maintenance-mode", "--wait"]).run().code(0);
        // It was whole, or it was told to come back.
        assert!(matches!(
            asked.join().unwrap().status,
            200 | 302 | 303 | 404 | 405 | 503
        ));
    });
}

#[test]
fn no_mail_is_sent_by_both() {
    let post = Post::open(Mood::Takes);
    let site = mailing(post.port, "");
    let users = ["alice@example.org", "admin@example.org", "bob@example.org"];
    let [one, other] = pair(&site);
    // Each rings its own bell, and both go at the one queue.
    for turn in 0..3 {
        thread::scope(|scope| {
            for (at, server) in [&one, &other].into_iter().enumerate() {
                scope.spawn(move || forget(server, users[(turn + at) % users.len()]));
            }
        });
    }
    post.await_mails(6);
    await_true("nothing waits", || waiting(&site) == 0);
    thread::sleep(Duration::from_millis(300));
    let mails = post.got();
    let names: BTreeSet<&str> = mails
        .iter()
        .filter_map(|mail| mail.text.lines().find(|line| line.starts_with("Message-ID: ")))
        .collect();
    assert_eq!((mails.len(), names.len()), (6, 6));
}

#[test]
fn a_link_that_is_good_once_is_good_once_for_both() {
    let site = Site::fixture();
    let servers = pair(&site);
    forget(&servers[0], "alice@example.org");
    let uuid: String = db::open(&site.database())
        .unwrap()
        .query_row("SELECT uuid FROM tokens", [], |row| row.get(0))
        .unwrap();
    let path = format!("/token/{uuid}");
    let set = |server: &Server<'_>, password: &str| {
        let mut visitor = Visitor::back(server, &Jar::new());
        visitor.get(&path).status(200);
        let fields = [("password", password), ("repeat-password", password)];
        visitor.post(&path, &fields).header("Location").map(str::to_owned)
    };
    let passwords = ["alice-password-7", "alice-password-8"];
    let done: Vec<Option<String>> = thread::scope(|scope| {
        let both: Vec<_> = servers
            .iter()
            .zip(passwords)
            .map(|(server, password)| scope.spawn(move || set(server, password)))
            .collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let good = |at: usize| done[at].as_deref().is_some_and(|to| to.ends_with("/login"));
    assert_ne!(good(0), good(1), "{done:?}");
    let password = passwords[usize::from(good(1))];
    Visitor::log_in(&servers[0], "alice@example.org", password);
    Visitor::log_in(&servers[1], "alice@example.org", password);
}

#[test]
fn two_edits_of_one_track_on_two_servers_do_not_mix() {
    let site = Site::fixture();
    let servers = pair(&site);
    let alice = Visitor::alice(&servers[0]).leave();
    for turn in 0..3 {
        thread::scope(|scope| {
            for (server, name) in servers.iter().zip(["One", "Other"]) {
                let alice = &alice;
                scope.spawn(move || {
                    let title = format!("{name} {turn}");
                    let mut visitor = Visitor::back(server, alice);
                    visitor.post("/track/1/edit", &with_title(&title)).status(302);
                });
            }
        });
        // Row and recording say the same.
        let title: String = db::open(&site.database())
            .unwrap()
            .query_row("SELECT title FROM tracks WHERE id = 1", [], |row| row.get(0))
            .unwrap();
        for server in &servers {
            let gpx = Visitor::back(server, &alice).get("/track/1/gpx").text();
            assert!(gpx.contains(&format!("<name>{title}</name>")), "{title}\n{gpx}");
        }
    }
    let found = site.ctl(["check"]).run().stdout;
    assert!(!found.contains("track 1"), "{found}");
}

#[test]
fn one_that_is_killed_leaves_the_other_at_work() {
    let site = Site::fixture();
    let [one, other] = pair(&site);
    one.get("/track/").status(200);
    one.signal(rustix::process::Signal::KILL);
    other.get("/track/").status(200);
    let began = Instant::now();
    site.ctl(["maintenance-mode", "Back at noon", "--wait"]).run().code(0);
    assert!(began.elapsed() < LIMIT);
    other.get("/").status(503);
}
