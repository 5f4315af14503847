//! Where clients come in: the listeners, how many may come, and when none.
//!
//! Accepting never ends for good: when the system has no descriptor or memory left, or all places are
//! taken, it pauses.

use std::time::{Duration, Instant};

use log::warn;
use rustix::event::epoll::EventFlags;
use rustix::io::Errno;
use rustix::net::{SocketFlags, acceptfrom_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::client::Client;
use super::event::{Door, Token, rewatch, unwatch, watch};
use super::{Listener, failed};
use crate::error::Result;

/// How long accepting pauses.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepted at once before the others have their turn.
const ACCEPTS: usize = 64;

/// More descriptors than this are of no use, and some programs go through all of them.
const MAX_DESCRIPTORS: u64 = 65_536;

/// Descriptors left for everything else: the database, files, the listeners.
const RESERVE: usize = 64;

/// Descriptors for each inner connection: ours, and two at the other end in the same process.
const PER_INNER: usize = 4;

/// The listeners.
#[derive(Debug)]
pub struct Entrance {
    listeners: Vec<Listener>,
    paused_until: Option<Instant>,
    is_full: bool,
}

impl Listener {
    fn prepare(&self) -> Result<()> {
        let prepared = match self {
            Listener::Tcp(listener) => listener.set_nonblocking(true),
            Listener::Unix(listener) => listener.set_nonblocking(true),
        };
        prepared.map_err(failed("prepare a listener"))
    }
}

impl Entrance {
    /// Closed to begin with.
    pub fn new(listeners: Vec<Listener>) -> Entrance {
        Entrance {
            listeners,
            paused_until: None,
            is_full: false,
        }
    }

    /// True when accepting pauses.
    pub fn is_paused(&self) -> bool {
        self.paused_until.is_some()
    }
}

impl Door {
    /// Lets clients in.
    pub fn open_entrance(&mut self) -> Result<()> {
        for (index, listener) in self.entrance.listeners.iter().enumerate() {
            listener.prepare()?;
            let token = Token::Entrance(index);
            watch(&self.epoll, listener.descriptor(), token, EventFlags::IN).map_err(failed("watch a listener"))?;
        }
        Ok(())
    }

    /// Takes in who waits at a listener.
    pub(super) fn admit(&mut self, index: usize) {
        for _ in 0..ACCEPTS {
            let is_full = self.clients.len() >= self.limits.max_connections;
            let victim = match is_full {
                true => match self.find_victim() {
                    Some(victim) => Some(victim),
                    None => return self.pause(true),
                },
                false => None,
            };
            let Some(listener) = self.entrance.listeners.get(index) else {
                return;
            };
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            let (socket, address) = match acceptfrom_with(listener.descriptor(), flags) {
                Ok(accepted) => accepted,
                Err(Errno::AGAIN) => return,
                // The client was gone before it was its turn.
                Err(Errno::CONNABORTED | Errno::INTR | Errno::PROTO | Errno::PERM) => continue,
                Err(error) => {
                    self.warn_seldom("cannot accept a connection, pausing", &error.to_string());
                    return self.pause(false);
                }
            };
            let peer = match listener {
                Listener::Unix(_) => "localhost".into(),
                Listener::Tcp(_) => address
                    .and_then(|address| std::net::SocketAddr::try_from(address).ok())
                    .map_or("unknown".into(), peer_text),
            };
            if let Some(victim) = victim {
                self.remove(victim);
            }
            let id = self.clients.insert(Client::new(socket, peer, self.now, &self.limits));
            self.guard_client(id, |door| door.greet(id));
        }
    }

    /// The connection to give up when all places are taken.
    fn find_victim(&self) -> Option<super::table::Id> {
        self.clients
            .iter()
            .filter_map(|(id, client)| Some((client.rank(self.now)?, id)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, id)| id)
    }

    fn pause(&mut self, is_full: bool) {
        self.entrance.paused_until = Some(self.now + PAUSE);
        self.entrance.is_full = is_full;
        self.watch_entrance(EventFlags::empty());
    }

    /// Goes on accepting when the pause is over.
    pub(super) fn resume(&mut self) {
        if self.entrance.paused_until.is_some_and(|until| self.now >= until) {
            self.entrance.paused_until = None;
            self.watch_entrance(EventFlags::IN);
        }
    }

    /// A place has become free.
    pub(super) fn resume_if_full(&mut self) {
        if self.entrance.is_full && self.entrance.paused_until.is_some() {
            self.entrance.paused_until = None;
            self.watch_entrance(EventFlags::IN);
        }
    }

    fn watch_entrance(&self, flags: EventFlags) {
        for (index, listener) in self.entrance.listeners.iter().enumerate() {
            rewatch(&self.epoll, listener.descriptor(), Token::Entrance(index), flags);
        }
    }

    /// Lets nobody in any more; who has not been accepted is refused by the system.
    pub(super) fn close_entrance(&mut self) {
        self.entrance.paused_until = None;
        for listener in self.entrance.listeners.drain(..) {
            unwatch(&self.epoll, listener.descriptor());
        }
    }
}

/// The address as text; an IPv4 client of a listener for both families is one of IPv4.
fn peer_text(address: std::net::SocketAddr) -> Box<str> {
    let ip = address.ip().to_canonical();
    std::net::SocketAddr::new(ip, address.port()).to_string().into()
}

/// How many connections fit under the limit of descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// From clients.
    pub clients: usize,
    /// To the inner server.
    pub inners: usize,
}

/// Raises the soft limit of descriptors as far as it goes and returns how many of the wanted connections fit under it.
pub fn fit_descriptors(wanted: Room) -> Room {
    let limit = getrlimit(Resource::Nofile);
    let hard = limit.maximum.unwrap_or(MAX_DESCRIPTORS);
    let enough = hard.min(MAX_DESCRIPTORS);
    let mut soft = limit.current.unwrap_or(MAX_DESCRIPTORS);
    if soft < enough {
        let raised = Rlimit {
            current: Some(enough),
            maximum: limit.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => soft = enough,
            Err(error) => warn!("cannot raise the limit of descriptors from {soft}: {error}"),
        }
    }
    let fitting = fit(wanted, soft as usize);
    if fitting != wanted {
        warn!(
            "{} clients at a time instead of {}, and {} connections to the workers instead of {}: \
            the limit of descriptors is {soft}",
            fitting.clients, wanted.clients, fitting.inners, wanted.inners
        );
    }
    fitting
}

/// Of few descriptors a half is for the inner connections, an eighth for clients, and the rest for everything else.
fn fit(wanted: Room, descriptors: usize) -> Room {
    let inners = wanted.inners.min(descriptors / (2 * PER_INNER)).max(1);
    let room = descriptors.saturating_sub(RESERVE + PER_INNER * inners);
    Room {
        clients: wanted.clients.min(room.max(descriptors / 8)).max(1),
        inners,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_client_has_an_ipv4_address_whatever_the_listener() {
        for (address, text) in [
            ("203.0.113.7:1", "203.0.113.7:1"),
            ("[::ffff:203.0.113.7]:1", "203.0.113.7:1"),
            ("[2001:db8::1]:1", "[2001:db8::1]:1"),
        ] {
            assert_eq!(&*peer_text(address.parse().expect("address")), text);
        }
    }

    #[test]
    fn connections_never_take_all_descriptors() {
        let wanted = Room {
            clients: usize::MAX,
            inners: 24,
        };
        let soft = |room: Room| room.clients + PER_INNER * room.inners;
        for (descriptors, room) in [(64, (8, 8)), (256, (96, 24)), (1024, (864, 24)), (8, (1, 1))] {
            let fitting = fit(wanted, descriptors);
            assert_eq!((fitting.clients, fitting.inners), room, "{descriptors}");
            assert!(soft(fitting) < descriptors, "{descriptors}: {fitting:?}");
        }
        assert!(fit_descriptors(wanted).clients < MAX_DESCRIPTORS as usize);
    }
}
