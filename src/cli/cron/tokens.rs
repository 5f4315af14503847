//! Deletes mailed tokens that have expired. All at once: they are small rows.

use super::{Cron, Outcome};
use crate::clock;
use crate::error::Result;
use crate::model::token;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    token::delete_expired(&cron.db, clock::wall(cron.now)).map(Outcome::Done)
}
