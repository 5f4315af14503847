//! `fietsboek-serve`: from an INI file to a site in service, until a signal ends it.
//!
//! What ends it at the start is what an administrator has to mend first: a wrong INI file, a page of their own
//! that cannot be understood, a data directory that is not there, an address that is taken. A database that cannot be used does not:
//! visitors are told, the log is told once, and the next request looks again.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::call::Call;
use super::cron::inside;
use super::opts::{Operand, Opt, Takes, Verb};
use super::version;
use crate::db;
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::isolation;
use crate::model::swap;
use crate::pages::Pages;
use crate::update;
use crate::web::{listen, server};

/// The exit code when a second signal does not want to wait for what still runs.
const IMPATIENT: i32 = 1;

/// How long the end waits for a job, which was told to end with the first signal, as the requests in hand were.
const LAST_JOB: Duration = Duration::from_secs(3);

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &[],
    about: "serve the site",
    operands: &[Operand {
        name: "FILE",
        required: false,
        help: "the INI file, as pserve takes it; the same as -c FILE",
    }],
    opts: &[Opt {
        long: "cron",
        short: None,
        takes: Takes::Value("INTERVAL"),
        help: "do the jobs of fietscron inside, so often: 15m, 1h",
    }],
    run,
}];

fn run(call: &Call) -> Result<()> {
    let interval = call.value("cron").map(inside::interval).transpose()?;
    let config = call.config_at(file(call)?)?;
    let starting = |e: std::io::Error| Error::Failed(format!("cannot start the server: {e}"));
    log::info!("{} with {}", version::text(call.applet.name), config.file.display());
    if config.has_short_key() {
        log::warn!("session_key is short: who guesses it logs in as anybody; fietsctl check says more");
    }
    let pages = Pages::read(&config.pages)?;
    // A port below 1024 may be root's to give, and what is asked for after it counts for all threads from here on.
    let bound = listen::bind(&config.server.listen)?;
    isolation::enter(&config, log::Level::Warn)?;
    let instance = Arc::new(Instance::new(config));
    let asked = Arc::new(AtomicBool::new(false));
    let stop = listen_to_signals(&asked).map_err(starting)?;
    instance.watch().map_err(starting)?;
    look_at_database(&instance).map_err(starting)?;
    let cron = match interval {
        Some(interval) => Some(inside::start(instance.config.clone(), interval, asked).map_err(starting)?),
        None => None,
    };
    let outcome = server::run(instance, pages, bound, &stop);
    if let Some(cron) = cron {
        cron.stop(LAST_JOB);
    }
    outcome
}

/// The INI file, which may be named in either way, or in both alike.
fn file(call: &Call) -> Result<&Path> {
    let operand = call.operands().first().map(Path::new);
    match (operand, call.named_config()) {
        (Some(one), Some(other)) if one != other => Err(Error::Usage(format!(
            "two INI files are named: {} and {}",
            one.display(),
            other.display()
        ))),
        (Some(operand), _) => Ok(operand),
        (None, _) => Ok(call.config_path()),
    }
}

/// Logs what is wrong with the database or VERSION, if anything is, and adds the indexes that the database has
/// not. Beside the start, not before it: a locked one is waited for.
fn look_at_database(instance: &Arc<Instance>) -> std::io::Result<()> {
    let instance = Arc::clone(instance);
    let look = move || {
        let Ok(mut entry) = instance.enter() else { return };
        match entry.open_db(|db| swap::finish_pending(db, &instance.dir)) {
            Err(e) => log::warn!("{e}; visitors get 503 until it can be used"),
            Ok(()) => {
                if let Some(oddity) = update::version::find_oddity(&instance.dir) {
                    log::warn!("{oddity}");
                }
                // Lists are only slower without.
                if let Err(e) = entry.db().and_then(db::add_indexes) {
                    log::info!("{e}");
                }
            }
        }
    };
    std::thread::Builder::new()
        .name("first look".to_owned())
        .spawn(look)
        .map(drop)
}

/// A channel that says when to stop: at SIGTERM or SIGINT, which set `asked` too. A second one of them ends the process at
/// once. SIGHUP, which a closed terminal or a log rotation sends, does nothing.
fn listen_to_signals(asked: &Arc<AtomicBool>) -> std::io::Result<Receiver<()>> {
    let (mut heard, handler) = UnixStream::pair()?;
    for signal in [SIGTERM, SIGINT] {
        // In this order, so that the first signal does not see its own mark.
        signal_hook::flag::register_conditional_shutdown(signal, IMPATIENT, Arc::clone(asked))?;
        signal_hook::flag::register(signal, Arc::clone(asked))?;
        signal_hook::low_level::pipe::register(signal, handler.try_clone()?)?;
    }
    signal_hook::flag::register(SIGHUP, Arc::new(AtomicBool::new(false)))?;
    let (stop, stopped) = mpsc::channel();
    let wait = move || {
        if heard.read_exact(&mut [0]).is_ok() {
            log::info!("stopping");
            // Whoever no longer listens has stopped already.
            let _ = stop.send(());
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(stopped)
}
