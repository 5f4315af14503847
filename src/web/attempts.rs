//! How often somebody failed to log in, or had a mail written, by address and by client, in memory alone.
//!
//! Each key is a bucket that holds ten attempts and loses one after a while: ten are free, then there is one for each
//! such while. An attempt counts from its beginning, so that many at once are no way around, and is taken back when
//! it succeeds. The table is bounded: the emptiest buckets go first. A restart forgets all, which gives a guesser ten
//! tries.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::fold::fold;

/// Attempts that are free.
const FREE: f64 = 10.0;
/// How soon a failed log-in is forgotten.
const LOG_IN: Duration = Duration::from_secs(180);
/// How soon a mail that somebody had written is forgotten: a whole household may register, and nobody fills letter
/// boxes or the table of accounts.
const MAIL: Duration = Duration::from_secs(360);
/// The most keys that are kept.
const MOST: usize = 10_000;

/// How full a bucket was, and when.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Instant,
}

/// The table.
pub struct Attempts {
    /// How soon one is forgotten.
    forgotten: Duration,
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

/// An attempt that was let through; without [`Attempt::succeeded`] it stays counted.
#[must_use]
pub struct Attempt<'a> {
    attempts: &'a Attempts,
    address: u64,
    client: Option<u64>,
}

impl Attempts {
    /// A table of those who fail to log in.
    pub fn to_log_in() -> Attempts {
        Attempts::new(LOG_IN)
    }

    /// A table of those who have a mail written: for a new account, or asked for again.
    pub fn to_get_mail() -> Attempts {
        Attempts::new(MAIL)
    }

    fn new(forgotten: Duration) -> Attempts {
        Attempts {
            forgotten,
            hasher: RandomState::default(),
            buckets: Mutex::default(),
        }
    }

    /// Counts something that is never taken back, for an address and a client (see [`client`]).
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self, address: &str, client: Option<&str>) -> Result<(), Duration> {
        self.begin(address, client).map(|_| ())
    }

    /// Begins an attempt with an address from a client (see [`client`]).
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
        let level =
            |buckets: &HashMap<u64, Bucket>, key| buckets.get(&key).map_or(0.0, |bucket| self.level(bucket, now));
        let worst = keys
            .into_iter()
            .flatten()
            .map(|key| level(&buckets, key))
            .fold(0.0, f64::max);
        if worst > FREE - 1.0 {
            return Err(self.forgotten.mul_f64(worst - (FREE - 1.0)));
        }
        for key in keys.into_iter().flatten() {
            let level = level(&buckets, key) + 1.0;
            self.make_room(&mut buckets, key, now);
            buckets.insert(key, Bucket { level, at: now });
        }
        Ok(Attempt {
            attempts: self,
            address,
            client,
        })
    }

    /// How full a bucket is now.
    fn level(&self, bucket: &Bucket, now: Instant) -> f64 {
        let forgotten = now.saturating_duration_since(bucket.at).as_secs_f64() / self.forgotten.as_secs_f64();
        (bucket.level - forgotten).max(0.0)
    }

    /// Where the table is full and the key is new, half of it goes: the emptiest.
    fn make_room(&self, buckets: &mut HashMap<u64, Bucket>, key: u64, now: Instant) {
        if buckets.len() < MOST || buckets.contains_key(&key) {
            return;
        }
        let mut all: Vec<(u64, f64)> = buckets
            .iter()
            .map(|(key, bucket)| (*key, self.level(bucket, now)))
            .collect();
        all.sort_by(|(_, one), (_, other)| one.total_cmp(other));
        for (key, _) in &all[..MOST / 2] {
            buckets.remove(key);
        }
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
            bucket.level = (bucket.level - 1.0).max(0.0);
        }
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
        let (attempts, now) = (Attempts::to_log_in(), Instant::now());
        for _ in 0..10 {
            assert_eq!(fail(&attempts, "Ällice@example.org", None, now), None);
        }
        assert_eq!(fail(&attempts, "äLLICE@EXAMPLE.ORG", None, now), Some(180));
        assert_eq!(fail(&attempts, "bob@example.org", None, now), None);
        let later = now + LOG_IN;
        assert_eq!(fail(&attempts, "ällice@example.org", None, later), None);
        assert_eq!(fail(&attempts, "ällice@example.org", None, later), Some(180));
        assert_eq!(
            fail(&attempts, "ällice@example.org", None, later + LOG_IN / 3),
            Some(120)
        );
    }

    #[test]
    fn a_client_that_tries_many_addresses_is_slowed() {
        let (attempts, now) = (Attempts::to_log_in(), Instant::now());
        for number in 0..10 {
            assert_eq!(fail(&attempts, &format!("{number}@x"), Some("192.0.2.1"), now), None);
        }
        assert_eq!(fail(&attempts, "new@x", Some("192.0.2.1"), now), Some(180));
        assert_eq!(fail(&attempts, "new@x", Some("192.0.2.2"), now), None);
        assert_eq!(fail(&attempts, "new@x", None, now), None);
    }

    #[test]
    fn who_gets_in_is_not_charged() {
        let (attempts, now) = (Attempts::to_log_in(), Instant::now());
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
        let (attempts, now) = (Attempts::to_log_in(), Instant::now());
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
    fn mails_are_forgotten_more_slowly_and_never_taken_back() {
        let (mails, now) = (Attempts::to_get_mail(), Instant::now());
        for _ in 0..10 {
            assert_eq!(mails.count("a@x", Some("192.0.2.1")), Ok(()));
        }
        let wait = fail(&mails, "b@x", Some("192.0.2.1"), now + Duration::from_secs(60)).unwrap();
        assert!((299..=300).contains(&wait), "{wait}");
        assert!(fail(&mails, "A@X", None, now).is_some(), "the address itself");
        assert_eq!(
            fail(&mails, "b@x", Some("192.0.2.1"), now + Duration::from_secs(361)),
            None
        );
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
