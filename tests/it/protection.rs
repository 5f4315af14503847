//! What a running server says to browsers, and what it may still do once it has started.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use super::server::{Reply, Server};
use super::site::Site;
use super::visitor::Visitor;

/// What every answer says, once.
const ALWAYS: [(&str, &str); 5] = [
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=3600"),
];

#[track_caller]
fn assert_protected(what: &str, reply: &Reply) {
    for (name, value) in ALWAYS {
        assert_eq!(reply.header(name), Some(value), "{what}");
    }
    assert!(
        matches!(reply.header("Referrer-Policy"), Some("same-origin" | "no-referrer")),
        "{what}"
    );
    let policy = reply.header("Content-Security-Policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    let kept = reply.header("Cache-Control").unwrap();
    assert!(
        kept.contains("private") || kept == "no-store" || what.contains("/static/"),
        "{what}: {kept}"
    );
}

#[test]
fn whoever_answers_protects_the_visitor() {
    for gate in ["on", "off"] {
        let site = Site::fixture();
        site.edit_ini(
            "[app:main]\n",
            &format!("[app:main]\nfietsboek.hsts = 3600\nfietsboek.gate = {gate}\n"),
        );
        let server = Server::start(&site);
        let mut alice = Visitor::alice(&server);
        let style = alice.get("/static/style.css");
        assert_protected("/static/style.css", style.status(200));
        let tag = alice.get("/track/1/gpx").header("ETag").unwrap().to_owned();
        for (path, headers, status) in [
            ("/", &[][..], 200),
            ("/track/1/gpx", &[("If-None-Match", tag.as_str())], 304),
            ("/track/1/gpx", &[("Range", "bytes=1-2")], 206),
            ("/track/archive?track_id[]=1", &[], 200),
            ("/nothing", &[("Accept", "application/json")], 404),
            ("/admin/", &[("Accept", "text/plain")], 403),
        ] {
            assert_protected(path, alice.ask("GET", path, headers, b"").status(status));
        }
        // What never becomes a request is answered by the front door itself.
        for (raw, status) in [
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
        ] {
            if gate == "on" {
                let reply = Reply::read(&server.raw(raw.as_bytes()), "GET").unwrap();
                assert_protected(raw, reply.status(status));
            }
        }
        site.ctl(["maintenance-mode", "soon"]).run().code(0);
        for path in ["/", "/static/style.css"] {
            let reply = server.get(path);
            assert_protected("503", reply.status(503));
            assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        }
    }
}

/// A directory that no server of a test is told of.
fn outside(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

/// Puts a link that leads out of the instance in the place of a photo, and asks for it.
fn ask_for_outside(name: &str, lines: &str) -> (u16, String) {
    let site = Site::fixture();
    site.edit_ini("[app:main]\n", &format!("[app:main]\n{lines}"));
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let recording = site.data().join("tracks/1/track.gpx.br");
    alice.get("/track/1/gpx").status(200);
    let elsewhere = outside(name);
    fs::rename(&recording, elsewhere.join("gpx"))
        .or_else(|_| fs::copy(&recording, elsewhere.join("gpx")).and_then(|_| fs::remove_file(&recording)))
        .unwrap();
    std::os::unix::fs::symlink(elsewhere.join("gpx"), &recording).unwrap();
    let status = alice.get("/track/1/gpx").status;
    fs::remove_dir_all(elsewhere).unwrap();
    (status, server.log())
}

#[test]
fn a_file_elsewhere_cannot_be_opened_where_the_kernel_can_prevent_it() {
    let (open, log) = ask_for_outside("open", "fietsboek.confine = off\n");
    assert!(
        log.contains("this process is not confined, as the INI file says"),
        "{log}"
    );
    let (confined, log) = ask_for_outside("confined", "");
    match log.contains("confined to ") {
        true => assert!(open == 200 && confined >= 400, "{open} {confined}\n{log}"),
        false => assert!(
            log.contains("this process is not confined: ") && open == confined,
            "{log}"
        ),
    }
}

#[test]
fn confined_it_still_serves_what_is_put_in_the_place_of_its_files() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    alice.get("/track/1/gpx").status(200);
    // A restored directory and database, by renames; the name of the old ones is another's then.
    let copy = site.path("copy");
    assert!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(site.data())
            .arg(&copy)
            .status()
            .unwrap()
            .success()
    );
    fs::rename(site.data(), site.path("old")).unwrap();
    fs::rename(&copy, site.data()).unwrap();
    fs::copy(site.database(), site.path("new.sqlite")).unwrap();
    fs::rename(site.path("new.sqlite"), site.database()).unwrap();
    alice.get("/track/1/gpx").status(200);
    alice
        .post("/track/1/comment", &[("title", ""), ("comment", "After it")])
        .status(302);
    assert!(alice.get("/track/1").text().contains("After it"));
    // A body that does not fit into memory, and a recording of its own.
    let ride = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/gpx/route.gpx")).unwrap();
    let long = [&ride[..], &vec![b' '; 3 << 20]].concat();
    alice.upload(&[("a.gpx", &long)]).status(302);
    // The switch by hand.
    fs::write(site.flag(), "by hand").unwrap();
    assert!(server.get("/").status(503).text().contains("by hand"));
    fs::remove_file(site.flag()).unwrap();
    server.get("/").status(200);
    site.tool("fietscron").run().code(0);
}

#[test]
fn a_socket_file_of_a_confined_server_goes_at_its_end() {
    let site = Site::fixture();
    let socket = site.path("s");
    site.edit_ini("listen = 127.0.0.1:0", &format!("unix_socket = {}", socket.display()));
    let mut command = site.tool("fietsboek-serve").into_command();
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 1];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let mut connection = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    connection
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.unwrap(), rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!socket.exists());
}

#[test]
fn root_becomes_the_user_that_is_named() {
    if !rustix::process::geteuid().is_root() {
        let site = Site::fixture();
        site.edit_ini("[app:main]\n", "[app:main]\nfietsboek.user = nobody\n");
        let server = Server::start(&site);
        return assert!(
            server.log().contains("only root can become another"),
            "{}",
            server.log()
        );
    }
    let site = Site::fixture();
    assert!(
        Server::start(&site)
            .log()
            .contains("this process is root's and need not be")
    );
    site.edit_ini("[app:main]\n", "[app:main]\nfietsboek.user = 65534\n");
    let root = site.dir().parent().unwrap().to_owned();
    let owned = std::process::Command::new("chown")
        .args(["-R", "65534:65534"])
        .arg(&root)
        .status();
    assert!(owned.unwrap().success());
    let server = Server::start(&site);
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert_eq!(line("Uid:"), "Uid:\t65534\t65534\t65534\t65534");
    assert_eq!(line("Gid:"), "Gid:\t65534\t65534\t65534\t65534");
    assert_eq!(line("Groups:").trim(), "Groups:\t65534");
    assert_eq!(line("CapEff:"), "CapEff:\t0000000000000000");
    assert_eq!(line("NoNewPrivs:"), "NoNewPrivs:\t1");
    for task in fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(status.contains("Uid:\t65534\t65534\t65534\t65534"), "{status}");
    }
    let mut alice = Visitor::alice(&server);
    alice
        .post("/track/1/comment", &[("title", ""), ("comment", "By nobody")])
        .status(302);
    site.edit_ini("fietsboek.user = 65534", "fietsboek.user = no-such-user");
    let failed = site.tool("fietsboek-serve").run();
    assert!(failed.code(3).stderr.contains("there is no user no-such-user"));
}

/// Whatever a visitor types or is sent that opens something.
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn assert_not_in(&self, what: &str, text: &str) {
        for (name, secret) in &self.0 {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            assert!(
                !text.contains(secret.as_str()) && !text.contains(&encoded),
                "{name} in {what}:\n{text}"
            );
        }
    }
}

/// The last part of the address of the token in the mail that waits.
fn token_in_mail(site: &Site) -> String {
    let db = rusqlite::Connection::open(site.database()).unwrap();
    let sql = "SELECT uuid FROM tokens ORDER BY id DESC LIMIT 1";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn no_secret_is_in_the_log_an_error_page_or_what_ps_shows() {
    let site = Site::fixture();
    // A mail server that is not there: what is tried and fails is told, and the mail is not printed.
    site.edit_ini(
        "email.smtp_url = debug://localhost:1025",
        "email.smtp_url = smtp://localhost:9\nemail.username = u\nemail.password = Mail-Password-1",
    );
    let server = Server::start_with(&site, site.tool("fietsboek-serve").env("RUST_LOG", "trace"));
    let ini = fs::read_to_string(site.ini()).unwrap();
    let key = ini
        .lines()
        .find_map(|line| line.strip_prefix("session_key = "))
        .unwrap()
        .to_owned();
    let mut secrets = Secrets(vec![
        ("the session key", key),
        ("the mail password", "Mail-Password-1".to_owned()),
        ("Alice's password", "alice-password-1".to_owned()),
        ("a wrong password", "Wrong-Password-1".to_owned()),
        ("a new password", "New-Password-1".to_owned()),
    ]);
    let mut nobody = Visitor::back(&server, &Default::default());
    nobody.get("/login").status(200);
    for (email, password) in [
        ("alice@example.org", "Wrong-Password-1"),
        ("x@example.org", "Wrong-Password-1"),
    ] {
        let reply = nobody.post("/login", &[("email", email), ("password", password)]);
        secrets.assert_not_in("the page of a failed log-in", &reply.text());
    }
    // Logged in, with what a program gets and what a shared link holds.
    let mut alice = Visitor::alice(&server);
    let made = alice.post("/me/make-token", &[("token-name", "Watch")]).text();
    let start = made.find("fietsboek_").unwrap();
    let bearer: String = made[start..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
        .collect();
    secrets.0.push(("the program's token", bearer.clone()));
    let authorization = format!("Bearer {bearer}");
    server
        .ask("GET", "/api/tracks", &[("Authorization", &authorization)], b"")
        .status(200);
    server
        .ask(
            "GET",
            "/api/tracks",
            &[("Authorization", "Bearer fietsboek_Wrong-Token")],
            b"",
        )
        .status(401);
    secrets.0.push(("a wrong token", "fietsboek_Wrong-Token".to_owned()));
    let link: String = rusqlite::Connection::open(site.database())
        .unwrap()
        .query_row("SELECT link_secret FROM tracks WHERE id = 2", [], |row| row.get(0))
        .unwrap();
    for path in [
        format!("/track/2?secret={link}"),
        format!("/track/2/nothing?secret={link}"),
        format!("/track/99?secret={link}"),
    ] {
        let reply = server.get(&path);
        if reply.status != 200 {
            secrets.assert_not_in(&path, &reply.text());
        }
    }
    secrets.0.push(("the secret of a link", link));
    // A forgotten password, and an account.
    nobody.post("/password-reset", &[("email", "alice@example.org")]);
    let reset = token_in_mail(&site);
    let fields = [
        ("email", "new@example.org"),
        ("name", "New"),
        ("password", "New-Password-1"),
        ("repeat-password", "New-Password-1"),
    ];
    nobody.get("/create-account").status(200);
    nobody.post("/create-account", &fields);
    let verify = token_in_mail(&site);
    assert_ne!(reset, verify);
    nobody.get(&format!("/token/{reset}")).status(200);
    nobody.post(
        &format!("/token/{reset}"),
        &[("password", "New-Password-1"), ("repeat-password", "other")],
    );
    nobody.get(&format!("/token/{verify}x")).status(404);
    secrets
        .0
        .extend([("the token of a reset", reset), ("the token of an account", verify)]);
    let jar = alice.leave();
    for (name, value) in &jar {
        if value.len() >= 16 {
            secrets.0.push(("a cookie", value.clone()));
            let reply = server.ask("GET", "/nothing", &[("Cookie", &format!("{name}={value}; x=1"))], b"");
            secrets.assert_not_in("an error page", &reply.text());
        }
    }
    // What is sent to an address that refuses it, and what is no request at all.
    server
        .ask(
            "POST",
            "/me",
            &[("Cookie", "csrf_token=x")],
            b"password=alice-password-1",
        )
        .status(403);
    server.raw(b"GET /token/Wrong-Password-1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    site.tool("fietscron").run();
    server.await_log("localhost");
    secrets.assert_not_in("the log", &server.log());
    let of_process = |name: &str| {
        let bytes = fs::read(format!("/proc/{}/{name}", server.pid())).unwrap();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    secrets.assert_not_in("cmdline", &of_process("cmdline"));
    secrets.assert_not_in("environ", &of_process("environ"));
    let limits = of_process("limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    assert_eq!(of_process("coredump_filter").trim().trim_start_matches('0'), "");
}

#[test]
fn a_key_that_can_be_guessed_is_refused_or_told() {
    let site = Site::fixture();
    site.edit_ini(
        "session_key = Jb0K8fWl;v3#XwTq-not-a-secret",
        "session_key = guessable-key",
    );
    let server = Server::start(&site);
    assert!(server.log().contains("session_key is short"), "{}", server.log());
    assert!(!server.log().contains("guessable-key"));
    drop(server);
    site.edit_ini("session_key = guessable-key", "session_key = <EDIT THIS>");
    site.tool("fietsboek-serve").run().code(3).complains("session_key");
}
