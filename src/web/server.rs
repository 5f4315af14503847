//! The workers: each takes a request from tiny_http, looks at the flag, and answers. The only file
//! that names that library.
//!
//! As a rule the front door (`gate`) stands before it: then requests are whole, clean and few, and come
//! over as many connections as there are workers. Without it tiny_http listens itself; what it cannot
//! do safely then (a body that is not read is read by whoever drops the request) happens in threads
//! that no other request waits for.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tiny_http::{Header, Server};

use crate::error::{Error, Result};
use crate::instance::{Instance, Notice};
use crate::spool::Spool;
use crate::web::app::{App, panic_text};
use crate::web::bare;
use crate::web::forwarded::peer_name;
use crate::web::gate::{self, Gate, Listener};
use crate::web::listen::{self, Bound, Private};
use crate::web::page::maintenance::Ask;
use crate::web::request::{Method, RawHead, Request};
use crate::web::response::{Body, Response, refusal};
use crate::web::routes;

/// How long requests in hand may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How much of a body is kept in memory, in bytes.
const BODY_MEMORY: usize = 1 << 20;
/// Head and body leave in one write up to this; more in pieces of this size, in bytes.
const PIECE: usize = 64 << 10;
/// Without the gate: how much of a body in chunks is read before its refusal, in bytes.
const DRAINED: u64 = 64 << 20;
/// Without the gate: tiny_http reads an unread body with a buffer of its declared length; a longer one than this,
/// in bytes, might end the process.
const DROPPABLE: usize = 1 << 30;

/// Serves an instance until it is told to stop (a message, or the sender's end). Prints on standard
/// output where it listens, one line each, when it is ready.
///
/// # Errors
/// [`Error::Failed`]: a socket cannot be had, or connections are no longer accepted.
pub fn run(instance: Arc<Instance>, stop: &Receiver<()>) -> Result<()> {
    let app = Arc::new(App::new(instance, routes::ROUTES, routes::ERROR_PAGE));
    let service = Service::start(app)?;
    let mut out = io::stdout().lock();
    for url in service.urls() {
        // Nobody may be reading.
        let _ = writeln!(out, "listening on {url}");
    }
    let _ = out.flush();
    drop(out);
    let outcome = service.wait(stop);
    service.stop(GRACE);
    outcome
}

/// A running server.
struct Service {
    bound: Vec<Bound>,
    urls: Vec<String>,
    gate: Option<Gate>,
    servers: Vec<Arc<Server>>,
    workers: usize,
    state: Arc<State>,
    ended: Receiver<()>,
    _private: Option<Private>,
}

/// What workers and their owner tell each other.
#[derive(Default)]
struct State {
    stopping: AtomicBool,
    /// Why connections are no longer accepted.
    failure: Mutex<Option<String>>,
}

impl Service {
    fn start(app: Arc<App>) -> Result<Service> {
        let config = &app.instance.config;
        let (done, ended) = mpsc::channel();
        let bound = listen::bind(&config.server.listen)?;
        let mut service = Service {
            urls: bound.iter().map(|bound| bound.url.clone()).collect(),
            bound,
            gate: None,
            servers: Vec::new(),
            workers: 0,
            state: Arc::default(),
            ended,
            _private: None,
        };
        if config.gate {
            service.start_gated(&app, &done)?;
        } else {
            log::info!("the gate is off: limits of size and time are those of the proxy in front");
            for at in 0..service.bound.len() {
                let listener = service.bound[at].try_clone()?;
                service.add_pool(&app, listener, false, &done)?;
            }
        }
        Ok(service)
    }

    fn start_gated(&mut self, app: &Arc<App>, done: &Sender<()>) -> Result<()> {
        let config = &app.instance.config;
        let (private, listener) = Private::new()?;
        let inner = private.path();
        self._private = Some(private);
        self.add_pool(app, Listener::Unix(listener), true, done)?;
        let listeners: Result<Vec<Listener>> = self.bound.iter().map(Bound::try_clone).collect();
        let limits = &config.limits;
        self.gate = Some(gate::start(gate::Setup {
            listeners: listeners?,
            inner,
            inner_connections: config.server.threads,
            limits: gate::Limits {
                header_timeout: limits.header_timeout,
                body_timeout: limits.body_timeout,
                idle_timeout: limits.idle_timeout,
                write_timeout: limits.write_timeout,
                answer_timeout: limits.answer_timeout,
                max_head: usize::try_from(limits.max_header_size).unwrap_or(usize::MAX),
                max_connections: limits.max_connections as usize,
                ..gate::Limits::default()
            },
            refusal,
        })?);
        Ok(())
    }

    /// One tiny_http server with workers of its own.
    fn add_pool(&mut self, app: &Arc<App>, listener: Listener, gated: bool, done: &Sender<()>) -> Result<()> {
        let failed = |e: &dyn std::fmt::Display| Error::Failed(format!("cannot start the server: {e}"));
        let server = match listener {
            Listener::Tcp(listener) => Server::from_listener(listener, None),
            Listener::Unix(listener) => Server::from_listener(listener, None),
        };
        let server = Arc::new(server.map_err(|e| failed(&e))?);
        self.servers.push(Arc::clone(&server));
        for number in 0..app.instance.config.server.threads {
            let worker = Worker {
                app: Arc::clone(app),
                server: Arc::clone(&server),
                gated,
                state: Arc::clone(&self.state),
            };
            let done = done.clone();
            let name = format!("worker-{number}");
            let spawned = thread::Builder::new().name(name).spawn(move || {
                worker.work();
                // Whoever waited may be gone.
                let _ = done.send(());
            });
            spawned.map_err(|e| failed(&e))?;
            self.workers += 1;
        }
        Ok(())
    }

    fn urls(&self) -> &[String] {
        &self.urls
    }

    fn wait(&self, stop: &Receiver<()>) -> Result<()> {
        loop {
            match stop.recv_timeout(Duration::from_millis(500)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let failure = self.state.failure.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(cause) = failure.as_deref() {
                return Err(Error::Failed(format!("cannot accept connections any longer: {cause}")));
            }
        }
    }

    /// Accepts nothing more, lets what runs finish within the time, and ends the workers.
    fn stop(mut self, grace: Duration) {
        let until = Instant::now() + grace;
        self.state.stopping.store(true, Ordering::SeqCst);
        match self.gate.take() {
            Some(gate) => gate.stop(grace),
            None => self.bound.iter().for_each(Bound::close),
        }
        for server in &self.servers {
            // Queued behind the requests that wait already.
            (0..self.workers).for_each(|_| server.unblock());
        }
        for _ in 0..self.workers {
            let left = until
                .saturating_duration_since(Instant::now())
                .max(Duration::from_millis(100));
            if self.ended.recv_timeout(left).is_err() {
                log::warn!("requests were still in hand when the server stopped");
                break;
            }
        }
        let servers = std::mem::take(&mut self.servers);
        // Its end connects to itself, which may take seconds.
        thread::spawn(move || drop(servers));
    }
}

/// One of the threads that answer.
struct Worker {
    app: Arc<App>,
    server: Arc<Server>,
    gated: bool,
    state: Arc<State>,
}

impl Worker {
    /// Until the server stops. A panic costs its request, never the worker.
    fn work(&self) {
        loop {
            match self.server.recv() {
                Ok(request) => {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.handle(request))) {
                        log::error!("a worker panicked: {}", panic_text(&*panic));
                    }
                }
                Err(_) if self.state.stopping.load(Ordering::SeqCst) => return,
                Err(e) => {
                    log::error!("the server accepts no more connections: {e}");
                    let mut failure = self.state.failure.lock().unwrap_or_else(PoisonError::into_inner);
                    *failure = Some(e.to_string());
                }
            }
        }
    }

    /// The flag comes first, then what is wrong with the request, then its body, then the barrier.
    fn handle(&self, mut request: tiny_http::Request) {
        if let Some(notice) = self.app.instance.look() {
            let response = self.out_of_service(&request, &notice);
            return self.send_unread(request, response);
        }
        if self.gated && header(&request, "X-Gate-Probe").is_some() {
            return self.send_unread(request, Response::empty(204));
        }
        if !self.gated && is_malformed(&request) {
            let response = Response::text("400 Bad Request\n").with_status(400).no_store();
            return self.send_unread(request, response);
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
        let response = match read_body(&mut request, announced) {
            Ok(body) => self.answer(&request, body, None),
            Err(error) => self.answer(&request, Spool::new(0), Some(error)),
        };
        self.send(request, response);
    }

    /// Enters the barrier, answers, and has left it when this returns.
    fn answer(&self, request: &tiny_http::Request, body: Spool, error: Option<Error>) -> Response {
        let mut whole = Request::new(self.raw_head(request), body, &self.app.instance.config.server);
        if let Some(error) = error {
            whole.refuse(error);
        }
        match self.app.instance.enter() {
            Ok(entry) => self.app.answer(entry, whole),
            Err(notice) => self.out_of_service(request, &notice),
        }
    }

    fn out_of_service(&self, request: &tiny_http::Request, notice: &Notice) -> Response {
        let ask = Ask {
            method: &Method::new(request.method().as_str()),
            accept: header(request, "Accept"),
            accept_language: header(request, "Accept-Language"),
        };
        self.app.out_of_service(notice, ask)
    }

    fn raw_head(&self, request: &tiny_http::Request) -> RawHead {
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

    /// Sends an answer to a request whose body was read.
    fn send(&self, request: tiny_http::Request, response: Response) {
        let connection = if self.gated { None } else { connection(&request) };
        write(request, response, connection);
    }

    /// Sends an answer to a request whose body, if it has one, was not read. The body is read and thrown
    /// away where that holds up nobody: from the gate at once, else in a thread of its own, since
    /// tiny_http reads it before it gives the writer out.
    fn send_unread(&self, mut request: tiny_http::Request, response: Response) {
        let expects = header(&request, "Expect").is_some();
        let chunked = header(&request, "Transfer-Encoding").is_some();
        let length = request.body_length().unwrap_or(0);
        if self.gated {
            // It comes out of memory or a file there.
            let _ = io::copy(request.as_reader(), &mut io::sink());
            return self.send(request, response);
        }
        if chunked && !expects {
            let connection = connection(&request);
            return aside(request, move |mut request| {
                let _ = io::copy(&mut request.as_reader().take(DRAINED), &mut io::sink());
                write(request, response, connection);
            });
        }
        if length > DROPPABLE {
            log::warn!("a request with a body of {length} bytes was left hanging: it could end the process");
            std::mem::forget(request);
            return;
        }
        // tiny_http has read as much by itself.
        if length <= 1024 && !expects {
            return self.send(request, response);
        }
        aside(request, move |request| respond(request, response));
    }
}

/// Does with a request what may take as long as its client likes.
fn aside(request: tiny_http::Request, work: impl FnOnce(tiny_http::Request) + Send + 'static) {
    let slot = Arc::new(Mutex::new(Some(request)));
    let shared = Arc::clone(&slot);
    let take = |slot: &Mutex<Option<_>>| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let spawned = thread::Builder::new().name("aside".to_string()).spawn(move || {
        if let Some(request) = take(&shared) {
            work(request);
        }
    });
    if let Err(e) = spawned {
        log::error!("a request was left hanging, no thread could be had for it: {e}");
        // Dropping it would read its body here.
        std::mem::forget(take(&slot));
    }
}

/// Reads a body of a known length.
fn read_body(request: &mut tiny_http::Request, length: u64) -> Result<Spool> {
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
        kept.map_err(|e| Error::Failed(format!("cannot keep a body of {length} bytes: {e}")))?;
    }
    Ok(body)
}

/// Writes an answer: a small one in one write.
fn write(request: tiny_http::Request, response: Response, connection: Option<&str>) {
    let head_only = request.method().as_str() == "HEAD" || matches!(response.status, 204 | 304);
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
    if let Err(e) = written.and_then(|()| writer.flush()) {
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

/// Answers before the body is read, which tiny_http then does on its own.
fn respond(request: tiny_http::Request, response: Response) {
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
    let answer = tiny_http::Response::new(response.status.into(), lines, body, Some(length), None);
    if let Err(e) = request.respond(answer.with_chunked_threshold(usize::MAX)) {
        log::debug!("an answer was not taken: {e}");
    }
}

/// What an answer has to say of its connection, which tiny_http keeps or closes without a word.
fn connection(request: &tiny_http::Request) -> Option<&'static str> {
    let asked = header(request, "Connection").unwrap_or("").to_ascii_lowercase();
    let old = *request.http_version() <= tiny_http::HTTPVersion(1, 0);
    match (old, asked.contains("close"), asked.contains("keep-alive")) {
        (_, true, _) | (true, _, false) => Some("close"),
        (true, _, true) => Some("keep-alive"),
        (false, ..) => None,
    }
}

fn is_malformed(request: &tiny_http::Request) -> bool {
    let version = request.http_version();
    bare::is_malformed((version.0, version.1), request.url(), header_lines(request))
}

fn header_lines(request: &tiny_http::Request) -> impl Iterator<Item = (&str, &str)> {
    let lines = request.headers().iter();
    lines.map(|header| (header.field.as_str().as_str(), header.value.as_str()))
}

fn header<'a>(request: &'a tiny_http::Request, name: &str) -> Option<&'a str> {
    let mut lines = header_lines(request);
    lines
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
