//! Mail from the server and from fietscron to a mail server of the test's own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fietsboek::{clock, db, maintenance::barrier};

use super::cmd::LIMIT;
use super::server::Server;
use super::site::Site;
use super::visitor::{Jar, Visitor};

/// A mail as it came in.
#[derive(Debug, Clone)]
pub struct Mail {
    from: String,
    to: String,
    /// What the client proved, decoded: `\0user\0password`.
    login: Option<String>,
    /// Head and body, dots taken away, line ends as sent.
    pub text: String,
}

/// What the mail server does with each mail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mood {
    Takes,
    /// It knows no mailbox.
    KnowsNobody,
    /// It passes nothing on.
    Refuses,
    /// It greets and then says nothing.
    Silent,
}

/// A mail server on a free port of this machine, as much of it as is needed.
pub struct Post {
    pub port: u16,
    got: Arc<Mutex<Vec<Mail>>>,
    /// Whether a client has spoken.
    began: Arc<AtomicBool>,
}

impl Post {
    pub fn open(mood: Mood) -> Post {
        Post::at(TcpListener::bind("127.0.0.1:0").unwrap(), mood)
    }

    pub fn at(listener: TcpListener, mood: Mood) -> Post {
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let began = Arc::new(AtomicBool::new(false));
        let (kept, seen) = (Arc::clone(&got), Arc::clone(&began));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (kept, seen) = (Arc::clone(&kept), Arc::clone(&seen));
                thread::spawn(move || talk(&client, mood, &kept, &seen));
            }
        });
        Post { port, got, began }
    }

    pub fn got(&self) -> Vec<Mail> {
        self.got.lock().unwrap().clone()
    }

    /// Waits for so many mails.
    #[track_caller]
    pub fn await_mails(&self, count: usize) -> Vec<Mail> {
        await_true("the mails come", || self.got().len() >= count);
        self.got()
    }
}

/// One conversation (RFC 5321, AUTH PLAIN of RFC 4954).
fn talk(client: &TcpStream, mood: Mood, kept: &Mutex<Vec<Mail>>, began: &AtomicBool) -> Option<()> {
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let (mut lines, mut out) = (BufReader::new(client), client);
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 mail.example ESMTP")?;
    let (mut from, mut to, mut login) = (String::new(), String::new(), None);
    loop {
        let line = read_line(&mut lines)?;
        began.store(true, Ordering::SeqCst);
        let word = line.split([' ', ':']).next()?.to_ascii_uppercase();
        if mood == Mood::Silent {
            // Until the client has had enough.
            read_line(&mut lines)?;
        }
        match word.as_str() {
            "EHLO" => say("250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN")?,
            "AUTH" => {
                login = Some(line.strip_prefix("AUTH PLAIN ")?.to_owned());
                say("235 2.7.0 welcome")?;
            }
            "MAIL" => {
                from = line;
                say("250 2.1.0 fine")?;
            }
            "RCPT" if mood == Mood::KnowsNobody => say("550 5.1.1 nobody here")?,
            "RCPT" if mood == Mood::Refuses => say("554 5.7.1 relaying denied")?,
            "RCPT" => {
                to = line;
                say("250 2.1.5 fine")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut text = String::new();
                loop {
                    let line = read_line(&mut lines)?;
                    if line == "." {
                        break;
                    }
                    text += line.strip_prefix('.').unwrap_or(&line);
                    text += "\n";
                }
                let (from, to, login) = (from.clone(), to.clone(), login.clone());
                kept.lock().unwrap().push(Mail { from, to, login, text });
                say("250 2.0.0 taken")?;
            }
            "QUIT" => return say("221 2.0.0 bye"),
            _ => say("500 5.5.2 what")?,
        }
    }
}

fn read_line(lines: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    match lines.read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

#[track_caller]
pub fn await_true(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LIMIT, "in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// An instance that mails to this port.
pub fn mailing(port: u16, lines: &str) -> Site {
    let site = Site::fixture();
    site.edit_ini(
        "email.smtp_url = debug://localhost:1025",
        &format!("email.smtp_url = smtp://127.0.0.1:{port}\n{lines}"),
    );
    site
}

pub fn forget(server: &Server<'_>, email: &str) {
    let mut visitor = Visitor::back(server, &Jar::new());
    visitor.get("/password-reset").status(200);
    visitor.post("/password-reset", &[("email", email)]).status(302);
}

/// How many mails wait.
pub fn waiting(site: &Site) -> i64 {
    let db = db::open(&site.database()).unwrap();
    let sql = "SELECT count(*) FROM x_mail";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A port where nothing listens, for now.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_mail_leaves_as_soon_as_it_is_asked_for_and_its_link_works() {
    let post = Post::open(Mood::Takes);
    let site = mailing(post.port, "email.username = rides\nemail.password = hush\n");
    let server = Server::start(&site);
    let mut visitor = Visitor::back(&server, &Jar::new());
    visitor.language = "de";
    visitor.get("/create-account").status(200);
    let fields = [
        ("email", "zoe@example.org"),
        ("name", "Zoë\r\nBcc: evil@example.org"),
        ("password", "zoe-password-1"),
        ("repeat-password", "zoe-password-1"),
    ];
    visitor.post("/create-account", &fields).status(302);
    let mail = post.await_mails(1).remove(0);
    assert_eq!(mail.from.split(" BODY").next(), Some("MAIL FROM:<fietsboek@localhost>"));
    assert_eq!(mail.to, "RCPT TO:<zoe@example.org>");
    assert_eq!(mail.login.as_deref(), Some("AHJpZGVzAGh1c2g="));
    let (head, body) = mail.text.split_once("\n\n").unwrap();
    for line in [
        "From: Fietsboek <fietsboek@localhost>",
        "To: zoe@example.org",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|l| l == line), "{line}\n{head}");
    }
    for name in ["Date: ", "Message-ID: <", "Subject: =?utf-8?"] {
        assert!(head.lines().any(|l| l.starts_with(name)), "{name}\n{head}");
    }
    assert!(!mail.text.contains("evil"), "{}", mail.text);
    // Quoted-printable: soft line ends, and equal signs of which the link has none.
    let body = body.replace("=\n", "");
    let link = body.lines().find_map(|line| line.split_once("/token/")).unwrap().1;
    assert!(body.contains("best=C3=A4tigen"), "{body}");
    await_true("it is out of the queue", || waiting(&site) == 0);
    assert!(!server.log().contains(link), "{}", server.log());
    let reply = visitor.get(&format!("/token/{link}"));
    assert_eq!(visitor.location(&reply), "/login");
    let log_in = [("email", "zoe@example.org"), ("password", "zoe-password-1")];
    let reply = visitor.post("/login", &log_in);
    assert_eq!(visitor.location(&reply), "/");
    assert!(!server.log().contains(link), "{}", server.log());
}

#[test]
fn an_unreachable_mail_server_is_no_error_and_fietscron_sends_what_waits() {
    let port = closed_port();
    let site = mailing(port, "");
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    server.await_log("waits, it could not be sent (try 1)");
    assert_eq!(waiting(&site), 1);
    assert!(
        !server.log().contains("alice@") && !server.log().contains("token"),
        "{}",
        server.log()
    );
    // It rests: a run of fietscron right afterwards does not hurry.
    site.tool("fietscron").run().code(0).silent();
    let sooner = |minutes| {
        let due = clock::to_db(clock::wall(clock::now() - time::Duration::minutes(minutes)));
        db::open(&site.database())
            .unwrap()
            .execute("UPDATE x_mail SET due = ?1", [due])
            .unwrap();
    };
    sooner(0);
    site.tool("fietscron")
        .run()
        .code(0)
        .complains("could not be sent (try 2)");
    sooner(0);
    let post = Post::at(TcpListener::bind(("127.0.0.1", port)).unwrap(), Mood::Takes);
    site.tool("fietscron").run().code(0).silent();
    let mails = post.got();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "RCPT TO:<alice@example.org>");
    assert_eq!(waiting(&site), 0);
}

#[test]
fn a_mail_whose_link_is_old_is_given_up_with_a_word() {
    let site = mailing(closed_port(), "");
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    server.await_log("waits");
    drop(server);
    let then = clock::to_db(clock::wall(clock::now() - time::Duration::hours(25)));
    let db = db::open(&site.database()).unwrap();
    db.execute("UPDATE tokens SET date = ?1", [&then]).unwrap();
    db.execute("UPDATE x_mail SET due = ?1", [&then]).unwrap();
    site.tool("fietscron")
        .run()
        .code(0)
        .complains("to alice@example.org is given up: its link is valid no more");
    assert_eq!(waiting(&site), 0);
}

#[test]
fn a_mailbox_that_is_not_there_is_told_and_not_tried_again() {
    let post = Post::open(Mood::KnowsNobody);
    let site = mailing(post.port, "");
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    server.await_log("to alice@example.org is given up");
    server.await_log("nobody here");
    await_true("it is out of the queue", || waiting(&site) == 0);
}

#[test]
fn what_the_operator_may_mend_is_tried_again() {
    let post = Post::open(Mood::Refuses);
    let site = mailing(post.port, "");
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    server.await_log("waits, it could not be sent (try 1)");
    server.await_log("relaying denied");
    assert_eq!(waiting(&site), 1);
}

#[test]
fn nobody_waits_for_a_silent_mail_server_and_no_mail_leaves_in_maintenance_mode() {
    let post = Post::open(Mood::Silent);
    let site = mailing(post.port, "");
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    await_true("the conversation begins", || post.began.load(Ordering::SeqCst));
    // The mail server is given ten seconds; nobody has to wait for them.
    server.get("/login").status(200);
    site.ctl(["maintenance-mode", "--wait=2", "Back at noon"]).run().code(0);
    drop(barrier::hold_alone(&site.data(), Duration::ZERO).unwrap());
    assert_eq!(post.got().len(), 0);
}

#[test]
fn the_debug_scheme_prints_the_mail() {
    let site = Site::fixture();
    let server = Server::start(&site);
    forget(&server, "alice@example.org");
    server.await_log("Subject: Set a new password");
    server.await_log("If it wasn't you, do nothing");
    let log = server.log();
    assert!(
        log.contains("To: alice@example.org") && log.contains("/token/"),
        "{log}"
    );
    await_true("it is out of the queue", || waiting(&site) == 0);
}
