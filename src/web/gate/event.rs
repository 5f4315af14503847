//! The event loop: one thread, one epoll, every connection.
//!
//! Clients are watched edge-triggered with an interest that stays as it is (a request costs no
//! `epoll_ctl`); only who waits for room in its socket is watched for that too, as long as it waits.
//! Nothing here blocks but the wait itself, and no input ends the loop: a fault in the handling of one
//! connection closes that one.

use std::collections::VecDeque;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::{error, warn};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventData, EventFlags};
use rustix::io::Errno;

use super::client::{Client, Stage};
use super::entrance::{Entrance, Room, fit_descriptors};
use super::inner::Inner;
use super::table::{Id, Table};
use super::wake::Wake;
use super::{Limits, Setup, failed};
use crate::error::{Error, Result};

/// How exactly deadlines are kept.
const TICK: Duration = Duration::from_millis(100);

/// Bytes read or written at once.
const SCRATCH: usize = 64 * 1024;

/// Events taken at once.
const EVENTS: usize = 256;

/// What an event is about: two bits above the number of the thing itself.
#[derive(Debug, Clone, Copy)]
pub enum Token {
    /// A client's connection.
    Client(Id),
    /// A connection to the inner server.
    Inner(usize),
    /// Where clients come in.
    Entrance(usize),
    /// Another thread has something to say.
    Wake,
}

impl Token {
    fn data(self) -> EventData {
        let (kind, number) = match self {
            Token::Client(id) => (0, id.to_u64()),
            Token::Inner(index) => (1, index as u64),
            Token::Entrance(index) => (2, index as u64),
            Token::Wake => (3, 0),
        };
        EventData::new_u64(kind << 62 | number)
    }

    fn of(data: EventData) -> Token {
        let number = data.u64() & !(3 << 62);
        match data.u64() >> 62 {
            0 => Token::Client(Id::from_u64(number)),
            1 => Token::Inner(number as usize),
            2 => Token::Entrance(number as usize),
            _ => Token::Wake,
        }
    }
}

/// Everything that the loop owns. What it does with clients stands in `serve.rs`, with the inner server
/// in `relay.rs`, with newcomers in `entrance.rs`.
#[derive(Debug)]
pub struct Door {
    pub(super) epoll: OwnedFd,
    pub(super) wake: Arc<Wake>,
    pub(super) entrance: Entrance,
    pub(super) clients: Table<Client>,
    pub(super) inners: Vec<Inner>,
    pub(super) idle: Vec<usize>,
    pub(super) queue: VecDeque<Id>,
    pub(super) again: Vec<Id>,
    pub(super) scratch: Vec<u8>,
    pub(super) now: Instant,
    pub(super) memory: usize,
    pub(super) held: u64,
    pub(super) stop_at: Option<Instant>,
    pub(super) limits: Limits,
    pub(super) inner_path: PathBuf,
    pub(super) refusal: fn(u16, bool) -> Vec<u8>,
    last_tick: Instant,
    warned: Vec<(&'static str, Instant)>,
}

impl Door {
    /// Nothing is open yet.
    pub fn new(setup: Setup, wake: Arc<Wake>) -> Result<Door> {
        let now = Instant::now();
        let mut limits = setup.limits;
        let room = fit_descriptors(Room {
            clients: limits.max_connections,
            inners: setup.inner_connections,
        });
        limits.max_connections = room.clients;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(failed("make an epoll"))?;
        let door = Door {
            epoll,
            wake,
            entrance: Entrance::new(setup.listeners),
            clients: Table::default(),
            inners: (0..room.inners).map(|_| Inner::new(now)).collect(),
            idle: Vec::new(),
            queue: VecDeque::new(),
            again: Vec::new(),
            scratch: vec![0; SCRATCH],
            now,
            memory: 0,
            held: 0,
            stop_at: None,
            limits,
            inner_path: setup.inner,
            refusal: setup.refusal,
            last_tick: now,
            warned: Vec::new(),
        };
        watch(&door.epoll, door.wake.descriptor(), Token::Wake, EventFlags::IN)
            .map_err(failed("watch an event descriptor"))?;
        Ok(door)
    }

    /// Opens the inner connections, each proven before the next, within `limit`.
    pub fn open_inners(&mut self, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        let mut events = Vec::with_capacity(EVENTS);
        while self.idle.len() < self.inners.len() {
            let what = format!("connect to the inner server at {}", self.inner_path.display());
            self.open_next_inner().map_err(failed(&what))?;
            if Instant::now() >= until {
                let path = self.inner_path.display();
                return Err(Error::Failed(format!(
                    "cannot reach the inner server at {path}: no answer within {} s",
                    limit.as_secs()
                )));
            }
            self.turn(&mut events)?;
        }
        Ok(())
    }

    /// Runs until it is told to stop.
    pub fn run(&mut self) {
        let mut events = Vec::with_capacity(EVENTS);
        while !self.is_over() {
            if let Err(error) = self.turn(&mut events) {
                error!("the front door ends: {error}");
                return;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.stop_at
            .is_some_and(|until| self.clients.len() == 0 || self.now >= until)
    }

    /// Waits for events once and handles them.
    fn turn(&mut self, events: &mut Vec<Event>) -> Result<()> {
        events.clear();
        let wait = self.wait_time();
        match epoll::wait(&self.epoll, spare_capacity(events), wait.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(failed("wait for events")(error)),
        }
        self.now = Instant::now();
        for event in events.iter() {
            let Event { flags, data, .. } = *event;
            match Token::of(data) {
                Token::Client(id) => self.guard_client(id, |door| door.client_ready(id, flags)),
                Token::Inner(index) => self.guard_inner(index, |door| door.step_inner(index)),
                Token::Entrance(index) => self.guard(|door| door.admit(index)),
                Token::Wake => self.woken(),
            }
        }
        for id in std::mem::take(&mut self.again) {
            self.guard_client(id, |door| door.step_again(id));
        }
        if self.now.duration_since(self.last_tick) >= TICK {
            self.last_tick = self.now;
            self.tick();
        }
        Ok(())
    }

    /// Not at all when someone has more to do, a tick when someone has a deadline, else for ever.
    fn wait_time(&self) -> Option<Timespec> {
        let wait = if !self.again.is_empty() {
            Duration::ZERO
        } else if self.clients.len() > 0
            || self.idle.len() < self.inners.len()
            || self.stop_at.is_some()
            || self.entrance.is_paused()
        {
            TICK
        } else {
            return None;
        };
        Some(Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(wait.subsec_nanos()),
        })
    }

    /// Looks at every deadline: 2,000 connections take some ten microseconds, ten times a second.
    fn tick(&mut self) {
        let now = self.now;
        let expired: Vec<_> = self
            .clients
            .iter()
            .filter_map(|(id, client)| Some((id, client.find_expired(now)?)))
            .collect();
        if self.stop_at.is_some() {
            self.let_go();
        }
        for (id, step) in expired {
            self.guard_client(id, |door| door.follow(id, step));
        }
        for index in 0..self.inners.len() {
            if self.inners[index].is_expired(now) {
                self.guard_inner(index, |door| door.inner_expired(index));
            }
        }
        self.mend_inners();
        self.guard(Door::resume);
    }

    /// Somebody asks whether the loop lives, or says stop.
    fn woken(&mut self) {
        self.wake.answer();
        if self.wake.find_end().is_some() {
            self.begin_stop();
        }
    }

    /// Stops accepting, lets go of who has nothing in hand, and waits for the others.
    fn begin_stop(&mut self) {
        if self.stop_at.is_none() {
            unwatch(&self.epoll, self.wake.descriptor());
            self.close_entrance();
        }
        self.stop_at = self.wake.find_end();
        let all: Vec<Id> = self.clients.iter().map(|(id, _)| id).collect();
        for id in all {
            match self.clients.find_mut(id) {
                Some(client) if client.stage() == Stage::Head => self.remove(id),
                Some(client) => client.end_soon(),
                None => {}
            }
        }
    }

    /// While stopping: nobody is waited for who has had the last answer.
    fn let_go(&mut self) {
        let over = |(id, client): (Id, &Client)| client.is_over(self.now).then_some(id);
        let over: Vec<Id> = self.clients.iter().filter_map(over).collect();
        for id in over {
            self.remove(id);
        }
    }

    /// Runs `work`; a fault in it is logged and ends nothing else. True when there was none.
    fn guarded(&mut self, work: impl FnOnce(&mut Door)) -> bool {
        let done = catch_unwind(AssertUnwindSafe(|| work(self))).is_ok();
        if !done {
            error!("a fault in the front door, one connection is closed");
        }
        done
    }

    fn guard(&mut self, work: impl FnOnce(&mut Door)) {
        self.guarded(work);
    }

    pub(super) fn guard_client(&mut self, id: Id, work: impl FnOnce(&mut Door)) {
        if !self.guarded(work) {
            self.remove(id);
        }
    }

    fn guard_inner(&mut self, index: usize, work: impl FnOnce(&mut Door)) {
        let client = self.inners[index].find_client();
        if !self.guarded(work) {
            if let Some(client) = client {
                self.remove(client);
            }
            self.guard(|door| door.inner_broken(index, 502, "a fault of ours"));
        }
    }

    /// A warning, once a minute at most for each `what`.
    pub(super) fn warn_seldom(&mut self, what: &'static str, why: &str) {
        let now = self.now;
        self.warned
            .retain(|(_, at)| now.duration_since(*at) < Duration::from_secs(60));
        if self.warned.iter().all(|(warned, _)| *warned != what) {
            self.warned.push((what, now));
            warn!("{what}: {why}");
        }
    }
}

/// Begins to wait for `flags` of a descriptor.
pub fn watch(
    epoll: &OwnedFd,
    source: BorrowedFd<'_>,
    token: Token,
    flags: EventFlags,
) -> std::result::Result<(), Errno> {
    epoll::add(epoll, source, token.data(), flags)
}

/// Waits for other flags of it. It can fail only for want of kernel memory; the deadline of what is
/// waited for ends it then.
pub fn rewatch(epoll: &OwnedFd, source: BorrowedFd<'_>, token: Token, flags: EventFlags) {
    if let Err(error) = epoll::modify(epoll, source, token.data(), flags) {
        warn!("cannot change what is waited for: {error}");
    }
}

/// Waits for nothing of it any more: closing does that only when no copy of it is open elsewhere.
pub fn unwatch(epoll: &OwnedFd, source: BorrowedFd<'_>) {
    if let Err(error) = epoll::delete(epoll, source) {
        warn!("cannot stop waiting for a descriptor: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_event_is_about_survives_being_a_number() {
        let mut table = Table::default();
        table.insert(());
        let id = table.insert(());
        table.remove(id);
        let id = table.insert(());
        assert!(matches!(Token::of(Token::Client(id).data()), Token::Client(same) if same == id));
        assert!(matches!(Token::of(Token::Inner(7).data()), Token::Inner(7)));
        assert!(matches!(Token::of(Token::Entrance(2).data()), Token::Entrance(2)));
        assert!(matches!(Token::of(Token::Wake.data()), Token::Wake));
    }
}
