//! Requests without a body, and what becomes of the connection.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use fietsboek::web::gate::Limits;

use super::house::{House, get, is_closed, quick, read_reply};

#[test]
fn one_connection_serves_one_request_after_the_other() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    for path in ["/a", "/b?c=d", "/c"] {
        stream.write_all(get(path).as_bytes()).unwrap();
        let reply = read_reply(&mut stream, false);
        assert_eq!((reply.status, reply.text()), (200, format!("GET {path} 0")));
        assert!(!reply.head.contains("Connection:"), "{}", reply.head);
        assert!(reply.head.contains("X-A: 1\r\nX-A: 2\r\n"), "{}", reply.head);
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    stream.set_nodelay(true).unwrap();
    for byte in get("/a").bytes() {
        stream.write_all(&[byte]).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(read_reply(&mut stream, false).status, 200);
}

#[test]
fn one_empty_line_before_a_request_is_passed_over() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    for _ in 0..2 {
        let request = "\r\n".to_owned() + &get("/a");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(read_reply(&mut stream, false).status, 200);
    }
    assert_eq!(house.ask("\r\n\r\n").status, 400);
}

#[test]
fn private_headers_neither_come_in_nor_go_out() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    let peer = stream.local_addr().unwrap().to_string();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nX-Gate-Peer: 1.1.1.1:1\r\nX-GATE-PROBE: 1\r\n\r\n")
        .unwrap();
    let reply = read_reply(&mut stream, false);
    assert!(!reply.head.to_lowercase().contains("x-gate"), "{}", reply.head);
    let asked = house.log.lock().unwrap()[0].clone();
    assert_eq!(asked.find("X-Gate-Peer"), Some(&*peer));
    assert_eq!(asked.head.to_lowercase().matches("x-gate").count(), 1);
}

#[test]
fn a_client_of_the_unix_socket_is_localhost() {
    let house = House::new(Limits::default());
    let mut stream = house.connect_unix();
    stream.write_all(get("/a").as_bytes()).unwrap();
    assert_eq!(read_reply(&mut stream, false).text(), "GET /a 0");
    let asked = house.log.lock().unwrap()[0].clone();
    assert_eq!(asked.find("X-Gate-Peer"), Some("localhost"));
}

#[test]
fn a_head_request_is_sent_no_body() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    for _ in 0..2 {
        stream.write_all(b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let reply = read_reply(&mut stream, true);
        assert!(reply.head.contains("Content-Length: 9\r\n"), "{}", reply.head);
    }
    stream.write_all(b"HEAD /a HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(read_reply(&mut stream, true).status, 400);
    assert!(is_closed(&mut stream));
}

#[test]
fn http_1_0_ends_after_its_answer_unless_it_asks_to_go_on() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    stream.write_all(b"GET /a HTTP/1.0\r\n\r\n").unwrap();
    let reply = read_reply(&mut stream, false);
    assert!(reply.head.contains("Connection: close\r\n"), "{}", reply.head);
    assert!(is_closed(&mut stream));
    let mut stream = house.connect();
    for _ in 0..2 {
        let request = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        stream.write_all(request).unwrap();
        let reply = read_reply(&mut stream, false);
        assert!(reply.head.contains("Connection: keep-alive\r\n"), "{}", reply.head);
    }
}

#[test]
fn who_asks_for_the_end_gets_it() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let reply = read_reply(&mut stream, false);
    assert!(reply.head.contains("Connection: close\r\n"), "{}", reply.head);
    assert!(is_closed(&mut stream));
}

#[test]
fn unknown_methods_and_an_upgrade_are_answered() {
    let house = House::new(Limits::default());
    assert_eq!(house.ask("BREW /a HTTP/1.1\r\nHost: a\r\n\r\n").text(), "BREW /a 0");
    let options = house.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(options.text(), "OPTIONS * 0");
    let upgrade = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(house.ask(upgrade).text(), "GET /a 0");
}

#[test]
fn a_thousand_requests_sent_at_once_are_answered_in_order() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    let mut writer = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        let all: String = (0..1000).map(|number| get(&format!("/{number}"))).collect();
        writer.write_all(all.as_bytes()).unwrap();
    });
    for number in 0..1000 {
        let reply = read_reply(&mut stream, false);
        assert_eq!(reply.text(), format!("GET /{number} 0"));
    }
    sender.join().unwrap();
}

#[test]
fn a_client_that_says_it_is_done_is_still_answered() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    stream.write_all((get("/slow") + &get("/b")).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_reply(&mut stream, false).text(), "GET /slow 0");
    assert_eq!(read_reply(&mut stream, false).text(), "GET /b 0");
    assert!(is_closed(&mut stream));
}

#[test]
fn who_is_done_at_once_is_let_go_after_the_answer() {
    let house = House::new(Limits::default());
    let mut streams: Vec<_> = (0..50).map(|_| house.connect()).collect();
    for stream in &mut streams {
        stream.write_all(get("/a").as_bytes()).unwrap();
        assert_eq!(read_reply(stream, false).status, 200);
    }
    // At some of them the end is noticed together with the request.
    for stream in &mut streams {
        stream.write_all(get("/a").as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
    }
    for stream in &mut streams {
        assert_eq!(read_reply(stream, false).status, 200);
        assert!(is_closed(stream));
    }
}

#[test]
fn a_browsers_six_connections_are_all_answered_round_after_round() {
    let house = House::with_inners(Limits::default(), 2);
    for _ in 0..20 {
        let mut streams: Vec<_> = (0..6).map(|_| house.connect()).collect();
        for stream in &mut streams {
            stream.write_all(get("/a").as_bytes()).unwrap();
        }
        for stream in &mut streams {
            assert_eq!(read_reply(stream, false).status, 200);
        }
    }
}

#[test]
fn three_hundred_at_once_are_all_answered() {
    let house = House::new(Limits::default());
    let mut streams: Vec<_> = (0..300).map(|_| house.connect()).collect();
    for stream in &mut streams {
        stream.write_all(get("/a").as_bytes()).unwrap();
    }
    for stream in &mut streams {
        assert_eq!(read_reply(stream, false).status, 200);
    }
}

#[test]
fn an_answer_that_nobody_reads_holds_no_inner_connection() {
    let house = House::with_inners(Limits::default(), 1);
    let mut slow: Vec<_> = (0..4).map(|_| house.connect()).collect();
    for stream in &mut slow {
        stream.write_all(get("/big").as_bytes()).unwrap();
    }
    let begun = Instant::now();
    assert_eq!(house.ask(&get("/a")).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(5));
    for stream in &mut slow {
        let reply = read_reply(stream, false);
        assert!(reply.body.len() == 16 << 20 && reply.body.iter().all(|byte| *byte == b'b'));
    }
}

#[test]
fn who_takes_nothing_of_an_answer_is_given_up() {
    let house = House::new(quick());
    let mut stream = house.connect();
    stream.write_all(get("/big").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(2000));
    let mut taken = Vec::new();
    let _ = stream.read_to_end(&mut taken);
    assert!(
        taken.starts_with(b"HTTP/1.1 200 ") && taken.len() < 16 << 20,
        "{}",
        taken.len()
    );
}

#[test]
fn an_answer_leaves_in_one_piece() {
    let house = House::new(Limits::default());
    let mut stream = house.connect_unix();
    stream.write_all(get("/a").as_bytes()).unwrap();
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).unwrap();
    assert!(buffer[..count].ends_with(b"\r\n\r\nGET /a 0"));
}
