//! How often somebody failed to log in, by address and by client, in memory alone.
//!
//! Each key is a bucket that holds ten failures and loses one every three minutes: ten are free, then there is one
//! for every three minutes. An attempt counts from its beginning, so that many at once are no way around, and is
//! taken back when it succeeds. The table is bounded: the emptiest buckets go first. A restart forgets all, which
//! gives a guesser ten tries.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::fold::fold;

/// Failures that are free.
const FREE: f64 = 10.0;
/// How soon one is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(180);
/// The most keys that are kept.
const MOST: usize = 10_000;

/// How full a bucket was, and when.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    failures: f64,
    at: Instant,
}

impl Bucket {
    fn failures(&self, now: Instant) -> f64 {
        let forgotten = now.saturating_duration_since(self.at).as_secs_f64() / FORGOTTEN.as_secs_f64();
        (self.failures - forgotten).max(0.0)
    }
}

/// The table.
#[derive(Default)]
pub struct Attempts {
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

/// An attempt that was let through; without [`Attempt::succeeded`] it stays a failure.
#[must_use]
pub struct Attempt<'a> {
    attempts: &'a Attempts,
    address: u64,
    client: Option<u64>,
}

impl Attempts {
    /// Begins an attempt to log in with an address from a client (see [`client`]).
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn begin(&self, address: &str, client: Option<&str>) -> Result<Attempt<'_>, Duration> {
        self.begin_at(address, client, Instant::now())
    }

    fn begin_at(&self, address: &str, client: Option<&str>, now: Instant) -> Result<Attempt<'_>, Duration> {
        // Keys are hashes under a secret of this process: small, whatever was typed.
        let address = self.hasher.hash_one(("address", fold(address)));
        let client = client.map(|client| self.hasher.hash_one(("client", client)));
        let keys = [Some(address), client];
        let mut buckets = self.lock();
        let failures = |key| buckets.get(&key).map_or(0.0, |bucket: &Bucket| bucket.failures(now));
        let worst = keys.into_iter().flatten().map(failures).fold(0.0, f64::max);
        if worst > FREE - 1.0 {
            return Err(FORGOTTEN.mul_f64(worst - (FREE - 1.0)));
        }
        for key in keys.into_iter().flatten() {
            let failures = buckets.get(&key).map_or(0.0, |bucket| bucket.failures(now)) + 1.0;
            make_room(&mut buckets, key, now);
            buckets.insert(key, Bucket { failures, at: now });
        }
        Ok(Attempt {
            attempts: self,
            address,
            client,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right: the address begins anew, and the client is not charged.
    pub fn succeeded(self) {
        let mut buckets = self.attempts.lock();
        buckets.remove(&self.address);
        if let Some(bucket) = self.client.and_then(|client| buckets.get_mut(&client)) {
            bucket.failures = (bucket.failures - 1.0).max(0.0);
        }
    }
}

/// Where the table is full and the key is new, half of it goes: whoever failed least.
fn make_room(buckets: &mut HashMap<u64, Bucket>, key: u64, now: Instant) {
    if buckets.len() < MOST || buckets.contains_key(&key) {
        return;
    }
    let mut all: Vec<(u64, f64)> = buckets
        .iter()
        .map(|(key, bucket)| (*key, bucket.failures(now)))
        .collect();
    all.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    for (key, _) in &all[..MOST / 2] {
        buckets.remove(key);
    }
}

/// What stands for the client with that address: of IPv6 the network, which one household has alone. None for what
/// is on this machine, a proxy that does not say whom it speaks for.
pub fn client(peer: &str) -> Option<String> {
    match peer.parse::<IpAddr>().ok()?.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(address.to_string()),
        IpAddr::V6(address) => Some(format!("{:x?}", &address.segments()[..4])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(attempts: &Attempts, address: &str, client: Option<&str>, now: Instant) -> Option<u64> {
        attempts.begin_at(address, client, now).err().map(|wait| wait.as_secs())
    }

    #[test]
    fn ten_are_free_and_then_one_every_three_minutes() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(fail(&attempts, "Ällice@example.org", None, now), None);
        }
        assert_eq!(fail(&attempts, "äLLICE@EXAMPLE.ORG", None, now), Some(180));
        assert_eq!(fail(&attempts, "bob@example.org", None, now), None);
        let later = now + FORGOTTEN;
        assert_eq!(fail(&attempts, "ällice@example.org", None, later), None);
        assert_eq!(fail(&attempts, "ällice@example.org", None, later), Some(180));
        assert_eq!(
            fail(&attempts, "ällice@example.org", None, later + FORGOTTEN / 3),
            Some(120)
        );
    }

    #[test]
    fn a_client_that_tries_many_addresses_is_slowed() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for number in 0..10 {
            assert_eq!(fail(&attempts, &format!("{number}@x"), Some("192.0.2.1"), now), None);
        }
        assert_eq!(fail(&attempts, "new@x", Some("192.0.2.1"), now), Some(180));
        assert_eq!(fail(&attempts, "new@x", Some("192.0.2.2"), now), None);
        assert_eq!(fail(&attempts, "new@x", None, now), None);
    }

    #[test]
    fn who_gets_in_is_not_charged() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..9 {
            assert_eq!(fail(&attempts, "a@x", Some("192.0.2.1"), now), None);
        }
        for _ in 0..30 {
            attempts
                .begin_at("a@x", Some("192.0.2.1"), now)
                .ok()
                .unwrap()
                .succeeded();
        }
        assert_eq!(fail(&attempts, "a@x", Some("192.0.2.1"), now), None);
        assert_eq!(
            fail(&attempts, "b@x", Some("192.0.2.1"), now),
            Some(180),
            "the client's ten are used up"
        );
    }

    #[test]
    fn the_table_is_bounded_and_whoever_is_slowed_stays_so() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(fail(&attempts, "victim@x", None, now), None);
        }
        for number in 0..3 * MOST {
            assert_eq!(fail(&attempts, &format!("{number}@x"), None, now), None);
        }
        assert!(attempts.lock().len() <= MOST);
        assert!(fail(&attempts, "victim@x", None, now).is_some());
    }

    #[test]
    fn what_is_on_this_machine_is_no_client() {
        for peer in ["localhost", "127.0.0.1", "::1", "::ffff:127.0.0.1", "", "unknown"] {
            assert_eq!(client(peer), None, "{peer}");
        }
        assert_eq!(client("192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(client("::ffff:192.0.2.1").as_deref(), Some("192.0.2.1"));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:3:4:5:6"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
    }
}
