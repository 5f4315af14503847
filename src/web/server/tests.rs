//! The server over real sockets, with the front door and without it.

use super::*;
use crate::maintenance::{barrier, switch};
use crate::tiles::trial::TileServer;
use crate::web::listen;
use crate::web::trial::Trial;
use std::io::Read;
use std::net::TcpStream;

const BOTH: [&str; 2] = ["fietsboek.gate = on", "fietsboek.gate = off"];
const LISTEN: &str = "listen = 127.0.0.1:0\nthreads = 2\nmax_request_body_size = 10000000";

/// So long after its last change the reason is known again without being read.
const SETTLED: Duration = Duration::from_millis(3_100);

struct Running {
    trial: Trial,
    service: Option<Service>,
    address: String,
}

impl Running {
    /// With these lines in its INI file.
    fn new(gate: &str) -> Running {
        let trial = Trial::new(gate, LISTEN);
        let app = App::new(Arc::clone(&trial.instance), routes::ROUTES, routes::ERROR_PAGE);
        let bound = listen::bind(&app.instance.config.server.listen).unwrap();
        let service = Service::start(Arc::new(app), bound).unwrap();
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

/// Whatever is asked, these stand in the head of the answer once each.
const ALWAYS: [&str; 8] = [
    "HTTP/1.1 503 Service Unavailable",
    "Retry-After: 120",
    "Cache-Control: no-store",
    "Vary: Accept, Accept-Language",
    "Content-Language: en",
    "Fietsboek-Maintenance: 1",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: same-origin",
];

#[test]
fn while_the_flag_is_on_everything_is_a_503_and_afterwards_all_is_back() {
    let both = BOTH.map(|gate| (gate, Running::new(gate)));
    for (_, running) in &both {
        assert!(running.ask(&get("/static/style.css")).starts_with("HTTP/1.1 200 "));
        running.enable();
    }
    std::thread::sleep(SETTLED);
    for (gate, running) in both {
        let mut requests = vec![
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_string(),
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n".to_string(),
            "GET http://b/login HTTP/1.1\r\nHost: a\r\n\r\n".to_string(),
            "GET / HTTP/1.0\r\n\r\n".to_string(),
            "POST /login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n".to_string(),
            "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n".to_string(),
            format!(
                "PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n{:2000}",
                "x"
            ),
            "PUT /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_string(),
        ];
        for method in [
            "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW",
        ] {
            for path in [
                "/",
                "/static/style.css",
                "/nowhere",
                "/%ff",
                "/track/1/gpx?secret=x",
                "/login?lang=de",
            ] {
                let odd = "Range: bytes=0-1\r\nIf-None-Match: *\r\nCookie: session=x; fietsboek_locale=de; =;;\r\n";
                let length = if matches!(method, "POST" | "PUT" | "PATCH") {
                    "Content-Length: 5\r\n"
                } else {
                    ""
                };
                let body = if length.is_empty() { "" } else { "hello" };
                requests.push(format!(
                    "{method} {path} HTTP/1.1\r\nHost: a\r\n{odd}{length}\r\n{body}"
                ));
            }
        }
        // Twice: as often as not the second answer is one that was kept.
        for request in requests.into_iter().flat_map(|request| [request.clone(), request]) {
            let answer = running.ask(&request);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let head = format!("{head}\r\n");
            for line in ALWAYS {
                assert_eq!(
                    head.matches(&format!("{line}\r\n")).count(),
                    1,
                    "{gate}: {request}: {line}: {answer}"
                );
            }
            assert!(head.contains("Content-Security-Policy: default-src 'none'; ") && head.contains("'sha256-"));
            for never in ["Set-Cookie", "ETag", "Location", "Last-Modified", "X-Gate"] {
                assert!(!head.contains(never), "{gate}: {request}: {head}");
            }
            let sends = !["GET", "HEAD"].contains(&request.split(' ').next().unwrap());
            assert_eq!(
                body.is_empty(),
                request.starts_with("HEAD "),
                "{gate}: {request}: {answer}"
            );
            assert_eq!(body.contains("was not saved"), sends, "{gate}: {request}: {answer}");
        }
        switch::disable(&running.trial.instance.dir).unwrap();
        assert!(running.ask(&get("/static/style.css")).starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn while_the_flag_is_on_form_and_language_are_those_that_were_asked_for() {
    let both = BOTH.map(|gate| (gate, Running::new(gate)));
    both.iter().for_each(|(_, running)| running.enable());
    for (at, (gate, running)) in both.iter().chain(&both).enumerate() {
        if at == both.len() {
            std::thread::sleep(SETTLED);
        }
        for (lines, expected) in [
            ("", ["text/html; charset=utf-8", "en", "Back at noon"]),
            (
                "Accept: application/problem+json\r\n",
                ["application/problem+json", "en", "\"detail\":\"Back at noon\""],
            ),
            (
                "Accept: text/html;q=0.4, application/json;q=0.5\r\n",
                ["application/problem+json", "en", "\"status\":503"],
            ),
            (
                "Accept: */*;q=x\r\nAccept-Language: de\r\n",
                ["text/html; charset=utf-8", "de", "Kurze Pause"],
            ),
            (
                "Accept: text/html;q=0.4\r\nAccept-Language: fr\r\nAccept-Language: de\r\naccept: application/json\r\n",
                ["application/problem+json", "de", "\"status\":503"],
            ),
            (
                "Accept: image/png\r\nAccept-Language: fr, de;q=0.1\r\n",
                ["text/plain; charset=utf-8", "de", "Kurze Pause"],
            ),
        ] {
            for method in ["GET", "HEAD", "GET", "HEAD"] {
                let answer = running.ask(&format!("{method} /?lang=en HTTP/1.1\r\nHost: a\r\n{lines}\r\n"));
                let [kind, lang, said] = expected;
                assert!(
                    answer.contains(&format!("\r\nContent-Type: {kind}\r\n")),
                    "{gate}: {lines}: {answer}"
                );
                assert!(
                    answer.contains(&format!("\r\nContent-Language: {lang}\r\n")),
                    "{gate}: {lines}: {answer}"
                );
                assert_eq!(answer.contains(said), method == "GET", "{gate}: {lines}: {answer}");
            }
        }
    }
}

#[test]
fn a_reason_that_is_changed_in_its_place_is_told_from_the_next_answer_on() {
    let running = Running::new(BOTH[1]);
    running.enable();
    std::thread::sleep(SETTLED);
    let flag = running.trial.instance.dir.maintenance();
    let mut stream = running.connect();
    let mut told = |reason: &str| {
        for _ in 0..20 {
            stream.write_all(get("/").as_bytes()).unwrap();
            let answer = read_answer(&mut stream, false);
            assert!(
                answer.starts_with("HTTP/1.1 503 ") && answer.contains(reason),
                "{reason}: {answer}"
            );
        }
    };
    told("Back at noon");
    for reason in ["Back at five", "Back at nine"] {
        std::fs::write(&flag, reason).unwrap();
        told(reason);
    }
    std::fs::rename(&flag, flag.with_extension("away")).unwrap();
    stream.write_all(get("/static/style.css").as_bytes()).unwrap();
    assert!(read_answer(&mut stream, false).starts_with("HTTP/1.1 200 "));
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
        for lines in [
            format!("{head}\r\n"),
            head.replace("Content-Length: 30000000", "Transfer-Encoding: chunked"),
        ] {
            let mut stream = running.connect();
            let expecting = format!("{}\r\nExpect: 100-continue\r\n\r\n", lines.trim_end());
            stream.write_all(expecting.as_bytes()).unwrap();
            let mut first = [0; 13];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"HTTP/1.1 503 ", "{gate}: {lines}");
        }
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
fn large_bodies_are_worked_on_one_at_a_time_and_hold_up_nobody_else() {
    for gate in BOTH {
        let running = Running::new(gate);
        let state = Arc::clone(&running.service.as_ref().unwrap().state);
        let first = state.large.take(|| None::<()>).unwrap();
        let post = |size: usize| {
            let mut stream = running.connect();
            let head = format!("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&vec![b'x'; size]).unwrap();
            stream
        };
        let mut large = [post(9_000_000), post(9_000_000)];
        assert!(
            !read_answer(&mut post(1_000_000), false).starts_with("HTTP/1.1 503 "),
            "{gate}"
        );
        assert!(!running.ask(&get("/nowhere")).starts_with("HTTP/1.1 503 "), "{gate}");
        large[0].set_nonblocking(true).unwrap();
        assert!(large[0].peek(&mut [0]).is_err(), "{gate}: it waits");
        large[0].set_nonblocking(false).unwrap();
        running.enable();
        for stream in &mut large {
            assert!(read_answer(stream, false).starts_with("HTTP/1.1 503 "), "{gate}");
        }
        drop(first);
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
        let head = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10000001\r\nExpect: 100-continue\r\n\r\n";
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

#[test]
fn pages_do_not_wait_for_tiles_and_a_drain_neither() {
    for gate in BOTH {
        let server = TileServer::new();
        let layers = format!("{}{}", server.layer("dead", "dead"), server.layer("good", "good"));
        let running = Running::new(&format!("{gate}\n{layers}fietsboek.tile_proxy.timeout = 3000"));
        let mut waiting: Vec<TcpStream> = (0..tiles::MOST).map(|_| running.connect()).collect();
        for (x, stream) in waiting.iter_mut().enumerate() {
            let request = get(&format!("/tile/dead/9/{x}/0"));
            stream.write_all(request.as_bytes()).unwrap();
        }
        while server.heads("dead").len() < 2 {
            thread::sleep(Duration::from_millis(5));
        }
        let before = Instant::now();
        for _ in 0..20 {
            assert!(running.ask(&get("/login")).starts_with("HTTP/1.1 200 "), "{gate}");
        }
        // All seats are taken.
        let until = before + Duration::from_secs(2);
        let mut refused = String::new();
        while Instant::now() < until && !refused.starts_with("HTTP/1.1 503 ") {
            refused = running.ask(&get("/tile/good/9/1/1"));
        }
        assert!(refused.contains("\r\nRetry-After: 1\r\n"), "{gate}: {refused}");
        running.enable();
        let data = running.trial.instance.dir.path();
        running.trial.instance.watch().unwrap();
        drop(barrier::hold_alone(data, Duration::from_secs(2)).unwrap());
        assert!(
            before.elapsed() < Duration::from_millis(2900),
            "{gate}: {:?}",
            before.elapsed()
        );
        for mut stream in waiting {
            let answer = read_answer(&mut stream, false);
            assert!(answer.starts_with("HTTP/1.1 50"), "{gate}: {answer}");
        }
    }
}
