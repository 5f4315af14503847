//! What this program puts into the data directory beside the original's files: all of it can be made again, or is of no
//! use to anybody else.

use std::fs;
use std::path::PathBuf;

use super::files::{list_dir, name_of};
use super::overlay;
use crate::datadir::{
    DataDir, MAINTENANCE_BESIDE, MAINTENANCE_META, TRACK_EDITION, TRACK_GARBAGE, TRACK_LINE, TRACK_PREVIEW,
    TRACK_PREVIEW_DENSE, TRACK_RENDITIONS, TRACK_UNFINISHED,
};
use crate::error::Result;

/// Every file and directory of ours, to be removed. What was moved aside to `stale/` is not among them: it is the
/// administrator's. Nor is a track's `lock`, which the original has too. Files of maps that are there stay; what
/// only we read in them is for [`super::overlay::forget_ledger`].
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list(dir: &DataDir) -> Result<Vec<PathBuf>> {
    let mut found = vec![
        dir.staging(),
        dir.trash(),
        dir.cron_lock(),
        dir.path().join(MAINTENANCE_META),
        dir.tile_cache(),
    ];
    // The tile cache is an SQLite file and may have a journal.
    let tiles = format!("{}-", name_of(&dir.tile_cache()));
    let is_beside = |path: &PathBuf| {
        let name = name_of(path);
        name.starts_with(MAINTENANCE_BESIDE) || name.starts_with(&tiles)
    };
    found.extend(list_dir(dir.path())?.into_iter().filter(is_beside));
    for place in list_dir(&dir.tracks())? {
        match name_of(&place) {
            name if name.starts_with(TRACK_GARBAGE) => found.push(place),
            // A file there is nobody's.
            _ if !place.is_dir() => {}
            _ => found.extend(list_dir(&place)?.into_iter().filter(|path| is_of_track(&name_of(path)))),
        }
    }
    found.extend(overlay::list_unfinished(dir)?);
    if list_dir(&dir.stale())?.is_empty() {
        found.push(dir.stale());
    }
    found.retain(|path| fs::symlink_metadata(path).is_ok());
    found.sort();
    Ok(found)
}

/// Whether a file or directory in a track's directory is one of those.
pub(super) fn is_of_track(name: &str) -> bool {
    fn stem(name: &str) -> &str {
        name.split('.').next().unwrap_or(name)
    }
    // A line or picture is written beside its place, under another ending.
    let is_derived = [TRACK_LINE, TRACK_PREVIEW, TRACK_PREVIEW_DENSE]
        .map(stem)
        .contains(&stem(name));
    // This one is the original's too.
    (is_derived && name != TRACK_PREVIEW)
        || [TRACK_EDITION, TRACK_UNFINISHED].contains(&name)
        || name.starts_with(TRACK_RENDITIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn an_instance_of_the_original_has_nothing_of_ours() {
        assert!(list(&fixture::site().dir).unwrap().is_empty());
    }

    #[test]
    fn ours_is_found_and_the_originals_is_not() {
        let site = fixture::site();
        let ours = [
            "cron.lock",
            ".MAINTENANCE.1-ab",
            "tiles.sqlite",
            "tiles.sqlite-journal",
            "staging/a",
            "trash/b",
            "tracks/1/line.txt",
            "tracks/1/preview-600.png",
            "tracks/1/preview-600.0123456789ab",
            "tracks/1/preview.0123456789ab",
            "tracks/1/edition",
            "tracks/1/unfinished",
            "tracks/1/photos-480/a.jpg",
            "tracks/trash-9/track.gpx.br",
            "users/2/heatmap.sqlite.new",
            "users/2/heatmap.sqlite.new-journal",
        ];
        let others = [
            "tracks/1/lock",
            "tracks/1/preview.png",
            "users/2/heatmap.sqlite",
            "stale/7-1/track.gpx.br",
        ];
        for name in ours.iter().chain(&others) {
            let path = site.dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = list(&site.dir).unwrap();
        let holds = |name: &str| found.iter().any(|path| site.dir.path().join(name).starts_with(path));
        assert!(ours.iter().all(|name| holds(name)), "{found:?}");
        assert_eq!(found.len(), ours.len());
        assert!(!others.iter().any(|name| holds(name)), "{found:?}");
    }
}
