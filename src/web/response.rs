//! One answer, and the only place where header lines are written.
//!
//! Every answer carries the headers that protect the visitor, whoever made it; a page cannot forget
//! them. Bodies are complete before they are sent: bytes, or a spool. Nothing here knows a page.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock;
use crate::spool::Spool;
use crate::web::cookie::Cookie;

/// Scripts, styles and pictures from this site alone; no frames, no plug-ins, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'self'";

/// What other sites' pages and windows may do with an answer: nothing. Not `Cross-Origin-Embedder-Policy`: it would
/// keep out the map tiles that browsers fetch by themselves where the operator wants that. Browsers that do not know
/// `frame-ancestors` know the last.
const ISOLATION: &str = "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
                         X-Frame-Options: DENY\r\n";

/// For how many seconds browsers are told to come by https alone; 0: they are not.
static HTTPS_ALONE: AtomicU32 = AtomicU32::new(0);

/// From now on every answer of this process tells browsers to come by https alone for so many seconds (RFC 6797);
/// with 0 none does. Those who came without do not believe it.
pub fn promise_https(seconds: u32) {
    HTTPS_ALONE.store(seconds, Ordering::Relaxed);
}

/// The content of an answer.
pub enum Body {
    /// In memory, or part of the program.
    Bytes(Cow<'static, [u8]>),
    /// Collected, read from its present place on.
    Spool(Spool),
}

impl Body {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::Spool(spool) => spool.remaining(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An answer.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The content; for `HEAD` too, it is left out when the answer is sent.
    pub body: Body,
    headers: Vec<(&'static str, String)>,
    referrer: &'static str,
    style_hash: Option<String>,
    image_sources: String,
    later: Option<Later>,
}

/// What makes an answer outside the barrier.
type Later = Box<dyn FnOnce() -> Response + Send>;

impl Response {
    /// An answer of a content type.
    pub fn bytes(content_type: &str, body: impl Into<Cow<'static, [u8]>>) -> Response {
        Response::with_body(content_type, Body::Bytes(body.into()))
    }

    /// A page.
    pub fn html(page: impl Into<String>) -> Response {
        Response::bytes("text/html; charset=utf-8", page.into().into_bytes())
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Response {
        Response::bytes("text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// A JSON value, compact.
    pub fn json(value: &serde_json::Value) -> Response {
        Response::bytes("application/json", value.to_string().into_bytes())
    }

    /// What was collected in a spool, from its present place on.
    pub fn file(content_type: &str, spool: Spool) -> Response {
        Response::with_body(content_type, Body::Spool(spool))
    }

    /// An answer that says it all by its status (204, 304).
    pub fn empty(status: u16) -> Response {
        Response {
            status,
            body: Body::Bytes(Cow::Borrowed(b"")),
            headers: Vec::new(),
            referrer: "same-origin",
            style_hash: None,
            image_sources: String::new(),
            later: None,
        }
    }

    /// An answer that somebody else has to be asked for, by work that needs neither the barrier nor a worker. Should
    /// it never be asked for, it is a 503.
    pub fn later(work: impl FnOnce() -> Response + Send + 'static) -> Response {
        let mut response = Response::empty(503).no_store();
        response.later = Some(Box::new(work));
        response
    }

    /// Whether the answer has still to be asked for.
    pub fn is_later(&self) -> bool {
        self.later.is_some()
    }

    /// The answer itself, for which this may wait.
    pub fn complete(mut self) -> Response {
        match self.later.take() {
            Some(work) => work(),
            None => self,
        }
    }

    /// A redirect (302) to an absolute URL, see [`crate::web::request::Request::absolute`].
    pub fn redirect(location: &str) -> Response {
        let mut url = String::with_capacity(location.len());
        for byte in location.bytes() {
            match byte {
                b'!'..=b'~' => url.push(char::from(byte)),
                _ => push(&mut url, format_args!("%{byte:02X}")),
            }
        }
        Response::text("").with_status(302).header("Location", url).no_store()
    }

    fn with_body(content_type: &str, body: Body) -> Response {
        let mut response = Response::empty(200);
        response.body = body;
        response.header("Content-Type", content_type)
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Response {
        self.status = status;
        self
    }

    /// Sets a header; one of that name is replaced, `Set-Cookie` and `Link` are added. A value that is not printable
    /// ASCII is refused: the header is left out and the log says so, nothing can be smuggled in.
    /// The length, the date and the protecting headers are not set this way.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Response {
        let value = value.into();
        if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
            log::warn!("a value for the header {name} was refused: it is not printable ASCII");
            return self;
        }
        if !matches!(name, "Set-Cookie" | "Link") {
            self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        }
        self.headers.push((name, value));
        self
    }

    /// The value of a header that was set.
    pub fn get_header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Nobody may keep it.
    pub fn no_store(self) -> Response {
        self.header("Cache-Control", "no-store")
    }

    /// It may be kept for so many seconds: by the visitor's browser alone (`private`), or by anybody.
    pub fn cache(self, seconds: u32, private: bool) -> Response {
        let who = if private { "private" } else { "public" };
        self.header("Cache-Control", format!("{who}, max-age={seconds}"))
    }

    /// It never changes under its address: kept for a year.
    pub fn immutable(self) -> Response {
        self.header("Cache-Control", "public, max-age=31536000, immutable")
    }

    /// Its address is a secret: the browser tells it to nobody, not even to this site.
    pub fn no_referrer(mut self) -> Response {
        self.referrer = "no-referrer";
        self
    }

    /// Adds a cookie.
    pub fn set_cookie(self, cookie: &Cookie) -> Response {
        self.header("Set-Cookie", cookie.header_value())
    }

    /// It is saved under a name instead of shown (RFC 6266); the name may be any text.
    pub fn attachment(self, name: &str) -> Response {
        let plain = |c: char| match c {
            ' '..='~' if !matches!(c, '"' | '\\' | '%' | '/') => c,
            _ => '_',
        };
        let fallback: String = name.chars().map(plain).collect();
        let mut exact = String::new();
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => exact.push(char::from(byte)),
                _ => push(&mut exact, format_args!("%{byte:02X}")),
            }
        }
        self.header(
            "Content-Disposition",
            format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{exact}"),
        )
    }

    /// Allows the one inline style block with this SHA-256 in base64.
    pub fn style_hash(mut self, hash: impl Into<String>) -> Response {
        self.style_hash = Some(hash.into());
        self
    }

    /// Allows pictures of other origins, separated by blanks: map tiles that do not pass through this site, `https:`.
    pub fn image_sources(mut self, origins: impl Into<String>) -> Response {
        self.image_sources = origins.into();
        self
    }

    /// The status line and all header lines up to the empty one. `connection` is for whoever owns the connection:
    /// the value of that header, if it must be said.
    pub fn head_bytes(&self, connection: Option<&str>) -> Vec<u8> {
        let mut head = String::with_capacity(1024);
        push(
            &mut head,
            format_args!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status)),
        );
        for (name, value) in &self.headers {
            push(&mut head, format_args!("{name}: {value}\r\n"));
        }
        if self.get_header("Cache-Control").is_none() {
            head.push_str("Cache-Control: private, no-cache\r\n");
        }
        if !matches!(self.status, 204 | 304) {
            push(&mut head, format_args!("Content-Length: {}\r\n", self.body.len()));
        }
        push(&mut head, format_args!("Date: {}\r\n", clock::http_date(clock::now())));
        if let Some(value) = connection {
            push(&mut head, format_args!("Connection: {value}\r\n"));
        }
        push(
            &mut head,
            format_args!(
                "X-Content-Type-Options: nosniff\r\nReferrer-Policy: {}\r\n",
                self.referrer
            ),
        );
        head.push_str(ISOLATION);
        match HTTPS_ALONE.load(Ordering::Relaxed) {
            0 => {}
            seconds => push(
                &mut head,
                format_args!("Strict-Transport-Security: max-age={seconds}\r\n"),
            ),
        }
        head.push_str("Content-Security-Policy: ");
        self.push_policy(&mut head);
        head.push_str("\r\n\r\n");
        head.into_bytes()
    }

    fn push_policy(&self, head: &mut String) {
        match self.image_sources.as_str() {
            "" => head.push_str(POLICY),
            more => head.push_str(&POLICY.replace("img-src 'self' data:", &format!("img-src 'self' data: {more}"))),
        }
        if let Some(hash) = &self.style_hash {
            push(head, format_args!(" 'sha256-{hash}'"));
        }
    }
}

/// Writing to a `String` cannot fail.
fn push(text: &mut String, what: std::fmt::Arguments) {
    let _ = text.write_fmt(what);
}

/// A whole closing answer for a request that never became one; `head`: its method was `HEAD`.
pub fn refusal(status: u16, head: bool) -> Vec<u8> {
    let response = Response::text(format!("{status} {}\n", reason(status)))
        .with_status(status)
        .no_store();
    let response = match status {
        503 => response.header("Retry-After", "5"),
        _ => response,
    };
    let mut bytes = response.head_bytes(Some("close"));
    if let (false, Body::Bytes(body)) = (head, &response.body) {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// The name of a status (RFC 9110; 507: RFC 4918).
pub fn reason(status: u16) -> &'static str {
    REASONS
        .iter()
        .find(|(code, _)| *code == status)
        .map_or("Status", |(_, text)| text)
}

const REASONS: &[(u16, &str)] = &[
    (200, "OK"),
    (201, "Created"),
    (204, "No Content"),
    (206, "Partial Content"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (400, "Bad Request"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Range Not Satisfiable"),
    (417, "Expectation Failed"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
    (505, "HTTP Version Not Supported"),
    (507, "Insufficient Storage"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn head(response: &Response) -> String {
        String::from_utf8(response.head_bytes(None)).unwrap()
    }

    #[test]
    fn every_answer_carries_the_protecting_headers() {
        for response in [
            Response::html("<p>"),
            Response::empty(304),
            Response::redirect("http://a/b"),
            Response::text("x").with_status(500),
        ] {
            let head = head(&response);
            assert!(head.contains("\r\nContent-Security-Policy: default-src 'none'; script-src 'self';"));
            assert!(head.contains("; frame-ancestors 'none'; style-src 'self'\r\n"));
            assert!(head.contains("\r\nX-Content-Type-Options: nosniff\r\n"));
            assert!(head.contains("\r\nReferrer-Policy: same-origin\r\n"));
            assert!(head.contains("\r\nCross-Origin-Opener-Policy: same-origin\r\n"));
            assert!(head.contains("\r\nCross-Origin-Resource-Policy: same-origin\r\n"));
            assert!(head.contains("\r\nX-Frame-Options: DENY\r\n"));
            assert!(!head.contains("Strict-Transport-Security"));
            assert!(head.contains("\r\nDate: ") && head.contains(" GMT\r\n"));
            assert!(!head.contains("unsafe-inline"));
            assert!(head.ends_with("\r\n\r\n"));
        }
    }

    #[test]
    fn a_header_cannot_be_smuggled_in() {
        let response = Response::text("x")
            .header("X-A", "a\r\nSet-Cookie: b=c")
            .header("X-B", "ü");
        let text = head(&response);
        assert!(!text.contains("X-A") && !text.contains("b=c") && !text.contains("X-B"));
        let response = Response::redirect("http://a/\r\nX: ü");
        assert_eq!(response.get_header("location"), Some("http://a/%0D%0AX:%20%C3%BC"));
    }

    #[test]
    fn a_header_is_there_once_and_cookies_add_up() {
        let response = Response::text("x").no_store().cache(3600, true);
        let response = response.header("Set-Cookie", "a=1").header("Set-Cookie", "b=2");
        let text = head(&response);
        assert_eq!(text.matches("Cache-Control").count(), 1);
        assert!(text.contains("Cache-Control: private, max-age=3600\r\n"));
        assert!(text.contains("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
    }

    #[test]
    fn lengths_are_said_where_there_may_be_a_body() {
        assert!(head(&Response::text("four")).contains("Content-Length: 4\r\n"));
        assert!(!head(&Response::empty(304)).contains("Content-Length"));
        assert!(head(&Response::empty(200)).contains("Content-Length: 0\r\n"));
    }

    #[test]
    fn a_page_may_add_its_style_and_pictures() {
        let response = Response::html("").style_hash("abc=").image_sources("https:");
        let text = head(&response);
        assert!(text.contains("style-src 'self' 'sha256-abc='\r\n"));
        assert!(text.contains("img-src 'self' data: https:;"));
    }

    #[test]
    fn any_file_name_can_be_offered() {
        let response = Response::text("").attachment("Tour \"é\"/\r\n1.gpx");
        assert_eq!(
            response.get_header("content-disposition"),
            Some("attachment; filename=\"Tour ______1.gpx\"; filename*=UTF-8''Tour%20%22%C3%A9%22%2F%0D%0A1.gpx")
        );
    }

    #[test]
    fn a_refusal_is_a_whole_closing_answer() {
        for status in [400, 408, 413, 414, 417, 431, 500, 501, 502, 503, 504, 505] {
            let text = String::from_utf8(refusal(status, false)).unwrap();
            assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
            assert!(text.contains("\r\nConnection: close\r\n") && !text.contains("Status\r\n"));
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())));
            assert!(refusal(status, true).ends_with(b"\r\n\r\n"));
        }
    }
}
