//! A request's head: found in what a client sent, checked, and written anew.
//!
//! The parser behind is forgiving (it trims lines, takes the first of two lengths, any coding for
//! chunked), and whatever two parsers read in two ways lets one request hide in another. So nothing is
//! passed on as it came: what is doubtful is refused, the rest is written in the one plain form.
//! Pure: bytes in, bytes or a status out.

use std::fmt;

use super::target::{is_host, read_target};

/// More header lines than this are refused (431); browsers send about 20.
const MAX_HEADERS: usize = 128;

/// The status of the refusal that a malformed head gets.
pub type Refused = u16;

/// Where the search for the end of a head stands, so that no byte is looked at twice.
#[derive(Debug, Default)]
pub struct Scanner {
    at: usize,
    has_line: bool,
}

impl Scanner {
    /// Looks through what came since the last call. `Some`: the head is so many bytes long.
    /// A byte that no head may contain, a bad request line or more than `max` bytes are refused at once.
    pub fn find_end(&mut self, input: &[u8], max: usize) -> Result<Option<usize>, Refused> {
        while let Some(&byte) = input.get(self.at) {
            let after_cr = self.at > 0 && input[self.at - 1] == b'\r';
            match byte {
                b'\n' if after_cr => {
                    if !self.has_line {
                        self.has_line = true;
                        split_request_line(&input[..self.at - 1])?;
                    }
                    if input[..self.at].ends_with(b"\r\n\r") {
                        return if self.at < max { Ok(Some(self.at + 1)) } else { Err(431) };
                    }
                }
                _ if after_cr => return Err(400),
                b'\t' | b'\r' => {}
                0..=0x1f | 0x7f => return Err(400),
                _ => {}
            }
            self.at += 1;
        }
        if self.at >= max { Err(431) } else { Ok(None) }
    }
}

/// How long the body is, as far as the head says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// So many bytes (`Content-Length`).
    Length(u64),
    /// It ends where its coding says so.
    Chunked,
}

/// A head that was checked.
#[derive(PartialEq, Eq)]
pub struct Head {
    /// The request line and the header lines to pass on, without `Content-Length` and without the
    /// empty line at the end.
    pub clean: Vec<u8>,
    /// The method is HEAD: the answer has no body.
    pub is_head: bool,
    /// The method is GET or HEAD: asking twice does no harm.
    pub is_repeatable: bool,
    /// The client is of HTTP/1.0.
    pub is_http10: bool,
    /// The client wants to go on with this connection after the answer.
    pub keep_alive: bool,
    /// The client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// How long the body is.
    pub framing: Framing,
}

impl fmt::Debug for Head {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Head")
            .field("is_head", &self.is_head)
            .field("is_repeatable", &self.is_repeatable)
            .field("is_http10", &self.is_http10)
            .field("keep_alive", &self.keep_alive)
            .field("expects_continue", &self.expects_continue)
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}

/// Checks a head (with its empty line) and writes it anew. `peer` is the client's address as text.
pub fn read_head(bytes: &[u8], peer: &str) -> Result<Head, Refused> {
    let line_end = bytes.windows(2).position(|at| at == b"\r\n").ok_or(400u16)?;
    let (method, raw_target, is_http10) = split_request_line(&bytes[..line_end])?;
    let target = read_target(method, raw_target).ok_or(400u16)?;

    let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let headers = match httparse::parse_headers(&bytes[line_end + 2..], &mut slots) {
        Ok(httparse::Status::Complete((_, headers))) => headers,
        Err(httparse::Error::TooManyHeaders) => return Err(431),
        _ => return Err(400),
    };
    let host = read_host(headers, target.host, is_http10)?;
    let keep_alive = read_keep_alive(headers, is_http10);
    let framing = read_framing(headers, is_http10)?;

    let mut clean = Vec::with_capacity(bytes.len() + 64);
    clean.extend_from_slice(method);
    clean.push(b' ');
    clean.extend_from_slice(&target.path);
    clean.extend_from_slice(b" HTTP/1.1\r\n");
    if let Some(host) = host {
        write_header(&mut clean, "Host", &host);
    }
    write_header(&mut clean, "X-Gate-Peer", peer.as_bytes());
    for header in headers.iter().filter(|header| is_passed_on(header.name)) {
        write_header(&mut clean, header.name, header.value);
    }
    Ok(Head {
        clean,
        is_head: method == b"HEAD",
        is_repeatable: method == b"GET" || method == b"HEAD",
        is_http10,
        keep_alive,
        expects_continue: read_expectation(headers, is_http10)? && framing != Framing::None,
        framing,
    })
}

/// Method, target and whether it is HTTP/1.0.
fn split_request_line(line: &[u8]) -> Result<(&[u8], &[u8], bool), Refused> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(400);
    };
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) || target.is_empty() {
        return Err(400);
    }
    if target.contains(&b'\t') {
        return Err(400);
    }
    match version {
        b"HTTP/1.1" => Ok((method, target, false)),
        b"HTTP/1.0" => Ok((method, target, true)),
        [b'H', b'T', b'T', b'P', b'/', b'1'..=b'9', b'.', b'0'..=b'9'] => Err(505),
        _ => Err(400),
    }
}

/// What a method or a header's name consists of (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The values of all headers of one name.
fn list_values<'a>(headers: &'a [httparse::Header<'a>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}

/// The one host: the target's, else the header's. HTTP/1.0 has none to name.
fn read_host(
    headers: &[httparse::Header],
    of_target: Option<Vec<u8>>,
    is_http10: bool,
) -> Result<Option<Vec<u8>>, Refused> {
    let mut hosts = list_values(headers, "Host");
    let host = hosts.next();
    if hosts.next().is_some() || (host.is_none() && !is_http10) {
        return Err(400);
    }
    if !host.is_none_or(is_host) {
        return Err(400);
    }
    Ok(of_target.or(host.map(<[u8]>::to_vec)))
}

/// HTTP/1.1 goes on unless it says close; HTTP/1.0 ends unless it says keep-alive.
fn read_keep_alive(headers: &[httparse::Header], is_http10: bool) -> bool {
    let says = |word: &[u8]| {
        list_values(headers, "Connection")
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(word))
    };
    !says(b"close") && (!is_http10 || says(b"keep-alive"))
}

/// The body's length. Two statements of it, even equal ones, are what smuggling is made of.
fn read_framing(headers: &[httparse::Header], is_http10: bool) -> Result<Framing, Refused> {
    let mut lengths = list_values(headers, "Content-Length");
    let mut codings = list_values(headers, "Transfer-Encoding");
    let (length, coding) = (lengths.next(), codings.next());
    if lengths.next().is_some() || codings.next().is_some() {
        return Err(400);
    }
    match (length, coding) {
        (None, None) => Ok(Framing::None),
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") && !is_http10 => Ok(Framing::Chunked),
        (Some(length), None) => read_length(length).map(Framing::Length),
        _ => Err(400),
    }
}

fn read_length(value: &[u8]) -> Result<u64, Refused> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(400);
    }
    // More than 64 bits are the largest number: too many for everybody, which is not said here.
    let add = |sum: u64, digit: &u8| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Ok(value.iter().fold(0, add))
}

/// True for `100-continue`; HTTP/1.0 cannot expect anything (RFC 9110, 10.1.1).
fn read_expectation(headers: &[httparse::Header], is_http10: bool) -> Result<bool, Refused> {
    let mut expects = false;
    for value in list_values(headers, "Expect") {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(417);
        }
        expects = true;
    }
    Ok(expects && !is_http10)
}

/// False for what concerns this connection alone, what is written by the gate itself, and the
/// gate's private names. What `Connection` lists besides stays: removing it would let a client strip
/// any header that a proxy before us has added.
fn is_passed_on(name: &str) -> bool {
    const OWN: [&str; 11] = [
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "HTTP2-Settings",
    ];
    !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) && !is_private(name)
}

/// True for the names that the gate and the server behind it talk in: they neither come in nor go out.
pub fn is_private(name: &str) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("x-gate-"))
}

/// Writes one line. A byte that is not ASCII (a cookie or a browser's name in UTF-8) becomes `?`: the
/// parser behind would drop the whole connection for it.
fn write_header(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.iter().map(|byte| if byte.is_ascii() { *byte } else { b'?' }));
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests;
