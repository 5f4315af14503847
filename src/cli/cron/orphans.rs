//! Sets aside what belongs to a user who is not there: maps, which can be drawn anew, and a number that is given out
//! again. Directories of tracks without a row are counted alone: after a restore of an older database they are all that
//! is left of newer tracks, and no job at night moves them. `fietsctl check --repair` does, when somebody has looked.

use super::{Cron, Outcome};
use crate::error::Result;
use crate::model::orphan::{self, Of};

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let tracks = orphan::list(&cron.db, &cron.dir, Of::Tracks)?.len();
    if tracks > 0 {
        log::info!("{tracks} directories belong to no track; see fietsctl check");
    }
    let users = orphan::list(&cron.db, &cron.dir, Of::Users)?;
    cron.each_of(users, |user| orphan::set_aside(&cron.db, &cron.dir, &user))
}
