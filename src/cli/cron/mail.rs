//! Tries again to send the mails that wait. Each is an item; the mail server is given some seconds.

use super::{Cron, Outcome};
use crate::error::Result;
use crate::mail::post::{self, Settled};

/// So many that cannot be sent end the run: the mail server is down, and each would take its time.
const ENOUGH: usize = 3;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let mut put_off = 0;
    cron.each(|| {
        let settled = post::send_one(&cron.db, cron.email)?;
        put_off += usize::from(settled == Some(Settled::Later));
        Ok(settled.is_some() && put_off < ENOUGH)
    })
}
