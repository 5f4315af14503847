//! `fietscron`: what has to be done regularly, and nothing while the maintenance mode is on.
//!
//! The flag is looked at before anything else is touched, again once the lock is held, and again
//! before every job and every item, so that a drain waits for one item at most. cron mails what is
//! printed: what goes well is told with `-v` alone. One job that fails does not stop the others.

mod figures;
mod mail;
mod maps;
mod previews;
mod strays;
mod tokens;
mod turn;
mod uploads;

use std::sync::Arc;

use rusqlite::Connection;
use time::{Duration, OffsetDateTime};

use super::call::Call;
use super::opts::Verb;
use crate::clock;
use crate::config::{Config, Email, Hittekaart, Layer};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::isolation;
use crate::maintenance::barrier;
use crate::maintenance::flag::Flag;
use crate::model::{last_run, swap};
use crate::tiles::{self, Tiles};

/// The one row of the table.
pub const VERBS: &[Verb] = &[Verb {
    path: &[],
    about: "delete what is old, compute what is missing; nothing in maintenance mode",
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
    // Before the tokens: a mail goes with its own, and that it is given up is told.
    Job {
        name: "waiting mail",
        run: mail::run,
    },
    Job {
        name: "old tokens",
        run: tokens::run,
    },
    Job {
        name: "stray files",
        run: strays::run,
    },
    Job {
        name: "missing figures",
        run: figures::run,
    },
    // After the figures: what could not be measured cannot be drawn.
    Job {
        name: "missing pictures",
        run: previews::run,
    },
    Job {
        name: "overlay maps",
        run: maps::run,
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
    email: &'a Email,
    /// The map that pictures are drawn on; none: no layer is for everybody.
    ground: Option<Ground>,
    maps: &'a Hittekaart,
    now: OffsetDateTime,
    /// Looks whether the mode is still off.
    is_off: &'a dyn Fn() -> bool,
}

/// A map layer and the way to its tiles.
struct Ground {
    layer: Layer,
    tiles: Arc<Tiles>,
}

impl Ground {
    fn of(config: &Config) -> Option<Ground> {
        let layer = tiles::preview::ground(&config.layers)?.clone();
        let tiles = Arc::new(Tiles::new(Arc::new(Instance::new(config.clone()))));
        Some(Ground { layer, tiles })
    }
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
    let config = Config::read(call.config_path())?;
    // What is odd in the INI file is told by the server and by fietsctl; cron would mail it every time.
    config.warnings.iter().for_each(|warning| log::info!("{warning}"));
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
    let Some(turn) = turn::find(&dir.cron_lock())? else {
        log::info!("another run is active ({})", dir.cron_lock().display());
        return Ok(());
    };
    isolation::enter(&config, log::Level::Info)?;
    let path = dir.path().to_owned();
    let cron = Cron {
        db: db::open(&config.database)?,
        dir,
        email: &config.email,
        ground: Ground::of(&config),
        maps: &config.hittekaart,
        now: clock::now(),
        is_off: &|| pass.is_off() && pass.names(&path),
    };
    swap::finish_pending(&cron.db, &cron.dir)?;
    // Beside the jobs: nothing depends on them.
    if let Err(e) = db::add_indexes(&cron.db) {
        log::warn!("{e}");
    }
    let outcome = work(JOBS, &cron);
    // A run that the flag stopped is not through, and nothing is written any more.
    if (cron.is_off)()
        && let Err(e) = last_run::record(&turn, clock::now())
    {
        log::warn!("{e}");
    }
    outcome
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
            Ok(Outcome::Done(items)) => log::info!("{}: {items} done", job.name),
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

#[cfg(test)]
mod tests;
