//! Who wants a tile that is being fetched waits for it instead of fetching it too.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::Outcome;
use super::cache::Key;

/// What is being fetched.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<Key, Arc<Flight>>>);

/// One fetch.
#[derive(Default)]
pub struct Flight {
    outcome: Mutex<Option<Outcome>>,
    landed: Condvar,
}

/// How somebody takes part.
pub enum Boarding<'a> {
    /// Nobody else fetches it.
    Lead(Lead<'a>),
    /// Somebody does.
    Along(Arc<Flight>),
}

/// Who fetches. Dropped without an outcome, as by a panic, nobody waits any longer.
pub struct Lead<'a> {
    flights: &'a Flights,
    key: Key,
    flight: Arc<Flight>,
}

impl Flights {
    /// Takes part in the fetch of a tile, or begins one.
    pub fn board(&self, key: &Key) -> Boarding<'_> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key) {
            return Boarding::Along(Arc::clone(flight));
        }
        let flight = Arc::new(Flight::default());
        flights.insert(key.clone(), Arc::clone(&flight));
        Boarding::Lead(Lead {
            flights: self,
            key: key.clone(),
            flight,
        })
    }
}

impl Lead<'_> {
    /// Tells the others.
    pub fn land(self, outcome: Outcome) {
        *self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.remove(&self.key);
        drop(flights);
        let mut outcome = self.flight.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.get_or_insert(Outcome::Broken);
        self.flight.landed.notify_all();
    }
}

impl Flight {
    /// The outcome, for which it is waited so long at most.
    pub fn wait(&self, most: Duration) -> Outcome {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .landed
            .wait_timeout_while(outcome, most, |outcome| outcome.is_none());
        let (outcome, _) = waited.unwrap_or_else(PoisonError::into_inner);
        outcome.clone().unwrap_or(Outcome::Slow)
    }
}
