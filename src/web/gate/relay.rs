//! What the loop does with the inner server: hands it questions, brings its answers back, and mends its
//! connections.

use std::time::Duration;

use rustix::event::epoll::EventFlags;
use rustix::io::Errno;

use super::answer::Answer;
use super::event::{Door, Token, rewatch, watch};
use super::inner::{Inner, Outcome, State, Task};

/// How long a connection that could not be made is not tried again.
const PAUSE: Duration = Duration::from_millis(100);

impl Door {
    /// Gives waiting questions to idle inner connections.
    pub(super) fn dispatch(&mut self) {
        while let Some(&index) = self.idle.last() {
            let Some(id) = self.queue.pop_front() else {
                return;
            };
            let Some(client) = self.clients.find_mut(id) else {
                continue;
            };
            let is_second = client.was_asked();
            let until = self.now + self.limits.answer_timeout;
            let Some(question) = client.take_question(until) else {
                continue;
            };
            self.idle.pop();
            let task = Task {
                client: id,
                is_repeatable: question.is_repeatable && !is_second,
            };
            let memory = self.memory_share();
            self.inners[index].ask(task, question.out, question.is_head, memory, until);
            self.send_inner(index);
        }
    }

    /// Sends a question without looking for its answer yet: that would cost a system call each time,
    /// and nest as deep as a client has requests waiting.
    fn send_inner(&mut self, index: usize) {
        if let Err(why) = self.inners[index].send(&mut self.scratch) {
            self.inner_broken(index, 502, &why);
        }
        self.settle_inner(index);
    }

    /// Lets an inner connection go as far as it can.
    pub(super) fn step_inner(&mut self, index: usize) {
        let Some(inner) = self.inners.get_mut(index) else {
            return;
        };
        let State::Busy(task) = inner.state else {
            match inner.step(&mut self.scratch) {
                Outcome::Free => {
                    self.inner_free(index);
                    self.mend_inners();
                }
                Outcome::Broken(why) => self.inner_broken(index, 502, &why),
                Outcome::Wait | Outcome::Answered(_) => {}
            }
            return self.settle_inner(index);
        };
        match inner.step(&mut self.scratch) {
            Outcome::Answered(answer) => self.inner_answered(index, task, answer),
            Outcome::Broken(why) => self.inner_broken(index, 502, &why),
            Outcome::Wait | Outcome::Free => {}
        }
        self.settle_inner(index);
    }

    fn inner_answered(&mut self, index: usize, task: Task, answer: Answer) {
        let closes = answer.closes;
        let ends = self.stop_at.is_some();
        if let Some(client) = self.clients.find_mut(task.client) {
            client.take_answer(answer, ends, self.now, &self.limits);
            // Its next request may be at hand, and wait: this connection is not idle yet.
            self.step_client(task.client);
        }
        if closes {
            self.inner_broken(index, 502, "it was closed");
        } else if matches!(self.inners[index].state, State::Idle) {
            self.inner_free(index);
        }
    }

    fn inner_free(&mut self, index: usize) {
        self.idle.push(index);
        self.dispatch();
    }

    /// No answer in time: whoever waits is told, and the connection is made anew.
    pub(super) fn inner_expired(&mut self, index: usize) {
        self.inner_broken(index, 504, "no answer in time");
    }

    /// An inner connection is of no use any more. Who waits for its answer gets `status`, or another
    /// connection's answer when asking once more does no harm.
    pub(super) fn inner_broken(&mut self, index: usize, status: u16, why: &str) {
        let was_open = !matches!(self.inners[index].state, State::Probing | State::Down(_));
        let retry = match was_open {
            true => self.now,
            false => self.now + PAUSE,
        };
        let task = self.inners[index].close(retry);
        self.idle.retain(|idle| *idle != index);
        if self.stop_at.is_none() {
            self.warn_seldom("a connection to the inner server is made anew", why);
        }
        if let Some((id, again)) = task {
            match (again, self.clients.find_mut(id)) {
                (Some(out), Some(client)) if status == 502 => {
                    client.ask_again(out);
                    self.queue.push_front(id);
                }
                _ => self.refuse(id, status),
            }
        }
        self.mend_inners();
        self.dispatch();
    }

    /// Opens one inner connection that is down, unless another is being opened: the inner server's pool
    /// strands connections that arrive together.
    pub(super) fn mend_inners(&mut self) {
        if let Err(error) = self.open_next_inner() {
            let why = format!("{}: {error}", self.inner_path.display());
            self.warn_seldom("cannot connect to the inner server", &why);
        }
    }

    /// The same, with the error told.
    pub(super) fn open_next_inner(&mut self) -> std::result::Result<(), Errno> {
        if self.idle.len() == self.inners.len() || self.inners.iter().any(Inner::is_probing) {
            return Ok(());
        }
        let now = self.now;
        let is_due = |inner: &Inner| matches!(inner.state, State::Down(until) if until <= now);
        let Some(index) = self.inners.iter().position(is_due) else {
            return Ok(());
        };
        let opened = self.inners[index]
            .open(&self.inner_path, now)
            .and_then(|socket| watch(&self.epoll, socket, Token::Inner(index), EventFlags::IN));
        match opened {
            Ok(()) => self.send_inner(index),
            Err(_) => drop(self.inners[index].close(now + PAUSE)),
        }
        opened
    }

    /// Tells epoll whether the connection waits for room.
    fn settle_inner(&mut self, index: usize) {
        let inner = &mut self.inners[index];
        if inner.blocked == inner.told_blocked {
            return;
        }
        inner.told_blocked = inner.blocked;
        let flags = match inner.blocked {
            true => EventFlags::IN | EventFlags::OUT,
            false => EventFlags::IN,
        };
        if let Some(socket) = self.inners[index].socket() {
            rewatch(&self.epoll, socket, Token::Inner(index), flags);
        }
    }
}
