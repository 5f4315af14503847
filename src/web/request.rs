//! One request, taken apart and checked as far as every page needs it.
//!
//! It is made after the body has arrived whole, and by one function. What is wrong with its address
//! is kept inside ([`Request::segments`]) instead of failing, so that the answer can still be made in
//! the visitor's language. Nothing here knows a page, a user or the database.

use std::borrow::Cow;
use std::fmt;

use crate::config;
use crate::error::{Error, Result};
use crate::spool::Spool;
use crate::web::cookie;
use crate::web::forwarded::{self, Origin};

/// The method of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`: answered as `GET`, without the body.
    Head,
    /// `POST`.
    Post,
    /// Any other, as it was sent.
    Other(String),
}

impl Method {
    /// The method of that name; names are case-sensitive (RFC 9110).
    pub fn new(name: &str) -> Method {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => Method::Other(name.to_string()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Other(name) => name,
        }
    }

    /// Whether it asks for nothing to be changed, so that no token is needed (RFC 9110).
    pub fn is_safe(&self) -> bool {
        matches!(self.name(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}

/// The head of a request as it came in.
#[derive(Clone)]
pub struct RawHead {
    /// The method.
    pub method: Method,
    /// The target as sent: path and query, percent-encoded.
    pub target: String,
    /// Every header line in its order.
    pub headers: Vec<(String, String)>,
    /// The address of the peer without its port; `localhost` for a Unix socket.
    pub peer: String,
}

impl fmt::Debug for RawHead {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RawHead")
            .field("method", &self.method)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A whole request.
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path below the mount prefix as it was sent, percent-encoded; begins with a slash.
    pub path: String,
    /// The query's parameters, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// The header lines in their order; those of a proxy that is not trusted are gone.
    pub headers: Vec<(String, String)>,
    /// The body, at its beginning.
    pub body: Spool,
    /// The visitor's address as far as it is known, without a port.
    pub peer: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host as the visitor sees it, with the port when it is not the scheme's own.
    pub host: String,
    /// The mount path: empty, or `/below`.
    pub prefix: String,
    segments: Result<Vec<String>>,
}

impl Request {
    /// Puts a request together. `server` says which proxy is trusted and where the site is mounted.
    pub fn new(raw: RawHead, body: Spool, server: &config::Server) -> Request {
        let RawHead {
            method,
            target,
            mut headers,
            peer,
        } = raw;
        let origin = forwarded::apply(&peer, &mut headers, server);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (below, mut segments) = below_prefix(path, &server.url_prefix);
        let query = query.split('#').next().unwrap_or("");
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let Origin { scheme, host, peer } = origin.unwrap_or_else(|e| {
            segments = Err(e);
            Origin::plain(&peer, server)
        });
        Request {
            method,
            path: below,
            query,
            headers,
            body,
            peer,
            scheme,
            host,
            prefix: server.url_prefix.clone(),
            segments,
        }
    }

    /// The parts of the path between its slashes, decoded; `/` is one empty part, `/track/` is
    /// `track` and an empty one. An encoded slash stays inside its part.
    ///
    /// Errors: the target is no path, the path is not UTF-8 once decoded, or a trusted proxy sent
    /// headers that cannot be understood.
    pub fn segments(&self) -> Result<&[String]> {
        match &self.segments {
            Ok(segments) => Ok(segments),
            Err(error) => Err(error.clone()),
        }
    }

    /// Lets the request lead nowhere but to the answer for this error.
    pub fn refuse(&mut self, error: Error) {
        self.segments = Err(error);
    }

    /// The first header of a name, in any capitalisation.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// A header that is a list, whatever lines it came in: they count together, joined by commas (RFC 9110, 5.3).
    pub fn header_list(&self, name: &str) -> Option<Cow<'_, str>> {
        let named = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        join_lines(named.map(|(_, v)| v.as_str()))
    }

    /// Every header of a name in order.
    pub fn header_all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named.map(|(_, v)| v.as_str()).collect()
    }

    /// The first query parameter of a name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every query parameter of a name in order.
    pub fn query_all(&self, name: &str) -> Vec<&str> {
        let named = self.query.iter().filter(|(n, _)| n == name);
        named.map(|(_, v)| v.as_str()).collect()
    }

    /// The first cookie of a name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.header_all("cookie")
            .into_iter()
            .find_map(|h| cookie::find(h, name))
    }

    /// The link to a path of the site within the site: the mount prefix and the path.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The absolute URL of a path of the site as this visitor reached it, for redirects. Mailed links
    /// are made from the configured `fietsboek.base_url`, because a visitor chooses the host header.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}://{}{}{path}", self.scheme, self.host, self.prefix)
    }

    /// The path with the query, without the parameters of these names.
    pub fn path_without(&self, names: &[&str]) -> String {
        let kept: Vec<_> = self
            .query
            .iter()
            .filter(|(n, _)| !names.contains(&n.as_str()))
            .collect();
        if kept.is_empty() {
            return self.path.clone();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept);
        format!("{}?{}", self.path, query.finish())
    }

    /// What a log may say of the address: tokens and link secrets are left out, however they are written.
    pub fn log_path(&self) -> String {
        if String::from_utf8_lossy(&percent_decode(&self.path)).contains("/token/") {
            return "/token…".to_string();
        }
        let secret = self.query.iter().any(|(n, _)| n == "secret" || n.contains("token"));
        match secret {
            true => format!("{}?…", self.path),
            false => self.path_without(&[]),
        }
    }
}

/// The lines of a header that is a list as one (RFC 9110, 5.3). One line is left as it is.
pub fn join_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Cow<'a, str>> {
    lines
        .map(Cow::Borrowed)
        .reduce(|all, line| Cow::Owned(format!("{all},{line}")))
}

/// The path below the mount prefix, and its decoded parts. As waitress has it, a path that is not below the
/// prefix is one from which the proxy has taken it, and several slashes at the beginning are one.
fn below_prefix(path: &str, prefix: &str) -> (String, Result<Vec<String>>) {
    let path = path.split('#').next().unwrap_or("");
    if !path.starts_with('/') {
        return (
            path.to_string(),
            Err(Error::NotFound("a target without a path".to_string())),
        );
    }
    let path = format!("/{}", path.trim_start_matches('/'));
    let below = match path.strip_prefix(prefix) {
        Some("") => "/".to_string(),
        Some(below) if below.starts_with('/') => below.to_string(),
        _ => path,
    };
    let segments = below[1..].split('/').map(decode_segment).collect();
    (below, segments)
}

fn decode_segment(segment: &str) -> Result<String> {
    String::from_utf8(percent_decode(segment)).map_err(|_| Error::Invalid("a path that is not UTF-8".to_string()))
}

fn percent_decode(segment: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = |n: usize| after.get(n).and_then(|b| char::from(*b).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A server mounted at a prefix, without a proxy.
    pub(crate) fn server(prefix: &str) -> config::Server {
        config::Server {
            listen: Vec::new(),
            threads: 1,
            url_scheme: "http".to_string(),
            url_prefix: prefix.to_string(),
            trusted_proxy: None,
            max_request_body_size: 1 << 20,
        }
    }

    /// A request as a test writes it.
    pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], prefix: &str) -> Request {
        let mut all = vec![("Host".to_string(), "site.example".to_string())];
        all.extend(headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
        let raw = RawHead {
            method: Method::new(method),
            target: target.to_string(),
            headers: all,
            peer: "127.0.0.1".to_string(),
        };
        Request::new(raw, Spool::new(0), &server(prefix))
    }

    fn segments(target: &str) -> Vec<String> {
        request("GET", target, &[], "").segments().unwrap().to_vec()
    }

    #[test]
    fn a_path_is_decoded_part_by_part() {
        assert_eq!(segments("/"), [""]);
        assert_eq!(segments("/track/"), ["track", ""]);
        assert_eq!(segments("/track/7/gpx?a=b"), ["track", "7", "gpx"]);
        assert_eq!(segments("/a%2Fb/%c3%bc"), ["a/b", "ü"]);
        assert_eq!(segments("/100%"), ["100%"]);
        assert_eq!(segments("/a+b"), ["a+b"]);
        assert_eq!(segments("//x"), ["x"]);
        assert_eq!(segments("/x//y"), ["x", "", "y"]);
    }

    #[test]
    fn what_is_not_utf8_is_a_bad_request() {
        let status = |t| request("GET", t, &[], "").segments().unwrap_err().status();
        assert_eq!(status("/%ff"), 400);
        assert_eq!(status("*"), 404);
        assert_eq!(status("site.example:443"), 404);
    }

    #[test]
    fn the_proxy_may_pass_the_prefix_on_or_take_it_away() {
        let at = |t| request("GET", t, &[], "/tours").segments().map(<[String]>::to_vec);
        assert_eq!(at("/tours/track/").unwrap(), ["track", ""]);
        assert_eq!(at("//tours/track/").unwrap(), ["track", ""]);
        assert_eq!(at("/tours").unwrap(), [""]);
        assert_eq!(at("/toursx/track/").unwrap(), ["toursx", "track", ""]);
        assert_eq!(at("/track/").unwrap(), ["track", ""]);
    }

    #[test]
    fn links_carry_the_prefix_and_absolute_ones_the_host() {
        let request = request("GET", "/tours/", &[], "/tours");
        assert_eq!(request.link("/login"), "/tours/login");
        assert_eq!(request.absolute("/login"), "http://site.example/tours/login");
    }

    #[test]
    fn logs_tell_no_secret() {
        let log = |t| request("GET", t, &[], "").log_path();
        assert_eq!(log("/track/1?secret=abc&x=1"), "/track/1?…");
        assert_eq!(log("/track/1?%73ecret=abc"), "/track/1?…");
        for token in [
            "/token/0b5f",
            "/%74oken/0b5f",
            "/token%2f0b5f",
            "//token/0b5f",
            "/a/token/0b5f%ff",
        ] {
            assert_eq!(log(token), "/token…", "{token}");
        }
        assert_eq!(request("GET", "/tours/token/0b5f", &[], "/tours").log_path(), "/token…");
        assert_eq!(log("/track/?page=2"), "/track/?page=2");
    }

    #[test]
    fn parameters_can_be_taken_out_of_the_address() {
        let request = request("GET", "/track/?page=2&lang=de&q=a%26b", &[], "");
        assert_eq!(request.path_without(&["lang"]), "/track/?page=2&q=a%26b");
        assert_eq!(request.query("q"), Some("a&b"));
    }

    #[test]
    fn the_lines_of_a_list_count_together() {
        let headers = [
            ("Accept", "a/b;q=0.1"),
            ("X-One", "1"),
            ("accept", ""),
            ("ACCEPT", "c/d"),
        ];
        let request = request("GET", "/", &headers, "");
        assert_eq!(request.header_list("accept").as_deref(), Some("a/b;q=0.1,,c/d"));
        assert!(matches!(request.header_list("x-one"), Some(Cow::Borrowed("1"))));
        assert_eq!(request.header_list("x-two"), None);
    }

    #[test]
    fn headers_and_cookies_are_found_by_name() {
        let headers = [("Cookie", "a=1; b=2"), ("cookie", "c=3"), ("X-One", "1")];
        let request = request("GET", "/", &headers, "");
        assert_eq!(request.header("x-one"), Some("1"));
        assert_eq!(request.cookie("c").as_deref(), Some("3"));
        assert_eq!(request.cookie("d"), None);
    }
}
