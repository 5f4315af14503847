//! Random bytes, derived keys, passwords and fingerprints.
//!
//! Every parameter here is fixed by what Fietsboek 0.11 stores and sends (its cookies and password
//! hashes stay valid after the swap). Comparisons of secrets take the same time whatever differs.

use std::sync::{Condvar, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest, Sha256, Sha512};
use shake::Shake128;
use shake::digest::{ExtendableOutput, Update, XofReader};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};
use crate::memory;

/// `N` random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    // The system call itself: it needs no /dev/urandom, which a bare chroot does not have.
    while filled < N {
        match getrandom(&mut bytes[filled..], GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(Errno::INTR) => {}
            Err(e) => return Err(Error::Failed(format!("cannot get random bytes from the system: {e}"))),
        }
    }
    Ok(bytes)
}

/// A random UUID (version 4) in its textual form, as the original's tokens are.
pub fn uuid() -> Result<String> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    Ok([&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-"))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// URL-safe base64 without padding.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of URL-safe base64 without padding, if it is that.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64 with padding, if it is that.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// The sub-secret for a purpose, as 64 hex characters: SHA-256 of the purpose's length in decimal,
/// the session key and the purpose.
pub fn derive(session_key: &str, purpose: &str) -> String {
    hex(&sha256(format!("{}{session_key}{purpose}", purpose.len()).as_bytes()))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of bytes that come one after the other.
pub struct Hasher(Sha256);

impl Hasher {
    /// Of none so far.
    #[expect(clippy::new_without_default, reason = "there is one way to begin")]
    pub fn new() -> Hasher {
        Hasher(Sha256::new())
    }

    /// Some more.
    pub fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.0, bytes);
    }

    /// The sum, in lower-case hexadecimal.
    pub fn finish(self) -> String {
        hex(&<[u8; 32]>::from(self.0.finalize()))
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// SHA-512 of several pieces in a row.
pub fn sha512(pieces: &[&[u8]]) -> [u8; 64] {
    let mut hash = Sha512::new();
    for piece in pieces {
        Digest::update(&mut hash, piece);
    }
    hash.finalize().into()
}

/// HMAC-SHA-512 (RFC 2104).
pub fn hmac_sha512(key: &[u8], message: &[u8]) -> Result<[u8; 64]> {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).map_err(|e| Error::Failed(format!("cannot make a MAC: {e}")))?;
    Mac::update(&mut mac, message);
    Ok(mac.finalize().into_bytes().into())
}

/// The first ten bytes of SHAKE-128 over the pieces, in hex: the fingerprint inside an identity.
pub fn fingerprint(pieces: &[&[u8]]) -> String {
    let mut shake = Shake128::default();
    for piece in pieces {
        shake.update(piece);
    }
    let mut out = [0; 10];
    shake.finalize_xof().read(&mut out);
    hex(&out)
}

/// A password as the database keeps it: the derived key and its salt.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// scrypt output, 32 bytes; empty when the account has no password.
    pub key: Vec<u8>,
    /// 32 random bytes.
    pub salt: Vec<u8>,
}

impl PasswordHash {
    /// Hashes a password with a new salt: scrypt, N = 2^14, r = 8, p = 1.
    pub fn new(password: &str) -> Result<PasswordHash> {
        let salt = random::<32>()?.to_vec();
        Ok(PasswordHash {
            key: scrypt_key(password, &salt)?.to_vec(),
            salt,
        })
    }

    /// Whether this is the password. An account without one takes as long and says no.
    pub fn accepts(&self, password: &str) -> Result<bool> {
        let key = scrypt_key(password, &self.salt)?;
        Ok(!self.key.is_empty() && same(&key, &self.key))
    }

    /// What stands in for an unknown account, so that asking for it takes as long as a wrong password.
    pub fn of_nobody() -> PasswordHash {
        PasswordHash {
            key: Vec::new(),
            salt: Vec::new(),
        }
    }
}

/// Passwords hashed at the same time, each of which takes 16 MiB and a processor.
const AT_ONCE: usize = 2;
static HASHING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// One of the places of who hashes; free again when dropped.
struct Place;

impl Place {
    /// Takes a place, or waits until there is one.
    fn take() -> Place {
        let (taken, left) = &HASHING;
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = left.wait_while(taken, |taken| *taken >= AT_ONCE);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *HASHING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        HASHING.1.notify_one();
    }
}

/// What scrypt takes with these parameters, in bytes: 128 N r, and a little.
const HASH_MEMORY: usize = 17 << 20;

#[cfg(test)]
thread_local! {
    static HASHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many passwords this thread has hashed.
#[cfg(test)]
pub(crate) fn hashed() -> usize {
    HASHED.get()
}

fn scrypt_key(password: &str, salt: &[u8]) -> Result<[u8; 32]> {
    #[cfg(test)]
    HASHED.set(HASHED.get() + 1);
    let _place = Place::take();
    let _share = memory::share(HASH_MEMORY, "hash a password")?;
    let failed = |e: &dyn std::fmt::Display| Error::Failed(format!("cannot hash a password: {e}"));
    let params = scrypt::Params::new(14, 8, 1).map_err(|e| failed(&e))?;
    let mut key = [0; 32];
    scrypt::scrypt(password.as_bytes(), salt, &params, &mut key).map_err(|e| failed(&e))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_secrets_are_those_of_the_original() {
        let key = "1234567890abcdefghijklmnop";
        assert_eq!(
            derive(key, "sessions"),
            "0f99733b31dbc5bbae64320c338ef91a283e899b8f5a4f546e807cf568a1931d"
        );
        assert_eq!(
            derive(key, "auth-cookie"),
            "34fbc4879c74aa3f048511e3c866c5a89304bff13fedfdfae2cb618cef64de20"
        );
    }

    #[test]
    fn a_password_is_accepted_and_another_is_not() {
        let hash = PasswordHash::new("correct horse").unwrap();
        assert!(hash.accepts("correct horse").unwrap());
        assert!(!hash.accepts("correct horsf").unwrap());
    }

    #[test]
    fn more_than_two_at_once_wait_and_all_are_served() {
        let most = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _place = Place::take();
                    let taken = *HASHING.0.lock().unwrap();
                    most.fetch_max(taken, std::sync::atomic::Ordering::SeqCst);
                    std::thread::yield_now();
                });
            }
        });
        assert!(most.into_inner() <= AT_ONCE);
    }

    #[test]
    fn nobody_has_no_password_not_even_the_empty_one() {
        assert!(!PasswordHash::of_nobody().accepts("").unwrap());
    }

    #[test]
    fn a_uuid_is_of_version_4_and_new_each_time() {
        let (one, two) = (uuid().unwrap(), uuid().unwrap());
        assert_eq!(one.len(), 36);
        assert_eq!(&one[14..15], "4");
        assert_ne!(one, two);
    }
}
