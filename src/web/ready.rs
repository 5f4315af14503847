//! Answers of the maintenance mode as bytes, kept for the second in which they were made.
//!
//! While the mode is on every request gets one of a few answers, which differ from second to second in
//! their date alone; making each anew costs as much as all the rest. The flag is not what is kept: the
//! notice that was just read is part of the key.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock;
use crate::instance::Notice;
use crate::web::accept::{self, Wanted};
use crate::web::lang::{Lang, Offer};
use crate::web::page::maintenance::{self, Ask};
use crate::web::request::Method;
use crate::web::response::Body;

/// What an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    notice: Notice,
    sent: Sent,
    wanted: Wanted,
    lang: Lang,
    connection: Option<&'static str>,
}

/// What the answer makes of the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Get,
    Head,
    Other,
}

/// The answers of one second.
#[derive(Debug, Default)]
struct Second {
    /// Unix seconds.
    at: i64,
    answers: Vec<(Key, Arc<[u8]>)>,
}

/// The answers that are ready to be written.
#[derive(Debug, Default)]
pub struct Ready {
    second: Mutex<Second>,
}

impl Ready {
    /// The whole answer: head, and the body unless the method is `HEAD`. `connection` as in
    /// [`crate::web::response::Response::head_bytes`].
    pub fn answer(
        &self,
        notice: Notice,
        ask: Ask<'_>,
        offer: &Offer,
        retry_after: u32,
        connection: Option<&'static str>,
    ) -> Arc<[u8]> {
        let key = Key {
            notice,
            sent: match ask.method {
                Method::Get => Sent::Get,
                Method::Head => Sent::Head,
                _ => Sent::Other,
            },
            wanted: accept::choose(ask.accept.as_deref()),
            lang: offer.accepted(ask.accept_language.as_deref()),
            connection,
        };
        let now = clock::now().unix_timestamp();
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        if second.at != now {
            second.at = now;
            second.answers.clear();
        }
        if let Some((_, bytes)) = second.answers.iter().find(|(k, _)| *k == key) {
            return Arc::clone(bytes);
        }
        let response = maintenance::answer(&key.notice, ask, offer, retry_after);
        let mut bytes = response.head_bytes(connection);
        if let (Body::Bytes(body), false) = (&response.body, key.sent == Sent::Head) {
            bytes.extend_from_slice(body);
        }
        let bytes: Arc<[u8]> = bytes.into();
        second.answers.push((key, Arc::clone(&bytes)));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Kind;

    fn text(ready: &Ready, reason: &str, method: &str, accept: &str, language: &str) -> String {
        let notice = Notice {
            kind: Kind::Maintenance,
            reason: reason.to_string(),
            since: None,
        };
        let ask = Ask {
            method: &Method::new(method),
            accept: Some(accept.into()),
            accept_language: Some(language.into()),
        };
        let bytes = ready.answer(notice, ask, &Offer::new(&[], "en"), 120, None);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn every_difference_makes_another_answer() {
        let ready = Ready::default();
        for _ in 0..3 {
            assert!(text(&ready, "one", "GET", "text/plain", "en").contains("one"));
            assert!(text(&ready, "two", "GET", "text/plain", "en").contains("two"));
            assert!(text(&ready, "one", "GET", "text/plain", "de").contains("Content-Language: de"));
            assert!(text(&ready, "one", "GET", "application/json", "en").contains("application/problem+json"));
            assert!(text(&ready, "one", "GET", "text/html", "en").contains("http-equiv=\"refresh\""));
            assert!(!text(&ready, "one", "POST", "text/html", "en").contains("http-equiv=\"refresh\""));
            assert!(text(&ready, "one", "HEAD", "text/html", "en").ends_with("\r\n\r\n"));
        }
    }

    #[test]
    fn head_has_the_headers_of_get() {
        let head = |text: String| {
            let lines = text.split("\r\n\r\n").next().unwrap_or("").to_string();
            lines
                .lines()
                .filter(|line| !line.starts_with("Date"))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let ready = Ready::default();
        let get = text(&ready, "x", "GET", "text/html", "en");
        assert_eq!(head(get), head(text(&ready, "x", "HEAD", "text/html", "en")));
    }
}
