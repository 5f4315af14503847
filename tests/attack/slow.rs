//! Who is slow, and who goes in the middle: held no longer than the time-outs say, and nothing stays.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::figures::{Figures, allow_descriptors, forget_most_memory, most_memory, open_temporary_files};
use super::server::Server;
use super::site::Site;
use super::turn;
use super::whole::PHOTO;

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

/// A photo of a megabyte, most of which are pixels that nobody decodes.
fn large_photo() -> Vec<u8> {
    let (begin, end) = PHOTO.split_at(PHOTO.len() - 12);
    let pixels = [&b"IDAT"[..], &vec![7; 900 << 10]].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&pixels);
    let length = u32::try_from(pixels.len() - 4).unwrap().to_be_bytes();
    [begin, &length, &pixels, &crc.sum().to_be_bytes(), end].concat()
}

fn publish(site: &Site) {
    super::whole::db(site)
        .execute("UPDATE tracks SET visibility = 'PUBLIC' WHERE id = 1", [])
        .unwrap();
}

#[test]
fn large_answers_that_hundreds_do_not_take_stay_out_of_memory() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    let site = Site::fixture();
    let server = Server::start(&site);
    let photo = "/track/1/images/moodn_view.png";
    std::fs::write(site.data().join("tracks/1/images/moodn_view.png"), large_photo()).unwrap();
    publish(&site);
    let size = server.get(photo).status(200).body.len();
    assert!(300 * size > 192 << 20, "{size}");
    let before = Figures::warm(&server);
    forget_most_memory(&server);
    let request = format!("GET {photo} HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut streams: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = server.connect();
            rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).unwrap();
            stream.write_all(request.repeat(3).as_bytes()).unwrap();
            stream
        })
        .collect();
    // All have got something: their answers are made, and wait.
    for stream in &mut streams {
        stream.read_exact(&mut [0; 12]).unwrap();
    }
    let most = most_memory(&server);
    println!("from {} to {most} KiB", before.memory);
    // 64 MiB in the gate, and what four workers make an answer in.
    assert!(most < before.memory + 128 * 1024, "{before:?}, {most} KiB");
    server.get("/login").status(200);
    drop(streams);
    assert_all_gone(&site, &server, before);
}
