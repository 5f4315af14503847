//! Heads without an end: cut at 64 KiB, whoever sends them, and no memory is spent on them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::figures::{Figures, forget_most_memory, most_memory};
use super::server::Server;
use super::site::Site;
use super::turn;

/// What may be sent before it is cut, in bytes: the head, and what is on its way in sockets of loopback.
const MOST_SENT: usize = 16 << 20;

/// Sends `begin` and then `more` until it is cut. Returns the answer's status, if one was read.
fn send_for_ever(mut stream: TcpStream, begin: &str, more: &str) -> Option<String> {
    let block = more.repeat(16384 / more.len() + 1);
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let begun = Instant::now();
    let mut sent = stream.write(begin.as_bytes()).unwrap();
    // The refusal is there to be read before what follows it is thrown away no longer.
    let mut early = [0; 12];
    stream.set_nonblocking(true).unwrap();
    while sent < MOST_SENT && begun.elapsed() < Duration::from_secs(5) {
        if let Ok(12) = stream.read(&mut early) {
            return Some(String::from_utf8_lossy(&early[9..]).into_owned());
        }
        match stream.write(block.as_bytes()) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(_) => return None,
        }
    }
    panic!("{sent} bytes of a head were taken in {:?}", begun.elapsed());
}

#[test]
fn endless_heads_are_cut_and_cost_no_memory() {
    let _turn = turn::alone();
    let site = Site::new();
    let server = Server::start(&site);
    server.get("/login").status(200);
    for (begin, more) in [
        ("GET /", "a"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: ", "a"),
        ("GET / HTTP/1.1\r\nHost: a\r\n", "X: y\r\n"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\n",
            "X-Another-One: with a value of its own\r\n",
        ),
        ("", "GET"),
    ] {
        let before = Figures::of(&server);
        forget_most_memory(&server);
        std::thread::scope(|scope| {
            let senders: Vec<_> = (0..20)
                .map(|_| scope.spawn(|| send_for_ever(server.connect(), begin, more)))
                .collect();
            for sender in senders {
                let status = sender.join().unwrap();
                assert!(
                    matches!(status.as_deref(), Some("431" | "400")),
                    "{begin:?} {more:?}: {status:?}"
                );
            }
        });
        let most = most_memory(&server);
        println!("{begin:?}: from {} to {most} KiB", before.memory);
        assert!(most < before.memory + 8 * 1024, "{begin:?}: {before:?}, {most} KiB");
        Figures::await_as_before(&server, before);
    }
}

#[test]
fn a_hundred_thousand_header_lines_are_refused() {
    let _turn = turn::beside();
    let site = Site::new();
    let server = Server::start(&site);
    let lines: String = (0..100_000).map(|number| format!("X-{number}: y\r\n")).collect();
    let answer = server.raw(format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes());
    assert!(
        answer.starts_with(b"HTTP/1.1 431 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    // Below 64 KiB it is the number that counts.
    let lines: String = (0..2000).map(|number| format!("X-{number}: y\r\n")).collect();
    let answer = server.raw(format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n").as_bytes());
    assert!(
        answer.starts_with(b"HTTP/1.1 431 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    server.get("/login").status(200);
}

/// A server that says so much in its INI file.
#[test]
fn the_limit_is_the_one_of_the_settings() {
    let _turn = turn::beside();
    let site = Site::new();
    site.edit_ini("[app:main]", "[app:main]\nfietsboek.max_header_size = 4 KiB");
    let server = Server::start(&site);
    let asked = |length: usize| {
        let head = format!(
            "GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: {}\r\n\r\n",
            "y".repeat(length)
        );
        let answer = server.raw(head.as_bytes());
        String::from_utf8_lossy(&answer[..12]).into_owned()
    };
    assert_eq!(asked(3 << 10), "HTTP/1.1 200");
    assert_eq!(asked(5 << 10), "HTTP/1.1 431");
}
