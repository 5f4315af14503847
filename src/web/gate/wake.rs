//! How another thread reaches the event loop: a word to stop, and a descriptor that wakes it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};

/// The word to stop.
#[derive(Debug)]
pub struct Wake {
    event: OwnedFd,
    until: Mutex<Option<Instant>>,
}

impl Wake {
    /// Nothing said yet.
    pub fn new() -> io::Result<Wake> {
        Ok(Wake {
            event: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            until: Mutex::new(None),
        })
    }

    /// The descriptor that becomes readable once something is said.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }

    /// Says stop; requests in hand have `grace`.
    pub fn stop_within(&self, grace: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + grace);
        // It can fail only when the counter is full, and then the loop is awake already.
        let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
    }

    /// When everything must have ended, once that was said.
    pub fn find_end(&self) -> Option<Instant> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
