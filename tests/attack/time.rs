//! A database that is locked for long, and a clock that jumps: told, and over when it is over.

use std::fs;
use std::time::{Duration, Instant};

use fietsboek::clock::VARIABLE;

use super::server::{Reply, Server};
use super::site::Site;
use super::turn;
use super::visitor::Visitor;
use super::whole::{FILES, db, edit, form, state};

/// Twelve times as long as a statement waits.
const LOCKED: Duration = Duration::from_secs(60);

/// The longest that anybody waits for an answer meanwhile: as long as a statement, and what the machine adds.
const PATIENCE: Duration = Duration::from_secs(15);

#[track_caller]
fn assert_explained(reply: &Reply) {
    assert_eq!(reply.status(503).header("Retry-After"), Some("120"));
    assert!(reply.text().contains("short break"), "{}", reply.text());
}

/// It can be taken out of service, which is told at once, and put back.
fn switch(site: &Site, server: &Server<'_>) {
    let ask = || server.ask("GET", "/login", &[("Accept", "text/html")], b"");
    // Not `run`, which looks at all files: whoever closes the database in our process gives up our lock on it.
    let ctl = |word: &str| {
        let done = site.ctl(["maintenance-mode", word]).into_command().output().unwrap();
        assert!(done.status.success(), "{word}: {done:?}");
    };
    ctl("Moving house");
    let begun = Instant::now();
    let told = ask();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(told.status(503).text().contains("Moving house"), "{}", told.text());
    ctl("--disable");
    assert_explained(&ask());
}

#[test]
fn a_database_that_is_locked_for_a_minute_is_told_and_all_is_well_afterwards() {
    let turn = turn::beside();
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let before = state(&site, 1);
    let lock = db(&site);
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..10)
            .map(|at| {
                let server = &server;
                scope.spawn(move || {
                    let method = ["GET", "POST"][at % 2];
                    server.ask(method, "/login", &[("Accept", "text/html")], b"")
                })
            })
            .collect();
        for reply in asking {
            assert_explained(&reply.join().unwrap());
        }
    });
    // Ten, four at a time, each of which waits for five seconds.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let refused = edit(&mut alice, "New").unwrap();
    assert!(
        refused.status(503).text().contains("was not saved"),
        "{}",
        refused.text()
    );
    switch(&site, &server);
    // Who measures need not wait for the rest, in which hardly anything happens.
    drop(turn);
    while began.elapsed() < LOCKED {
        let asked = Instant::now();
        let reply = server.ask("GET", "/track/", &[("Accept", "text/html")], b"");
        assert_explained(&reply);
        assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
        std::thread::sleep(Duration::from_secs(2));
    }
    let _turn = turn::beside();
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    let again = Instant::now();
    assert_eq!(state(&site, 1), before);
    alice.get("/track/1").status(200);
    edit(&mut alice, "New").unwrap().status(302);
    assert!(again.elapsed() < Duration::from_secs(3), "{:?}", again.elapsed());
    let log = server.log();
    assert!(log.contains("database is locked"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

/// A year, in seconds.
const YEAR: i64 = 365 * 24 * 3600;

#[test]
#[cfg(debug_assertions)]
fn a_clock_that_jumps_back_a_year_disturbs_nobody_and_forth_again_nothing_but_sessions() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let file = site.path("clock");
    let set = |seconds: i64| {
        let beside = site.path("clock.new");
        fs::write(&beside, seconds.to_string()).unwrap();
        fs::rename(beside, &file).unwrap();
    };
    set(0);
    let cmd = site.tool("fietsboek-serve").env(VARIABLE, file.to_str().unwrap());
    let server = Server::start_with(&site, cmd);
    let mut alice = Visitor::alice(&server);
    let date = |server: &Server<'_>| server.get("/login").header("Date").unwrap().to_owned();
    let now = date(&server);
    for (round, seconds) in [-YEAR, 0, -YEAR, YEAR / 52 / 7 / 24 / 4].into_iter().enumerate() {
        set(seconds);
        if seconds > -YEAR {
            // To a clock that jumps forth a session of before is an old one.
            alice = Visitor::alice(&server);
        }
        assert_eq!(date(&server)[12..16] == now[12..16], seconds >= 0, "{now}");
        for path in ["/", "/track/", "/track/1", "/me", "/user/1/calendar/", "/admin/"] {
            let status = alice.get(path).status;
            assert!(
                matches!(status, 200 | 403),
                "round {round}: {path}: {status}\n{}",
                server.show()
            );
        }
        let title = format!("Round {round}");
        edit(&mut alice, &title).unwrap().status(302);
        assert!(state(&site, 1).contains(&title));
        let comment = [("title", ""), ("comment", title.as_str())];
        alice.send("/track/1/comment", &comment, &[]).unwrap().status(302);
        let reply = alice.send("/upload", &[], &FILES[..1]).unwrap();
        let path = alice.location(&reply);
        alice.send(&path, &form(&title), &FILES[1..]).unwrap().status(302);
        // Mail does not wait for a year.
        let sent = server.log().matches(" is sent").count();
        let fields = [("email", "bob@example.org")];
        alice.send("/password-reset", &fields, &[]).unwrap().status(302);
        let until = Instant::now() + Duration::from_secs(10);
        while server.log().matches(" is sent").count() == sent {
            assert!(Instant::now() < until, "round {round}: no mail\n{}", server.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        // Who logs in is logged in.
        let mut bob = Visitor::log_in(&server, "bob@example.org", "bob-password-1");
        bob.get("/me").status(200);
    }
    let log = server.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
    fs::set_permissions(site.dir(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    site.ctl(["check"]).run().code(0);
}
