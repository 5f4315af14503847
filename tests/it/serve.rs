//! `fietsboek-serve`: how it starts, what ends it, and what does not.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, Instant};

use fietsboek::maintenance::barrier;
use rustix::process::{Resource, Signal};

use super::server::Server;
use super::site::Site;

/// Any answer but that of a break: which page it is, is tried where the pages are.
#[track_caller]
fn assert_in_service(server: &Server<'_>) {
    assert_ne!(server.get("/").status, 503, "{}", server.show());
}

#[test]
fn a_new_instance_is_served_on_a_free_port() {
    let site = Site::new();
    let server = Server::start(&site);
    assert_ne!(server.address().port(), 0);
    assert_in_service(&server);
}

#[test]
fn the_ini_file_is_an_operand_or_an_option_or_both_alike() {
    let site = Site::new();
    for args in [
        &["fietsboek.ini"][..],
        &["-c", "fietsboek.ini"],
        &["fietsboek.ini", "--config=fietsboek.ini"],
        &[],
    ] {
        let server = Server::start_with(&site, site.cmd("fietsboek-serve").args(args));
        assert_in_service(&server);
    }
    let run = site.cmd("fietsboek-serve").args(["-c", "a.ini", "b.ini"]).run();
    run.code(2).complains("a.ini").complains("b.ini");
}

#[test]
fn what_an_administrator_has_to_mend_first_ends_it_at_the_start() {
    let site = Site::new();
    site.cmd("fietsboek-serve")
        .arg("no.ini")
        .run()
        .code(3)
        .complains("no.ini");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    site.edit_ini("listen = 127.0.0.1:0", &format!("listen = {address}"));
    site.tool("fietsboek-serve").run().code(1).complains(&address);
    fs::rename(site.data(), site.path("elsewhere")).unwrap();
    site.tool("fietsboek-serve")
        .run()
        .code(3)
        .complains(&site.data().display().to_string());
}

#[test]
fn a_page_that_cannot_be_understood_ends_it_at_the_start_and_one_that_is_not_there_does_not() {
    let site = Site::new();
    let pages = site.path("about.md");
    site.edit_ini(
        "[app:main]",
        &format!("[app:main]\nfietsboek.pages = {}", pages.display()),
    );
    assert_in_service(&Server::start(&site));
    fs::write(&pages, "title: About\nslug: about\n\nWords\n").unwrap();
    let run = site.tool("fietsboek-serve").run();
    run.code(3)
        .complains(&pages.display().to_string())
        .complains("link-name is missing");
    fs::write(&pages, "title: About\nlink-name: About\nslug: about\n\nWords\n").unwrap();
    let server = Server::start(&site);
    assert_eq!(server.get("/page/about").status, 200, "{}", server.show());
}

#[test]
fn a_database_that_cannot_be_used_does_not_end_it() {
    let site = Site::new();
    fs::write(site.database(), "no database at all".repeat(500)).unwrap();
    let server = Server::start(&site);
    server.await_log("WARN");
    assert!(
        server.log().contains(&site.database().display().to_string()),
        "{}",
        server.log()
    );
    server.get("/").status(503);
    fs::remove_file(site.database()).unwrap();
    server.get("/").status(503);
    assert!(!site.database().exists());
}

/// Something done to a database, and a word of what the visitor is told of it.
type Harm = (&'static str, fn(&Site), &'static str);

fn set_version(site: &Site, version: &str) {
    let db = rusqlite::Connection::open(site.database()).unwrap();
    db.execute("UPDATE alembic_version SET version_num = ?1", [version])
        .unwrap();
}

#[test]
fn whatever_is_wrong_with_the_database_is_told_in_the_form_of_the_maintenance_mode() {
    const HARMS: [Harm; 6] = [
        (
            "missing",
            |site| fs::remove_file(site.database()).unwrap(),
            "short break",
        ),
        (
            "garbage",
            |site| fs::write(site.database(), "no database at all".repeat(500)).unwrap(),
            "short break",
        ),
        ("empty", |site| fs::write(site.database(), "").unwrap(), "fietsupdate"),
        ("older", |site| set_version(site, "091ce24409fe"), "fietsupdate"),
        ("newer", |site| set_version(site, "ffffffffffff"), "fietsupdate"),
        (
            "a directory",
            |site| {
                fs::remove_file(site.database()).unwrap();
                fs::create_dir(site.database()).unwrap();
            },
            "short break",
        ),
    ];
    for (harm, harmed, told) in HARMS {
        let site = Site::new();
        let kept = fs::read(site.database()).unwrap();
        harmed(&site);
        let server = Server::start(&site);
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/nowhere"),
            ("POST", "/login"),
            ("HEAD", "/track/1"),
        ] {
            let reply = server.ask(method, path, &[("Accept", "text/html"), ("Cookie", "session=x")], b"");
            assert_eq!(reply.status(503).header("Retry-After"), Some("120"), "{harm}");
            assert_eq!(reply.header("Fietsboek-Maintenance"), Some("1"), "{harm}");
            assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{harm}");
            assert!(reply.header("Set-Cookie").is_none(), "{harm}");
            let page = reply.text().to_lowercase();
            assert_eq!(page.contains(told), method != "HEAD", "{harm}: {page}");
            assert_eq!(page.contains("was not saved"), method == "POST", "{harm}: {page}");
        }
        let problem = server.ask("GET", "/", &[("Accept", "application/json")], b"");
        assert_eq!(
            problem.header("Content-Type"),
            Some("application/problem+json"),
            "{harm}"
        );
        server.get("/static/style.css").status(200);
        let _ = fs::remove_file(site.database()).or_else(|_| fs::remove_dir(site.database()));
        fs::write(site.database(), kept).unwrap();
        assert_in_service(&server);
    }
}

#[test]
fn a_data_directory_that_is_lost_later_is_a_503_until_it_is_back() {
    let site = Site::new();
    let server = Server::start(&site);
    assert_in_service(&server);
    fs::rename(site.data(), site.path("elsewhere")).unwrap();
    for path in ["/", "/static/style.css", "/nowhere"] {
        server.get(path).status(503);
    }
    fs::rename(site.path("elsewhere"), site.data()).unwrap();
    assert_in_service(&server);
}

#[test]
fn it_starts_and_serves_the_reason_in_maintenance_whatever_the_database() {
    let site = Site::new();
    fs::remove_file(site.database()).unwrap();
    fs::write(site.flag(), "Back at noon").unwrap();
    let server = Server::start(&site);
    let reply = server.ask("GET", "/", &[("Accept", "text/plain")], b"");
    assert!(reply.status(503).text().contains("Back at noon"), "{reply:?}");
    assert_eq!(reply.header("Retry-After"), Some("120"));
    assert_eq!(server.ask("HEAD", "/", &[], b"").status(503).body, b"");
    assert_eq!(server.ask("POST", "/upload", &[], b"x=y").status, 503);
    assert!(!site.database().exists());
}

#[test]
fn the_command_takes_a_running_server_down_and_brings_it_back() {
    let site = Site::fixture();
    let server = Server::start(&site);
    assert_in_service(&server);
    site.ctl(["maintenance-mode", "Back at noon", "--wait"])
        .run()
        .code(0)
        .stderr("");
    server.get("/").status(503);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    assert_in_service(&server);
    server.await_log("maintenance mode is off");
    let log = server.log();
    assert_eq!(log.matches("maintenance mode is on").count(), 1, "{log}");
    assert_eq!(log.matches("maintenance mode is off").count(), 1, "{log}");
}

#[test]
fn somebody_who_is_alone_with_the_data_is_a_503_and_no_line_a_request() {
    let site = Site::new();
    // Before the server, which keeps a connection open while the flag is off.
    let alone = barrier::hold_alone(&site.data(), Duration::ZERO).unwrap();
    let server = Server::start(&site);
    for _ in 0..5 {
        server.get("/").status(503);
    }
    drop(alone);
    assert_in_service(&server);
    assert!(!server.log().contains("maintenance mode"), "{}", server.log());
}

#[test]
fn whatever_stands_in_the_place_of_the_flag_is_a_503() {
    let site = Site::new();
    let server = Server::start(&site);
    let flag = site.flag();
    let put = |bytes: &[u8]| fs::write(&flag, bytes).unwrap();
    let fifo = |path: &Path| {
        let mode = rustix::fs::Mode::from_raw_mode(0o644);
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    };
    let unreadable = || {
        put(b"secret");
        fs::set_permissions(&flag, fs::Permissions::from_mode(0o0)).unwrap();
    };
    let long = "x".repeat(10_000_000);
    let rows: [(&dyn Fn(), Option<&str>); 11] = [
        (&|| put(b"Back at noon"), Some("Back at noon\n")),
        (&|| put(b""), None),
        (&|| fs::create_dir(&flag).unwrap(), None),
        (&|| symlink("nowhere", &flag).unwrap(), None),
        (&|| symlink("MAINTENANCE", &flag).unwrap(), None),
        (&|| fifo(&flag), None),
        (
            &|| {
                fifo(&site.path("fifo"));
                symlink("../fifo", &flag).unwrap();
            },
            None,
        ),
        (&|| drop(UnixListener::bind(&flag).unwrap()), None),
        // Root reads it all the same.
        (&unreadable, fs::read("/etc/shadow").is_ok().then_some("secret\n")),
        (
            &|| put(b"\xef\xbb\xbfa\0b\x1b[31m\xff\r\nc"),
            Some("ab[31m\u{fffd}\nc\n"),
        ),
        (&|| put(long.as_bytes()), Some(&format!("{}…\n", &long[..4096]))),
    ];
    for (at, (row, reason)) in rows.iter().enumerate() {
        row();
        let reply = server.ask("GET", "/", &[("Accept", "text/plain")], b"");
        let text = reply.status(503).text();
        match reason {
            Some(reason) => assert!(text.ends_with(&format!("\n\n{reason}")), "row {at}: {text}"),
            None => assert_eq!(text.lines().count(), 2, "row {at}: {text}"),
        }
        let _ = fs::remove_dir(&flag);
        let _ = fs::remove_file(&flag);
        assert_in_service(&server);
    }
}

#[test]
fn a_data_directory_that_is_lost_is_a_503_until_it_is_back() {
    let site = Site::new();
    let server = Server::start(&site);
    assert_in_service(&server);
    let elsewhere = site.path("elsewhere");
    fs::rename(site.data(), &elsewhere).unwrap();
    server.get("/static/style.css").status(503);
    fs::write(site.data(), "").unwrap();
    server.get("/").status(503);
    fs::remove_file(site.data()).unwrap();
    // What is left where a file system was: the mode may be on there.
    fs::create_dir(site.data()).unwrap();
    server.get("/").status(503);
    server.get("/static/style.css").status(503);
    assert_eq!(fs::read_dir(site.data()).unwrap().count(), 0);
    fs::remove_dir(site.data()).unwrap();
    fs::rename(&elsewhere, site.data()).unwrap();
    assert_in_service(&server);
    server.await_log("maintenance mode is on");
    assert!(
        server.log().contains("is empty") || server.log().contains("cannot open"),
        "{}",
        server.log()
    );
}

#[test]
fn a_restored_instance_is_served_without_a_restart() {
    for by_rename in [true, false] {
        let site = Site::fixture();
        let server = Server::start(&site);
        let title = |server: &Server<'_>| server.get("/track/").text().contains("Anno 1900");
        assert!(!title(&server));
        site.ctl(["maintenance-mode", "restoring", "--wait"]).run().code(0);
        let copy = site.path("copy.sqlite");
        fs::copy(site.database(), &copy).unwrap();
        rusqlite::Connection::open(&copy)
            .unwrap()
            .execute("UPDATE tracks SET title = 'Anno 1900', visibility = 'PUBLIC'", [])
            .unwrap();
        if by_rename {
            fs::rename(&copy, site.database()).unwrap();
        } else {
            fs::copy(&copy, site.database()).unwrap();
        }
        server.get("/track/").status(503);
        site.ctl(["maintenance-mode", "--disable"]).run().code(0);
        assert!(title(&server), "by rename: {by_rename}\n{}", server.show());
    }
}

#[test]
fn no_file_of_the_instance_is_open_after_waiting() {
    let site = Site::fixture();
    let servers = [Server::start(&site), Server::start(&site)];
    for server in &servers {
        for path in ["/", "/track/", "/track/1", "/static/style.css"] {
            server.get(path);
        }
    }
    // But for the flag and the directory, which the watcher looks at.
    let open = |server: &Server<'_>| {
        let fds = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
        let names = fds.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
        names
            .filter(|name| name.starts_with(site.dir()) && *name != site.data() && *name != site.flag())
            .count()
    };
    for server in &servers {
        assert_ne!(open(server), 0, "a pooled connection keeps the database open");
    }
    site.ctl(["maintenance-mode", "soon", "--wait"]).run().code(0);
    for server in &servers {
        assert_eq!(open(server), 0);
    }
}

#[test]
fn a_client_that_sends_slowly_does_not_hold_up_the_drain() {
    for gate in ["on", "off"] {
        let site = Site::new();
        site.edit_ini("[alembic]", &format!("fietsboek.gate = {gate}\n\n[alembic]"));
        let server = Server::start(&site);
        let mut client = server.connect();
        let head = "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n";
        client.write_all(head.as_bytes()).unwrap();
        client.write_all(&[b'x'; 100_000]).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        site.ctl(["maintenance-mode", "soon", "--wait=5"]).run().code(0);
        client.write_all(&[b'x'; 100_000]).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 503 "), "{gate}");
    }
}

#[test]
fn the_directory_for_temporary_files_is_made() {
    let site = Site::new();
    let missing = site.tmp().join("deep/down");
    let cmd = site.tool("fietsboek-serve").env("TMPDIR", missing.to_str().unwrap());
    assert_in_service(&Server::start_with(&site, cmd));
    assert!(missing.is_dir());
}

#[test]
fn either_signal_stops_it_with_exit_0_and_a_hangup_does_not() {
    for signal in [Signal::TERM, Signal::INT] {
        let site = Site::new();
        let mut server = Server::start(&site);
        server.signal(Signal::HUP);
        assert_in_service(&server);
        server.signal(signal);
        assert_eq!(server.wait(), Some(0), "{}", server.show());
        let left: Vec<_> = fs::read_dir(site.tmp()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn out_of_descriptors_it_lives_and_afterwards_all_are_served_again() {
    for gate in ["on", "off"] {
        let site = Site::new();
        site.edit_ini("[app:main]", &format!("[app:main]\nfietsboek.gate = {gate}"));
        let mut server = Server::start(&site);
        assert_in_service(&server);
        for _ in 0..2 {
            server.limit(Resource::Nofile, Some(40));
            let crowd: Vec<_> = (0..60).map(|_| server.connect()).collect();
            std::thread::sleep(Duration::from_millis(300));
            drop(crowd);
            let began = Instant::now();
            server.limit(Resource::Nofile, None);
            for _ in 0..10 {
                assert_in_service(&server);
            }
            assert!(
                began.elapsed() < Duration::from_secs(5),
                "{gate}: {:?}",
                began.elapsed()
            );
            assert!(server.is_running(), "{}", server.show());
        }
    }
}

/// Runs work beside a request that waits for a lock of ours on the database; gives back its answer.
fn with_a_request_in_hand(site: &Site, work: impl FnOnce(&mut Server<'_>, &rusqlite::Connection)) -> String {
    let mut server = Server::start(site);
    let lock = rusqlite::Connection::open(site.database()).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut connection = server.connect();
    write!(connection, "GET / HTTP/1.1\r\nHost: {}\r\n\r\n", server.address()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    work(&mut server, &lock);
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_runs_is_finished_before_it_stops() {
    let site = Site::new();
    let answer = with_a_request_in_hand(&site, |server, lock| {
        server.signal(Signal::TERM);
        server.await_log("stopping");
        std::thread::sleep(Duration::from_millis(300));
        assert!(server.is_running(), "{}", server.show());
        lock.execute_batch("COMMIT").unwrap();
        assert_eq!(server.wait(), Some(0), "{}", server.show());
    });
    assert!(
        answer.starts_with("HTTP/1.1 ") && !answer.starts_with("HTTP/1.1 503"),
        "{answer}"
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let site = Site::new();
    let answer = with_a_request_in_hand(&site, |server, _lock| {
        server.signal(Signal::TERM);
        server.await_log("stopping");
        server.signal(Signal::INT);
        let began = Instant::now();
        assert_eq!(server.wait(), Some(1), "{}", server.show());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    });
    assert_eq!(answer, "");
}

#[test]
fn a_locked_database_does_not_delay_the_start() {
    let site = Site::new();
    let lock = rusqlite::Connection::open(site.database()).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let began = Instant::now();
    let server = Server::start(&site);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    server.await_log("503 until it can be used");
    let reply = server.get("/");
    assert_eq!(reply.status(503).header("Fietsboek-Maintenance"), Some("1"));
    lock.execute_batch("COMMIT").unwrap();
    assert_in_service(&server);
}

#[test]
fn a_killed_server_holds_nothing() {
    let site = Site::new();
    let mut server = Server::start(&site);
    assert_in_service(&server);
    server.signal(Signal::KILL);
    assert_eq!(server.wait(), None);
    site.ctl(["maintenance-mode", "soon", "--wait=0"]).run().code(0);
}

#[test]
fn a_server_at_rest_lets_go_within_a_second() {
    let site = Site::fixture();
    let server = Server::start(&site);
    assert_in_service(&server);
    let began = Instant::now();
    site.ctl(["maintenance-mode", "soon", "--wait"]).run().code(0);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(server.log().contains("maintenance mode is on"), "{}", server.log());
}
