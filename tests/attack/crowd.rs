//! Many at once: who say nothing, who say it slowly, and a browser's and everybody's honest requests.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::figures::{Figures, allow_descriptors};
use super::server::{Reply, Server};
use super::site::Site;
use super::turn::{self, Pulse};

/// The default of `fietsboek.header_timeout`.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// What an honest client waits at most.
const PROMPT: Duration = Duration::from_millis(200);
const CROWD: usize = 2000;

/// True when the server has cut the connection.
fn is_cut(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 4096]) {
        Ok(0) => true,
        Ok(_) => is_cut(stream),
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

fn ask_honestly(server: &Server<'_>) {
    server.get("/login").status(200);
}

/// A crowd sends `byte` once a second, if any; somebody honest is answered all the time, and the crowd is cut.
fn stand_against(byte: Option<u8>) {
    let site = Site::new();
    let server = Server::start(&site);
    let before = Figures::warm(&server);
    let pulse = Pulse::start();
    let begun = Instant::now();
    let mut crowd: Vec<TcpStream> = (0..CROWD).map(|_| server.connect()).collect();
    let all_there = begun.elapsed();
    let (mut worth, mut slowest, mut sent) = (0, Duration::ZERO, 0);
    while begun.elapsed() < HEADER_TIMEOUT {
        if let Some(byte) = byte.filter(|_| begun.elapsed() >= Duration::from_secs(sent)) {
            sent += 1;
            // The first are cut while the last still send.
            crowd.iter_mut().for_each(|stream| drop(stream.write_all(&[byte])));
        }
        if let Some(elapsed) = pulse.time(|| ask_honestly(&server)) {
            worth += 1;
            slowest = slowest.max(elapsed);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("{CROWD} with {byte:?}: {worth} measured, slowest {slowest:?}, all there after {all_there:?}");
    assert!(
        worth >= 20,
        "the machine does too much else: {worth} requests could be measured"
    );
    assert!(slowest < PROMPT, "{slowest:?}");
    // The last one came after `all_there`; deadlines are kept to a tenth of a second.
    let late = all_there + HEADER_TIMEOUT + Duration::from_secs(2);
    for stream in &mut crowd {
        stream.set_nonblocking(true).unwrap();
        while !is_cut(stream) {
            assert!(begun.elapsed() < late, "not cut after {:?}", begun.elapsed());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    drop(crowd);
    Figures::await_as_before(&server, before);
    ask_honestly(&server);
}

#[test]
fn two_thousand_who_say_nothing_hinder_nobody_and_are_cut() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    stand_against(None);
}

#[test]
fn two_thousand_who_send_a_byte_a_second_hinder_nobody_and_are_cut() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    stand_against(Some(b'G'));
}

#[test]
fn more_than_there_are_places_for_do_not_keep_the_honest_out() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    let site = Site::new();
    let server = Server::start(&site);
    let crowd: Vec<TcpStream> = (0..3000).map(|_| server.connect()).collect();
    for _ in 0..5 {
        let begun = Instant::now();
        ask_honestly(&server);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
    drop(crowd);
    ask_honestly(&server);
}

/// So many connections, then a request on each, then an answer on each.
fn ask_together(server: &Server<'_>, number: usize) {
    let mut streams: Vec<TcpStream> = (0..number).map(|_| server.connect()).collect();
    for (at, stream) in streams.iter_mut().enumerate() {
        let path = ["/", "/login", "/static/style.css", "/track/"][at % 4];
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
    }
    for (at, stream) in streams.iter_mut().enumerate() {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let reply = Reply::read(&answer, "GET");
        assert_eq!(reply.map(|reply| reply.status), Some(200), "{at} of {number}");
    }
}

#[test]
fn six_of_a_browser_and_three_hundred_at_once_are_all_answered() {
    let _turn = turn::beside();
    allow_descriptors(8192);
    let site = Site::new();
    let server = Server::start(&site);
    let before = Figures::warm(&server);
    for _ in 0..20 {
        ask_together(&server, 6);
    }
    for _ in 0..3 {
        ask_together(&server, 300);
    }
    Figures::await_as_before(&server, before);
}
