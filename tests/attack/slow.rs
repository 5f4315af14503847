//! Who is slow, and who goes in the middle: held no longer than the time-outs say, and nothing stays.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::figures::{Figures, open_temporary_files};
use super::server::Server;
use super::site::Site;
use super::turn;

/// Short, so that a test can wait for them.
const TIMES: &str = "[app:main]\nfietsboek.header_timeout = 1\nfietsboek.body_timeout = 1\n\
    fietsboek.idle_timeout = 1\nfietsboek.write_timeout = 1";

/// A server whose time-outs are a second each.
fn brisk(site: &Site) -> Server<'_> {
    site.edit_ini("[app:main]", TIMES);
    Server::start(site)
}

/// Nothing is left of anybody.
#[track_caller]
fn assert_all_gone(site: &Site, server: &Server<'_>, before: Figures) {
    Figures::await_as_before(server, before);
    assert_eq!(open_temporary_files(server), 0);
    // But for the directory of the private socket.
    let left: Vec<String> = std::fs::read_dir(site.tmp())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("spool"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    server.get("/login").status(200);
}

/// Sends a head of a large body and enough of it that it has to be in a file.
fn begin_large_body(server: &Server<'_>) -> TcpStream {
    let mut stream = server.connect();
    let head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b'x'; 3 << 20]).unwrap();
    stream
}

fn await_temporary_files(server: &Server<'_>, number: usize) {
    let until = Instant::now() + Duration::from_secs(10);
    while open_temporary_files(server) < number {
        assert!(Instant::now() < until, "{} of {number}", open_temporary_files(server));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn bodies_that_stop_are_given_up_and_nothing_of_them_stays() {
    let _turn = turn::beside();
    let site = Site::new();
    let server = brisk(&site);
    let before = Figures::warm(&server);
    let mut streams: Vec<TcpStream> = (0..20).map(|_| begin_large_body(&server)).collect();
    await_temporary_files(&server, 1);
    assert_eq!(Figures::of(&server).threads, before.threads);
    for stream in &mut streams {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            answer.starts_with(b"HTTP/1.1 408 "),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    assert_all_gone(&site, &server, before);
}

#[test]
fn who_goes_in_the_middle_of_a_body_leaves_nothing() {
    let _turn = turn::beside();
    let site = Site::new();
    let server = Server::start(&site);
    let before = Figures::warm(&server);
    for round in 0..3 {
        let streams: Vec<TcpStream> = (0..10).map(|_| begin_large_body(&server)).collect();
        await_temporary_files(&server, 10);
        for stream in streams {
            match round {
                0 => drop(stream),
                1 => stream.shutdown(Shutdown::Write).unwrap(),
                _ => {
                    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
                    drop(stream);
                }
            }
        }
        assert_all_gone(&site, &server, before);
    }
}

#[test]
fn who_goes_in_the_middle_of_an_answer_or_takes_nothing_of_it_leaves_nothing() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let server = brisk(&site);
    let before = Figures::warm(&server);
    let request = "GET /static/style.css HTTP/1.1\r\nHost: a\r\n\r\n";
    for waits in [false, true] {
        let streams: Vec<TcpStream> = (0..50)
            .map(|_| {
                let mut stream = server.connect();
                rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).unwrap();
                // Until neither socket takes more: an answer is then in the middle of leaving.
                stream.set_nonblocking(true).unwrap();
                while stream.write(request.repeat(100).as_bytes()).is_ok() {}
                stream
            })
            .collect();
        if waits {
            let until = Instant::now() + Duration::from_secs(12);
            while Figures::of(&server).descriptors > before.descriptors {
                assert!(Instant::now() < until, "{before:?} {:?}", Figures::of(&server));
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        drop(streams);
        assert_all_gone(&site, &server, before);
    }
}
