//! A track's pictures on the disk: `preview.png` beside the GPX, which the original shares, and `preview-600.png` for
//! dense screens, which it does not know.
//!
//! An edit that changes the line leaves both out of the new directory (`swap`), so that they are drawn anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::files::replace;
use super::trackdir::find_identity;
use super::tracklock::TrackLock;
use super::{TrackId, figures, track};
use crate::datadir::DataDir;
use crate::error::{Error, Result};

/// What the picture for dense screens is called in addresses: its width in pixels.
pub const DENSE: &str = "600";

/// Which directory a picture is drawn for: an edit puts another in its place.
pub type Place = (u64, u64);

/// Whether the usual picture is stored.
pub fn is_stored(dir: &DataDir, id: TrackId) -> bool {
    is_file(&dir.track_preview(id.0))
}

/// The stored picture; the usual one where there is none for dense screens. That one does not stand without the usual:
/// who deletes `preview.png` wants both drawn anew.
pub fn find(dir: &DataDir, id: TrackId, is_dense: bool) -> Option<Vec<u8>> {
    let usual = fs::read(dir.track_preview(id.0)).ok()?;
    let dense = is_dense.then(|| fs::read(dir.track_preview_dense(id.0)).ok()).flatten();
    Some(dense.filter(|png| !png.is_empty()).unwrap_or(usual))
}

/// Whether what is stored needs no further drawing.
pub fn is_complete(dir: &DataDir, id: TrackId) -> bool {
    is_stored(dir, id) && is_file(&dir.track_preview_dense(id.0))
}

/// The tracks that lack a picture: first those without any, then those that lack the dense one, which the original has
/// drawn or which were drawn without a map; of each the newest first. Those whose recording could not be measured are left out: it cannot be drawn either.
///
/// # Errors
/// What the database says.
pub fn list_missing(db: &Connection, dir: &DataDir) -> Result<Vec<TrackId>> {
    let damaged = figures::list_missing(db)?;
    let all = track::list(db)?.into_iter().rev().map(|listed| listed.id);
    let (half, none): (Vec<TrackId>, Vec<TrackId>) = all
        .filter(|id| !damaged.contains(id))
        .filter(|id| !is_complete(dir, *id))
        .partition(|id| is_stored(dir, *id));
    Ok([none, half].concat())
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() > 0)
}

/// Stores the pictures that were drawn for this directory: each is written beside, then renamed, so a reader sees a
/// whole one or none. Without the dense one the other stands until both are drawn; it does not take the place of both.
/// False: an edit is under way or has replaced the directory; the pictures may be wrong and are not
/// stored.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn store(dir: &DataDir, id: TrackId, place: Place, usual: &[u8], dense: Option<&[u8]>) -> Result<bool> {
    let _lock = match TrackLock::take(dir, id, Duration::ZERO) {
        Err(Error::Busy(_) | Error::NotFound(_)) => return Ok(false),
        taken => taken?,
    };
    if find_identity(dir, id) != Some(place) || (dense.is_none() && is_complete(dir, id)) {
        return Ok(false);
    }
    // The one that the other does not stand without comes last.
    if let Some(dense) = dense {
        replace("a picture", &dir.track_preview_dense(id.0), dense)?;
    }
    replace("a picture", &dir.track_preview(id.0), usual)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn pictures_are_missed_stored_and_kept_out_of_another_directory() {
        let site = fixture::site();
        let (dir, id) = (&site.dir, TrackId(1));
        let missing = || list_missing(&site.db, dir).unwrap();
        assert!(missing().contains(&id), "the original has drawn none for dense screens");
        assert_ne!(missing()[0], id);
        fs::remove_file(dir.track_preview(1)).unwrap();
        assert_eq!(missing()[0], id, "one without any comes first");
        let place = find_identity(dir, id).unwrap();
        assert!(!store(dir, id, (place.0, place.1 + 1), b"x", Some(b"xx")).unwrap());
        let lock = TrackLock::take(dir, id, Duration::ZERO).unwrap();
        assert!(!store(dir, id, place, b"x", Some(b"xx")).unwrap());
        drop(lock);
        assert!(!dir.track_preview(1).exists() && !dir.track_preview_dense(1).exists());
        assert!(store(dir, id, place, b"x", Some(b"xx")).unwrap());
        assert_eq!(fs::read(dir.track_preview(1)).unwrap(), b"x");
        assert_eq!(fs::read(dir.track_preview_dense(1)).unwrap(), b"xx");
        assert!(!missing().contains(&id));
        assert!(
            !store(dir, id, place, b"plain", None).unwrap(),
            "it takes nobody's place"
        );
        fs::remove_file(dir.track_preview_dense(1)).unwrap();
        assert!(store(dir, id, place, b"plain", None).unwrap() && missing().contains(&id));
        let nowhere = store(dir, TrackId(99), place, b"x", Some(b"xx")).unwrap();
        assert!(!nowhere && !dir.track(99).exists());
    }

    #[test]
    fn the_usual_one_stands_for_the_dense_one_and_not_the_other_way() {
        let site = fixture::site();
        let (dir, id) = (&site.dir, TrackId(1));
        let place = find_identity(dir, id).unwrap();
        store(dir, id, place, b"x", Some(b"xx")).unwrap();
        let found = || [false, true].map(|is_dense| find(dir, id, is_dense));
        assert_eq!(found(), [Some(b"x".to_vec()), Some(b"xx".to_vec())]);
        fs::write(dir.track_preview_dense(1), "").unwrap();
        assert_eq!(found(), [Some(b"x".to_vec()), Some(b"x".to_vec())]);
        fs::write(dir.track_preview_dense(1), "xx").unwrap();
        fs::remove_file(dir.track_preview(1)).unwrap();
        assert_eq!(found(), [None, None]);
    }
}
