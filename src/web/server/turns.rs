//! Who works at the same time, and who waits with an eye on the flag.
//!
//! There are more workers than may work at once: those who find no place wait here, and give up as soon
//! as the flag is on. So a request is told of the maintenance mode at once, however long those take that
//! were there before it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often who waits looks at the flag.
const LOOK: Duration = Duration::from_millis(20);

/// The places.
pub(super) struct Turns {
    free: Mutex<usize>,
    left: Condvar,
}

/// A place that is taken; free again when dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// So many places.
    pub(super) fn new(places: usize) -> Turns {
        Turns {
            free: Mutex::new(places),
            left: Condvar::new(),
        }
    }

    /// Takes a place, or waits until there is one; `look` is asked again and again meanwhile.
    ///
    /// # Errors
    /// What `look` says, when it says something.
    pub(super) fn take<T>(&self, look: impl Fn() -> Option<T>) -> Result<Turn<'_>, T> {
        let mut free = self.free();
        while *free == 0 {
            let waited = self.left.wait_timeout(free, LOOK);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            if let Some(said) = look() {
                return Err(said);
            }
            free = self.free();
        }
        *free -= 1;
        Ok(Turn(self))
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn nothing() -> Option<()> {
        None
    }

    #[test]
    fn a_place_is_free_again_when_its_turn_is_over() {
        let turns = Turns::new(2);
        let (one, two) = (turns.take(nothing).unwrap(), turns.take(nothing).unwrap());
        assert_eq!(turns.take(|| Some("on")).err(), Some("on"));
        drop(one);
        drop(turns.take(nothing).unwrap());
        drop(two);
        assert_eq!(*turns.free(), 2);
    }

    #[test]
    fn who_waits_gets_the_place_or_what_the_look_says() {
        let turns = Turns::new(1);
        let on = AtomicBool::new(false);
        let turn = turns.take(nothing).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(nothing).is_ok());
            let looking = scope.spawn(|| turns.take(|| on.load(Ordering::SeqCst).then_some(())).is_err());
            std::thread::sleep(LOOK);
            on.store(true, Ordering::SeqCst);
            assert!(looking.join().unwrap());
            drop(turn);
            assert!(waiting.join().unwrap());
        });
    }
}
