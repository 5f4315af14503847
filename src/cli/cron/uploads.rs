//! Deletes uploads that nobody finished within a day.

use time::Duration;

use super::{Cron, Outcome};
use crate::clock;
use crate::error::Result;
use crate::model::upload;

/// How long an upload waits to be finished.
const LIFETIME: Duration = Duration::hours(24);

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let before = clock::wall(cron.now - LIFETIME);
    cron.each(|| Ok(upload::delete_one_older(&cron.db, before)?.is_some()))
}
