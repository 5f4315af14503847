//! The inner server of the tests: plain blocking threads, and a reply that the path asks for.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it reached the inner server.
#[derive(Debug, Clone)]
pub struct Asked {
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// The second word of the request line.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// What came, in order, without the probes.
pub type Log = Arc<Mutex<Vec<Asked>>>;

/// Serves on a socket at `path` until the process ends.
pub fn serve(path: &Path) -> Log {
    serve_at(UnixListener::bind(path).unwrap())
}

/// The same on a socket that is there already.
pub fn serve_at(listener: UnixListener) -> Log {
    let log = Log::default();
    let kept = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let log = Arc::clone(&log);
            std::thread::spawn(move || serve_one(stream.unwrap(), &log));
        }
    });
    kept
}

fn serve_one(stream: UnixStream, log: &Log) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read_request(&mut reader)?;
        if asked.find("X-Gate-Probe").is_none() {
            log.lock().unwrap().push(asked.clone());
        }
        let reply = reply_to(&asked, log)?;
        reader.get_mut().write_all(&reply).ok()?;
    }
}

/// A whole request, or `None` at the end.
fn read_request(reader: &mut BufReader<UnixStream>) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut asked = Asked { head, body: Vec::new() };
    let length = asked.find("Content-Length").map_or(0, |l| l.parse().unwrap());
    asked.body.resize(length, 0);
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// An answer with this status line's rest, these lines and this body.
pub fn answer(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nX-Gate-Secret: x\r\n{lines}Content-Length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// `None`: the connection is closed without an answer.
fn reply_to(asked: &Asked, log: &Log) -> Option<Vec<u8>> {
    let path = asked.path();
    if asked.find("X-Gate-Preflight").is_some() {
        return Some(match path {
            "/refuse" => answer("503 Service Unavailable", "", b"closed for now"),
            "/ten" => answer("204 No Content", "X-Gate-Go: 10\r\n", b""),
            _ => answer("204 No Content", "X-Gate-Go: 100000000\r\n", b""),
        });
    }
    let times = |path: &str| {
        let log = log.lock().unwrap();
        log.iter().filter(|asked| asked.path() == path).count()
    };
    match path {
        "/slow" => std::thread::sleep(Duration::from_millis(400)),
        "/silent" => std::thread::sleep(Duration::from_secs(20)),
        "/big" => return Some(answer("200 OK", "", &vec![b'b'; 16 << 20])),
        "/dies" => return None,
        "/dies-once" if times("/dies-once") == 1 => return None,
        "/breaks" => return Some(b"nonsense\r\n\r\n".to_vec()),
        _ => {}
    }
    let text = format!("{} {path} {}", asked.head.split(' ').next()?, asked.body.len());
    let mut reply = answer("200 OK", "X-A: 1\r\nX-A: 2\r\n", text.as_bytes());
    if asked.head.starts_with("HEAD ") {
        reply.truncate(reply.len() - text.len());
    }
    Some(reply)
}
