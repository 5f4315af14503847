//! What the door refuses by itself, so that the inner server never sees it.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use fietsboek::web::gate::Limits;

use super::house::{House, get, is_closed, quick, read_reply};

/// A second request hides in each of these; none of them may be taken for one.
const INSIDE: &str = "GET /inside HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn no_request_is_smuggled_in_another() {
    let house = House::new(Limits::default());
    for (lines, status) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 0, 0\r\n", 400),
        ("Content-Length: -1\r\n", 400),
        ("Content-Length: +0\r\n", 400),
        ("Content-Length: 0x0\r\n", 400),
        ("Content-Length:\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", 400),
        ("Transfer-Encoding: identity\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 400),
        ("Transfer-Encoding: \x0bchunked\r\n", 400),
        (" Content-Length: 0\r\n", 400),
        ("X: y\r\n\tTransfer-Encoding: chunked\r\n", 400),
        ("Content-Length : 0\r\n", 400),
        ("X: a\nContent-Length: 0\r\n", 400),
        ("X: a\rContent-Length: 0\r\n", 400),
        ("X: \0\r\n", 400),
        ("Host: b\r\n", 400),
        ("Expect: miracles\r\n", 417),
    ] {
        let mut stream = house.connect();
        let request = format!("POST /outside HTTP/1.1\r\nHost: a\r\n{lines}\r\n{INSIDE}{INSIDE}");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(read_reply(&mut stream, false).status, status, "{lines:?}");
        assert!(is_closed(&mut stream), "{lines:?}");
    }
    assert!(house.paths().is_empty(), "{:?}", house.paths());
}

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

#[test]
fn whatever_bytes_come_the_inner_server_does_not_stumble_over_them() {
    const SEEDS: [&str; 3] = [
        "GET /a?b HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.0\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ];
    const BYTES: &[u8] = b"\r\n\t :,;/0159aZ\0\x7f\x80\xff";
    let house = House::new(Limits::default());
    let mut dice = Dice(20_261_122);
    for _ in 0..1500 {
        let mut bytes = SEEDS[dice.roll(SEEDS.len())].as_bytes().to_vec();
        for _ in 0..=dice.roll(3) {
            let (at, byte) = (dice.roll(bytes.len()), BYTES[dice.roll(BYTES.len())]);
            match dice.roll(4) {
                0 => bytes.insert(at, byte),
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at + 1),
                _ => bytes[at] = byte,
            }
        }
        let mut stream = house.connect();
        stream.write_all(&bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let shown = String::from_utf8_lossy(&bytes);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 "),
            "{shown:?}: {answer}"
        );
        assert!(
            !answer.contains("HTTP/1.1 50") || answer.contains(" 505 "),
            "{shown:?}: {answer}"
        );
    }
    for asked in house.log.lock().unwrap().iter() {
        let mut lines = asked.head.trim_end_matches("\r\n").split("\r\n");
        assert_eq!(lines.next().unwrap().split(' ').count(), 3, "{:?}", asked.head);
        assert!(lines.all(|line| line.contains(": ")), "{:?}", asked.head);
    }
}

#[test]
fn other_protocols_are_told_so() {
    let house = House::new(Limits::default());
    for (request, status) in [
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        ("GET /\r\n", 400),
        ("\x16\x03\x01\x02\0\x01", 400),
        ("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ] {
        assert_eq!(house.ask(request).status, status, "{request:?}");
    }
    assert!(house.paths().is_empty());
}

#[test]
fn an_endless_head_is_cut() {
    let house = House::new(Limits::default());
    let long = format!("GET /{}", "a".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "X: y\r\n".repeat(20_000));
    for request in [long, many] {
        assert_eq!(house.ask(&request).status, 431);
    }
}

#[test]
fn an_absolute_target_is_reduced_to_a_path() {
    let house = House::new(Limits::default());
    let reply = house.ask("GET http://b.example/a?c HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(reply.text(), "GET /a?c 0");
    assert_eq!(house.log.lock().unwrap()[0].find("Host"), Some("b.example"));
}

#[test]
fn who_begins_and_does_not_go_on_is_told_and_who_says_nothing_is_not() {
    let house = House::new(quick());
    let begun = Instant::now();
    let (mut half, mut silent) = (house.connect(), house.connect());
    half.write_all(b"GET / HT").unwrap();
    assert_eq!(read_reply(&mut half, false).status, 408);
    assert_eq!(read_reply(&mut silent, false).status, 0);
    let elapsed = begun.elapsed();
    assert!(elapsed > Duration::from_millis(550), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}

#[test]
fn a_byte_now_and_then_does_not_lengthen_the_time_for_a_head() {
    let house = House::new(quick());
    let mut stream = house.connect();
    let begun = Instant::now();
    for byte in get("/a-rather-long-path").bytes() {
        if stream.write_all(&[byte]).is_err() || begun.elapsed() > Duration::from_secs(1) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(read_reply(&mut stream, false).status, 408);
    assert!(house.paths().is_empty());
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let house = House::new(quick());
    let mut stream = house.connect();
    stream.write_all(get("/a").as_bytes()).unwrap();
    assert_eq!(read_reply(&mut stream, false).status, 200);
    assert_eq!(read_reply(&mut stream, false).status, 0);
}

#[test]
fn many_who_say_nothing_do_not_hinder_one_who_speaks() {
    let house = House::new(Limits::default());
    let silent: Vec<_> = (0..400).map(|_| house.connect()).collect();
    let mut dripping: Vec<_> = (0..100).map(|_| house.connect()).collect();
    for _ in 0..20 {
        for stream in &mut dripping {
            stream.write_all(b"G").unwrap();
        }
        let begun = Instant::now();
        assert_eq!(house.ask(&get("/a")).status, 200);
        let elapsed = begun.elapsed();
        assert!(elapsed < Duration::from_millis(200), "{elapsed:?}");
    }
    drop(silent);
}
