//! `fietscron`: what has to be done regularly, and nothing while the maintenance mode is on.
//!
//! The flag is looked at before anything else is touched, again once the lock is held, and again
//! before every job and every item, so that a drain waits for one item at most. cron mails what is
//! printed: what goes well is told with `-v` alone. One job that fails does not stop the others. A server that was asked
//! to does the same inside (`inside`).

mod figures;
pub mod inside;
mod mail;
mod maps;
mod orphans;
mod previews;
mod strays;
mod tile_cache;
mod tokens;
mod turn;
mod unfinished;
mod uploads;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use log::Level;
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
use crate::web::app::panic_text;

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
    // Before the orphans, among which they do not count.
    Job {
        name: "unfinished tracks",
        run: unfinished::run,
    },
    Job {
        name: "orphans",
        run: orphans::run,
    },
    Job {
        name: "tile cache",
        run: tile_cache::run,
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
    /// In bytes.
    tile_cache_size: u64,
    now: OffsetDateTime,
    /// Looks whether the mode is still off, and whoever called does not want to end.
    is_off: &'a dyn Fn() -> bool,
    idle: Level,
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

    /// The same with items that are known before. One that fails does not keep the others, and is the outcome at the
    /// end; those that `item` says true of are counted.
    fn each_of<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(T) -> Result<bool>,
    ) -> Result<Outcome> {
        let mut items = items.into_iter();
        let mut failed = Ok(());
        let mut done = 0;
        let outcome = self.each(|| {
            let Some(next) = items.next() else { return Ok(false) };
            match item(next) {
                Ok(counts) => done += usize::from(counts),
                Err(e) => failed = Err(e),
            }
            Ok(true)
        })?;
        failed?;
        Ok(match outcome {
            Outcome::Done(_) => Outcome::Done(done),
            Outcome::Stopped => Outcome::Stopped,
        })
    }
}

/// Who calls for a run.
struct Caller<'a> {
    /// Whether it wants to end for another reason than the mode.
    is_ending: &'a dyn Fn() -> bool,
    /// So long after a run no other is due; none: always.
    interval: Option<Duration>,
    /// The level at which it is told that a job had nothing to do.
    idle: Level,
    /// Whether the process does nothing else, and so gives up what jobs do not need.
    is_alone: bool,
}

/// How a run ended when it did not fail.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// With every job done.
    Through,
    /// Somewhere between two items, because the flag had appeared or the caller wants to end.
    Stopped,
    /// Before anything was touched: the flag is on.
    Away(Flag),
    /// The same, but nothing stands there for long: it was switched on just now, or somebody is alone with the data.
    Shut(Flag),
    /// Before anything was done: another run is active.
    Taken,
    /// Before anything was done: this long ago there was one.
    Early(Duration),
}

fn run(call: &Call) -> Result<()> {
    let config = Config::read(call.config_path())?;
    // What is odd in the INI file is told by the server and by fietsctl; cron would mail it every time.
    config.warnings.iter().for_each(|warning| log::info!("{warning}"));
    let caller = Caller {
        is_ending: &|| false,
        interval: None,
        idle: Level::Info,
        is_alone: true,
    };
    match once(&config, &caller)? {
        Ended::Away(flag) => stay_away(&flag, &DataDir::new(&config.data_dir), clock::now()),
        Ended::Shut(flag) => log::info!("the instance is in maintenance mode: {flag:?}"),
        Ended::Taken => log::info!("another run is active"),
        Ended::Through | Ended::Stopped | Ended::Early(_) => {}
    }
    Ok(())
}

/// One run, wherever it is called for. The flag comes first of all.
fn once(config: &Config, caller: &Caller<'_>) -> Result<Ended> {
    let dir = DataDir::new(&config.data_dir);
    let seen = match barrier::first_look(dir.path()) {
        Ok(seen) => seen,
        Err(flag) => return Ok(Ended::Away(flag)),
    };
    let pass = match barrier::enter(seen, dir.path()) {
        Ok(pass) => pass,
        // Somebody switched it on just now, or is alone with the data: as good as the flag.
        Err(flag) => return Ok(Ended::Shut(flag)),
    };
    let Some(turn) = turn::find(&dir.cron_lock())? else {
        return Ok(Ended::Taken);
    };
    if caller.is_alone {
        isolation::enter(config, Level::Info)?;
    }
    let began = clock::now();
    if let Some(ago) = caller.interval.and_then(|interval| too_soon(&dir, began, interval)) {
        return Ok(Ended::Early(ago));
    }
    let path = dir.path().to_owned();
    let cron = Cron {
        db: db::open(&config.database)?,
        dir,
        email: &config.email,
        ground: Ground::of(config),
        maps: &config.hittekaart,
        tile_cache_size: config.tile_cache_size,
        now: began,
        is_off: &|| pass.is_off() && pass.names(&path) && !(caller.is_ending)(),
        idle: caller.idle,
    };
    swap::finish_pending(&cron.db, &cron.dir)?;
    // Beside the jobs: nothing depends on them.
    if let Err(e) = db::add_indexes(&cron.db) {
        log::warn!("{e}");
    }
    let outcome = work(JOBS, &cron);
    // A run that was stopped is not through, and nothing is written any more.
    if (cron.is_off)()
        && let Err(e) = last_run::record(&turn, clock::now())
    {
        log::warn!("{e}");
    }
    outcome
}

/// How long ago the last run was, when that is less than the interval.
fn too_soon(dir: &DataDir, now: OffsetDateTime, interval: Duration) -> Option<Duration> {
    let ago = now - last_run::find(dir)?;
    // A time that is to come is a clock that was wrong.
    (Duration::ZERO..interval).contains(&ago).then_some(ago)
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

/// Does one job after the other. What one of them does wrong, a panic too, is told and stops no other.
fn work(jobs: &[Job], cron: &Cron<'_>) -> Result<Ended> {
    let began = Instant::now();
    let (mut all, mut failed) = (0, 0);
    let mut ended = Ended::Through;
    for job in jobs {
        let outcome = if (cron.is_off)() {
            catch_unwind(AssertUnwindSafe(|| (job.run)(cron)))
                .unwrap_or_else(|panic| Err(Error::Failed(format!("panicked: {}", panic_text(&*panic)))))
        } else {
            Ok(Outcome::Stopped)
        };
        match outcome {
            Ok(Outcome::Done(items)) => {
                let level = if items == 0 { cron.idle } else { Level::Info };
                log::log!(level, "{}: {items} done", job.name);
                all += items;
            }
            Ok(Outcome::Stopped) => {
                log::info!("{}: stopped; the next run goes on here", job.name);
                ended = Ended::Stopped;
                break;
            }
            Err(e) => {
                log::error!("{}: {e}", job.name);
                failed += 1;
            }
        }
    }
    let level = if all == 0 && failed == 0 {
        cron.idle
    } else {
        Level::Info
    };
    let seconds = began.elapsed().as_secs_f64();
    let how = if ended == Ended::Through { "through" } else { "stopped" };
    log::log!(
        level,
        "{how} in {seconds:.1} s: {all} done, {failed} of {} jobs failed",
        jobs.len()
    );
    if failed > 0 { Err(Error::Quiet(1)) } else { Ok(ended) }
}

#[cfg(test)]
mod tests;
