//! A worker: takes a request, looks at the flag, and answers.
//!
//! The body is read before the barrier is entered and the answer written after it is left, so that no
//! client holds it. Without the front door, what the library cannot do safely (a body that was not read
//! is read by whoever drops the request) happens in threads that no other request waits for.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::State;
use super::library::{self, Header, Server};
use crate::error::{Error, Result};
use crate::instance::Notice;
use crate::spool::Spool;
use crate::web::app::{App, panic_text};
use crate::web::bare;
use crate::web::forwarded::peer_name;
use crate::web::page::maintenance::Ask;
use crate::web::ready::Ready;
use crate::web::request::{Method, RawHead, Request, join_lines};
use crate::web::response::{Body, Response};

/// How much of a body is kept in memory, in bytes.
const BODY_MEMORY: usize = 1 << 20;
/// A body of more than so many bytes is a large one. What is made of it takes three times its size in memory and
/// some seconds: several at once would take a small machine's last memory and be no faster.
const LARGE: u64 = 8 << 20;
/// Head and body leave in one write up to this; more in pieces of this size, in bytes.
const PIECE: usize = 64 << 10;
/// Without the gate: how much of a body in chunks is read before its refusal, in bytes.
const DRAINED: u64 = 64 << 20;
/// Without the gate: the library reads an unread body with a buffer of its declared length; a longer one than this,
/// in bytes, might end the process.
const DROPPABLE: usize = 1 << 30;

/// So often it is looked for the next request before a worker sleeps: some ten microseconds in all.
const LOOKS: u32 = 10;

/// One of the threads that answer.
pub(super) struct Worker {
    pub(super) app: Arc<App>,
    pub(super) server: Arc<Server>,
    /// Whether the front door stands before it.
    pub(super) gated: bool,
    pub(super) state: Arc<State>,
}

impl Worker {
    /// Until the server stops. A panic costs its request, never the worker.
    pub(super) fn work(&self) {
        let mut ready = Ready::default();
        loop {
            match self.next() {
                Ok(request) => {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.handle(request, &mut ready))) {
                        log::error!("a worker panicked: {}", panic_text(&*panic));
                    }
                }
                Err(_) if self.state.stopping.load(Ordering::SeqCst) => return,
                Err(e) => {
                    log::error!("connections are not accepted for now: {e}");
                }
            }
        }
    }

    /// The next request. Under load it is about to come, and two changes of thread for each are most of what a short
    /// answer costs: so whoever could bring it gets a turn first, and only who then still finds nothing sleeps.
    fn next(&self) -> io::Result<library::Request> {
        for _ in 0..LOOKS {
            // This look takes what is to wake a sleeper for nothing, so it is not for the end: see `UNBLOCKS`.
            if self.state.stopping.load(Ordering::SeqCst) {
                break;
            }
            if let Some(request) = self.server.try_recv()? {
                return Ok(request);
            }
            thread::yield_now();
        }
        self.server.recv()
    }

    /// The flag comes first, then what is wrong with the request, then its body, then the barrier.
    fn handle(&self, mut request: library::Request, ready: &mut Ready) {
        if !ready.is_empty()
            && let Some(stamp) = self.app.instance.glance()
            && self.rest(&request) == Rest::Nothing
        {
            let method = Method::new(request.method().as_str());
            let connection = connection(&request, self.gated);
            if let Some(bytes) = ready.find(stamp, &ask(&request, &method), connection) {
                return write_bytes(request, bytes);
            }
        }
        if let Some(notice) = self.app.instance.look() {
            return self.turn_away(request, &notice, ready);
        }
        if self.gated && header(&request, "X-Gate-Probe").is_some() {
            return self.send_unread(request, Response::empty(204));
        }
        if !self.gated && is_malformed(&request) {
            // What follows on this connection may be anything: a proxy must not use it again.
            let response = Response::text("400 Bad Request\n").with_status(400).no_store();
            return self.send_unread(request, response.header("Connection", "close"));
        }
        let most = self.app.instance.config.server.max_request_body_size;
        let preflight = header(&request, "X-Gate-Preflight").filter(|_| self.gated);
        let announced = match preflight {
            Some(length) => length.parse().unwrap_or(0),
            None => request.body_length().unwrap_or(0) as u64,
        };
        if announced > most {
            let error = Error::TooLarge(format!("a body of {announced} bytes, {most} are allowed"));
            let response = self.answer(&request, Spool::new(0), Some(error));
            return self.send_unread(request, response);
        }
        if preflight.is_some() {
            let response = Response::empty(204).header("X-Gate-Go", most.to_string());
            return self.send_unread(request, response);
        }
        match read_body(&mut request, announced) {
            Ok(body) => {
                let response = self.answer(&request, body, None);
                self.send(request, response);
            }
            Err(error) => {
                let response = self.answer(&request, Spool::new(0), Some(error));
                self.send_unread(request, response);
            }
        }
    }

    /// Sends an answer; what somebody else has to be asked for is asked for in a thread that no request waits for.
    fn send(&self, request: library::Request, response: Response) {
        let gated = self.gated;
        if !response.is_later() {
            return write(request, response, gated);
        }
        if let Some(request) = aside(request, move |request| write(request, response.complete(), gated)) {
            let refusal = Response::text("503 Service Unavailable\n").with_status(503).no_store();
            write(request, refusal.header("Retry-After", "5"), gated);
        }
    }

    /// Answers while the mode is on, and does nothing else.
    fn turn_away(&self, request: library::Request, notice: &Notice, ready: &mut Ready) {
        let response = self.out_of_service(&request, notice);
        if self.rest(&request) != Rest::Nothing {
            return self.send_unread(request, response);
        }
        let method = Method::new(request.method().as_str());
        let connection = connection(&request, self.gated);
        let mut bytes = response.head_bytes(connection);
        if let (Body::Bytes(body), false) = (&response.body, method == Method::Head) {
            bytes.extend_from_slice(body);
        }
        ready.keep(notice, ask(&request, &method), connection, &bytes);
        write_bytes(request, &bytes);
    }

    /// Waits for its turn, enters the barrier, answers, and has left it when this returns.
    fn answer(&self, request: &library::Request, body: Spool, error: Option<Error>) -> Response {
        let size = body.len();
        let mut whole = Request::new(self.raw_head(request), body, &self.app.instance.config.server);
        if let Some(error) = error {
            whole.refuse(error);
        }
        let look = || self.app.instance.look();
        let enter = || {
            // In this order: who waits for the large ones before it keeps no place from the small ones.
            let large = (size > LARGE).then(|| self.state.large.take(look)).transpose()?;
            let turn = self.state.turns.take(look)?;
            Ok((self.app.instance.enter()?, turn, large))
        };
        match enter() {
            Ok((entry, _turn, _large)) => self.app.answer(entry, whole),
            Err(notice) => self.out_of_service(request, &notice),
        }
    }

    fn out_of_service(&self, request: &library::Request, notice: &Notice) -> Response {
        let method = Method::new(request.method().as_str());
        self.app.out_of_service(notice, ask(request, &method))
    }

    fn raw_head(&self, request: &library::Request) -> RawHead {
        let peer = match (self.gated, request.remote_addr()) {
            (true, _) => header(request, "X-Gate-Peer").map(str::to_string),
            (false, address) => address.map(ToString::to_string),
        };
        let private = |name: &str| name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("x-gate-"));
        let headers = header_lines(request).filter(|(name, _)| !private(name));
        RawHead {
            method: Method::new(request.method().as_str()),
            target: request.url().to_string(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            peer: peer.map_or("localhost".to_string(), |peer| peer_name(&peer).to_string()),
        }
    }

    /// What the client has still to send, or has sent and nobody read.
    fn rest(&self, request: &library::Request) -> Rest {
        let length = request.body_length().unwrap_or(0);
        let expects = header(request, "Expect").is_some();
        if header(request, "Transfer-Encoding").is_some() {
            return if expects { Rest::Nothing } else { Rest::Chunks };
        }
        match length {
            0 if !expects => Rest::Nothing,
            _ if self.gated => Rest::AtTheGate,
            // The library has read as much by itself.
            0..=1024 if !expects => Rest::Nothing,
            0..=DROPPABLE => Rest::Bytes,
            _ => Rest::TooMany,
        }
    }

    /// Sends an answer to a request whose body, if it has one, was not read. The body is read and thrown
    /// away where that holds up nobody: from the gate at once, else in a thread of its own, since
    /// the library reads it before it gives the writer out.
    fn send_unread(&self, mut request: library::Request, response: Response) {
        let gated = self.gated;
        match self.rest(&request) {
            Rest::Nothing => write(request, response, gated),
            Rest::AtTheGate => {
                // It comes out of memory or a file there.
                let _ = io::copy(request.as_reader(), &mut io::sink());
                write(request, response, gated);
            }
            Rest::Bytes => aside_or_never(request, move |request| respond(request, response)),
            Rest::Chunks => aside_or_never(request, move |mut request| {
                let _ = io::copy(&mut request.as_reader().take(DRAINED), &mut io::sink());
                write(request, response, gated);
            }),
            Rest::TooMany => {
                log::warn!("a request was left hanging: the length of its body could end the process");
                std::mem::forget(request);
            }
        }
    }
}

/// What of a request's body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Nothing, or nothing that will come before the answer.
    Nothing,
    /// The gate has it whole.
    AtTheGate,
    /// So many bytes that they can be read and thrown away.
    Bytes,
    /// Chunks, without a number.
    Chunks,
    /// More than the library survives.
    TooMany,
}

/// Does with a request what may take as long as its client likes; gives it back when no thread can be had.
#[must_use]
fn aside(request: library::Request, work: impl FnOnce(library::Request) + Send + 'static) -> Option<library::Request> {
    let slot = Arc::new(Mutex::new(Some(request)));
    let shared = Arc::clone(&slot);
    let take = |slot: &Mutex<Option<_>>| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let spawned = thread::Builder::new().name("aside".to_string()).spawn(move || {
        if let Some(request) = take(&shared) {
            work(request);
        }
    });
    let e = spawned.err()?;
    log::error!("no thread can be had for a request: {e}");
    take(&slot)
}

/// The same with a request whose body was not read: whoever answers or drops it reads that first.
fn aside_or_never(request: library::Request, work: impl FnOnce(library::Request) + Send + 'static) {
    if let Some(request) = aside(request, work) {
        log::error!("a request was left hanging");
        std::mem::forget(request);
    }
}

/// Reads a body of a known length.
fn read_body(request: &mut library::Request, length: u64) -> Result<Spool> {
    let mut body = Spool::new(BODY_MEMORY);
    if length == 0 {
        return Ok(body);
    }
    let mut buffer = vec![0; PIECE];
    let reader = request.as_reader();
    while body.len() < length {
        let count = reader.read(&mut buffer).unwrap_or(0);
        if count == 0 {
            return Err(Error::Invalid(format!(
                "a body of {} bytes instead of {length}",
                body.len()
            )));
        }
        let kept = body.append(&buffer[..count]);
        kept.map_err(|e| Error::of_io(&format!("keep a body of {length} bytes"), &e))?;
    }
    Ok(body)
}

/// Writes an answer: a small one in one write.
fn write(request: library::Request, response: Response, gated: bool) {
    let head_only = request.method().as_str() == "HEAD" || matches!(response.status, 204 | 304);
    let connection = connection(&request, gated).filter(|_| response.get_header("Connection").is_none());
    let mut head = response.head_bytes(connection);
    let mut writer = request.into_writer();
    let written = match response.body {
        _ if head_only => writer.write_all(&head),
        Body::Bytes(bytes) if head.len() + bytes.len() <= PIECE => {
            head.extend_from_slice(&bytes);
            writer.write_all(&head)
        }
        Body::Bytes(bytes) => write_pieces(&mut writer, head, &mut bytes.as_ref()),
        Body::Spool(mut spool) => write_pieces(&mut writer, head, &mut spool),
    };
    told(written.and_then(|()| writer.flush()));
}

/// Writes an answer that is whole already.
fn write_bytes(request: library::Request, bytes: &[u8]) {
    let mut writer = request.into_writer();
    told(writer.write_all(bytes).and_then(|()| writer.flush()));
}

/// A client that is gone is no trouble of ours.
fn told(outcome: io::Result<()>) {
    if let Err(e) = outcome {
        log::debug!("an answer was not taken: {e}");
    }
}

fn write_pieces(writer: &mut dyn Write, head: Vec<u8>, body: &mut dyn Read) -> io::Result<()> {
    let mut piece = head;
    loop {
        let room = PIECE.saturating_sub(piece.len()).max(1) as u64;
        let count = body.take(room).read_to_end(&mut piece)?;
        if count == 0 && piece.is_empty() {
            return Ok(());
        }
        writer.write_all(&piece)?;
        if (count as u64) < room {
            return Ok(());
        }
        piece.clear();
    }
}

/// Answers before the body is read, which the library then does on its own.
fn respond(request: library::Request, response: Response) {
    let head = String::from_utf8(response.head_bytes(None)).unwrap_or_default();
    let lines = head
        .lines()
        .skip(1)
        .filter_map(|line| line.parse::<Header>().ok())
        .collect();
    let (length, body): (usize, Box<dyn Read>) = match response.body {
        Body::Bytes(bytes) => (bytes.len(), Box::new(io::Cursor::new(bytes))),
        Body::Spool(spool) => (
            usize::try_from(spool.remaining()).unwrap_or(usize::MAX),
            Box::new(spool),
        ),
    };
    let answer = library::Response::new(response.status.into(), lines, body, Some(length), None);
    told(request.respond(answer.with_chunked_threshold(usize::MAX)));
}

/// What an answer has to say of its connection, which the library keeps or closes without a word; the
/// gate speaks for itself.
fn connection(request: &library::Request, gated: bool) -> Option<&'static str> {
    if gated {
        return None;
    }
    let asked = header(request, "Connection").unwrap_or("").to_ascii_lowercase();
    let old = *request.http_version() <= library::HTTPVersion(1, 0);
    match (old, asked.contains("close"), asked.contains("keep-alive")) {
        (_, true, _) | (true, _, false) => Some("close"),
        (true, _, true) => Some("keep-alive"),
        (false, ..) => None,
    }
}

/// What the answer of the maintenance mode depends on.
fn ask<'a>(request: &'a library::Request, method: &'a Method) -> Ask<'a> {
    let lines = |name: &'static str| header_values(request, name);
    Ask {
        method,
        accept: join_lines(lines("Accept")),
        accept_language: join_lines(lines("Accept-Language")),
    }
}

fn is_malformed(request: &library::Request) -> bool {
    let version = request.http_version();
    bare::is_malformed((version.0, version.1), request.url(), header_lines(request))
}

fn header_lines(request: &library::Request) -> impl Iterator<Item = (&str, &str)> {
    let lines = request.headers().iter();
    lines.map(|header| (header.field.as_str().as_str(), header.value.as_str()))
}

fn header<'a>(request: &'a library::Request, name: &'static str) -> Option<&'a str> {
    header_values(request, name).next()
}

fn header_values<'a>(request: &'a library::Request, name: &'static str) -> impl Iterator<Item = &'a str> {
    let lines = header_lines(request).filter(move |(n, _)| n.eq_ignore_ascii_case(name));
    lines.map(|(_, value)| value)
}
