//! Computes the figures of tracks that have none: those that the original left, or a crash.

use super::{Cron, Outcome};
use crate::error::{Error, Result};
use crate::model::figures;
use crate::web::page::recording;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let mut missing = figures::list_missing(&cron.db)?.into_iter();
    let mut failed = 0;
    let outcome = cron.each(|| {
        let Some(track) = missing.next() else { return Ok(false) };
        // One that cannot be measured does not keep the others.
        match recording::measure(&cron.db, &cron.dir, track) {
            Ok(Some(_)) => log::debug!("track {track} is measured"),
            // Why is told where it was read. It stays for the administrator, and is no failure of this run.
            Ok(None) => {}
            Err(e) => {
                log::error!("cannot measure track {track}: {e}");
                failed += 1;
            }
        }
        Ok(true)
    })?;
    match failed {
        0 => Ok(outcome),
        n => Err(Error::Failed(format!("{n} tracks could not be measured"))),
    }
}
