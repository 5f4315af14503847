//! Answers of the maintenance mode as bytes, kept for the second in which they were made.
//!
//! While the mode is on every request gets one of a few answers, which differ from second to second in
//! their date alone; making each anew costs as much as all the rest. The flag is not what is kept: it is looked at
//! for every request, and only under the stamp of what was just seen is its reason not read again. Each worker keeps
//! its own: a lock that all of them take for every answer costs more than what they would share.

use std::borrow::Cow;

use crate::clock;
use crate::instance::Notice;
use crate::maintenance::flag::Stamp;
use crate::web::page::maintenance::Ask;
use crate::web::request::Method;

/// So many answers are kept at most: there are a handful of browsers, and whoever sends what none of them does must
/// not make the others slow.
const MOST: usize = 8;

/// The answers that are ready to be written: those of one second.
#[derive(Debug, Default)]
pub struct Ready {
    /// Unix seconds.
    second: i64,
    answers: Vec<Answer>,
}

/// An answer and what it was made of.
#[derive(Debug)]
struct Answer {
    stamp: Stamp,
    method: Method,
    accept: Option<String>,
    accept_language: Option<String>,
    connection: Option<&'static str>,
    bytes: Vec<u8>,
}

impl Ready {
    /// Whether none is kept that may be sent now.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() || self.second != clock::now().unix_timestamp()
    }

    /// The answer to what is asked, if it was made under this stamp. `connection` as in
    /// [`crate::web::response::Response::head_bytes`].
    pub fn find(&self, stamp: Stamp, ask: &Ask<'_>, connection: Option<&'static str>) -> Option<&[u8]> {
        let known = |answer: &&Answer| {
            answer.stamp == stamp
                && answer.method == *ask.method
                && answer.connection == connection
                && answer.accept.as_deref() == ask.accept.as_deref()
                && answer.accept_language.as_deref() == ask.accept_language.as_deref()
        };
        self.answers.iter().find(known).map(|answer| answer.bytes.as_slice())
    }

    /// Keeps an answer that was made of this notice, where the notice is known again.
    pub fn keep(&mut self, notice: &Notice, ask: Ask<'_>, connection: Option<&'static str>, bytes: &[u8]) {
        let Some(stamp) = notice.stamp else { return };
        let now = clock::now().unix_timestamp();
        if self.second != now {
            self.second = now;
            self.answers.clear();
        }
        if self.answers.len() == MOST {
            self.answers.remove(0);
        }
        self.answers.push(Answer {
            stamp,
            method: ask.method.clone(),
            accept: ask.accept.map(Cow::into_owned),
            accept_language: ask.accept_language.map(Cow::into_owned),
            connection,
            bytes: bytes.to_vec(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::Kind;
    use crate::maintenance::flag;
    use crate::scratch::Scratch;

    fn notice(stamp: Option<Stamp>) -> Notice {
        Notice {
            kind: Kind::Maintenance,
            reason: String::new(),
            since: None,
            stamp,
        }
    }

    fn stamp(text: &str) -> Stamp {
        let dir = Scratch::new();
        std::fs::write(dir.join("MAINTENANCE"), text).unwrap();
        flag::glance(dir.path()).unwrap()
    }

    fn ask<'a>(method: &'a Method, accept: &'a str, language: Option<&'a str>) -> Ask<'a> {
        Ask {
            method,
            accept: Some(accept.into()),
            accept_language: language.map(Cow::Borrowed),
        }
    }

    /// Keeps, until it was not the turn of a second that did away with it.
    fn keep(ready: &mut Ready, stamp: Option<Stamp>, ask: Ask<'_>, bytes: &[u8]) {
        for _ in 0..3 {
            ready.keep(&notice(stamp), ask.clone(), None, bytes);
        }
    }

    #[test]
    fn an_answer_is_found_by_all_that_it_was_made_of_and_by_nothing_less() {
        let (mut ready, here) = (Ready::default(), stamp("one"));
        keep(
            &mut ready,
            Some(here),
            ask(&Method::Get, "text/html", Some("de")),
            b"answer",
        );
        let found = |stamp, ask: Ask<'_>, connection| ready.find(stamp, &ask, connection);
        let same = ask(&Method::Get, "text/html", Some("de"));
        assert_eq!(found(here, same.clone(), None), Some(b"answer".as_slice()));
        assert_eq!(found(stamp("other"), same.clone(), None), None);
        assert_eq!(found(here, same, Some("close")), None);
        for other in [
            ask(&Method::Head, "text/html", Some("de")),
            ask(&Method::Other("get".to_string()), "text/html", Some("de")),
            ask(&Method::Get, "text/html;q=0.5", Some("de")),
            ask(&Method::Get, "text/html", Some("en")),
            ask(&Method::Get, "text/html", None),
        ] {
            assert_eq!(found(here, other, None), None);
        }
    }

    #[test]
    fn nothing_is_kept_of_a_notice_that_is_not_known_again_and_of_the_others_few() {
        let (mut ready, here) = (Ready::default(), stamp("one"));
        keep(&mut ready, None, ask(&Method::Get, "text/html", None), b"answer");
        assert!(ready.is_empty());
        for accept in 0..100 {
            keep(
                &mut ready,
                Some(here),
                ask(&Method::Get, &accept.to_string(), None),
                b"answer",
            );
        }
        assert!(ready.answers.len() <= MOST);
        assert!(ready.find(here, &ask(&Method::Get, "99", None), None).is_some());
        ready.second -= 1;
        assert!(ready.is_empty(), "its date would be wrong");
    }
}
