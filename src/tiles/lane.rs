//! Two connections to a provider at the same time and no more, as the providers ask of those who use them.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Connections to one provider at the same time.
pub const LANES: usize = 2;

/// The lanes to all providers.
#[derive(Default)]
pub struct Lanes {
    taken: Mutex<HashMap<String, usize>>,
    left: Condvar,
}

/// A lane that is taken; free again when dropped.
pub struct Lane<'a> {
    lanes: &'a Lanes,
    origin: String,
}

impl Lanes {
    /// A lane to a provider; none: there was no free one for so long.
    pub fn take(&self, origin: &str, most: Duration) -> Option<Lane<'_>> {
        let is_full = |taken: &mut HashMap<String, usize>| taken.get(origin).is_some_and(|count| *count >= LANES);
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.left.wait_timeout_while(taken, most, is_full);
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if is_full(&mut taken) {
            return None;
        }
        *taken.entry(origin.to_owned()).or_default() += 1;
        Some(Lane {
            lanes: self,
            origin: origin.to_owned(),
        })
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut taken = self.lanes.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.origin) {
            *count -= 1;
        }
        taken.retain(|_, count| *count > 0);
        // They may wait for different providers.
        self.lanes.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_lanes_to_each_provider() {
        let lanes = Lanes::default();
        let take = |origin| lanes.take(origin, Duration::from_millis(10));
        let (one, two) = (take("a"), take("a"));
        assert!(one.is_some() && two.is_some() && take("a").is_none() && take("b").is_some());
        drop(one);
        assert!(take("a").is_some());
    }
}
