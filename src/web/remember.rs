//! The remember-me cookie `auth_tkt` in the original's own format.
//!
//! A ticket says who somebody is (an identity, which the database then checks) and has no end of its
//! own. It counts only where the session names nobody.

use crate::secret;
use crate::web::cookie::Cookie;
use crate::web::forwarded::host_name;
use crate::web::request::Request;

/// The cookie's name.
pub const COOKIE: &str = "auth_tkt";
/// The original's own life time, in seconds.
const MAX_AGE: u32 = 2_147_483_647;
/// How the identity is written inside the ticket.
const USER_DATA: &str = "userid_type:b64unicode";
/// Hexadecimal SHA-512.
const DIGEST: usize = 128;

/// The secret that tickets are made with, as hexadecimal text.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// Derives the key from the master secret of the INI file.
    pub fn new(session_key: &str) -> Key {
        Key(secret::derive(session_key, "auth-cookie"))
    }
}

/// The identity in a ticket, if its digest is right.
pub fn find_identity(ticket: &str, key: &Key) -> Option<String> {
    let digest = ticket.get(..DIGEST)?;
    let time = u32::from_str_radix(ticket.get(DIGEST..DIGEST + 8)?, 16).ok()?;
    let (user, data) = ticket.get(DIGEST + 8..)?.split_once('!')?;
    let (tokens, data) = data.split_once('!').unwrap_or(("", data));
    let user = percent_decode(user);
    if !secret::same(
        digest.as_bytes(),
        make_digest(time, &user, tokens, data, key).as_bytes(),
    ) {
        return None;
    }
    match data
        .split('|')
        .any(|part| part == USER_DATA || part == "userid_type:b64str")
    {
        true => String::from_utf8(secret::from_base64(&user)?).ok(),
        false => None,
    }
}

/// A ticket for an identity; `now` in Unix seconds.
pub fn ticket(identity: &str, key: &Key, now: i64) -> String {
    let time = u32::try_from(now).unwrap_or(u32::MAX);
    let user = secret::base64(identity.as_bytes());
    let digest = make_digest(time, &user, "", USER_DATA, key);
    let quoted = user.replace('+', "%2B").replace('=', "%3D");
    format!("{digest}{time:08x}{quoted}!{USER_DATA}")
}

/// The cookie that remembers somebody. With `Domain` as the original sets it, so that its log-out
/// removes ours too.
pub fn cookie(request: &Request, identity: &str, key: &Key, now: i64) -> Cookie {
    let mut cookie = Cookie::new(request, COOKIE, ticket(identity, key, now));
    cookie.path = "/".to_string();
    cookie.domain = Some(host_name(&request.host).to_string());
    cookie.max_age = Some(MAX_AGE);
    cookie
}

/// What forgets it: with `Domain` and without, since a cookie with one is another cookie than one without.
pub fn expired(request: &Request) -> [Cookie; 2] {
    let mut plain = Cookie::new(request, COOKIE, "");
    plain.path = "/".to_string();
    plain.max_age = Some(0);
    let mut with_domain = plain.clone();
    with_domain.domain = Some(host_name(&request.host).to_string());
    [plain, with_domain]
}

/// The IP address in the digest is always 0.0.0.0.
fn make_digest(time: u32, user: &str, tokens: &str, data: &str, key: &Key) -> String {
    let secret = key.0.as_bytes();
    let inner = secret::sha512(&[
        &[0; 4],
        &time.to_be_bytes(),
        secret,
        user.as_bytes(),
        b"\0",
        tokens.as_bytes(),
        b"\0",
        data.as_bytes(),
    ]);
    secret::hex(&secret::sha512(&[secret::hex(&inner).as_bytes(), secret]))
}

/// Only what base64 needs; anything else makes a wrong digest.
fn percent_decode(text: &str) -> String {
    [
        ("%2B", "+"),
        ("%2b", "+"),
        ("%2F", "/"),
        ("%2f", "/"),
        ("%3D", "="),
        ("%3d", "="),
    ]
    .iter()
    .fold(text.to_string(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    const IDENTITY: &str = "2-00112233445566778899";
    /// Made with Python's hashlib, base64 and urllib as the original makes it.
    const FROM_PYTHON: &str = "b9662b480ad4855e86f12d86e99a965b12aa5d83404487893dc1d3334ee5705dbf28f84d7543fcd8fd4b9c031912e375a415b3d33ef9039ba72079361127c98f6553f100Mi0wMDExMjIzMzQ0NTU2Njc3ODg5OQ%3D%3D!userid_type:b64unicode";

    fn key() -> Key {
        Key::new("1234567890abcdefghijklmnop")
    }

    #[test]
    fn the_original_s_ticket_is_accepted_and_ours_is_the_same() {
        assert_eq!(find_identity(FROM_PYTHON, &key()).as_deref(), Some(IDENTITY));
        assert_eq!(ticket(IDENTITY, &key(), 1_700_000_000), FROM_PYTHON);
    }

    #[test]
    fn an_altered_ticket_is_not_accepted() {
        for at in 0..FROM_PYTHON.len() {
            let mut altered = FROM_PYTHON.to_string();
            let other = if &altered[at..=at] == "0" { "1" } else { "0" };
            altered.replace_range(at..=at, other);
            assert_eq!(find_identity(&altered, &key()), None, "at {at}");
            assert_eq!(find_identity(&FROM_PYTHON[..at], &key()), None, "cut at {at}");
        }
        assert_eq!(find_identity(FROM_PYTHON, &Key::new("another")), None);
        assert_eq!(find_identity(&"ü".repeat(100), &key()), None);
    }

    #[test]
    fn log_out_forgets_it_with_and_without_domain() {
        let request = request("GET", "/", &[("Host", "x"), ("Cookie", "a=b")], "/tours");
        let texts = expired(&request).map(|cookie| cookie.header_value());
        assert!(texts[0].contains("auth_tkt=; Path=/; Max-Age=0;") && !texts[0].contains("Domain"));
        assert!(texts[1].contains("Domain=site.example; Max-Age=0;"));
    }

    #[test]
    fn the_cookie_lives_on_the_host_without_its_port() {
        let mut request = request("GET", "/", &[], "");
        request.host = "localhost:8080".to_string();
        request.scheme = "https".to_string();
        let text = cookie(&request, IDENTITY, &key(), 1).header_value();
        assert!(text.contains("; Path=/; Domain=localhost; Max-Age=2147483647; HttpOnly; Secure; SameSite=Lax"));
    }
}
