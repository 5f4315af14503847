//! Conditional requests and ranges (RFC 9110, sections 13 and 14): what a visitor's program has already is
//! not sent again, and a part is enough where a part was asked for.
//!
//! For what does not change while it is read. A range is one range: who asks for several gets the whole.

use std::ops::Range;

use time::OffsetDateTime;

use crate::clock;
use crate::error::Result;
use crate::secret;
use crate::web::request::{Method, Request};
use crate::web::response::Response;

/// By what a representation is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag, strong: the same tag means the same bytes. In quotes.
    tag: String,
    /// When it was last changed, in whole seconds, where that is known.
    modified: Option<OffsetDateTime>,
}

impl Validators {
    /// `tag` is any text of letters, digits and `-`, without quotes.
    pub fn new(tag: &str, modified: OffsetDateTime) -> Validators {
        Validators {
            tag: format!("\"{tag}\""),
            modified: Some(modified.replace_nanosecond(0).unwrap_or(modified)),
        }
    }

    /// For what changes without being stored anew, so that no date tells one from another.
    pub fn undated(tag: &str) -> Validators {
        Validators {
            tag: format!("\"{tag}\""),
            modified: None,
        }
    }

    /// For what is at hand whole, and nobody knows since when.
    pub fn of_content(bytes: &[u8]) -> Validators {
        Validators {
            tag: format!("\"{}\"", secret::hex(&secret::sha256(bytes)[..16])),
            modified: None,
        }
    }

    /// The answer (304) to who has it already. To be asked before anything is read.
    pub fn not_modified(&self, request: &Request) -> Option<Response> {
        let known = match request.header_all("if-none-match") {
            // The date counts only where there is no tag.
            tags if tags.is_empty() => self.is_unchanged_since(request.header("if-modified-since")),
            tags => tags.iter().flat_map(|list| list.split(',')).any(|tag| self.is(tag)),
        };
        let asked = matches!(request.method, Method::Get | Method::Head);
        (asked && known).then(|| self.on(Response::empty(304)))
    }

    /// The answer with the content, or with a part of it: `read` makes it of a range of its `length` bytes.
    ///
    /// # Errors
    /// What `read` says.
    pub fn answer(
        &self,
        request: &Request,
        length: u64,
        read: impl FnOnce(Range<u64>) -> Result<Response>,
    ) -> Result<Response> {
        match self.wanted(request, length) {
            Wanted::Whole => Ok(self.on(read(0..length)?).header("Accept-Ranges", "bytes")),
            Wanted::Part(range) => {
                let said = format!("bytes {}-{}/{length}", range.start, range.end - 1);
                let response = read(range)?.with_status(206).header("Content-Range", said);
                Ok(self.on(response))
            }
            Wanted::Nothing => Ok(Response::text("416 Range Not Satisfiable\n")
                .with_status(416)
                .header("Content-Range", format!("bytes */{length}"))
                .no_store()),
        }
    }

    /// The same answer with what it is recognised by.
    pub fn on(&self, response: Response) -> Response {
        let response = response.header("ETag", self.tag.as_str());
        match self.modified {
            Some(modified) => response.header("Last-Modified", clock::http_date(modified)),
            None => response,
        }
    }

    /// Whether a tag of `If-None-Match` is this one; a weak one may be (RFC 9110, 8.8.3.2).
    fn is(&self, tag: &str) -> bool {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag
    }

    fn is_unchanged_since(&self, date: Option<&str>) -> bool {
        let date = date.and_then(|date| clock::parse_http_date(date.trim()));
        date.zip(self.modified).is_some_and(|(date, modified)| modified <= date)
    }

    /// Whether a range is of what is here now: by a strong tag, or the very date.
    fn is_same(&self, if_range: Option<&str>) -> bool {
        match if_range.map(str::trim) {
            None => true,
            Some(said) => {
                said == self.tag || clock::parse_http_date(said).is_some_and(|date| Some(date) == self.modified)
            }
        }
    }

    fn wanted(&self, request: &Request, length: u64) -> Wanted {
        let range = match request.header_all("range")[..] {
            [range] if request.method == Method::Get && self.is_same(request.header("if-range")) => range,
            _ => return Wanted::Whole,
        };
        parse_range(range, length)
    }
}

/// The answer with content that is at hand whole, of which nobody knows since when, unless the visitor has it. It may be
/// kept for so many seconds, by the visitor's browser alone if it is `private`.
///
/// # Errors
/// None of its own.
pub fn content(
    request: &Request,
    media_type: &'static str,
    bytes: &[u8],
    seconds: u32,
    private: bool,
) -> Result<Response> {
    let validators = Validators::of_content(bytes);
    let response = match validators.not_modified(request) {
        Some(response) => response,
        None => validators.answer(request, bytes.len() as u64, |range| {
            let part = bytes.get(range.start as usize..range.end as usize).unwrap_or(bytes);
            Ok(Response::bytes(media_type, part.to_vec()))
        })?,
    };
    // Not of a part that there is not: that one is not to be kept.
    Ok(match response.status {
        416 => response,
        _ => response.cache(seconds, private),
    })
}

/// What of the content is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// The range lies outside.
    Nothing,
}

/// What a header `Range` wants. Another unit, several ranges and nonsense count as no header.
fn parse_range(header: &str, length: u64) -> Wanted {
    let spec = match header.split_once('=') {
        Some((unit, spec)) if unit.trim().eq_ignore_ascii_case("bytes") => spec.trim(),
        _ => return Wanted::Whole,
    };
    let range = match spec.split_once('-').map(|(first, last)| (number(first), number(last))) {
        Some((Some(Number::None), Some(Number::Of(count)))) => length.saturating_sub(count)..length,
        Some((Some(Number::Of(first)), Some(Number::None))) => first..length,
        Some((Some(Number::Of(first)), Some(Number::Of(last)))) if first <= last => {
            first..last.saturating_add(1).min(length)
        }
        _ => return Wanted::Whole,
    };
    if range.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(range)
    }
}

/// One end of a range.
enum Number {
    None,
    Of(u64),
}

fn number(text: &str) -> Option<Number> {
    match text {
        "" => Some(Number::None),
        // A number too large for any file is beyond its end all the same.
        _ if text.bytes().all(|b| b.is_ascii_digit()) => Some(Number::Of(text.parse().unwrap_or(u64::MAX))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;
    use crate::web::response::Body;
    use time::macros::datetime;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

    fn ask(method: &str, headers: &[(&str, &str)]) -> Response {
        let request = request(method, "/", headers, "");
        let validators = Validators::new("abc", datetime!(1994-11-06 08:49:37.9 UTC));
        let content = b"0123456789";
        validators.not_modified(&request).unwrap_or_else(|| {
            let read = |range: Range<u64>| {
                let bytes = content[range.start as usize..range.end as usize].to_vec();
                Ok(Response::bytes("text/plain", bytes))
            };
            validators.answer(&request, 10, read).unwrap()
        })
    }

    fn body(response: &Response) -> &str {
        match &response.body {
            Body::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
            Body::Spool(_) => "",
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for (header, value, status) in [
            ("If-None-Match", "\"abc\"", 304),
            ("If-None-Match", "W/\"abc\"", 304),
            ("If-None-Match", "\"x\", \"abc\"", 304),
            ("If-None-Match", "*", 304),
            ("If-None-Match", "abc", 200),
            ("If-None-Match", "\"abcd\"", 200),
            ("If-Modified-Since", DATE, 304),
            ("If-Modified-Since", "Mon, 07 Nov 1994 00:00:00 GMT", 304),
            ("If-Modified-Since", BEFORE, 200),
            ("If-Modified-Since", "yesterday", 200),
        ] {
            for method in ["GET", "HEAD"] {
                assert_eq!(ask(method, &[(header, value)]).status, status, "{header}: {value}");
            }
            assert_eq!(ask("POST", &[(header, value)]).status, 200);
        }
        // The tag wins over the date.
        let both = [("If-None-Match", "\"x\""), ("If-Modified-Since", DATE)];
        assert_eq!(ask("GET", &both).status, 200);
        let response = ask("GET", &[("If-None-Match", "\"x\""), ("If-None-Match", "\"abc\"")]);
        assert_eq!((response.status, body(&response)), (304, ""));
        assert_eq!(response.get_header("etag"), Some("\"abc\""));
        assert_eq!(response.get_header("last-modified"), Some(DATE));
    }

    #[test]
    fn a_part_is_sent_where_one_was_asked_for() {
        for (range, expected, said) in [
            ("bytes=0-3", "0123", "bytes 0-3/10"),
            ("bytes=7-", "789", "bytes 7-9/10"),
            ("bytes=-2", "89", "bytes 8-9/10"),
            ("bytes=-99", "0123456789", "bytes 0-9/10"),
            ("Bytes= 9-99999999999999999999999", "9", "bytes 9-9/10"),
        ] {
            let response = ask("GET", &[("Range", range)]);
            assert_eq!((response.status, body(&response)), (206, expected), "{range}");
            assert_eq!(response.get_header("content-range"), Some(said));
            assert_eq!(response.get_header("etag"), Some("\"abc\""));
            assert_eq!(ask("HEAD", &[("Range", range)]).status, 200);
        }
    }

    #[test]
    fn what_is_no_range_is_none() {
        for range in [
            "bytes=",
            "bytes=3",
            "bytes=5-3",
            "bytes=-",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=a-",
            "bytes=+1-2",
        ] {
            let response = ask("GET", &[("Range", range)]);
            assert_eq!((response.status, body(&response)), (200, "0123456789"), "{range}");
            assert_eq!(response.get_header("accept-ranges"), Some("bytes"));
        }
    }

    #[test]
    fn a_range_outside_is_refused_and_says_how_long_it_is() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            let response = ask("GET", &[("Range", range)]);
            assert_eq!(response.status, 416, "{range}");
            assert_eq!(response.get_header("content-range"), Some("bytes */10"));
            assert_eq!(response.get_header("cache-control"), Some("no-store"));
        }
    }

    #[test]
    fn a_part_of_something_else_is_not_sent() {
        for (if_range, status) in [
            ("\"abc\"", 206),
            (DATE, 206),
            ("W/\"abc\"", 200),
            ("\"x\"", 200),
            (BEFORE, 200),
            ("Mon, 07 Nov 1994 00:00:00 GMT", 200),
        ] {
            let response = ask("GET", &[("Range", "bytes=0-0"), ("If-Range", if_range)]);
            assert_eq!(response.status, status, "{if_range}");
        }
    }
}
