//! A server on a free port, and a small blocking client for it.
//!
//! The client is ours so that a test sees the very bytes: it follows no redirect, keeps no cookie and
//! mends nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::cmd::{Cmd, LIMIT};
use super::site::Site;

/// `fietsboek-serve` at work on an instance; killed when it is dropped.
pub struct Server<'a> {
    site: &'a Site,
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl<'a> Server<'a> {
    /// Starts it and waits until it says where it listens.
    pub fn start(site: &'a Site) -> Server<'a> {
        Server::start_with(site, site.tool("fietsboek-serve"))
    }

    /// The same with a command of the test's own.
    pub fn start_with(site: &'a Site, cmd: Cmd<'a>) -> Server<'a> {
        let mut command = cmd.into_command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, kept) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let (stdout, (said, heard)) = (child.stdout.take().unwrap(), mpsc::channel());
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        let address = heard
            .recv_timeout(LIMIT)
            .ok()
            .and_then(|line| line.strip_prefix("listening on http://")?.parse().ok());
        let mut server = Server {
            site,
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
        };
        match address {
            Some(address) => server.address = address,
            None => panic!("the server did not say where it listens\n{}", server.show()),
        }
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until its log has this text.
    #[track_caller]
    pub fn await_log(&self, part: &str) {
        let began = Instant::now();
        while !self.log().contains(part) {
            assert!(began.elapsed() < LIMIT, "no {part:?} in the log\n{}", self.show());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A `GET` without any header but those that HTTP demands.
    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    /// A request with headers and a body; `Host`, `Connection: close` and, where there is a body or the
    /// method is `POST`, `Content-Length` are added.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = self.try_ask(method, path, headers, body);
        reply.unwrap_or_else(|| panic!("no answer to {method} {path}\n{}", self.show()))
    }

    /// The same; none when no whole answer comes.
    pub fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Reply> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address
        );
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // Whoever is being killed takes no connection.
        let connection = self.try_connect().ok()?;
        let raw = exchange(connection, &[head.as_bytes(), b"\r\n", body].concat());
        Reply::read(&raw, method)
    }

    /// Sends bytes as they are and gives back all that comes until the connection is closed.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        exchange(self.connect(), bytes)
    }

    /// A connection for what the other calls cannot do; reads and writes end after 30 s.
    pub fn connect(&self) -> TcpStream {
        self.try_connect().unwrap()
    }

    fn try_connect(&self) -> std::io::Result<TcpStream> {
        let connection = TcpStream::connect_timeout(&self.address, LIMIT)?;
        connection.set_read_timeout(Some(LIMIT))?;
        connection.set_write_timeout(Some(LIMIT))?;
        Ok(connection)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.unwrap(), signal).unwrap();
    }

    /// Lets it have no more than so much of something from now on, or as much as we.
    pub fn limit(&self, resource: rustix::process::Resource, most: Option<u64>) {
        use rustix::process::{Pid, getrlimit, prlimit};
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let mut limit = getrlimit(resource);
        limit.current = most.or(limit.current);
        prlimit(pid, resource, limit).unwrap();
    }

    /// Whether it is still at work.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end and gives back the exit code.
    #[track_caller]
    pub fn wait(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < LIMIT, "the server does not end\n{}", self.show());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its log and the files of its instance, for messages.
    pub fn show(&self) -> String {
        format!("log:\n{}files:\n{}", self.log(), self.site.files())
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.show());
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers in their order, as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body, taken out of its chunks.
    pub body: Vec<u8>,
    /// Everything, as it was sent.
    pub raw: Vec<u8>,
}

impl Reply {
    /// Reads an answer to a request of that method; none when it is not a whole one.
    pub fn read(raw: &[u8], method: &str) -> Option<Reply> {
        let end = raw.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&raw[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .map(|line| {
                line.split_once(':')
                    .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        // An interim answer, such as 100, stands before the one that counts.
        if (100..200).contains(&status) {
            return Reply::read(&raw[end + 4..], method);
        }
        let mut reply = Reply {
            status,
            headers,
            body: raw[end + 4..].to_vec(),
            raw: raw.to_vec(),
        };
        if reply
            .header("Transfer-Encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            reply.body = unchunk(&reply.body)?;
        } else if let Some(length) = reply.header("Content-Length").filter(|_| method != "HEAD") {
            let length: usize = length.parse().ok()?;
            if reply.body.len() != length {
                return None;
            }
        }
        Some(reply)
    }

    /// The value of a header that must not be there twice.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.header_all(name);
        assert!(all.len() < 2, "{name} stands there {} times: {all:?}", all.len());
        all.first().copied()
    }

    /// All values of a header.
    pub fn header_all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The status, with the whole answer in the message when it is another.
    #[track_caller]
    pub fn status(&self, expected: u16) -> &Reply {
        assert_eq!(self.status, expected, "{}", String::from_utf8_lossy(&self.raw));
        self
    }
}

/// The bytes in a chunked body.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// Sends bytes and gives back all that comes until the connection is closed.
fn exchange(mut connection: TcpStream, bytes: &[u8]) -> Vec<u8> {
    // The server may answer and close before it has taken everything.
    let _ = connection.write_all(bytes);
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    answer
}
