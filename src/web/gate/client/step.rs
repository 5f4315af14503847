//! A client's steps: read, look, write, as far as its socket goes without blocking.
//!
//! Every step ends: at a socket that is not ready, at a question for others, or at its budget.

use std::os::fd::AsFd;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::{RecvFlags, Shutdown};

use super::super::body::{Body, Fault};
use super::super::head::{Scanner, read_head};
use super::super::outgoing::{Flush, Outgoing};
use super::{Client, Stage, Step, Turn};

/// A body of so many bytes that came with its head goes on without asking first.
const SMALL_BODY: u64 = 64 * 1024;

/// Reads of one client before the others have their turn.
const READS: usize = 2;

/// Bytes written to one client before the others have their turn.
const WRITE_BUDGET: usize = 1024 * 1024;

/// What a read brought.
enum Received {
    Bytes(usize),
    Nothing,
    End,
    Broken,
}

impl Client {
    /// Goes as far as possible.
    pub fn step(&mut self, turn: &mut Turn) -> Step {
        loop {
            if self.gone {
                return Step::Close;
            }
            let step = match self.stage {
                Stage::Head => self.step_head(turn),
                Stage::Body => Some(self.step_body(turn)),
                Stage::Preflight | Stage::Asked => Some(Step::Wait),
                Stage::Answering => self.step_answering(turn),
                Stage::Closing => Some(self.step_closing(turn)),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    fn step_head(&mut self, turn: &mut Turn) -> Option<Step> {
        // Some clients send an empty line after a body (RFC 9112, 2.2). One, not as many as they like.
        if !self.skipped && self.input.starts_with(b"\r\n") {
            self.input.drain(..2);
            self.scanner = Scanner::default();
            self.skipped = true;
        }
        match self.scanner.find_end(&self.input, turn.limits.max_head) {
            Err(status) => return Some(Step::Refuse(status)),
            Ok(Some(end)) => return Some(self.begin(end, turn)),
            Ok(None) => {}
        }
        match self.receive(turn.scratch) {
            Received::Bytes(count) => {
                self.input.extend_from_slice(&turn.scratch[..count]);
                if !self.begun {
                    self.begun = true;
                    if self.served {
                        self.deadline = turn.now + turn.limits.header_timeout;
                    }
                }
                None
            }
            Received::Nothing => Some(Step::Wait),
            Received::End | Received::Broken => Some(Step::Close),
        }
    }

    /// The head is whole: what of the body has come with it decides how the inner server is asked.
    fn begin(&mut self, end: usize, turn: &mut Turn) -> Step {
        let head = match read_head(&self.input[..end], &self.peer) {
            Ok(head) => head,
            Err(status) => return Step::Refuse(status),
        };
        self.input.drain(..end);
        self.body = Body::new(head.framing, turn.memory);
        self.head = Some(head);
        if let Err(step) = self.feed_input() {
            return step;
        }
        let is_awaited = self
            .body
            .as_ref()
            .is_some_and(|body| !body.is_complete() || body.len() > SMALL_BODY);
        let stage = match is_awaited {
            true => Stage::Preflight,
            false => Stage::Asked,
        };
        self.enter(stage, turn.now, turn.limits.answer_timeout);
        Step::Ask
    }

    /// Gives the body what is its own of the bytes at hand.
    fn feed_input(&mut self) -> Result<(), Step> {
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        match body.feed(&self.input) {
            Ok(used) => {
                self.input.drain(..used);
                Ok(())
            }
            Err(Fault::Malformed) => Err(Step::Refuse(400)),
            Err(Fault::TooLarge) => Err(Step::Refuse(413)),
            Err(Fault::Spool(error)) => {
                self.fault = Some(error);
                Err(Step::Refuse(503))
            }
        }
    }

    fn step_body(&mut self, turn: &mut Turn) -> Step {
        match self.flush(turn) {
            Ok(Flush::Done) => {}
            Ok(_) => return Step::Wait,
            Err(step) => return step,
        }
        if self.body.as_ref().is_some_and(Body::is_too_large) {
            return Step::Refuse(413);
        }
        if let Err(step) = self.feed_input() {
            return step;
        }
        for _ in 0..READS {
            let Some(body) = &mut self.body else {
                return Step::Close;
            };
            if body.is_complete() {
                self.enter(Stage::Asked, turn.now, turn.limits.answer_timeout);
                return Step::Ask;
            }
            match self.receive(turn.scratch) {
                Received::Bytes(count) => {
                    if !turn.may_hold {
                        return Step::Refuse(503);
                    }
                    self.deadline = turn.now + turn.limits.body_timeout;
                    self.passed += count as u64;
                    self.input.extend_from_slice(&turn.scratch[..count]);
                    if let Err(step) = self.feed_input() {
                        return step;
                    }
                }
                Received::Nothing => return Step::Wait,
                Received::End | Received::Broken => return Step::Close,
            }
        }
        Step::Yield
    }

    fn step_answering(&mut self, turn: &mut Turn) -> Option<Step> {
        match self.flush(turn) {
            Ok(Flush::Done) => {}
            Ok(Flush::Blocked) => return Some(Step::Wait),
            Ok(Flush::Yield) => return Some(Step::Yield),
            Err(step) => return Some(step),
        }
        if self.closes && self.input.is_empty() && !self.readable {
            return Some(Step::Close);
        }
        if self.closes {
            self.close_slowly(turn.limits.linger_timeout, turn.now);
            return None;
        }
        self.head = None;
        self.served = true;
        self.scanner = Scanner::default();
        self.skipped = false;
        self.begun = !self.input.is_empty();
        let timeout = if self.begun {
            turn.limits.header_timeout
        } else {
            // An idle connection holds no buffer.
            self.input = Vec::new();
            turn.limits.idle_timeout
        };
        self.enter(Stage::Head, turn.now, timeout);
        None
    }

    fn step_closing(&mut self, turn: &mut Turn) -> Step {
        let flushed = match self.flush(turn) {
            Ok(Flush::Yield) => return Step::Yield,
            Ok(flush) => flush == Flush::Done,
            Err(step) => return step,
        };
        if flushed && !self.is_shut {
            // The client learns that this was all; an error means that it is gone.
            if rustix::net::shutdown(&self.socket, Shutdown::Write).is_err() {
                return Step::Close;
            }
            self.is_shut = true;
        }
        for _ in 0..READS {
            if self.ended {
                return if flushed { Step::Close } else { Step::Wait };
            }
            match self.receive(turn.scratch) {
                Received::Bytes(count) => self.drained += count as u64,
                Received::Nothing => return Step::Wait,
                Received::End => {}
                Received::Broken => return Step::Close,
            }
            if self.drained > turn.limits.drain_bytes {
                return Step::Close;
            }
        }
        Step::Yield
    }

    /// Writes what waits; an error is the end of the connection.
    fn flush(&mut self, turn: &mut Turn) -> Result<Flush, Step> {
        if self.out.is_done() {
            self.blocked = false;
            return Ok(Flush::Done);
        }
        let (flush, written) = self
            .out
            .flush(self.socket.as_fd(), turn.scratch, WRITE_BUDGET)
            .map_err(|_| Step::Close)?;
        self.blocked = flush == Flush::Blocked;
        self.passed += written as u64;
        if flush == Flush::Done {
            self.out = Outgoing::default();
        }
        if written > 0 && self.stage == Stage::Answering {
            self.deadline = turn.now + turn.limits.write_timeout;
        }
        Ok(flush)
    }

    /// Reads once. With edge-triggered events a read that fills the buffer only in part has taken
    /// everything (epoll(7)), unless the end came with it.
    fn receive(&mut self, scratch: &mut [u8]) -> Received {
        if !self.readable {
            return Received::Nothing;
        }
        let size = scratch.len();
        let recv = || rustix::net::recv(&self.socket, &mut *scratch, RecvFlags::DONTWAIT);
        match retry_on_intr(recv) {
            Ok((0, _)) => {
                self.readable = false;
                self.ended = true;
                Received::End
            }
            Ok((count, _)) => {
                self.readable = count == size || self.half_closed;
                Received::Bytes(count)
            }
            Err(Errno::AGAIN) => {
                self.readable = false;
                Received::Nothing
            }
            Err(_) => Received::Broken,
        }
    }
}
