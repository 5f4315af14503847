//! One connection to the inner server: asked one question at a time, answered whole.
//!
//! Each new connection has to answer a probe before it is trusted with a client's question: the inner
//! server's thread pool can leave a connection unserved when several arrive together.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv, socket_with};

use super::answer::{Answer, Reader};
use super::outgoing::{Flush, Outgoing};
use super::table::Id;

/// What a new connection is asked; any answer will do.
const PROBE: &[u8] = b"GET /x-gate-probe HTTP/1.1\r\nHost: localhost\r\nX-Gate-Probe: 1\r\n\r\n";

/// A probe that is not answered for so long is given up.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads of one connection before the others have their turn.
const READS: usize = 8;

/// Bytes written to one connection before the others have their turn.
const WRITE_BUDGET: usize = 1024 * 1024;

/// Where a connection stands.
#[derive(Debug)]
pub enum State {
    /// There is none; not to be tried before this time.
    Down(Instant),
    /// It was asked the probe.
    Probing,
    /// It can be asked.
    Idle,
    /// It was asked for a client.
    Busy(Task),
    /// It has answered but not yet taken the whole question.
    Finishing,
}

/// On whose behalf a connection was asked.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    /// The client.
    pub client: Id,
    /// Asking once more does no harm, and was not done yet.
    pub is_repeatable: bool,
}

/// What a step brought.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing yet.
    Wait,
    /// It has become idle.
    Free,
    /// The answer to the client's question.
    Answered(Answer),
    /// The connection is of no use any more, for this reason.
    Broken(String),
}

/// A connection to the inner server.
#[derive(Debug)]
pub struct Inner {
    socket: Option<OwnedFd>,
    /// Where it stands.
    pub state: State,
    out: Outgoing,
    reader: Reader,
    deadline: Instant,
    /// It waits for room in the socket.
    pub blocked: bool,
    /// What epoll was told of that.
    pub told_blocked: bool,
}

impl Inner {
    /// A connection that is still to be made.
    pub fn new(now: Instant) -> Inner {
        Inner {
            socket: None,
            state: State::Down(now),
            out: Outgoing::default(),
            reader: Reader::new(false, 0),
            deadline: now,
            blocked: false,
            told_blocked: false,
        }
    }

    /// Its socket, for epoll.
    pub fn socket(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    /// Connects, with the probe as the first question, and returns the socket. Never blocks: a full backlog is an error like any other.
    pub fn open(&mut self, path: &Path, now: Instant) -> Result<BorrowedFd<'_>, Errno> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        connect(&socket, &SocketAddrUnix::new(path)?)?;
        self.out = Outgoing::new(PROBE.to_vec(), None);
        self.reader = Reader::new(false, 64 * 1024);
        self.state = State::Probing;
        self.deadline = now + PROBE_TIMEOUT;
        let socket: &OwnedFd = self.socket.insert(socket);
        Ok(socket.as_fd())
    }

    /// Takes a question for a client; [`Inner::step`] sends it. `memory`: bytes of the answer that may
    /// stay in memory.
    pub fn ask(&mut self, task: Task, out: Outgoing, is_head: bool, memory: usize, until: Instant) {
        self.out = out;
        self.reader = Reader::new(is_head, memory);
        self.state = State::Busy(task);
        self.deadline = until;
    }

    /// On whose behalf it was asked.
    pub fn find_client(&self) -> Option<Id> {
        match self.state {
            State::Busy(task) => Some(task.client),
            _ => None,
        }
    }

    /// True when its time is over.
    pub fn is_expired(&self, now: Instant) -> bool {
        matches!(self.state, State::Probing | State::Busy(_) | State::Finishing) && now >= self.deadline
    }

    /// Gives the connection up until `retry`. Returns on whose behalf it was asked, with the question
    /// when another connection may be asked it.
    pub fn close(&mut self, retry: Instant) -> Option<(Id, Option<Outgoing>)> {
        self.socket = None;
        self.blocked = false;
        self.told_blocked = false;
        let out = std::mem::take(&mut self.out);
        match std::mem::replace(&mut self.state, State::Down(retry)) {
            State::Busy(task) => {
                let repeats = task.is_repeatable && !self.reader.has_begun();
                Some((task.client, repeats.then_some(out)))
            }
            _ => None,
        }
    }

    /// True when it was asked the probe and has not answered.
    pub fn is_probing(&self) -> bool {
        matches!(self.state, State::Probing)
    }

    /// Sends what waits, as far as the socket goes. An error is the end of the connection.
    pub fn send(&mut self, scratch: &mut [u8]) -> Result<(), String> {
        let Some(socket) = &self.socket else {
            return Ok(());
        };
        let (flush, _) = self
            .out
            .flush(socket.as_fd(), scratch, WRITE_BUDGET)
            .map_err(|error| format!("it takes no more: {error}"))?;
        self.blocked = flush != Flush::Done;
        Ok(())
    }

    /// Sends and reads as far as the socket goes without blocking.
    pub fn step(&mut self, scratch: &mut [u8]) -> Outcome {
        // What cannot be sent may have been answered already; what is read tells.
        let sent = match self.out.is_done() {
            true => Ok(()),
            false => self.send(scratch),
        };
        match (self.read(scratch), sent) {
            (Outcome::Wait, Err(why)) => Outcome::Broken(why),
            (outcome, _) => outcome,
        }
    }

    fn read(&mut self, scratch: &mut [u8]) -> Outcome {
        let Some(socket) = &self.socket else {
            return Outcome::Wait;
        };
        if matches!(self.state, State::Finishing) && self.out.is_done() {
            self.state = State::Idle;
            return Outcome::Free;
        }
        for _ in 0..READS {
            let count = match recv(socket, &mut *scratch, RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Outcome::Broken("it was closed".to_owned()),
                Ok((count, _)) => count,
                Err(Errno::AGAIN | Errno::INTR) => return Outcome::Wait,
                Err(error) => return Outcome::Broken(format!("it cannot be read: {error}")),
            };
            if !matches!(self.state, State::Probing | State::Busy(_)) {
                return Outcome::Broken("it answered what nobody asked".to_owned());
            }
            match self.reader.feed(&scratch[..count]) {
                Ok(Some(answer)) => return self.finish(answer),
                Ok(None) if count < scratch.len() => return Outcome::Wait,
                Ok(None) => {}
                Err(why) => return Outcome::Broken(why),
            }
        }
        Outcome::Wait
    }

    fn finish(&mut self, answer: Answer) -> Outcome {
        let was_probe = matches!(self.state, State::Probing);
        self.state = State::Idle;
        if !self.out.is_done() {
            self.state = State::Finishing;
        }
        if was_probe {
            return Outcome::Free;
        }
        Outcome::Answered(answer)
    }
}
