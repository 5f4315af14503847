//! An inner server that fails, a house that is full, and the end.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use fietsboek::web::gate::{Limits, Listener, Setup, start};

use super::house::{House, get, is_closed, new_dir, quick, read_reply, refusal};
use super::script::serve_at;

#[test]
fn a_lost_connection_is_not_noticed_by_who_only_reads() {
    let house = House::new(Limits::default());
    assert_eq!(house.ask(&get("/dies-once")).text(), "GET /dies-once 0");
    assert_eq!(house.paths().len(), 2);
}

#[test]
fn a_lost_connection_is_told_to_who_may_have_changed_something() {
    let house = House::new(Limits::default());
    let reply = house.ask("POST /dies-once HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((reply.status, reply.text()), (502, "refused".to_owned()));
    assert_eq!(house.paths().len(), 1);
}

#[test]
fn what_kills_every_connection_is_tried_twice_and_no_more() {
    let house = House::with_inners(Limits::default(), 2);
    for _ in 0..5 {
        assert_eq!(house.ask(&get("/dies")).status, 502);
    }
    assert_eq!(house.paths().len(), 10);
    assert_eq!(house.ask(&get("/a")).status, 200);
}

#[test]
fn a_broken_answer_is_a_502_and_the_next_one_is_fine() {
    let house = House::with_inners(Limits::default(), 1);
    assert_eq!(house.ask(&get("/breaks")).status, 502);
    assert_eq!(house.ask(&get("/a")).status, 200);
}

#[test]
fn no_answer_in_time_is_a_504_and_holds_nobody_else_for_ever() {
    let house = House::with_inners(quick(), 1);
    let mut stuck = house.connect();
    stuck.write_all(get("/silent").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(house.ask(&get("/a")).status, 200);
    assert_eq!(read_reply(&mut stuck, false).status, 504);
}

#[test]
fn a_client_that_goes_away_leaves_the_inner_connection_usable() {
    let house = House::with_inners(Limits::default(), 1);
    for _ in 0..3 {
        let mut stream = house.connect_unix();
        stream.write_all(get("/slow").as_bytes()).unwrap();
    }
    let begun = Instant::now();
    assert_eq!(house.ask(&get("/a")).text(), "GET /a 0");
    // Two of the three were still in the queue and are not asked for any more.
    assert!(begun.elapsed() < Duration::from_millis(1000));
}

#[test]
fn a_newcomer_takes_the_place_of_the_longest_idle() {
    let house = House::new(Limits {
        max_connections: 3,
        ..Limits::default()
    });
    let mut streams: Vec<_> = (0..3).map(|_| house.connect()).collect();
    for stream in &mut streams {
        stream.write_all(get("/a").as_bytes()).unwrap();
        assert_eq!(read_reply(stream, false).status, 200);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(house.ask(&get("/b")).status, 200);
    assert!(is_closed(&mut streams[0]));
    streams[2].write_all(get("/a").as_bytes()).unwrap();
    assert_eq!(read_reply(&mut streams[2], false).status, 200);
}

#[test]
fn a_newcomer_waits_for_a_place_when_all_are_busy() {
    let house = House::new(Limits {
        max_connections: 2,
        ..Limits::default()
    });
    let mut busy: Vec<_> = (0..2).map(|_| house.connect()).collect();
    for stream in &mut busy {
        stream.write_all(get("/slow").as_bytes()).unwrap();
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(house.ask(&get("/a")).status, 200);
    // One was given up for it, but not before it was answered.
    for stream in &mut busy {
        assert_eq!(read_reply(stream, false).status, 200);
    }
}

#[test]
fn a_newcomer_takes_the_place_of_who_was_refused_and_does_not_go() {
    let house = House::new(Limits {
        max_connections: 2,
        ..Limits::default()
    });
    let mut refused: Vec<_> = (0..2).map(|_| house.connect()).collect();
    for stream in &mut refused {
        stream.write_all(b"nonsense\r\n").unwrap();
        assert_eq!(read_reply(stream, false).status, 400);
    }
    let begun = Instant::now();
    assert_eq!(house.ask(&get("/a")).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_queue_that_is_full_refuses() {
    let house = House::with_inners(
        Limits {
            max_queue: 1,
            ..Limits::default()
        },
        1,
    );
    let mut streams: Vec<_> = (0..3).map(|_| house.connect()).collect();
    for stream in &mut streams {
        stream.write_all(get("/slow").as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    let all: Vec<u16> = streams
        .iter_mut()
        .map(|stream| read_reply(stream, false).status)
        .collect();
    assert_eq!(all, [200, 200, 503]);
}

#[test]
fn the_end_waits_for_who_is_being_answered_and_for_nobody_else() {
    let mut house = House::new(Limits::default());
    let (mut asking, mut idle) = (house.connect(), house.connect());
    asking.write_all(get("/slow").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    house.stop(Duration::from_secs(5));
    assert!(begun.elapsed() < Duration::from_secs(2));
    let reply = read_reply(&mut asking, false);
    assert_eq!(reply.text(), "GET /slow 0");
    assert!(reply.head.contains("Connection: close\r\n"), "{}", reply.head);
    assert!(is_closed(&mut asking) && is_closed(&mut idle));
    assert!(std::net::TcpStream::connect(house.address).is_err());
}

#[test]
fn the_end_does_not_wait_for_who_was_refused_and_does_not_go() {
    let mut house = House::new(Limits::default());
    let mut refused = house.connect();
    refused.write_all(b"nonsense\r\n").unwrap();
    assert_eq!(read_reply(&mut refused, false).status, 400);
    let begun = Instant::now();
    house.stop(Duration::from_secs(8));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn the_end_waits_no_longer_than_it_is_told() {
    let mut house = House::new(Limits::default());
    let mut asking = house.connect();
    asking.write_all(get("/silent").as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let begun = Instant::now();
    house.stop(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(is_closed(&mut asking));
}

#[test]
fn a_fault_of_ours_ends_one_connection_and_not_the_door() {
    fn faulty(_: u16, _: bool) -> Vec<u8> {
        panic!("on purpose")
    }
    let house = House::with_refusal(faulty);
    for _ in 0..3 {
        let mut stream = house.connect();
        stream.write_all(b"nonsense\r\n").unwrap();
        assert!(is_closed(&mut stream));
    }
    assert_eq!(house.ask(&get("/dies")).status, 0);
    for _ in 0..10 {
        assert_eq!(house.ask(&get("/a")).status, 200);
    }
}

#[test]
fn an_inner_connection_that_is_never_answered_is_given_up() {
    let dir = new_dir();
    let inner = dir.join("inner");
    let listener = UnixListener::bind(&inner).unwrap();
    let (served, left) = mpsc::channel();
    std::thread::spawn(move || {
        let stranded = listener.accept().unwrap();
        served.send((stranded, serve_at(listener))).unwrap();
    });
    let gate = start(Setup {
        listeners: vec![Listener::Tcp(TcpListener::bind("127.0.0.1:0").unwrap())],
        inner,
        inner_connections: 2,
        limits: Limits::default(),
        refusal,
    });
    let _ = std::fs::remove_dir_all(&dir);
    gate.unwrap().stop(Duration::ZERO);
    drop(left);
}

#[test]
fn without_an_inner_server_there_is_no_door() {
    let dir = new_dir();
    let inner = dir.join("nobody");
    let result = start(Setup {
        listeners: vec![Listener::Tcp(TcpListener::bind("127.0.0.1:0").unwrap())],
        inner: inner.clone(),
        inner_connections: 1,
        limits: Limits::default(),
        refusal,
    });
    let _ = std::fs::remove_dir_all(&dir);
    let error = result.unwrap_err().to_string();
    assert!(error.contains(&inner.display().to_string()), "{error}");
}

#[test]
fn a_newcomer_takes_the_place_of_who_is_slow() {
    let house = House::new(Limits {
        max_connections: 4,
        ..Limits::default()
    });
    let mut slow: Vec<_> = (0..4).map(|_| house.connect()).collect();
    for stream in &mut slow[..2] {
        stream
            .write_all(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            .unwrap();
    }
    for stream in &mut slow[2..] {
        stream.write_all(get("/big").as_bytes()).unwrap();
    }
    // One of each is not slow: it gives and takes all the time.
    let begun = Instant::now();
    let waiting = std::thread::spawn(move || house.ask(&get("/b")).status);
    let mut piece = vec![0; 16 << 10];
    while begun.elapsed() < Duration::from_secs(7) && !waiting.is_finished() {
        let _ = slow[0].write_all(b"x");
        std::io::Read::read_exact(&mut slow[2], &mut piece).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(waiting.join().unwrap(), 200);
    assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
    assert!(is_closed(&mut slow[0]) || is_closed(&mut slow[1]));
}
