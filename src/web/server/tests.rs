//! The server over real sockets, with the front door and without it.

use super::*;
use crate::maintenance::switch;
use crate::web::trial::Trial;
use std::io::Read;
use std::net::TcpStream;

const BOTH: [&str; 2] = ["fietsboek.gate = on", "fietsboek.gate = off"];
const LISTEN: &str = "listen = 127.0.0.1:0\nthreads = 2\nmax_request_body_size = 3000000";

struct Running {
    trial: Trial,
    service: Option<Service>,
    address: String,
}

impl Running {
    fn new(gate: &str) -> Running {
        let trial = Trial::new(gate, LISTEN);
        let app = App::new(Arc::clone(&trial.instance), routes::ROUTES, routes::ERROR_PAGE);
        let service = Service::start(Arc::new(app)).unwrap();
        let address = service.urls()[0].trim_start_matches("http://").to_string();
        Running {
            trial,
            service: Some(service),
            address,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes and reads one answer.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream, request.starts_with("HEAD"))
    }

    fn enable(&self) {
        switch::enable(&self.trial.instance.dir, "Back at noon").unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(service) = self.service.take() {
            service.stop(Duration::from_secs(5));
        }
    }
}

fn read_answer(stream: &mut TcpStream, head_only: bool) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    if head.starts_with("HTTP/1.1 100") {
        return read_answer(stream, head_only);
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; if head_only { 0 } else { length }];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8_lossy(&body)
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn it_serves_with_the_gate_and_without() {
    for gate in BOTH {
        let running = Running::new(gate);
        let answer = running.ask(&get("/static/style.css"));
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{gate}: {answer}");
        assert!(answer.contains("\r\nContent-Security-Policy: "));
        let head = running.ask("HEAD /static/style.css HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"));
        assert!(running.ask(&get("/nowhere")).starts_with("HTTP/1.1 404 "));
    }
}

#[test]
fn one_connection_serves_many_requests() {
    for gate in BOTH {
        let running = Running::new(gate);
        let mut stream = running.connect();
        for _ in 0..20 {
            stream.write_all(get("/static/favicon.svg").as_bytes()).unwrap();
            assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 200 "));
        }
    }
}

#[test]
fn while_the_flag_is_on_everything_is_a_503_and_afterwards_all_is_back() {
    for gate in BOTH {
        let running = Running::new(gate);
        assert!(running.ask(&get("/static/style.css")).starts_with("HTTP/1.1 200 "));
        running.enable();
        for request in [
            get("/static/style.css"),
            get("/nowhere"),
            get("/%ff"),
            "BREW / HTTP/1.1\r\nHost: a\r\nCookie: session=x\r\nRange: bytes=0-1\r\n\r\n".to_string(),
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_string(),
            "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".to_string(),
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_string(),
        ] {
            let answer = running.ask(&request);
            assert!(answer.starts_with("HTTP/1.1 503 "), "{gate}: {request}: {answer}");
            assert_eq!(answer.matches("\r\nRetry-After: ").count(), 1);
            assert!(answer.contains("\r\nFietsboek-Maintenance: 1\r\n") && !answer.contains("Set-Cookie"));
        }
        switch::disable(&running.trial.instance.dir).unwrap();
        assert!(running.ask(&get("/static/style.css")).starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn while_the_flag_is_on_a_large_upload_reads_its_503() {
    for gate in BOTH {
        let running = Running::new(gate);
        running.enable();
        let length = 30_000_000;
        let head = format!("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n");
        let mut stream = running.connect();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let piece = vec![b'x'; 100_000];
        for _ in 0..length / piece.len() {
            stream.write_all(&piece).unwrap();
        }
        assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 503 "), "{gate}");
        let mut stream = running.connect();
        stream
            .write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes())
            .unwrap();
        assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 503 "), "{gate}");
    }
}

#[test]
fn the_flag_is_told_while_every_worker_is_busy() {
    for gate in BOTH {
        let running = Running::new(gate);
        let mut kept = running.connect();
        let lock = rusqlite::Connection::open(&running.trial.instance.config.database).unwrap();
        lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let mut busy: Vec<TcpStream> = (0..5).map(|_| running.connect()).collect();
        for stream in &mut busy {
            stream.write_all(get("/nowhere").as_bytes()).unwrap();
        }
        thread::sleep(Duration::from_millis(300));
        running.enable();
        kept.write_all(get("/static/style.css").as_bytes()).unwrap();
        assert!(read_answer(&mut kept, false).starts_with("HTTP/1.1 503 "), "{gate}");
        // As many as `threads` says still wait for the database.
        let answered = |stream: &TcpStream| {
            stream.set_nonblocking(true).unwrap();
            stream.peek(&mut [0]).is_ok()
        };
        assert!(busy.iter().filter(|stream| answered(stream)).count() <= 3, "{gate}");
        lock.execute_batch("COMMIT").unwrap();
    }
}

#[test]
fn uploads_that_never_come_hold_no_worker() {
    for gate in BOTH {
        let running = Running::new(gate);
        running.enable();
        let mut waiting = Vec::new();
        for _ in 0..6 {
            let mut stream = running.connect();
            let head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nbeginning";
            stream.write_all(head.as_bytes()).unwrap();
            assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 503 "), "{gate}");
            waiting.push(stream);
        }
        assert!(running.ask(&get("/")).starts_with("HTTP/1.1 503 "));
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_with_a_page() {
    for gate in BOTH {
        let running = Running::new(gate);
        let mut stream = running.connect();
        let head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3000001\r\nExpect: 100-continue\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 413 "), "{gate}");
    }
}

#[test]
fn a_large_body_within_the_limit_is_taken() {
    for gate in BOTH {
        let running = Running::new(gate);
        let mut stream = running.connect();
        let head = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2500000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b'x'; 2_500_000]).unwrap();
        assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 404 "), "{gate}");
        stream.write_all(get("/static/style.css").as_bytes()).unwrap();
        assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 200 "), "{gate}");
    }
}

#[test]
fn a_length_that_could_end_the_process_does_not() {
    for gate in BOTH {
        let running = Running::new(gate);
        // Without the gate a new connection may wait behind one that was left hanging: the library's pool.
        let mut kept = running.connect();
        let mut hanging = Vec::new();
        for (on, status) in [(false, "HTTP/1.1 200 "), (true, "HTTP/1.1 503 ")] {
            if on {
                running.enable();
            }
            for length in ["30000000000", "9223372036854775807", "99999999999999999999"] {
                let mut stream = running.connect();
                let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
                hanging.push(stream);
                kept.write_all(get("/static/favicon.svg").as_bytes()).unwrap();
                assert!(read_answer(&mut kept, false).starts_with(status), "{gate}: {length}");
            }
        }
    }
}

#[test]
fn what_is_malformed_is_refused_with_the_gate_and_without() {
    for gate in BOTH {
        let running = Running::new(gate);
        for request in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            let answer = running.ask(request);
            assert!(answer.starts_with("HTTP/1.1 400 "), "{gate}: {request}: {answer}");
            let said = answer.to_ascii_lowercase().matches("\r\nconnection: close\r\n").count();
            assert_eq!(said, 1, "{gate}: {request}: {answer}");
        }
    }
}

#[test]
fn the_gate_s_private_headers_mean_nothing_without_it() {
    let running = Running::new("fietsboek.gate = off");
    for header in ["X-Gate-Preflight: 5", "X-Gate-Probe: 1"] {
        let answer = running.ask(&format!(
            "GET /static/style.css HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n"
        ));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[test]
fn an_old_client_is_told_what_becomes_of_its_connection() {
    for gate in BOTH {
        let running = Running::new(gate);
        let old = "GET /static/style.css HTTP/1.0\r\n";
        assert!(
            running.ask(&format!("{old}\r\n")).contains("\r\nConnection: close\r\n"),
            "{gate}"
        );
        let kept = running.ask(&format!("{old}Connection: keep-alive\r\n\r\n"));
        assert!(
            kept.to_ascii_lowercase().contains("\r\nconnection: keep-alive\r\n"),
            "{gate}: {kept}"
        );
    }
}

#[test]
fn it_stops_when_it_is_told_to() {
    for gate in BOTH {
        let mut running = Running::new(gate);
        let address = running.address.clone();
        let begin = Instant::now();
        running.service.take().unwrap().stop(Duration::from_secs(5));
        assert!(
            begin.elapsed() < Duration::from_secs(4),
            "{gate}: {:?}",
            begin.elapsed()
        );
        assert!(TcpStream::connect(&address).is_err(), "{gate}");
    }
}
