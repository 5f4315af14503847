//! What the loop does with clients: follows their steps until they wait.

use rustix::event::epoll::EventFlags;

use super::client::{Stage, Step, Turn};
use super::event::{Door, Token, rewatch, watch};
use super::table::Id;

/// What a client is always watched for.
const WATCHED: EventFlags = EventFlags::IN.union(EventFlags::RDHUP).union(EventFlags::ET);

/// Bytes of a body that stay in memory even when memory is short: what comes with a head anyway.
const LEAST_MEMORY: usize = 64 * 1024;

impl Door {
    /// Begins with a client that was just taken in; its first bytes have often come with it.
    pub(super) fn greet(&mut self, id: Id) {
        let Some(client) = self.clients.find_mut(id) else {
            return;
        };
        if let Err(error) = watch(&self.epoll, client.socket(), Token::Client(id), WATCHED) {
            self.warn_seldom("cannot watch a connection", &error.to_string());
            self.remove(id);
            return;
        }
        self.step_client(id);
    }

    /// A client's socket is ready for something.
    pub(super) fn client_ready(&mut self, id: Id, flags: EventFlags) {
        if let Some(client) = self.clients.find_mut(id) {
            client.note(flags);
            self.step_client(id);
        }
    }

    /// Lets a client go as far as it can.
    pub(super) fn step_client(&mut self, id: Id) {
        self.make_room();
        let (memory, may_hold) = (self.memory_share(), self.may_hold_more());
        let Some(client) = self.clients.find_mut(id) else {
            return;
        };
        let step = client.step(&mut Turn {
            scratch: &mut self.scratch,
            limits: &self.limits,
            now: self.now,
            memory,
            may_hold,
        });
        self.follow(id, step);
    }

    /// Bytes of the next body that may stay in memory.
    pub(super) fn memory_share(&self) -> usize {
        match self.memory < self.limits.max_memory {
            true => self.limits.spool_above,
            false => LEAST_MEMORY.min(self.limits.spool_above),
        }
    }

    fn may_hold_more(&self) -> bool {
        self.held <= self.limits.max_held
    }

    /// Gives up who holds most, until no more is held than may be: a few who keep gigabytes waiting must not keep
    /// out everybody else.
    fn make_room(&mut self) {
        while !self.may_hold_more() {
            let holders = self.clients.iter().filter(|(_, client)| client.can_be_given_up());
            let Some(id) = holders.max_by_key(|(_, client)| client.counted.1).map(|(id, _)| id) else {
                return;
            };
            let held = format!("{} bytes", self.held);
            self.warn_seldom(
                "too much is held for clients, the one with most of it is given up",
                &held,
            );
            match self.clients.find_mut(id) {
                Some(client) if client.stage() == Stage::Body => self.refuse(id, 503),
                _ => self.remove(id),
            }
        }
    }

    /// Does what a client wants.
    pub(super) fn follow(&mut self, id: Id, step: Step) {
        match step {
            Step::Close => return self.remove(id),
            Step::Wait => {}
            Step::Yield => self.push_again(id),
            Step::Ask => self.enqueue(id),
            Step::Refuse(status) => self.refuse(id, status),
        }
        self.settle(id);
    }

    /// It goes on after the others; once a round, however often it is stepped meanwhile.
    fn push_again(&mut self, id: Id) {
        if let Some(client) = self.clients.find_mut(id).filter(|client| !client.yields) {
            client.yields = true;
            self.again.push(id);
        }
    }

    /// Goes on with who gave way to others.
    pub(super) fn step_again(&mut self, id: Id) {
        if let Some(client) = self.clients.find_mut(id) {
            client.yields = false;
            self.step_client(id);
        }
    }

    /// Refuses the request in hand and ends the connection after that.
    pub(super) fn refuse(&mut self, id: Id, status: u16) {
        let Some(client) = self.clients.find_mut(id) else {
            return;
        };
        // Who was too slow is not waited for once more.
        let linger = match status {
            408 => self.limits.linger_timeout,
            _ => self.limits.drain_timeout,
        };
        let fault = client.take_fault();
        let bytes = (self.refusal)(status, client.is_head());
        client.refuse(bytes, linger, self.now);
        self.settle(id);
        if let Some(error) = fault {
            let why = format!("{}: {error}", std::env::temp_dir().display());
            self.warn_seldom("cannot keep a request's body", &why);
        }
        self.step_client(id);
    }

    /// Ends a connection. A question of its that an inner connection has is answered to nobody.
    pub(super) fn remove(&mut self, id: Id) {
        if let Some(client) = self.clients.remove(id) {
            self.memory -= client.counted.0;
            self.held -= client.counted.1;
            self.resume_if_full();
        }
    }

    /// Counts what the client holds now, and tells epoll whether it waits for room.
    fn settle(&mut self, id: Id) {
        let Some(client) = self.clients.find_mut(id) else {
            return;
        };
        let held = client.held();
        self.memory = self.memory - client.counted.0 + held.0;
        self.held = self.held - client.counted.1 + held.1;
        client.counted = held;
        if client.blocked == client.told_blocked {
            return;
        }
        client.told_blocked = client.blocked;
        let flags = match client.blocked {
            true => WATCHED | EventFlags::OUT,
            false => WATCHED,
        };
        rewatch(&self.epoll, client.socket(), Token::Client(id), flags);
    }

    /// Puts a client's question into the queue, unless that is too long already.
    fn enqueue(&mut self, id: Id) {
        if self.queue.len() >= self.limits.max_queue {
            // Some of these may be gone.
            let clients = &mut self.clients;
            self.queue
                .retain(|id| clients.find_mut(*id).is_some_and(|client| client.is_asking()));
        }
        if self.queue.len() >= self.limits.max_queue {
            let waiting = format!("{} requests", self.queue.len());
            self.warn_seldom("too much waits for the inner server, refusing", &waiting);
            return self.refuse(id, 503);
        }
        self.queue.push_back(id);
        self.dispatch();
    }
}
