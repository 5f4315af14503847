//! The front door: takes the connections of the world and hands on whole, clean requests.
//!
//! The blocking server behind is quick and simple, and not fit to be reached: a slow client holds one of
//! its threads, a few requests abort or deadlock it. So one thread of ours waits for all clients at
//! once, reads each request whole within limits and deadlines, refuses what is malformed, and asks the
//! inner server over a fixed set of connections on a Unix socket. It takes each answer whole, so that
//! no client, however slow, holds a worker or the drain barrier.
//!
//! What it says to the inner server and hears from it, beside HTTP/1.1, are headers that neither come
//! in from a client nor go out to one:
//! - `X-Gate-Peer`: the client's address, `localhost` for a Unix socket.
//! - `X-Gate-Probe: 1`: a new connection is tried; any answer counts.
//! - `X-Gate-Preflight: LENGTH` (bytes, or `chunked`): a request of which only the head is shown, with
//!   `Content-Length: 0`. Answered with 204 and `X-Gate-Go: MAX` the gate collects the body, MAX bytes
//!   at most, and asks again with it. Any other answer is the answer.
//!
//! Not allowed here: paths, pages, the maintenance file, any knowledge of what a request means.

mod answer;
mod body;
pub mod chunked;
mod client;
mod entrance;
mod event;
pub mod head;
mod inner;
mod outgoing;
mod relay;
mod serve;
mod table;
mod target;
mod wake;

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::error::{Error, Result};
use event::Door;
use wake::Wake;

/// How long and how much.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A head must be whole so long after the connection, or its first byte.
    pub header_timeout: Duration,
    /// No byte of a body for so long ends it.
    pub body_timeout: Duration,
    /// A connection between two requests is kept so long.
    pub idle_timeout: Duration,
    /// A client that takes no byte of its answer for so long is given up.
    pub write_timeout: Duration,
    /// The inner server has so long to answer, and a request waits so long for it.
    pub answer_timeout: Duration,
    /// What a client still sends after a refusal is thrown away for so long at most.
    pub drain_timeout: Duration,
    /// After any other last answer, and after a time-out.
    pub linger_timeout: Duration,
    /// And so many bytes at most: a client that sends 100 MB before it looks must reach its end.
    pub drain_bytes: u64,
    /// Bytes of a request's head.
    pub max_head: usize,
    /// Clients at a time; fewer where the limit of descriptors is lower.
    pub max_connections: usize,
    /// Requests that wait for the inner server.
    pub max_queue: usize,
    /// A body or an answer of more bytes goes to a temporary file.
    pub spool_above: usize,
    /// Bytes that all clients together may hold in memory before everything goes to files.
    pub max_memory: usize,
    /// Bytes that all clients together may hold, files included, before who holds most is given up.
    pub max_held: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(120),
            drain_timeout: Duration::from_secs(10),
            linger_timeout: Duration::from_secs(1),
            drain_bytes: 256 * 1024 * 1024,
            max_head: 64 * 1024,
            max_connections: 2048,
            max_queue: 1024,
            spool_above: 1024 * 1024,
            max_memory: 64 * 1024 * 1024,
            max_held: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// Where clients come in.
#[derive(Debug)]
pub enum Listener {
    /// An address and a port.
    Tcp(TcpListener),
    /// A Unix socket.
    Unix(UnixListener),
}

impl Listener {
    /// The socket's descriptor.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Tcp(listener) => listener.as_fd(),
            Listener::Unix(listener) => listener.as_fd(),
        }
    }

    /// A second descriptor of the same socket.
    ///
    /// # Errors
    /// When there is no descriptor left.
    pub fn try_clone(&self) -> io::Result<Listener> {
        match self {
            Listener::Tcp(listener) => listener.try_clone().map(Listener::Tcp),
            Listener::Unix(listener) => listener.try_clone().map(Listener::Unix),
        }
    }
}

/// What a gate needs.
#[derive(Debug)]
pub struct Setup {
    /// Where clients come in, already bound and listening; without delay (`TCP_NODELAY`), or an answer of
    /// two segments takes 40 ms.
    pub listeners: Vec<Listener>,
    /// The inner server's socket, already listening.
    pub inner: PathBuf,
    /// How many connections to it are kept, fewer where the limit of descriptors is low: as many as it has workers.
    pub inner_connections: usize,
    /// How long and how much.
    pub limits: Limits,
    /// The whole answer, closing the connection, for a request that is refused with this status
    /// (400, 408, 413, 417, 431, 502, 503, 504, 505). Without a body when the flag is set (HEAD).
    pub refusal: fn(status: u16, is_head: bool) -> Vec<u8>,
}

/// A running front door.
#[derive(Debug)]
pub struct Gate {
    wake: Arc<Wake>,
    thread: Option<JoinHandle<()>>,
}

/// Opens the inner connections, one after the other, and then the door. Fails when the inner server does
/// not answer within five seconds, or a descriptor cannot be had.
pub fn start(setup: Setup) -> Result<Gate> {
    let wake = Arc::new(Wake::new().map_err(failed("make an event descriptor"))?);
    let mut door = Door::new(setup, Arc::clone(&wake))?;
    door.open_inners(Duration::from_secs(5))?;
    door.open_entrance()?;
    let thread = std::thread::Builder::new()
        .name("gate".to_owned())
        .spawn(move || door.run())
        .map_err(failed("start the front door's thread"))?;
    Ok(Gate {
        wake,
        thread: Some(thread),
    })
}

impl Gate {
    /// Accepts nobody any more, finishes the requests in hand (for `grace` at most), and ends.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    /// Whether the loop has gone round since this was asked the last time.
    pub fn is_alive(&self) -> bool {
        self.wake.ask()
    }

    fn end(&mut self, grace: Duration) {
        self.wake.stop_within(grace);
        if let Some(thread) = self.thread.take() {
            // Its panics were caught and logged where they arose.
            let _ = thread.join();
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

/// Makes an error of the system one of ours: what was attempted, and why it failed.
fn failed<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> Error {
    move |error| Error::Failed(format!("cannot {what}: {error}"))
}
