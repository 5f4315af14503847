//! Settles what a crash left of tracks that were being made or deleted, in the place of the track.

use super::{Cron, Outcome};
use crate::error::Result;
use crate::model::unfinished;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    cron.each_of(unfinished::list(&cron.dir)?, |id| {
        unfinished::settle(&cron.db, &cron.dir, id)
    })
}
