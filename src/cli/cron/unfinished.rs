//! Settles what a crash left of tracks that were being made or deleted, in the place of the track.

use super::{Cron, Outcome};
use crate::error::Result;
use crate::model::unfinished;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let mut tracks = unfinished::list(&cron.dir)?.into_iter();
    let mut failed = Ok(());
    let mut settled = 0;
    let outcome = cron.each(|| {
        let Some(id) = tracks.next() else { return Ok(false) };
        // One that cannot be settled does not keep the others.
        match unfinished::settle(&cron.db, &cron.dir, id) {
            Ok(found) => settled += usize::from(found),
            Err(e) => failed = Err(e),
        }
        Ok(true)
    })?;
    failed?;
    Ok(match outcome {
        Outcome::Done(_) => Outcome::Done(settled),
        Outcome::Stopped => Outcome::Stopped,
    })
}
