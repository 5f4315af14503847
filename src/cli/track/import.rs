//! `fietsctl track import`: recordings from elsewhere become tracks of a user, thousands of them at once.

mod file;
mod known;
mod packed;
mod run;
mod source;
mod words;
mod work;
mod write;

use std::cell::Cell;
use std::num::NonZero;
use std::time::Duration;

use self::known::Known;
use self::run::{Tally, Watch, Work, run as import};
use self::work::Settings;
use self::write::Writer;
use super::drain::Drain;
use super::owner;
use crate::cli::call::{Call, complain};
use crate::cli::interrupt::Interrupt;
use crate::cli::open::open;
use crate::cli::printable;
use crate::cli::progress::Bar;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::memory;
use crate::model::TrackId;
use crate::model::fingerprint;
use crate::model::track::{Kind, Visibility};
use crate::web::page::upload;

/// Threads at the most, whatever is asked for.
const MOST_JOBS: i64 = 64;
/// Files after which a line tells how far it is, where there is no terminal for a bar.
const LINE_EVERY: usize = 1000;

pub(super) fn run(call: &Call) -> Result<()> {
    let (visibility, kind, jobs) = (visibility(call)?, kind(call)?, jobs(call)?);
    let email = super::email(call)?;
    let config = call.config()?;
    let listing = source::list(call.operands())?;

    let held = open(&config)?;
    let owner = owner(&held.db, email)?;
    let tags = call.values("tag").into_iter().map(str::to_owned).collect();
    let settings = Settings {
        author: owner.name.clone(),
        visibility,
        kind,
        tags,
        most: upload::largest_of(&config),
    };
    // Whoever may not write learns it before the work.
    let change = begin(&held.db)?;
    let tracks = fingerprint::list_behind(&change, owner.id, TrackId(i64::MIN))?;
    commit(change)?;
    let last = tracks.last().map_or(TrackId(0), |track| track.candidate.id);
    let known = Known::of(&held.dir, tracks);
    let is_dry = call.flag("dry-run");
    let watch = Reporter::new(call, Drain::new(held.dir.path()), listing.items.len())?;
    let mut tally = Tally::default();
    for (name, why) in &listing.failed {
        tally.failed += 1;
        watch.failed(name, why);
    }
    let work = Work {
        items: &listing.items,
        settings: &settings,
        known: &known,
        dir: &held.dir,
        jobs,
    };
    memory::keep_freed();
    let writer = (!is_dry).then(|| Writer::new(&held, owner.id, &known, last));
    let outcome = import(&work, writer, &watch, &mut tally);
    drop(watch);
    drop(held);
    call.say(&summary(tally, listing.others, is_dry))?;
    outcome?;
    match tally.failed {
        0 => Ok(()),
        _ => Err(Error::Quiet(1)),
    }
}

fn summary(tally: Tally, others: u64, is_dry: bool) -> String {
    let verb = if is_dry { "would import" } else { "imported" };
    let Tally {
        imported,
        already,
        failed,
    } = tally;
    let mut text = format!("{verb} {imported}, already there {already}, failed {failed}");
    if others > 0 {
        text.push_str(&format!(", passed over {others}"));
    }
    text
}

/// Who may see the tracks; the names are those of the original, in any capitalisation.
fn visibility(call: &Call) -> Result<Visibility> {
    let Some(name) = call.value("visibility") else {
        return Ok(Visibility::Private);
    };
    Visibility::find(&plain(name)).ok_or_else(|| {
        let names = Visibility::ALL.map(|one| one.name().to_lowercase());
        Error::Usage(format!("--visibility takes one of {}, not {name:?}", names.join(", ")))
    })
}

fn kind(call: &Call) -> Result<Option<Kind>> {
    let Some(name) = call.value("type") else {
        return Ok(None);
    };
    let kind = Kind::find(&plain(name));
    kind.map(Some)
        .ok_or_else(|| Error::Usage(format!("--type takes organic or synthetic, not {name:?}")))
}

fn plain(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn jobs(call: &Call) -> Result<usize> {
    let jobs = match call.number("jobs")? {
        None => return Ok(std::thread::available_parallelism().map_or(1, NonZero::get)),
        Some(jobs) => usize::try_from(jobs).ok().filter(|_| (1..=MOST_JOBS).contains(&jobs)),
    };
    jobs.ok_or_else(|| Error::Usage(format!("--jobs takes a number from 1 to {MOST_JOBS}")))
}

/// Tells the administrator how it goes, and stops when they or the maintenance mode say so.
struct Reporter {
    bar: Bar,
    is_quiet: bool,
    total: usize,
    told: Cell<usize>,
    interrupt: Interrupt,
    drain: Drain,
}

impl Reporter {
    fn new(call: &Call, drain: Drain, total: usize) -> Result<Reporter> {
        Ok(Reporter {
            bar: Bar::new(!call.is_quiet()),
            is_quiet: call.is_quiet(),
            total,
            told: Cell::new(0),
            interrupt: Interrupt::catch()?,
            drain,
        })
    }
}

impl Watch for Reporter {
    fn failed(&self, name: &str, why: &str) {
        self.bar.clear();
        complain(&printable::text(&format!("{name}: {why}")));
    }

    fn done(&self, tally: Tally) {
        let done = tally.done().min(self.total);
        self.bar.set(done as f64 / self.total.max(1) as f64);
        let line = done / LINE_EVERY * LINE_EVERY;
        if !self.is_quiet && !self.bar.is_shown() && line > self.told.replace(line.max(self.told.get())) {
            complain(&format!("{line} of {}", self.total));
        }
    }

    fn go_on(&self) -> Result<()> {
        if self.interrupt.wait(Duration::ZERO) {
            return Err(Error::Failed("stopped by a signal; run it again to go on".to_owned()));
        }
        self.drain.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_would_be_and_what_was() {
        let tally = Tally {
            imported: 12,
            already: 3,
            failed: 1,
        };
        assert_eq!(summary(tally, 0, false), "imported 12, already there 3, failed 1");
        assert_eq!(
            summary(tally, 5, true),
            "would import 12, already there 3, failed 1, passed over 5"
        );
    }
}
