//! What no honest client sends, a thousand times each: it is refused, and nothing is lost by it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::figures::{Figures, allow_descriptors};
use super::server::Server;
use super::site::Site;
use super::turn;

/// How often each.
const TIMES: usize = 1000;
/// What memory may grow by, in KiB: what the allocator keeps, not what a thousand requests leave.
const SLACK: u64 = 8 * 1024;

/// Sends the bytes so often, each on a connection of its own; the first line of every answer must begin so.
fn repeat(server: &Server<'_>, times: usize, bytes: &str, expected: &str) {
    for _ in 0..times {
        let mut stream = server.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut first = [0; 12];
        let read = stream.read_exact(&mut first);
        assert!(read.is_ok(), "{bytes:?}: {read:?}\n{}", server.show());
        assert_eq!(String::from_utf8_lossy(&first), expected, "{bytes:?}");
    }
}

/// Resets a connection when it is closed, whatever has been sent.
fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(OwnedFd::from(stream));
}

/// Does the work a little, then whole, and compares what the server takes before and after that: what is kept of the
/// first time is no loss. `work` is told how often.
#[track_caller]
fn nothing_is_lost(server: &Server<'_>, work: impl Fn(usize)) {
    work(TIMES / 10);
    let before = Figures::warm(server);
    work(TIMES);
    let after = Figures::await_as_before(server, before);
    assert!(after.memory < before.memory + SLACK, "{before:?} {after:?}");
}

#[test]
fn absurd_lengths_and_other_versions_cost_nothing() {
    let _turn = turn::alone();
    let site = Site::new();
    let server = Server::start(&site);
    for (bytes, expected) in [
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000000\r\n\r\n",
            "HTTP/1.1 413",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
            "HTTP/1.1 413",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
            "HTTP/1.1 413",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 400",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e9\r\n\r\n",
            "HTTP/1.1 400",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            "HTTP/1.1 400",
        ),
        ("GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 505"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505"),
        ("GET / HTTP/0.9\r\n\r\n", "HTTP/1.1 400"),
        ("GET /\r\n\r\n", "HTTP/1.1 400"),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03", "HTTP/1.1 400"),
    ] {
        nothing_is_lost(&server, |times| repeat(&server, times, bytes, expected));
    }
}

#[test]
fn who_resets_at_any_moment_leaves_nothing() {
    let _turn = turn::alone();
    let site = Site::new();
    let server = Server::start(&site);
    for bytes in [
        "",
        "GET /log",
        "GET /login HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
        "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nhello",
        "POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "GET /track/ HTTP/1.1\r\nHost: a\r\n\r\nGET /login HTTP/1.1\r\nHost: a\r\n\r\nGET /lo",
    ] {
        for wait in [false, true] {
            nothing_is_lost(&server, |times| {
                for _ in 0..if wait { times / 10 } else { times } {
                    let mut stream = server.connect();
                    stream.write_all(bytes.as_bytes()).unwrap();
                    if wait {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    reset(stream);
                }
            });
        }
    }
}

#[test]
fn a_hundred_thousand_requests_sent_ahead_are_one_client_s_turn_after_the_other() {
    let _turn = turn::alone();
    let site = Site::new();
    let server = Server::start(&site);
    let before = Figures::warm(&server);
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    const REQUEST: &str = "HEAD /static/favicon.svg HTTP/1.1\r\nHost: a\r\n\r\n";
    const ALL: usize = 100_000;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let many = REQUEST.repeat(1000);
            for _ in 0..ALL / 1000 {
                writer.write_all(many.as_bytes()).unwrap();
            }
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let asking = scope.spawn(|| {
            let mut most = Figures::of(&server);
            for _ in 0..50 {
                server.get("/login").status(200);
                let now = Figures::of(&server);
                most.memory = most.memory.max(now.memory);
                assert_eq!(now.threads, before.threads);
            }
            most
        });
        let (mut buffer, mut answers, mut tail) = (vec![0; 1 << 16], 0, Vec::new());
        loop {
            let count = stream.read(&mut buffer).unwrap();
            if count == 0 {
                break;
            }
            tail.extend_from_slice(&buffer[..count]);
            let end = tail
                .windows(4)
                .rposition(|four| four == b"\r\n\r\n")
                .map_or(0, |at| at + 4);
            answers += tail[..end].windows(13).filter(|at| *at == b"HTTP/1.1 200 ").count();
            tail.drain(..end);
        }
        assert_eq!(answers, ALL);
        let most = asking.join().unwrap();
        assert!(most.memory < before.memory + SLACK, "{before:?} {most:?}");
    });
    Figures::await_as_before(&server, before);
}

#[test]
fn a_thousand_who_send_ahead_and_go_leave_nothing() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    let site = Site::new();
    let server = Server::start(&site);
    let many = "GET /static/favicon.svg HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    nothing_is_lost(&server, |times| {
        for _ in 0..times {
            let mut stream = server.connect();
            // As much as the socket takes: nobody reads the answers.
            stream.set_nonblocking(true).unwrap();
            let _ = stream.write(many.as_bytes());
            reset(stream);
        }
    });
}
