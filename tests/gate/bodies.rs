//! Requests with a body: asked for first, taken whole, refused readably.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use fietsboek::web::gate::Limits;

use super::house::{House, is_closed, quick, read_reply};

fn post(path: &str, lines: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n")
}

fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

/// What the inner server was asked, without the preflights.
fn wholes(house: &House) -> Vec<Vec<u8>> {
    let log = house.log.lock().unwrap();
    log.iter()
        .filter(|asked| asked.find("X-Gate-Preflight").is_none())
        .map(|asked| asked.body.clone())
        .collect()
}

#[test]
fn a_small_body_that_comes_with_its_head_goes_straight_on() {
    let house = House::new(Limits::default());
    let reply = house.ask(&(post("/a", "Content-Length: 5\r\n") + "hello"));
    assert_eq!(reply.text(), "POST /a 5");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let reply = house.ask(&(post("/b", chunked) + "2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"));
    assert_eq!(reply.text(), "POST /b 5");
    assert_eq!(house.ask(&post("/c", "Content-Length: 0\r\n")).text(), "POST /c 0");
    assert_eq!(house.paths(), ["/a", "/b", "/c"]);
    assert_eq!(wholes(&house)[..2], [b"hello".to_vec(), b"hello".to_vec()]);
    let log = house.log.lock().unwrap();
    assert!(log.iter().all(|asked| asked.find("Transfer-Encoding").is_none()));
    assert_eq!(log[1].find("Content-Length"), Some("5"));
}

#[test]
fn a_body_still_to_come_is_asked_for_first() {
    let house = House::new(Limits::default());
    for (lines, first, rest, said) in [
        ("Content-Length: 5\r\n", "he", "lloGET", "5"),
        (
            "Transfer-Encoding: chunked\r\n",
            "5\r\nhe",
            "llo\r\n0\r\n\r\nGET",
            "chunked",
        ),
    ] {
        let mut stream = house.connect();
        send(&mut stream, &(post("/a", lines) + first));
        std::thread::sleep(Duration::from_millis(100));
        send(&mut stream, rest);
        assert_eq!(read_reply(&mut stream, false).text(), "POST /a 5");
        send(&mut stream, " /next HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(read_reply(&mut stream, false).text(), "GET /next 0");
        let log = std::mem::take(&mut *house.log.lock().unwrap());
        assert_eq!(log[0].find("X-Gate-Preflight"), Some(said));
        assert_eq!(log[0].find("Content-Length"), Some("0"));
        assert_eq!(log[1].body, b"hello");
    }
}

#[test]
fn who_waits_for_a_sign_gets_it() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    send(
        &mut stream,
        &post("/a", "Content-Length: 5\r\nExpect: 100-continue\r\n"),
    );
    assert_eq!(read_reply(&mut stream, false).head, "HTTP/1.1 100 Continue\r\n\r\n");
    send(&mut stream, "hello");
    assert_eq!(read_reply(&mut stream, false).text(), "POST /a 5");
}

#[test]
fn who_waits_for_a_sign_without_having_a_body_is_answered() {
    let house = House::new(Limits::default());
    for lines in ["", "Content-Length: 0\r\n"] {
        let reply = house.ask(&post("/a", &format!("{lines}Expect: 100-continue\r\n")));
        assert_eq!(reply.text(), "POST /a 0", "{lines}");
    }
}

#[test]
fn the_inner_server_is_asked_about_any_length() {
    let house = House::new(Limits::default());
    for length in ["30000000000", "9223372036854775808", "99999999999999999999999999"] {
        for (path, status) in [("/refuse", 503), ("/a", 413)] {
            let mut stream = house.connect();
            send(&mut stream, &post(path, &format!("Content-Length: {length}\r\n")));
            assert_eq!(read_reply(&mut stream, false).status, status, "{length}");
            assert!(is_closed(&mut stream), "{length}");
        }
    }
    assert!(wholes(&house).is_empty());
}

#[test]
fn who_waits_for_a_sign_may_be_refused_instead() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    let lines = "Content-Length: 100000000\r\nExpect: 100-continue\r\n";
    send(&mut stream, &post("/refuse", lines));
    let reply = read_reply(&mut stream, false);
    assert_eq!((reply.status, reply.text()), (503, "closed for now".to_owned()));
    assert!(reply.head.contains("Connection: close\r\n"));
    assert!(is_closed(&mut stream));
}

#[test]
fn a_hundred_megabytes_that_nobody_wants_do_not_hide_the_refusal() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    send(&mut stream, &post("/refuse", "Content-Length: 100000000\r\n"));
    let piece = vec![b'x'; 1_000_000];
    for _ in 0..100 {
        stream.write_all(&piece).unwrap();
    }
    assert_eq!(read_reply(&mut stream, false).status, 503);
    assert!(is_closed(&mut stream));
    assert!(wholes(&house).is_empty());
}

#[test]
fn what_nobody_wants_is_not_taken_for_ever() {
    let house = House::new(Limits {
        drain_bytes: 1_000_000,
        ..Limits::default()
    });
    let mut stream = house.connect();
    send(&mut stream, &post("/refuse", "Content-Length: 1000000000\r\n"));
    let piece = vec![b'x'; 1_000_000];
    let taken = (0..100).take_while(|_| stream.write_all(&piece).is_ok()).count();
    assert!(taken < 50, "{taken} MB");
}

#[test]
fn a_large_body_arrives_whole() {
    let house = House::new(Limits::default());
    let body: Vec<u8> = (0..8_000_000_u32).map(|at| (at / 3 % 256) as u8).collect();
    let mut stream = house.connect();
    send(&mut stream, &post("/a", "Content-Length: 8000000\r\n"));
    stream.write_all(&body).unwrap();
    assert_eq!(read_reply(&mut stream, false).text(), "POST /a 8000000");
    send(&mut stream, &post("/b", "Transfer-Encoding: chunked\r\n"));
    for piece in body.chunks(77_777) {
        send(&mut stream, &format!("{:x}\r\n", piece.len()));
        stream.write_all(piece).unwrap();
        send(&mut stream, "\r\n");
    }
    send(&mut stream, "0\r\n\r\n");
    assert_eq!(read_reply(&mut stream, false).text(), "POST /b 8000000");
    assert!(wholes(&house).iter().all(|whole| *whole == body));
}

#[test]
fn more_than_allowed_is_refused_readably() {
    let house = House::new(Limits::default());
    let mut stream = house.connect();
    send(&mut stream, &post("/ten", "Content-Length: 11\r\n"));
    assert_eq!(read_reply(&mut stream, false).status, 413);
    let mut stream = house.connect();
    send(
        &mut stream,
        &post("/ten", "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"),
    );
    assert_eq!(read_reply(&mut stream, false).status, 100);
    let piece = format!("10000\r\n{}\r\n", "x".repeat(65536));
    for _ in 0..100 {
        send(&mut stream, &piece);
    }
    assert_eq!(read_reply(&mut stream, false).status, 413);
    assert!(is_closed(&mut stream));
    assert!(wholes(&house).is_empty());
}

#[test]
fn bodies_arrive_whole_when_memory_is_short() {
    let house = House::new(Limits {
        max_memory: 0,
        spool_above: 10,
        ..Limits::default()
    });
    let body = "0123456789abcdef".repeat(20_000);
    let length = format!("Content-Length: {}\r\n", body.len());
    assert_eq!(house.ask(&(post("/a", &length) + &body)).text(), "POST /a 320000");
    assert_eq!(wholes(&house), [body.into_bytes()]);
}

#[test]
fn more_than_all_clients_may_hold_is_refused() {
    let house = House::new(Limits {
        max_held: 1_000_000,
        ..Limits::default()
    });
    let mut stream = house.connect();
    send(&mut stream, &post("/a", "Content-Length: 20000000\r\n"));
    stream.write_all(&vec![b'x'; 20_000_000]).unwrap();
    assert_eq!(read_reply(&mut stream, false).status, 503);
    assert!(is_closed(&mut stream));
    assert_eq!(house.ask("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
}

#[test]
fn a_body_cut_short_is_never_handed_on() {
    let house = House::new(Limits::default());
    for lines in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut stream = house.connect();
        send(&mut stream, &(post("/a", lines) + "5\r\nh"));
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(is_closed(&mut stream));
    }
    assert!(wholes(&house).is_empty());
}

#[test]
fn a_broken_coding_is_refused_and_nothing_in_it_is_a_request() {
    let house = House::new(Limits::default());
    let chunked = "Transfer-Encoding: chunked\r\n";
    let mut stream = house.connect();
    send(&mut stream, &(post("/a", chunked) + "5\r\n"));
    std::thread::sleep(Duration::from_millis(100));
    send(&mut stream, "helloGET /inside HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(read_reply(&mut stream, false).status, 400);
    assert!(is_closed(&mut stream));
    assert!(wholes(&house).is_empty());
}

#[test]
fn a_body_that_stalls_is_given_up() {
    let house = House::new(quick());
    let mut stream = house.connect();
    send(&mut stream, &(post("/a", "Content-Length: 5\r\n") + "he"));
    assert_eq!(read_reply(&mut stream, false).status, 408);
    assert!(is_closed(&mut stream));
}

#[test]
fn a_slow_body_holds_no_inner_connection() {
    let house = House::with_inners(Limits::default(), 1);
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = house.connect();
            send(&mut stream, &(post("/a", "Content-Length: 5\r\n") + "h"));
            stream
        })
        .collect();
    let mut stream = house.connect();
    for _ in 0..20 {
        send(&mut stream, "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(read_reply(&mut stream, false).status, 200);
    }
    for mut stream in slow {
        send(&mut stream, "ello");
        assert_eq!(read_reply(&mut stream, false).text(), "POST /a 5");
        let mut nothing = [0; 1];
        stream.set_nonblocking(true).unwrap();
        assert!(stream.read(&mut nothing).is_err());
    }
}

#[test]
fn who_holds_most_gives_way_and_everybody_else_is_answered() {
    let house = House::new(Limits {
        max_held: 6_000_000,
        spool_above: 10,
        ..Limits::default()
    });
    // Two who never finish hold five megabytes of the six, and the next ones too much.
    let mut waiting: Vec<_> = [3_000_000, 2_000_000]
        .into_iter()
        .map(|size| {
            let mut stream = house.connect();
            send(&mut stream, &post("/never", "Content-Length: 9000000\r\n"));
            stream.write_all(&vec![b'x'; size]).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    for _ in 0..3 {
        let mut stream = house.connect();
        send(&mut stream, &post("/a", "Content-Length: 2500000\r\n"));
        stream.write_all(&vec![b'x'; 2_500_000]).unwrap();
        assert_eq!(read_reply(&mut stream, false).text(), "POST /a 2500000");
        assert_eq!(house.ask("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    }
    assert_eq!(read_reply(&mut waiting[0], false).status, 503);
    waiting[1].set_nonblocking(true).unwrap();
    assert!(waiting[1].read(&mut [0]).is_err(), "the smaller one still waits");
}

#[test]
fn answers_that_nobody_takes_give_way_to_others() {
    let house = House::new(Limits {
        max_held: 40_000_000,
        ..Limits::default()
    });
    let mut greedy: Vec<_> = (0..6).map(|_| house.connect()).collect();
    for stream in &mut greedy {
        send(stream, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    std::thread::sleep(Duration::from_millis(1500));
    for _ in 0..10 {
        assert_eq!(house.ask("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    }
}
