//! The server as a whole: sockets, front door, pools of workers, start and stop. The only file that
//! names tiny_http; `worker` knows it as `library`.
//!
//! As a rule the front door (`gate`) stands before the one pool: then requests are whole, clean and
//! few, and come over as many connections as there are workers. Without it each public socket is a
//! tiny_http server of its own, with workers of its own.

mod turns;
mod worker;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tiny_http as library;

use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::web::app::App;
use crate::web::gate::{self, Gate, Listener};
use crate::web::listen::{self, Bound, Private};
use crate::web::response::refusal;
use crate::web::routes;
use library::Server;
use turns::Turns;
use worker::Worker;

/// At least so many connections between gate and workers, however few workers there are: with fewer, a request
/// that is ready waits for an answer to be read.
const INNER: usize = 8;
/// So many workers more than may work at once: they tell of the maintenance mode while all others are at work.
const SPARE: usize = 4;
/// How long requests in hand may take when the server stops.
const GRACE: Duration = Duration::from_secs(10);

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
struct State {
    stopping: AtomicBool,
    /// As many as `threads` says work at once.
    turns: Turns,
    /// Why connections are no longer accepted.
    failure: Mutex<Option<String>>,
}

impl Service {
    fn start(app: Arc<App>) -> Result<Service> {
        let config = &app.instance.config;
        let (done, ended) = mpsc::channel();
        // Large bodies wait there and the private socket stands there; an empty root directory has none.
        // Where it cannot be made either, whoever needs it says so.
        let _ = std::fs::create_dir_all(std::env::temp_dir());
        let bound = listen::bind(&config.server.listen)?;
        let mut service = Service {
            urls: bound.iter().map(|bound| bound.url.clone()).collect(),
            bound,
            gate: None,
            servers: Vec::new(),
            workers: 0,
            state: Arc::new(State {
                stopping: AtomicBool::new(false),
                turns: Turns::new(config.server.threads),
                failure: Mutex::new(None),
            }),
            ended,
            _private: None,
        };
        if config.gate {
            service.start_gated(&app, &done)?;
        } else {
            log::info!("the gate is off: limits of size and time are those of the proxy in front");
            for at in 0..service.bound.len() {
                let listener = service.bound[at].share()?;
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
        let listeners: Result<Vec<Listener>> = self.bound.iter_mut().map(Bound::take).collect();
        let limits = &config.limits;
        self.gate = Some(gate::start(gate::Setup {
            listeners: listeners?,
            inner,
            inner_connections: (config.server.threads + SPARE).max(INNER),
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
        for number in 0..app.instance.config.server.threads + SPARE {
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
        // Its end connects to itself, which may take seconds; without a thread that is waited for.
        let _ = thread::Builder::new().spawn(move || drop(servers));
    }
}

#[cfg(test)]
mod tests;
