//! Providers that are down or slow are left alone for a while, so that nobody waits for them in vain.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// More failures in a row than this, and the provider is left alone.
const PATIENCE: u32 = 10;
/// How long after the last failure all are forgotten.
const LIFE: Duration = Duration::from_secs(600);

/// How often each layer's provider has failed to answer, and when it last did. An answer makes up for all: a provider
/// that is slow now and then is not down.
#[derive(Default)]
pub struct Trouble(Mutex<HashMap<String, (u32, Instant)>>);

impl Trouble {
    /// A provider did not answer, or not in time.
    pub fn add(&self, layer: &str) {
        self.add_at(layer, Instant::now());
    }

    /// A provider has answered.
    pub fn forget(&self, layer: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(layer);
    }

    /// Whether a provider is not to be asked.
    pub fn is_left_alone(&self, layer: &str) -> bool {
        self.is_left_alone_at(layer, Instant::now())
    }

    fn add_at(&self, layer: &str, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = match all.get(layer) {
            Some((count, last)) if now.duration_since(*last) < LIFE => count.saturating_add(1),
            _ => 1,
        };
        all.insert(layer.to_owned(), (count, now));
        drop(all);
        if count == PATIENCE + 1 {
            let minutes = LIFE.as_secs() / 60;
            log::warn!("the provider of the map layer {layer} does not answer; it is left alone for {minutes} minutes");
        }
    }

    fn is_left_alone_at(&self, layer: &str, now: Instant) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(layer)
            .is_some_and(|(count, last)| *count > PATIENCE && now.duration_since(*last) < LIFE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_more_than_ten_failures_a_provider_is_left_alone_for_ten_minutes() {
        let (trouble, now) = (Trouble::default(), Instant::now());
        for _ in 0..10 {
            trouble.add_at("a", now);
        }
        assert!(!trouble.is_left_alone_at("a", now));
        trouble.add_at("a", now);
        assert!(trouble.is_left_alone_at("a", now) && !trouble.is_left_alone_at("b", now));
        assert!(!trouble.is_left_alone_at("a", now + LIFE));
        trouble.add_at("a", now + LIFE);
        assert!(!trouble.is_left_alone_at("a", now + LIFE));
    }

    #[test]
    fn an_answer_makes_up_for_the_failures() {
        let trouble = Trouble::default();
        for _ in 0..11 {
            trouble.add("a");
        }
        assert!(trouble.is_left_alone("a"));
        trouble.forget("a");
        assert!(!trouble.is_left_alone("a"));
    }
}
