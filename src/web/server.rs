//! The server as a whole: sockets, front door, pools of workers, start and stop. The only file that
//! names tiny_http; `worker` knows it as `library`.
//!
//! As a rule the front door (`gate`) stands before the one pool: then requests are whole, clean and
//! few, and come over as many connections as there are workers. Without it each public socket is a
//! tiny_http server of its own, with workers of its own.

mod turns;
mod worker;

use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tiny_http as library;

use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::mail::post;
use crate::notify;
use crate::pages::Pages;
use crate::tiles;
use crate::web::app::App;
use crate::web::gate::{self, Gate, Listener};
use crate::web::listen::{Bound, Private};
use crate::web::response::{promise_https, refusal};
use crate::web::routes;
use library::Server;
use turns::Turns;
use worker::Worker;

/// At least so many connections between gate and workers, however few workers there are: with fewer, a request
/// that is ready waits for an answer to be read.
const INNER: usize = 8;
/// So many workers more than may work at once: while all others are at work it tells of the maintenance mode, and
/// it lets go of a request that waits for its turn as soon as that is on. More of them make every answer slower.
const SPARE: usize = 1;
/// How long requests in hand may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How often it is looked whether connections are still accepted.
const LOOK: Duration = Duration::from_millis(250);
/// So often within the time of a watchdog it hears of the server.
const TELLS: u32 = 4;
/// So many descriptors must be free again before connections are.
const ROOM: usize = 16;
/// So many threads the library starts with each server.
const THREADS_OF_LIBRARY: usize = 5;
/// So often each worker is woken at the end: one look may take a waking for nothing, begun before it was known that
/// the server stops; the worker then sleeps, and needs another.
const UNBLOCKS: usize = 2;
/// So often accepting begins anew: each time threads stay behind that serve who came before.
const RESTARTS: usize = 32;

/// Serves an instance at these sockets until it is told to stop (a message, or the sender's end). Prints on standard
/// output where it listens, one line each, when it is ready.
///
/// # Errors
/// [`Error::Failed`]: a socket cannot be had, or connections are no longer accepted.
pub fn run(instance: Arc<Instance>, pages: Pages, bound: Vec<Bound>, stop: &Receiver<()>) -> Result<()> {
    promise_https(instance.config.hsts);
    let app = App::new(instance, routes::ROUTES, routes::ERROR_PAGE);
    let app = Arc::new(app.with_pages(pages));
    let (instance, bell) = (Arc::clone(&app.instance), app.bell.clone());
    let (painter, tiles) = (app.painter.clone(), Arc::clone(&app.tiles));
    let mut service = Service::start(app, bound)?;
    post::start(Arc::clone(&instance), bell).map_err(|e| cannot_start(&e))?;
    painter.start(instance, tiles).map_err(|e| cannot_start(&e))?;
    let mut out = io::stdout().lock();
    for url in service.urls() {
        // Nobody may be reading.
        let _ = writeln!(out, "listening on {url}");
    }
    let _ = out.flush();
    drop(out);
    notify::tell(notify::READY);
    let outcome = service.wait(stop);
    notify::tell(notify::STOPPING);
    painter.close();
    service.stop(GRACE);
    outcome
}

/// A running server.
struct Service {
    app: Arc<App>,
    bound: Vec<Bound>,
    urls: Vec<String>,
    gate: Option<Gate>,
    sockets: Vec<Socket>,
    servers: Vec<Arc<Server>>,
    workers: usize,
    restarts: usize,
    state: Arc<State>,
    done: Sender<()>,
    ended: Receiver<()>,
    _private: Option<Private>,
}

/// What a tiny_http server listens at.
struct Socket {
    /// For the next server.
    listener: Listener,
    accepting: Accepting,
}

/// Whether a tiny_http server still accepts. Its thread that does ends with the first error, and without a
/// word when it was short of descriptors; what it leaves is that its own descriptor of the socket is closed.
struct Accepting {
    /// The descriptor in `/proc`.
    descriptor: PathBuf,
    /// What it was at the beginning; none: there is no `/proc`, and nothing can be told.
    socket: Option<PathBuf>,
}

impl Accepting {
    fn at(listener: &Listener) -> Accepting {
        let descriptor = PathBuf::from(format!("/proc/self/fd/{}", listener.descriptor().as_raw_fd()));
        Accepting {
            socket: std::fs::read_link(&descriptor).ok(),
            descriptor,
        }
    }

    fn has_ended(&self) -> bool {
        self.socket.is_some() && std::fs::read_link(&self.descriptor).ok() != self.socket
    }
}

/// What workers and their owner tell each other.
struct State {
    stopping: AtomicBool,
    /// As many as `threads` says work at once.
    turns: Turns,
    /// Of those with a large body one.
    large: Turns,
}

impl Service {
    fn start(app: Arc<App>, bound: Vec<Bound>) -> Result<Service> {
        let (done, ended) = mpsc::channel();
        let server = &app.instance.config.server;
        let mut service = Service {
            urls: bound.iter().map(|bound| bound.url.clone()).collect(),
            bound,
            gate: None,
            sockets: Vec::new(),
            servers: Vec::new(),
            workers: 0,
            restarts: 0,
            state: Arc::new(State {
                stopping: AtomicBool::new(false),
                turns: Turns::new(server.threads),
                large: Turns::new(1),
            }),
            done,
            ended,
            _private: None,
            app,
        };
        if service.app.instance.config.gate {
            service.start_gated()?;
        } else {
            log::info!("the gate is off: limits of size and time are those of the proxy in front");
            for at in 0..service.bound.len() {
                let listener = service.bound[at].share()?;
                service.add_socket(listener)?;
            }
        }
        Ok(service)
    }

    fn start_gated(&mut self) -> Result<()> {
        let (private, listener) = Private::new()?;
        let inner = private.path();
        self._private = Some(private);
        self.add_socket(Listener::Unix(listener))?;
        let listeners: Result<Vec<Listener>> = self.bound.iter_mut().map(Bound::take).collect();
        let config = &self.app.instance.config;
        let limits = &config.limits;
        let tiles = if config.tile_proxy { tiles::MOST } else { 0 };
        self.gate = Some(gate::start(gate::Setup {
            listeners: listeners?,
            inner,
            inner_connections: (config.server.threads + SPARE).max(INNER) + tiles,
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

    fn add_socket(&mut self, listener: Listener) -> Result<()> {
        let given = listener.try_clone().map_err(|e| cannot_start(&e))?;
        let accepting = self.add_pool(given)?;
        self.sockets.push(Socket { listener, accepting });
        Ok(())
    }

    /// A tiny_http server at this socket, with workers of its own.
    fn add_pool(&mut self, listener: Listener) -> Result<Accepting> {
        let accepting = Accepting::at(&listener);
        // It panics where no thread can be had.
        let server = catch_unwind(|| match listener {
            Listener::Tcp(listener) => Server::from_listener(listener, None),
            Listener::Unix(listener) => Server::from_listener(listener, None),
        });
        let server = server.map_err(|_| cannot_start(&"no thread can be had"))?;
        let server = Arc::new(server.map_err(|e| cannot_start(&e))?);
        self.servers.push(Arc::clone(&server));
        let config = &self.app.instance.config;
        for number in 0..config.server.threads + SPARE {
            let worker = Worker {
                app: Arc::clone(&self.app),
                server: Arc::clone(&server),
                gated: config.gate,
                state: Arc::clone(&self.state),
            };
            let done = self.done.clone();
            let name = format!("worker-{number}");
            let spawned = thread::Builder::new().name(name).spawn(move || {
                worker.work();
                // Whoever waited may be gone.
                let _ = done.send(());
            });
            spawned.map_err(|e| cannot_start(&e))?;
            self.workers += 1;
        }
        Ok(accepting)
    }

    fn urls(&self) -> &[String] {
        &self.urls
    }

    fn wait(&mut self, stop: &Receiver<()>) -> Result<()> {
        let watchdog = notify::watchdog().map(|time| time / TELLS);
        let mut told = Instant::now();
        loop {
            match stop.recv_timeout(LOOK) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => self.mend()?,
            }
            if watchdog.is_some_and(|time| told.elapsed() >= time) {
                told = Instant::now();
                // A front door that does not answer is no longer told of, and the manager begins anew.
                if self.gate.as_ref().is_none_or(Gate::is_alive) {
                    notify::tell(notify::ALIVE);
                }
            }
        }
    }

    /// Begins accepting anew where it has ended, once there are descriptors and threads for it.
    fn mend(&mut self) -> Result<()> {
        for at in 0..self.sockets.len() {
            let Socket { listener, accepting } = &self.sockets[at];
            if !accepting.has_ended() {
                continue;
            }
            let room: io::Result<Vec<Listener>> = (0..ROOM).map(|_| listener.try_clone()).collect();
            let Some(listener) = room.ok().and_then(|mut room| room.pop()) else {
                continue;
            };
            let threads = self.app.instance.config.server.threads + SPARE + THREADS_OF_LIBRARY;
            if !has_threads(2 * threads) {
                continue;
            }
            if self.restarts == RESTARTS {
                return Err(Error::Failed("connections are accepted no longer".to_owned()));
            }
            self.restarts += 1;
            match self.add_pool(listener) {
                Ok(accepting) => {
                    self.sockets[at].accepting = accepting;
                    log::warn!("connections are accepted anew after an error of the system");
                }
                Err(e) => log::warn!("connections are not accepted for now: {e}"),
            }
        }
        Ok(())
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
            (0..UNBLOCKS * self.workers).for_each(|_| server.unblock());
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
        // Their end connects to itself, which may take seconds; without a thread that is waited for.
        let _ = thread::Builder::new().spawn(move || drop(servers));
    }
}

/// Whether so many threads could be had now.
fn has_threads(number: usize) -> bool {
    let line = Mutex::new(());
    let held = line.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let wait = || drop(line.lock());
        let waiting = (0..number).map_while(|_| thread::Builder::new().spawn_scoped(scope, wait).ok());
        let enough = waiting.count() == number;
        drop(held);
        enough
    })
}

fn cannot_start(cause: &dyn std::fmt::Display) -> Error {
    Error::Failed(format!("cannot start the server: {cause}"))
}

#[cfg(test)]
mod tests;
