//! Brings overlay maps up to date: those of everybody whose tracks changed, or else those of one, in turn. Each user is
//! an item; whoever cannot be served keeps neither the others nor their own place in the queue.

use std::time::Duration;

use super::{Cron, Outcome};
use crate::error::{Error, Result};
use crate::model::overlay::queue::{self, Due};
use crate::model::overlay::renew::Renewed;
use crate::web::page::recording::maps::Draw;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    if cron.maps.autogenerate.is_empty() {
        return Ok(Outcome::Done(0));
    }
    let mut due = queue::list_due(&cron.db)?.into_iter();
    let mut failed = 0;
    let mut stopped = false;
    let outcome = cron.each(|| {
        let Some(due) = due.next() else { return Ok(false) };
        match bring_up_to_date(cron, due) {
            Ok(is_done) => stopped |= !is_done,
            Err(Error::Busy(why)) => log::info!("{why}; the next run looks again"),
            Err(e) => {
                log::error!("cannot draw the maps of user {}: {e}", due.user);
                failed += 1;
            }
        }
        Ok(!stopped)
    })?;
    match failed {
        0 if stopped => Ok(Outcome::Stopped),
        0 => Ok(outcome),
        n => Err(Error::Failed(format!(
            "the maps of {n} users could not be drawn; the next run tries again"
        ))),
    }
}

/// Draws what a user's maps lack; false when the flag has appeared.
fn bring_up_to_date(cron: &Cron<'_>, due: Due) -> Result<bool> {
    for mode in &cron.maps.autogenerate {
        let draw = Draw {
            db: &cron.db,
            dir: &cron.dir,
            user: due.user,
            threads: cron.maps.threads,
            wait: Duration::ZERO,
            go_on: &|_| (cron.is_off)(),
        };
        match draw.renew(*mode, false)? {
            Renewed::Stopped => return Ok(false),
            Renewed::Drawn => log::debug!("the {} of user {} is drawn", mode.name(), due.user),
            Renewed::Unchanged | Renewed::Nothing => {}
        }
    }
    queue::done(&cron.db, due, cron.now).map(|()| true)
}

#[cfg(test)]
mod tests;
