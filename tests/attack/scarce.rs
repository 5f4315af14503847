//! Too little of what the system gives: descriptors, threads, memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::cmd::Cmd;
use super::figures::allow_descriptors;
use super::server::{Reply, Server};
use super::site::Site;
use super::turn;

/// A server that the shell has set limits for first.
fn limited<'a>(site: &'a Site, limits: &str) -> Server<'a> {
    let script = format!("{limits}; exec \"$0\" -c \"$1\"");
    let shell = Cmd::program(site, "/bin/sh".into()).args(["-c", &script]);
    Server::start_with(site, shell.arg(site.program("fietsboek-serve")).arg(site.ini()))
}

/// One request, that may fail.
fn ask(server: &Server<'_>, patience: Duration) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&server.address(), patience).ok()?;
    stream.set_read_timeout(Some(patience)).unwrap();
    let request = b"GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Reply::read(&answer, "GET").map(|reply| reply.status)
}

#[test]
fn out_of_descriptors_it_lives_and_answers_soon_after_the_crowd_has_left() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    for gate in ["on", "off"] {
        let site = Site::new();
        site.edit_ini("[app:main]", &format!("[app:main]\nfietsboek.gate = {gate}"));
        let mut server = limited(&site, "ulimit -n 64");
        assert_eq!(ask(&server, Duration::from_secs(10)), Some(200), "{gate}");
        for round in 0..3 {
            let mut crowd: Vec<TcpStream> = (0..200).map(|_| server.connect()).collect();
            for stream in &mut crowd {
                // Some were cut already.
                let _ = stream.write_all(b"GET /login HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            std::thread::sleep(Duration::from_millis(500));
            assert!(server.is_running(), "{gate}: {}", server.show());
            drop(crowd);
            let left = Instant::now();
            while ask(&server, Duration::from_secs(1)) != Some(200) {
                assert!(
                    left.elapsed() < Duration::from_secs(2),
                    "{gate}, round {round}\n{}",
                    server.show()
                );
            }
            assert!(
                left.elapsed() < Duration::from_secs(2),
                "{gate}, round {round}: {:?}",
                left.elapsed()
            );
        }
        if gate == "off" {
            server.await_log("connections are accepted anew after an error of the system");
        }
    }
}
