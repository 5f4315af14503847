//! A few places for work that takes memory. Who finds none waits a while, and no longer.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// `N` places.
pub(super) struct Places<const N: usize> {
    free: Mutex<usize>,
    left: Condvar,
}

impl<const N: usize> Places<N> {
    pub(super) const fn new() -> Places<N> {
        Places {
            free: Mutex::new(N),
            left: Condvar::new(),
        }
    }

    /// One of them, if one gets free in time.
    pub(super) fn wait(&self, patience: Duration) -> Option<Place<'_, N>> {
        self.take(1, patience).then(|| Place { all: self, taken: 1 })
    }

    fn take(&self, count: usize, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut free = self.free();
        while *free < count {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.left.wait_timeout(free, left);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= count;
        true
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One place or all of them; free again when dropped.
pub(super) struct Place<'a, const N: usize> {
    all: &'a Places<N>,
    taken: usize,
}

impl<const N: usize> Place<'_, N> {
    /// Takes all places instead of one, if they get free in time. It is given up meanwhile, or two who
    /// want all would wait for each other.
    pub(super) fn be_alone(&mut self, patience: Duration) -> bool {
        self.leave();
        let alone = self.all.take(N, patience);
        self.taken = if alone { N } else { 0 };
        alone
    }

    fn leave(&mut self) {
        *self.all.free() += std::mem::take(&mut self.taken);
        self.all.left.notify_all();
    }
}

impl<const N: usize> Drop for Place<'_, N> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn there_are_so_many_places_and_each_is_given_back() {
        let places = Places::<2>::new();
        let (first, second) = (places.wait(SHORT), places.wait(SHORT));
        assert!(first.is_some() && second.is_some() && places.wait(SHORT).is_none());
        drop(first);
        assert!(places.wait(SHORT).is_some());
        assert!(places.wait(SHORT).is_some());
        drop(second);
        assert_eq!(*places.free(), 2);
    }

    #[test]
    fn who_is_alone_is_alone() {
        let places = Places::<2>::new();
        let (mut first, second) = (places.wait(SHORT).unwrap(), places.wait(SHORT).unwrap());
        assert!(!first.be_alone(SHORT));
        assert!(places.wait(SHORT).is_some());
        drop(second);
        assert!(first.be_alone(SHORT) && places.wait(SHORT).is_none());
        drop(first);
        assert_eq!(*places.free(), 2);
    }

    #[test]
    fn two_who_want_to_be_alone_come_one_after_the_other() {
        let places = Places::<2>::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut place = places.wait(LONG).unwrap();
                    assert!(place.be_alone(LONG));
                    assert_eq!(*places.free(), 0);
                });
            }
        });
        assert_eq!(*places.free(), 2);
    }
}
