//! An answer of the inner server: taken whole, then given the connection headers that the client needs.
//!
//! Pure: bytes in, bytes out. It never decides what an answer says.

use super::body::{Body, Fault};
use super::head::{Framing, is_private};
use crate::spool::Spool;

/// An answer's head may have so many bytes.
const MAX_HEAD: usize = 64 * 1024;

/// And so many lines.
const MAX_HEADERS: usize = 128;

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// To a preflight: how many bytes the body may have.
    pub go: Option<u64>,
    /// The inner server closes its connection after it.
    pub closes: bool,
    head: Vec<u8>,
    body: Option<Spool>,
}

impl Answer {
    /// The bytes for the client: the head with these lines (each with its line end) added, and the body.
    pub fn into_parts(mut self, lines: &[u8]) -> (Vec<u8>, Option<Spool>) {
        self.head.extend_from_slice(lines);
        self.head.extend_from_slice(b"\r\n");
        (self.head, self.body)
    }
}

/// Takes one answer, however its bytes arrive.
#[derive(Debug)]
pub struct Reader {
    is_head: bool,
    memory: usize,
    input: Vec<u8>,
    head: Option<Answer>,
    body: Option<Body>,
}

impl Reader {
    /// For the answer to a request (`is_head`: of method HEAD) that keeps `memory` bytes in memory.
    pub fn new(is_head: bool, memory: usize) -> Reader {
        Reader {
            is_head,
            memory,
            input: Vec::new(),
            head: None,
            body: None,
        }
    }

    /// True when something of the answer has come.
    pub fn has_begun(&self) -> bool {
        self.head.is_some() || !self.input.is_empty()
    }

    /// Takes the next bytes. `Some`: the answer is whole, and nothing came after it. An error (the
    /// reason) means that the connection cannot be used any more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<Answer>, String> {
        if self.head.is_some() {
            return self.feed_body(bytes);
        }
        if self.input.is_empty() {
            let used = self.feed_head(bytes)?;
            return self.after_head(&bytes[used..]);
        }
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let used = self.feed_head(&input)?;
        self.after_head(&input[used..])
    }

    fn after_head(&mut self, rest: &[u8]) -> Result<Option<Answer>, String> {
        if self.head.is_some() {
            return self.feed_body(rest);
        }
        if rest.len() > MAX_HEAD {
            return Err("the head of its answer is too long".to_owned());
        }
        self.input = rest.to_vec();
        Ok(None)
    }

    /// Reads the head when it is whole and returns how many bytes of `input` are done with.
    fn feed_head(&mut self, input: &[u8]) -> Result<usize, String> {
        let mut used = 0;
        loop {
            let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut response = httparse::Response::new(&mut slots);
            match response.parse(&input[used..]) {
                Ok(httparse::Status::Partial) => return Ok(used),
                Ok(httparse::Status::Complete(len)) => used += len,
                Err(error) => return Err(format!("its answer cannot be read: {error}")),
            }
            let status = response.code.unwrap_or_default();
            match status {
                // An interim answer; the real one follows.
                100 | 102..=199 => continue,
                200..=599 => {}
                _ => return Err(format!("it answered with status {status}")),
            }
            let framing = read_framing(&response, status, self.is_head)?;
            self.body = Body::new(framing, self.memory);
            self.head = Some(rewrite(&response, status, framing));
            return Ok(used);
        }
    }

    fn feed_body(&mut self, bytes: &[u8]) -> Result<Option<Answer>, String> {
        let used = match &mut self.body {
            None => 0,
            Some(body) => body.feed(bytes).map_err(|fault| match fault {
                Fault::Spool(error) => format!("its answer cannot be kept: {error}"),
                Fault::Malformed | Fault::TooLarge => "its answer is not well formed".to_owned(),
            })?,
        };
        if used < bytes.len() {
            return Err("it sent more than its answer".to_owned());
        }
        if self.body.as_ref().is_some_and(|body| !body.is_complete()) {
            return Ok(None);
        }
        let Some(mut answer) = self.head.take() else {
            return Ok(None);
        };
        answer.body = self.body.take().map(Body::into_spool);
        if let Some(body) = answer.body.as_ref().filter(|_| !has_length(&answer.head)) {
            let line = format!("Content-Length: {}\r\n", body.len());
            answer.head.extend_from_slice(line.as_bytes());
        }
        Ok(Some(answer))
    }
}

/// How long the answer's body is: none for HEAD, 204 and 304 whatever the head says.
fn read_framing(response: &httparse::Response, status: u16, is_head: bool) -> Result<Framing, String> {
    if is_head || status == 204 || status == 304 {
        return Ok(Framing::None);
    }
    if let Some(coding) = find(response, "Transfer-Encoding") {
        return match coding.eq_ignore_ascii_case("chunked") {
            true => Ok(Framing::Chunked),
            false => Err("its answer has an unknown coding".to_owned()),
        };
    }
    find(response, "Content-Length")
        .and_then(|length| length.parse().ok())
        .map(Framing::Length)
        .ok_or_else(|| "its answer has no length".to_owned())
}

fn find<'a>(response: &'a httparse::Response, name: &str) -> Option<&'a str> {
    response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case(name))
        .and_then(|header| std::str::from_utf8(header.value).ok())
}

/// The status line and what the client may see of the header lines.
fn rewrite(response: &httparse::Response, status: u16, framing: Framing) -> Answer {
    let mut head = Vec::with_capacity(1024);
    let reason = response.reason.unwrap_or_default();
    head.extend_from_slice(format!("HTTP/1.1 {status} {reason}\r\n").as_bytes());
    for header in response.headers.iter() {
        let is_length = header.name.eq_ignore_ascii_case("Content-Length");
        // A length beside a coding is wrong, one of a 204 is forbidden (RFC 9110, 8.6).
        if is_passed_on(header.name) && !(is_length && (status == 204 || framing == Framing::Chunked)) {
            head.extend_from_slice(header.name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(header.value);
            head.extend_from_slice(b"\r\n");
        }
    }
    Answer {
        status,
        go: find(response, "X-Gate-Go").and_then(|max| max.parse().ok()),
        closes: response.version == Some(0)
            || find(response, "Connection").is_some_and(|said| said.eq_ignore_ascii_case("close")),
        head,
        body: None,
    }
}

fn is_passed_on(name: &str) -> bool {
    const OWN: [&str; 7] = [
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Transfer-Encoding",
        "TE",
        "Trailer",
        "Upgrade",
    ];
    !OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) && !is_private(name)
}

fn has_length(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| {
        line.get(..15)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"content-length:"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(answer: Answer) -> String {
        let (mut head, body) = answer.into_parts(b"Connection: close\r\n");
        if let Some(body) = &body {
            head.extend_from_slice(body.as_slice().expect("in memory"));
        }
        String::from_utf8(head).expect("text")
    }

    /// The answer in pieces of `piece` bytes.
    fn read(input: &str, is_head: bool, piece: usize) -> Result<Option<Answer>, String> {
        let mut reader = Reader::new(is_head, 1000);
        let mut pieces = input.as_bytes().chunks(piece).peekable();
        while let Some(bytes) = pieces.next() {
            match reader.feed(bytes)? {
                Some(_) if pieces.peek().is_some() => return Err("more".to_owned()),
                Some(answer) => return Ok(Some(answer)),
                None => {}
            }
        }
        Ok(None)
    }

    #[test]
    fn an_answer_is_the_same_in_whatever_pieces_it_comes() {
        let input = "HTTP/1.1 200 OK\r\nDate: now\r\nConnection: keep-alive\r\nX-Gate-Go: 7\r\n\
                     Content-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhello";
        for piece in 1..=input.len() {
            let answer = read(input, false, piece).expect("fine").expect("whole");
            assert_eq!((answer.status, answer.go, answer.closes), (200, Some(7), false));
            assert_eq!(
                text(answer),
                "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 5\r\nSet-Cookie: a\r\n\
                 Set-Cookie: b\r\nConnection: close\r\n\r\nhello"
            );
        }
    }

    #[test]
    fn a_head_answer_keeps_its_length_and_has_no_body() {
        let input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        let answer = read(input, true, 9).expect("fine").expect("whole");
        assert!(text(answer).contains("Content-Length: 5\r\n"));
    }

    #[test]
    fn a_204_and_a_304_end_with_their_head() {
        for status in [204, 304] {
            let input = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            let answer = read(&input, false, 9).expect("fine").expect("whole");
            assert_eq!(text(answer).contains("Content-Length"), status == 304);
        }
    }

    #[test]
    fn a_chunked_answer_leaves_with_a_length() {
        let input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        let answer = read(input, false, 9).expect("fine").expect("whole");
        assert_eq!(
            text(answer),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        );
    }

    #[test]
    fn an_interim_answer_is_skipped() {
        let input = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for piece in 1..=input.len() {
            let answer = read(input, false, piece).expect("fine").expect("whole");
            assert_eq!(answer.status, 200);
        }
    }

    #[test]
    fn a_broken_answer_is_an_error() {
        for input in [
            "HTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        ] {
            assert!(read(input, false, 1000).is_err(), "{input:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(MAX_HEAD));
        assert!(read(&endless, false, usize::MAX).is_err());
    }

    #[test]
    fn an_unfinished_answer_is_waited_for() {
        let input = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell";
        assert!(read(input, false, 1000).expect("so far").is_none());
    }
}
