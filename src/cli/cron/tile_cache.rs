//! Takes out of the tile cache what nobody has looked at for months and what a smaller limit has no room for. Some
//! dozens of tiles are an item.

use super::{Cron, Outcome};
use crate::error::{Error, Result};
use crate::tiles::cache;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    let mut tiles = 0;
    let outcome = cron.each(|| {
        let gone = cache::thin_out(&cron.dir, cron.now.unix_timestamp(), cron.tile_cache_size)
            .map_err(|e| Error::Failed(format!("cannot thin out {}: {e}", cron.dir.tile_cache().display())))?;
        tiles += gone;
        Ok(gone > 0)
    })?;
    Ok(match outcome {
        Outcome::Done(_) => Outcome::Done(tiles),
        Outcome::Stopped => Outcome::Stopped,
    })
}
