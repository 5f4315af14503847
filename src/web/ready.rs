//! Answers of the maintenance mode as bytes, kept for the second in which they were made.
//!
//! While the mode is on every request gets one of a few answers, which differ from second to second in
//! their date alone; making each anew costs as much as all the rest. The flag is not what is kept: the
//! notice that was just read is part of the key. Each worker keeps its own: a lock that all of them take
//! for every answer costs more than what they would share.

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

/// The answers that are ready to be written: those of one second.
#[derive(Debug, Default)]
pub struct Ready {
    /// Unix seconds.
    second: i64,
    answers: Vec<(Key, Vec<u8>)>,
}

impl Ready {
    /// The whole answer: head, and the body unless the method is `HEAD`. `connection` as in
    /// [`crate::web::response::Response::head_bytes`].
    pub fn answer(
        &mut self,
        notice: Notice,
        ask: Ask<'_>,
        offer: &Offer,
        retry_after: u32,
        connection: Option<&'static str>,
    ) -> &[u8] {
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
        if self.second != now {
            self.second = now;
            self.answers.clear();
        }
        let at = match self.answers.iter().position(|(known, _)| *known == key) {
            Some(at) => at,
            None => {
                let response = maintenance::answer(&key.notice, ask, offer, retry_after);
                let mut bytes = response.head_bytes(connection);
                if let (Body::Bytes(body), false) = (&response.body, key.sent == Sent::Head) {
                    bytes.extend_from_slice(body);
                }
                self.answers.push((key, bytes));
                self.answers.len() - 1
            }
        };
        &self.answers[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Kind;

    fn text(ready: &mut Ready, reason: &str, method: &str, accept: &str, language: &str) -> String {
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
        let mut ready = Ready::default();
        for _ in 0..3 {
            assert!(text(&mut ready, "one", "GET", "text/plain", "en").contains("one"));
            assert!(text(&mut ready, "two", "GET", "text/plain", "en").contains("two"));
            assert!(text(&mut ready, "one", "GET", "text/plain", "de").contains("Content-Language: de"));
            assert!(text(&mut ready, "one", "GET", "application/json", "en").contains("application/problem+json"));
            assert!(text(&mut ready, "one", "GET", "text/html", "en").contains("http-equiv=\"refresh\""));
            assert!(!text(&mut ready, "one", "POST", "text/html", "en").contains("http-equiv=\"refresh\""));
            assert!(text(&mut ready, "one", "HEAD", "text/html", "en").ends_with("\r\n\r\n"));
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
        let mut ready = Ready::default();
        let get = text(&mut ready, "x", "GET", "text/html", "en");
        assert_eq!(head(get), head(text(&mut ready, "x", "HEAD", "text/html", "en")));
    }
}
