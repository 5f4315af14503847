//! How another thread reaches the event loop: a word to stop, a question whether it lives, and a descriptor that wakes it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};

/// What was said, and what was answered.
#[derive(Debug)]
pub struct Wake {
    event: OwnedFd,
    until: Mutex<Option<Instant>>,
    asked: AtomicU64,
    answered: AtomicU64,
}

impl Wake {
    /// Nothing said yet.
    pub fn new() -> io::Result<Wake> {
        Ok(Wake {
            event: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            until: Mutex::new(None),
            asked: AtomicU64::new(0),
            answered: AtomicU64::new(0),
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
        self.ring();
    }

    /// Asks whether the loop lives. Says whether the question before was answered.
    pub fn ask(&self) -> bool {
        let is_answered = self.answered.load(Ordering::Acquire) == self.asked.load(Ordering::Acquire);
        self.asked.fetch_add(1, Ordering::AcqRel);
        self.ring();
        is_answered
    }

    /// The loop's answer; what rang is quiet again.
    pub fn answer(&self) {
        // Read first: what is asked after that rings anew.
        let _ = rustix::io::read(&self.event, &mut [0_u8; 8]);
        self.answered
            .store(self.asked.load(Ordering::Acquire), Ordering::Release);
    }

    fn ring(&self) {
        // It can fail only when the counter is full, and then the loop is awake already.
        let _ = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
    }

    /// When everything must have ended, once that was said.
    pub fn find_end(&self) -> Option<Instant> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_who_reads_it_alone() {
        let wake = Wake::new().unwrap();
        assert!(wake.ask());
        assert!(!wake.ask());
        wake.answer();
        assert!(wake.ask());
        assert!(!wake.ask());
    }
}
