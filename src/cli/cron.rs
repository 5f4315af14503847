//! `fietscron`: what has to be done regularly, and nothing while the maintenance mode is on.
//!
//! The flag is looked at before anything else is touched, again once the lock is held, and again
//! before every job and every item, so that a drain waits for one item at most. cron mails what is
//! printed: what goes well is told with `-v` alone. One job that fails does not stop the others.

mod strays;
mod tokens;
mod uploads;

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use time::{Duration, OffsetDateTime};

use super::call::Call;
use super::opts::Verb;
use super::ownership;
use crate::clock;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::barrier;
use crate::maintenance::flag::Flag;

/// The one row of the table.
pub const VERBS: &[Verb] = &[Verb {
    path: &[],
    about: "delete old uploads, old tokens and stray files; nothing in maintenance mode",
    operands: &[],
    opts: &[],
    run,
}];

/// Everything that is done, in this order.
const JOBS: &[Job] = &[
    Job {
        name: "old uploads",
        run: uploads::run,
    },
    Job {
        name: "old tokens",
        run: tokens::run,
    },
    Job {
        name: "stray files",
        run: strays::run,
    },
];

/// How old the flag may be before every run says that it is still there.
const FORGOTTEN: Duration = Duration::hours(24);

/// One thing to be done.
struct Job {
    name: &'static str,
    run: fn(&Cron<'_>) -> Result<Outcome>,
}

/// How a job ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// With everything done; so many items.
    Done(usize),
    /// Between two items, because the flag had appeared.
    Stopped,
}

/// What the jobs work with.
struct Cron<'a> {
    db: Connection,
    dir: DataDir,
    now: OffsetDateTime,
    /// Looks whether the mode is still off.
    is_off: &'a dyn Fn() -> bool,
}

impl Cron<'_> {
    /// Works through items one by one until there are no more; looks at the flag before each.
    fn each(&self, mut item: impl FnMut() -> Result<bool>) -> Result<Outcome> {
        for done in 0.. {
            if !(self.is_off)() {
                return Ok(Outcome::Stopped);
            }
            if !item()? {
                return Ok(Outcome::Done(done));
            }
        }
        Ok(Outcome::Stopped)
    }
}

fn run(call: &Call) -> Result<()> {
    let config = call.config()?;
    let dir = DataDir::new(&config.data_dir);
    let seen = match barrier::first_look(dir.path()) {
        Ok(seen) => seen,
        Err(flag) => {
            stay_away(&flag, &dir, clock::now());
            return Ok(());
        }
    };
    let pass = match barrier::enter(seen, dir.path()) {
        Ok(pass) => pass,
        // Somebody switched it on just now, or is alone with the data: as good as the flag.
        Err(flag) => {
            log::info!("the instance is in maintenance mode: {flag:?}");
            return Ok(());
        }
    };
    let Some(_turn) = find_turn(&dir.cron_lock())? else {
        log::info!("another run is active ({})", dir.cron_lock().display());
        return Ok(());
    };
    let path = dir.path().to_owned();
    let cron = Cron {
        db: db::open(&config.database)?,
        dir,
        now: clock::now(),
        is_off: &|| pass.is_off() && pass.names(&path),
    };
    work(JOBS, &cron)
}

/// Tells why nothing is done: silently, unless the mode may have been forgotten or cannot be told.
fn stay_away(flag: &Flag, dir: &DataDir, now: OffsetDateTime) {
    let path = dir.maintenance();
    match flag {
        Flag::Unclear(cause) => log::warn!("cannot tell whether the maintenance mode is off, doing nothing: {cause}"),
        Flag::On(sighting) => match sighting.since.filter(|since| now - *since > FORGOTTEN) {
            Some(since) => log::warn!(
                "the maintenance mode is on since {} ({}); nothing is done until it is off",
                clock::rfc3339(since),
                path.display()
            ),
            None => log::info!("the maintenance mode is on ({})", path.display()),
        },
        Flag::Off => {}
    }
}

/// Takes the lock that only one run has at a time; absent when another has it. Its file is made when
/// there is none and never removed: who removes it could remove another's.
fn find_turn(path: &Path) -> Result<Option<File>> {
    let failed = |e: Errno| Error::Failed(format!("cannot lock {}: {e}", path.display()));
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o600)).map_err(failed)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            ownership::follow(&file, path);
            Ok(Some(file.into()))
        }
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(failed(e)),
    }
}

/// Does one job after the other.
fn work(jobs: &[Job], cron: &Cron<'_>) -> Result<()> {
    let mut failed = false;
    for job in jobs {
        let outcome = if (cron.is_off)() {
            (job.run)(cron)
        } else {
            Ok(Outcome::Stopped)
        };
        match outcome {
            Ok(Outcome::Done(items)) => log::info!("{}: {items} removed", job.name),
            Ok(Outcome::Stopped) => {
                log::info!("{}: stopped, the maintenance mode is on", job.name);
                break;
            }
            Err(e) => {
                log::error!("{}: {e}", job.name);
                failed = true;
            }
        }
    }
    if failed { Err(Error::Quiet(1)) } else { Ok(()) }
}
