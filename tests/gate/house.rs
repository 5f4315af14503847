//! A door with its inner server, and a client that reads what it gets.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fietsboek::web::gate::{Gate, Limits, Listener, Setup, start};

use super::script::{self, Log};

/// A running door, a directory, and what the inner server was asked.
pub struct House {
    pub address: SocketAddr,
    pub unix: PathBuf,
    pub log: Log,
    gate: Option<Gate>,
    dir: PathBuf,
}

/// Limits that let a test wait them out.
pub fn quick() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(600),
        body_timeout: Duration::from_millis(600),
        idle_timeout: Duration::from_millis(600),
        write_timeout: Duration::from_millis(800),
        answer_timeout: Duration::from_millis(900),
        ..Limits::default()
    }
}

/// A refusal as the web room would write it.
pub fn refusal(status: u16, is_head: bool) -> Vec<u8> {
    let body = if is_head { "" } else { "refused" };
    format!("HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Length: 7\r\n\r\n{body}").into_bytes()
}

/// A directory of the test's own.
pub fn new_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("gate-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

impl House {
    /// Four inner connections, a TCP port and a Unix socket.
    pub fn new(limits: Limits) -> House {
        House::with_inners(limits, 4)
    }

    pub fn with_inners(limits: Limits, inner_connections: usize) -> House {
        House::open(limits, inner_connections, refusal)
    }

    pub fn with_refusal(refusal: fn(u16, bool) -> Vec<u8>) -> House {
        House::open(Limits::default(), 4, refusal)
    }

    fn open(limits: Limits, inner_connections: usize, refusal: fn(u16, bool) -> Vec<u8>) -> House {
        let dir = new_dir();
        let (inner, unix) = (dir.join("inner"), dir.join("outer"));
        let log = script::serve(&inner);
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let outer = UnixListener::bind(&unix).unwrap();
        let gate = start(Setup {
            listeners: vec![Listener::Tcp(tcp), Listener::Unix(outer)],
            inner,
            inner_connections,
            limits,
            refusal,
        });
        House {
            address,
            unix,
            log,
            gate: Some(gate.unwrap()),
            dir,
        }
    }

    /// A client on the TCP port that waits ten seconds at most for anything.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// A client on the Unix socket.
    pub fn connect_unix(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.unix).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &str) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read_reply(&mut stream, request.starts_with("HEAD "))
    }

    /// The paths that the inner server was asked for, preflights too.
    pub fn paths(&self) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter().map(|asked| asked.path().to_owned()).collect()
    }

    /// Stops the door.
    pub fn stop(&mut self, grace: Duration) {
        if let Some(gate) = self.gate.take() {
            gate.stop(grace);
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A GET request in its usual form.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// An answer as a client read it; status 0 and nothing else when there was none.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Reads exactly one answer.
pub fn read_reply(stream: &mut impl Read, is_head: bool) -> Reply {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(0) if head.is_empty() => return Reply::default(),
            Ok(0) => panic!("cut short: {:?}", String::from_utf8_lossy(&head)),
            Ok(_) => head.push(byte[0]),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&head)),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let status = head[9..12].parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; if is_head { 0 } else { length }];
    stream.read_exact(&mut body).unwrap();
    Reply { status, head, body }
}

/// True when the door has closed the connection (a reset counts).
pub fn is_closed(stream: &mut impl Read) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}
