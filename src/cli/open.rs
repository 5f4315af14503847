//! Opens an instance for a verb: held until its end, and with nothing pending that a crash left.

use crate::config::Config;
use crate::error::Result;
use crate::instance::Held;
use crate::model::swap;

/// As [`Held::open`], and completes edits that were cut short, before the verb reads a track.
///
/// # Errors
/// As [`Held::open`]; what the database says.
pub fn open(config: &Config) -> Result<Held> {
    let held = Held::open(config)?;
    swap::finish_pending(&held.db, &held.dir)?;
    Ok(held)
}
