//! A track's picture on the disk, which the original shares: `preview.png` beside the GPX.
//!
//! An edit that changes the line leaves it out of the new directory (`swap`), so that it is drawn anew.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::trackdir::find_identity;
use super::tracklock::TrackLock;
use super::{TrackId, figures, track};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::secret;

/// Which directory a picture is drawn for: an edit puts another in its place.
pub type Place = (u64, u64);

/// The tracks that have no picture, the newest first. Those whose recording could not be measured are left out: it
/// cannot be drawn either.
///
/// # Errors
/// What the database says.
pub fn list_missing(db: &Connection, dir: &DataDir) -> Result<Vec<TrackId>> {
    let damaged = figures::list_missing(db)?;
    let all = track::list(db)?.into_iter().rev().map(|listed| listed.id);
    let has_picture = |id: TrackId| fs::metadata(dir.track_preview(id.0)).is_ok_and(|meta| meta.len() > 0);
    Ok(all.filter(|id| !damaged.contains(id) && !has_picture(*id)).collect())
}

/// Stores the picture that was drawn for this directory: written beside, then renamed, so a reader sees a whole one or
/// none. False: an edit is under way or has replaced the directory; the picture may be wrong and is not stored.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn store(dir: &DataDir, id: TrackId, place: Place, png: &[u8]) -> Result<bool> {
    let _lock = match TrackLock::take(dir, id, Duration::ZERO) {
        Err(Error::Busy(_) | Error::NotFound(_)) => return Ok(false),
        taken => taken?,
    };
    if find_identity(dir, id) != Some(place) {
        return Ok(false);
    }
    let path = dir.track_preview(id.0);
    let beside = path.with_extension(secret::hex(&secret::random::<6>()?));
    let stored = fs::write(&beside, png).and_then(|()| fs::rename(&beside, &path));
    stored.map(|()| true).map_err(|e| {
        let _ = fs::remove_file(&beside);
        Error::Failed(format!("cannot store a picture in {}: {e}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn a_picture_is_missed_stored_and_kept_out_of_another_directory() {
        let site = fixture::site();
        let id = TrackId(1);
        assert!(!list_missing(&site.db, &site.dir).unwrap().contains(&id));
        fs::remove_file(site.dir.track_preview(1)).unwrap();
        assert!(list_missing(&site.db, &site.dir).unwrap().contains(&id));
        let place = find_identity(&site.dir, id).unwrap();
        assert!(!store(&site.dir, id, (place.0, place.1 + 1), b"x").unwrap());
        let lock = TrackLock::take(&site.dir, id, Duration::ZERO).unwrap();
        assert!(!store(&site.dir, id, place, b"x").unwrap());
        drop(lock);
        assert!(!site.dir.track_preview(1).exists());
        assert!(store(&site.dir, id, place, b"x").unwrap());
        assert_eq!(fs::read(site.dir.track_preview(1)).unwrap(), b"x");
        assert!(!list_missing(&site.db, &site.dir).unwrap().contains(&id));
        let nowhere = store(&site.dir, TrackId(99), place, b"x").unwrap();
        assert!(!nowhere && !site.dir.track(99).exists());
    }
}
