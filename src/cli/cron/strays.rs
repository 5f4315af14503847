//! Deletes the files that a crash left of tracks which were being made or deleted. What was moved
//! aside to `stale/` stays: it is the administrator's to judge. So does what a pending edit needs.

use time::Duration;

use super::{Cron, Outcome};
use crate::error::Result;
use crate::model::{swap, trash};

/// How long nothing is written or deleted; what lies there for longer was left by a crash.
const SAFE_AGE: Duration = Duration::hours(24);

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let pending = swap::list_staged(&cron.db, &cron.dir)?;
    let old = trash::list_strays(&cron.dir, cron.now - SAFE_AGE)?;
    let strays = old.into_iter().filter(|path| !pending.contains(path));
    cron.each_of(strays, |path| trash::empty(&path).map(|()| true))
}
