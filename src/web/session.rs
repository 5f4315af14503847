//! The visitor's session, kept in the cookie `session` in the original's own format.
//!
//! So nobody is logged out when the two programs are swapped, in either direction: base64url of an
//! HMAC-SHA-512 and a JSON array `[renewed, created, {data}]` with Unix times. The cookie is signed, not
//! secret: nothing may be put in that the visitor must not read.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::secret;
use crate::web::cookie::Cookie;
use crate::web::request::Request;

/// The cookie's name.
pub const COOKIE: &str = "session";
/// A session that was not renewed for so long has lost its data.
const LIFETIME: Duration = Duration::from_secs(1200);
/// A logged-in visitor's cookie is renewed when it is older than this.
const RENEWAL: Duration = Duration::from_secs(60);
/// The original refuses to write a longer value, in characters; browsers to keep one.
const MAX_VALUE: usize = 4064;

/// Who is logged in (an identity, see `model::user`).
const IDENTITY: &str = "auth.userid";
/// The original's pending messages: a list of texts, which it shows as they are.
const FLASHES: &str = "_f_";
/// Ours: the kinds of these messages, one word each, in the same order. The original keeps it and looks never at it.
const FLASH_KINDS: &str = "fietsboek.flash_kinds";

/// What a message is about, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something worked.
    Ok,
    /// Something worth knowing.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Bad,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Ok, "ok"),
    (Kind::Info, "info"),
    (Kind::Warn, "warn"),
    (Kind::Bad, "bad"),
];

/// A message to be shown on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// How it is meant.
    pub kind: Kind,
    /// The sentence, in the visitor's language, as plain text.
    pub text: String,
}

/// The key that the cookie is signed with.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// Derives the key from the master secret of the INI file.
    pub fn new(session_key: &str) -> Key {
        Key(format!("pyramid.session.{}", secret::derive(session_key, "sessions")).into_bytes())
    }
}

/// A visitor's session.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// Unix seconds.
    renewed: f64,
    /// As it was read, or Unix seconds.
    created: Value,
    data: Map<String, Value>,
    changed: bool,
}

impl fmt::Debug for Session {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session")
            .field("renewed", &self.renewed)
            .field("changed", &self.changed)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Reads a cookie's value; one that is absent, forged, malformed or too old is an empty session.
    /// `now` is in Unix seconds.
    pub fn read(cookie: Option<&str>, key: &Key, now: i64) -> Session {
        let empty = Session {
            renewed: now as f64,
            created: json!(now),
            data: Map::new(),
            changed: false,
        };
        let Some((renewed, created, data)) = cookie.and_then(|value| open(value, key)) else {
            return empty;
        };
        if now as f64 - renewed > LIFETIME.as_secs_f64() {
            return empty;
        }
        Session {
            renewed,
            created,
            data,
            changed: false,
        }
    }

    /// The cookie's value, when it must be sent: something has changed, or the visitor is logged in
    /// and the last one is more than a minute old.
    ///
    /// Errors: the data do not fit into a cookie even without the messages.
    pub fn write(&self, key: &Key, now: i64) -> Result<Option<String>> {
        let stale = self.identity().is_some() && now as f64 - self.renewed > RENEWAL.as_secs_f64();
        if !self.changed && !stale {
            return Ok(None);
        }
        let mut data = self.data.clone();
        loop {
            let value = seal(&json!([now, self.created, data]), key)?;
            if value.len() <= MAX_VALUE {
                return Ok(Some(value));
            }
            if data.remove(FLASHES).is_none() {
                return Err(Error::Failed(format!(
                    "cannot write a session of {} characters, {MAX_VALUE} fit into a cookie",
                    value.len()
                )));
            }
            log::warn!("the messages of a session were dropped: they do not fit into the cookie");
        }
    }

    /// The identity of who is logged in, not yet checked against the database.
    pub fn identity(&self) -> Option<&str> {
        self.data.get(IDENTITY)?.as_str()
    }

    /// Logs in.
    pub fn set_identity(&mut self, identity: &str) {
        self.set(IDENTITY, json!(identity));
    }

    /// Logs out.
    pub fn clear_identity(&mut self) {
        self.remove(IDENTITY);
    }

    /// Puts a message on the next page.
    pub fn flash(&mut self, kind: Kind, text: impl Into<String>) {
        let mut flashes = self.take_flashes();
        flashes.push(Flash {
            kind,
            text: text.into(),
        });
        let texts: Vec<&str> = flashes.iter().map(|flash| flash.text.as_str()).collect();
        let kinds: Vec<&str> = flashes.iter().map(|flash| kind_name(flash.kind)).collect();
        self.data.insert(FLASHES.to_string(), json!(texts));
        self.data.insert(FLASH_KINDS.to_string(), json!(kinds));
        self.changed = true;
    }

    /// Whether messages wait for the next page.
    pub fn has_flashes(&self) -> bool {
        self.data.contains_key(FLASHES)
    }

    /// The pending messages, which are then gone. Those of the original are of the kind `Info`.
    pub fn take_flashes(&mut self) -> Vec<Flash> {
        let kinds = self.remove(FLASH_KINDS);
        let Some(Value::Array(items)) = self.remove(FLASHES) else {
            return Vec::new();
        };
        let texts: Vec<String> = items.iter().filter_map(flash_text).collect();
        // Other messages than ours may stand there by now: then the kinds say nothing of them.
        let kinds = kinds
            .as_ref()
            .and_then(Value::as_array)
            .filter(|kinds| kinds.len() == texts.len());
        let kind_at = |at: usize| {
            let name = kinds?.get(at)?.as_str()?;
            KINDS.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind)
        };
        let flash = |(at, text)| Flash {
            kind: kind_at(at).unwrap_or(Kind::Info),
            text,
        };
        texts.into_iter().enumerate().map(flash).collect()
    }

    /// Another value that the session holds.
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.data.get(name)
    }

    /// Keeps a value; small ones only, all together must fit into a cookie.
    pub fn set(&mut self, name: &str, value: Value) {
        self.data.insert(name.to_string(), value);
        self.changed = true;
    }

    /// Takes a value out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let value = self.data.remove(name);
        self.changed |= value.is_some();
        value
    }
}

/// The cookie that holds a session. The original sets none of `HttpOnly` and `Secure`; it reads ours all the same.
pub fn cookie(request: &Request, value: String) -> Cookie {
    Cookie::new(request, COOKIE, value)
}

fn kind_name(kind: Kind) -> &'static str {
    KINDS.iter().find(|(k, _)| *k == kind).map_or("info", |(_, name)| name)
}

/// A message is a text, or a list that begins with one.
fn flash_text(item: &Value) -> Option<String> {
    match item {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.iter().find_map(|part| part.as_str().map(str::to_string)),
        _ => None,
    }
}

fn open(value: &str, key: &Key) -> Option<(f64, Value, Map<String, Value>)> {
    let bytes = secret::from_base64url(value.trim_end_matches('='))?;
    let (mac, body) = bytes.split_at_checked(64)?;
    let expected = secret::hmac_sha512(&key.0, body).ok()?;
    if !secret::same(mac, &expected) {
        return None;
    }
    let Value::Array(parts) = serde_json::from_slice(body).ok()? else {
        return None;
    };
    let [renewed, created, data]: [Value; 3] = parts.try_into().ok()?;
    let Value::Object(data) = data else {
        return None;
    };
    created.as_f64()?;
    Some((renewed.as_f64()?, created, data))
}

fn seal(body: &Value, key: &Key) -> Result<String> {
    let body = body.to_string().into_bytes();
    let mut bytes = secret::hmac_sha512(&key.0, &body)?.to_vec();
    bytes.extend(body);
    Ok(secret::base64url(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn key() -> Key {
        Key::new("1234567890abcdefghijklmnop")
    }

    fn sealed(body: Value) -> String {
        seal(&body, &key()).unwrap()
    }

    fn read(cookie: &str, now: i64) -> Session {
        Session::read(Some(cookie), &key(), now)
    }

    /// Made with Python's hmac, hashlib, json and base64 as the original makes it.
    const FROM_PYTHON: &str = "I8ggztJfZXa2CYyJZnseyMZMwMGyo2ZKJPAOZKdTZD4gJ_rpZ4Zd88bsDYBxJ-ZLRmSKziF9CkSixScmkiYRU1sxNzAwMDAwMDAwLCAxNjk5OTk5MDAwLjI1LCB7ImF1dGgudXNlcmlkIjogIjItMDAxMTIyMzM0NDU1NjY3Nzg4OTkiLCAiX2ZfIjogWyJHclx1MDBmY1x1MDBkZmUiXSwgIm90aGVyIjogWzEsICJ6d2VpIl19XQ";

    #[test]
    fn the_original_s_cookie_is_read() {
        let mut session = read(FROM_PYTHON, NOW + 5);
        assert_eq!(session.identity(), Some("2-00112233445566778899"));
        assert_eq!(session.find("other"), Some(&json!([1, "zwei"])));
        let flashes = session.take_flashes();
        assert_eq!(flashes.len(), 1);
        assert_eq!((flashes[0].kind, flashes[0].text.as_str()), (Kind::Info, "Grüße"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut session = Session::read(None, &key(), NOW);
        assert_eq!(session.write(&key(), NOW).unwrap(), None);
        session.set_identity("1-aa");
        session.flash(Kind::Ok, "saved");
        session.flash(Kind::Bad, "\"broken\"");
        let cookie = session.write(&key(), NOW).unwrap().unwrap();
        let mut again = read(&cookie, NOW + 1);
        assert_eq!(again.identity(), Some("1-aa"));
        let kinds: Vec<Kind> = again.take_flashes().into_iter().map(|flash| flash.kind).collect();
        assert_eq!(kinds, [Kind::Ok, Kind::Bad]);
        assert!(again.take_flashes().is_empty());
    }

    #[test]
    fn the_original_finds_a_list_of_texts() {
        let mut session = Session::read(None, &key(), NOW);
        session.flash(Kind::Bad, "a");
        session.flash(Kind::Ok, "b");
        assert_eq!(session.find("_f_"), Some(&json!(["a", "b"])));
    }

    #[test]
    fn messages_of_the_original_take_no_kind_left_over_from_ours() {
        let body = json!([NOW, NOW, {"_f_": ["x", ["y", 1], 5], FLASH_KINDS: ["bad"]}]);
        let flashes = read(&sealed(body), NOW).take_flashes();
        let all: Vec<_> = flashes.iter().map(|f| (f.kind, f.text.as_str())).collect();
        assert_eq!(all, [(Kind::Info, "x"), (Kind::Info, "y")]);
    }

    #[test]
    fn twenty_minutes_without_a_visit_end_it() {
        let cookie = sealed(json!([NOW, NOW, {"auth.userid": "1-a"}]));
        assert!(read(&cookie, NOW + 1200).identity().is_some());
        assert!(read(&cookie, NOW + 1201).identity().is_none());
    }

    #[test]
    fn a_forged_or_malformed_cookie_is_no_session() {
        let good = sealed(json!([NOW, NOW, {"auth.userid": "1-a"}]));
        let mut forged = good.clone();
        forged.replace_range(3..4, if &good[3..4] == "A" { "B" } else { "A" });
        let other = Key::new("another");
        assert!(Session::read(Some(&good), &other, NOW).identity().is_none());
        for cookie in [
            forged,
            String::new(),
            "AAAA".to_string(),
            "ü".to_string(),
            good[..good.len() - 2].to_string(),
            sealed(json!([NOW, {"auth.userid": "1-a"}])),
            sealed(json!(["x", NOW, {"auth.userid": "1-a"}])),
            sealed(json!([NOW, null, {"auth.userid": "1-a"}])),
            sealed(json!([NOW, NOW, ["auth.userid"]])),
            sealed(json!({"auth.userid": "1-a"})),
        ] {
            assert_eq!(read(&cookie, NOW).identity(), None, "{cookie}");
        }
    }

    #[test]
    fn it_is_renewed_for_those_logged_in_after_a_minute() {
        let user = sealed(json!([NOW, 1.5, {"auth.userid": "1-a", "kept": true}]));
        assert_eq!(read(&user, NOW + 60).write(&key(), NOW + 60).unwrap(), None);
        let renewed = read(&user, NOW + 61).write(&key(), NOW + 61).unwrap().unwrap();
        let session = read(&renewed, NOW + 61 + 1200);
        assert_eq!(session.find("kept"), Some(&json!(true)));
        assert_eq!(session.created, json!(1.5));
        let nobody = sealed(json!([NOW, NOW, {"kept": true}]));
        assert_eq!(read(&nobody, NOW + 600).write(&key(), NOW + 600).unwrap(), None);
    }

    #[test]
    fn too_many_messages_are_dropped_and_the_login_stays() {
        let mut session = Session::read(None, &key(), NOW);
        session.set_identity("1-a");
        session.flash(Kind::Ok, "x".repeat(5_000));
        let cookie = session.write(&key(), NOW).unwrap().unwrap();
        assert!(cookie.len() <= MAX_VALUE);
        assert_eq!(read(&cookie, NOW).identity(), Some("1-a"));
        session.set("big", json!("x".repeat(5_000)));
        assert!(session.write(&key(), NOW).is_err());
    }
}
