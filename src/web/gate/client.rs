//! One client's connection: which stage its request is in, and what the others may do to it.
//!
//! It owns its socket and its bytes and knows nothing of the inner server, of epoll or of other
//! clients: it takes steps (`client/step.rs`) and says what it wants next.

mod step;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::epoll::EventFlags;

use super::Limits;
use super::answer::Answer;
use super::body::Body;
use super::head::{Framing, Head, Scanner};
use super::outgoing::Outgoing;

/// How long after its inner connection's deadline a client is given up at the latest.
const BACKSTOP: Duration = Duration::from_secs(10);

/// A client that has sent a body, or taken an answer, for so long at less than [`SLOW`] is a slow one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes a second; the slowest telephones do better.
const SLOW: u64 = 1024;

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A head is waited for, or arriving.
    Head,
    /// The inner server is asked whether it wants the body.
    Preflight,
    /// The body is arriving.
    Body,
    /// The inner server is asked.
    Asked,
    /// The answer is leaving, and the connection may go on after it.
    Answering,
    /// The last answer is leaving; what the client still sends is thrown away for a while. Closing a
    /// socket with unread bytes would reset it before the client has read the answer.
    Closing,
}

/// What a connection wants after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing until its socket is ready.
    Wait,
    /// To go on after the others had their turn.
    Yield,
    /// The inner server is to be asked.
    Ask,
    /// A refusal with this status.
    Refuse(u16),
    /// The end.
    Close,
}

/// What a step may use.
#[derive(Debug)]
pub struct Turn<'a> {
    /// For bytes on their way.
    pub scratch: &'a mut [u8],
    /// The limits of the gate.
    pub limits: &'a Limits,
    /// The time.
    pub now: Instant,
    /// Bytes of a body that may stay in memory.
    pub memory: usize,
    /// False when all clients together hold too much to take more of a body.
    pub may_hold: bool,
}

/// A question for the inner server.
#[derive(Debug)]
pub struct Question {
    /// Its bytes.
    pub out: Outgoing,
    /// The answer will have no body.
    pub is_head: bool,
    /// Asking twice does no harm.
    pub is_repeatable: bool,
}

/// A client's connection.
#[derive(Debug)]
pub struct Client {
    socket: OwnedFd,
    peer: Box<str>,
    stage: Stage,
    since: Instant,
    deadline: Instant,
    input: Vec<u8>,
    scanner: Scanner,
    /// Some byte of the request has come.
    begun: bool,
    /// The empty line that may come before a request has come.
    skipped: bool,
    /// A request was answered before.
    served: bool,
    /// There may be something to read.
    readable: bool,
    /// The client will send no more; the end has perhaps not been read yet.
    half_closed: bool,
    ended: bool,
    gone: bool,
    head: Option<Head>,
    body: Option<Body>,
    /// The question is with an inner connection.
    is_assigned: bool,
    again: Option<Outgoing>,
    out: Outgoing,
    fault: Option<io::Error>,
    closes: bool,
    is_shut: bool,
    drained: u64,
    /// Bytes of the body or the answer that have passed in this stage.
    passed: u64,
    /// It is in the list of those that have more to do.
    pub yields: bool,
    /// It waits for room in the socket.
    pub blocked: bool,
    /// What epoll was told of that.
    pub told_blocked: bool,
    /// The bytes that the gate counts for it (in memory, held in all).
    pub counted: (usize, u64),
}

impl Client {
    /// A connection that was just accepted. `peer` is its address as text.
    pub fn new(socket: OwnedFd, peer: Box<str>, now: Instant, limits: &Limits) -> Client {
        Client {
            socket,
            peer,
            stage: Stage::Head,
            since: now,
            deadline: now + limits.header_timeout,
            input: Vec::new(),
            scanner: Scanner::default(),
            begun: false,
            skipped: false,
            served: false,
            readable: true,
            half_closed: false,
            ended: false,
            gone: false,
            head: None,
            body: None,
            is_assigned: false,
            again: None,
            out: Outgoing::default(),
            fault: None,
            closes: false,
            is_shut: false,
            drained: 0,
            passed: 0,
            yields: false,
            blocked: false,
            told_blocked: false,
            counted: (0, 0),
        }
    }

    /// Why its body could not be kept, if that was so.
    pub fn take_fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }

    /// Its socket, for epoll.
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// True when its question is with an inner connection, or waits for one.
    pub fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Preflight | Stage::Asked)
    }

    /// The request in hand is of method HEAD, as far as that can be told.
    pub fn is_head(&self) -> bool {
        match &self.head {
            Some(head) => head.is_head,
            None => self.input.starts_with(b"HEAD "),
        }
    }

    /// Bytes it holds: in memory, and in all.
    pub fn held(&self) -> (usize, u64) {
        let body = self.body.as_ref();
        let again = self.again.as_ref();
        let memory = self.input.capacity()
            + self.out.memory()
            + body.map_or(0, Body::memory)
            + again.map_or(0, Outgoing::memory);
        let all = self.input.len() as u64 + self.out.len() + body.map_or(0, Body::len) + again.map_or(0, Outgoing::len);
        (memory, all)
    }

    /// How willingly it is given up for a newcomer when all places are taken: the lowest first, then
    /// the one that has stood there longest. `None`: not at all.
    pub fn rank(&self, now: Instant) -> Option<(u8, Instant)> {
        let age = now.saturating_duration_since(self.since);
        let rank = match self.stage {
            Stage::Closing if self.is_shut && age > Duration::from_secs(1) => 0,
            Stage::Head if !self.begun && self.served => 1,
            Stage::Head if age > Duration::from_secs(1) => 2,
            Stage::Body | Stage::Answering if age > PATIENCE && self.passed < SLOW * age.as_secs() => 3,
            Stage::Body | Stage::Answering if age > Duration::from_secs(60) => 4,
            _ => return None,
        };
        Some((rank, self.since))
    }

    /// True when it holds what nobody else works with: its body is arriving, or an answer is leaving.
    pub fn can_be_given_up(&self) -> bool {
        let is_asking_or_idle = self.is_asking() || self.stage == Stage::Head;
        !is_asking_or_idle && self.counted.1 > 0
    }

    /// True when its last answer has left and the client has had a second to notice.
    pub fn is_over(&self, now: Instant) -> bool {
        self.rank(now).is_some_and(|(rank, _)| rank == 0)
    }

    /// Takes note of what epoll says.
    pub fn note(&mut self, flags: EventFlags) {
        self.readable |= flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP);
        self.half_closed |= flags.intersects(EventFlags::RDHUP | EventFlags::HUP);
        // Both directions are shut: by a reset or, on a Unix socket, by a close. While closing we have
        // shut one ourselves, and the client may still be reading.
        self.gone |=
            flags.contains(EventFlags::ERR) || (flags.contains(EventFlags::HUP) && self.stage != Stage::Closing);
    }

    /// What it wants when its time is over.
    pub fn find_expired(&self, now: Instant) -> Option<Step> {
        if now < self.deadline {
            return None;
        }
        match self.stage {
            Stage::Head if !self.begun => Some(Step::Close),
            Stage::Head | Stage::Body => Some(Step::Refuse(408)),
            // Its inner connection's deadline came first; something went wrong there.
            Stage::Preflight | Stage::Asked if self.is_assigned => Some(Step::Close),
            Stage::Preflight | Stage::Asked => Some(Step::Refuse(503)),
            Stage::Answering | Stage::Closing => Some(Step::Close),
        }
    }

    /// Gives its question away, to an inner connection that has until then to answer it.
    pub fn take_question(&mut self, until: Instant) -> Option<Question> {
        let head = self.head.as_mut()?;
        let out = match (self.again.take(), self.stage, &self.body) {
            (Some(mut out), _, _) => {
                out.rewind();
                out
            }
            (None, Stage::Preflight, Some(body)) => {
                let mut bytes = head.clean.clone();
                let length = body.describe();
                let lines = format!("Content-Length: 0\r\nX-Gate-Preflight: {length}\r\n\r\n");
                bytes.extend_from_slice(lines.as_bytes());
                Outgoing::new(bytes, None)
            }
            (None, Stage::Asked, body) => {
                let mut bytes = std::mem::take(&mut head.clean);
                if head.framing != Framing::None {
                    let length = body.as_ref().map_or(0, Body::len);
                    bytes.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
                }
                bytes.extend_from_slice(b"\r\n");
                Outgoing::new(bytes, self.body.take().map(Body::into_spool))
            }
            _ => return None,
        };
        self.is_assigned = true;
        self.deadline = until + BACKSTOP;
        Some(Question {
            out,
            is_head: head.is_head,
            is_repeatable: head.is_repeatable,
        })
    }

    /// True when its question has been with an inner connection that broke.
    pub fn was_asked(&self) -> bool {
        self.again.is_some()
    }

    /// Takes its question back: another inner connection is to be asked.
    pub fn ask_again(&mut self, out: Outgoing) {
        self.again = Some(out);
        self.is_assigned = false;
    }

    /// Takes the inner server's answer. With `ends` the connection ends after it.
    pub fn take_answer(&mut self, answer: Answer, ends: bool, now: Instant, limits: &Limits) {
        self.is_assigned = false;
        if let (Stage::Preflight, 204, Some(max)) = (self.stage, answer.status, answer.go) {
            self.collect_body(max, now, limits);
            return;
        }
        let (keep_alive, is_http10) = self
            .head
            .as_ref()
            .map_or((false, false), |head| (head.keep_alive, head.is_http10));
        // A body that nobody wants is still arriving.
        let is_refused = self.stage == Stage::Preflight;
        self.closes = ends || is_refused || !keep_alive;
        let line: &[u8] = match (self.closes, is_http10) {
            (true, _) => b"Connection: close\r\n",
            (false, true) => b"Connection: keep-alive\r\n",
            (false, false) => b"",
        };
        let (head, body) = answer.into_parts(line);
        self.out = Outgoing::new(head, body);
        if is_refused {
            self.close_slowly(limits.drain_timeout, now);
        } else {
            self.enter(Stage::Answering, now, limits.write_timeout);
        }
    }

    fn collect_body(&mut self, max: u64, now: Instant, limits: &Limits) {
        let expects = self.head.as_ref().is_some_and(|head| head.expects_continue);
        let Some(body) = &mut self.body else {
            return;
        };
        body.allow(max);
        if expects && !body.is_too_large() && !body.is_complete() {
            self.out = Outgoing::new(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), None);
        }
        self.enter(Stage::Body, now, limits.body_timeout);
    }

    /// Sends `bytes`, a whole answer that says close, and nothing after it.
    pub fn refuse(&mut self, bytes: Vec<u8>, linger: Duration, now: Instant) {
        // An answer that has begun to leave cannot be followed by a refusal.
        if self.stage == Stage::Answering || self.stage == Stage::Closing {
            self.gone = true;
            return;
        }
        self.out = Outgoing::new(bytes, None);
        self.close_slowly(linger, now);
    }

    /// The connection ends with the answer that is leaving.
    pub fn end_soon(&mut self) {
        self.closes = true;
    }

    fn close_slowly(&mut self, linger: Duration, now: Instant) {
        self.head = None;
        self.body = None;
        self.again = None;
        self.is_assigned = false;
        self.input = Vec::new();
        self.enter(Stage::Closing, now, linger);
    }

    fn enter(&mut self, stage: Stage, now: Instant, timeout: Duration) {
        self.stage = stage;
        self.since = now;
        self.passed = 0;
        self.deadline = now + timeout;
    }
}
