//! One track: its directory, its recordings, its figures, its photos.

use rusqlite::Connection;

use super::figures::find_difference;
use super::finding::{Findings, Repair};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::gpx::Gpx;
use crate::model::{TrackId, figures, image, trackdir};
use crate::web::page::recording;

pub(super) fn check(db: &Connection, dir: &DataDir, id: TrackId, findings: &mut Findings) -> Result<()> {
    let about = format!("track {id}");
    let place = dir.track(id.0);
    if !place.is_dir() {
        let text = format!("its directory {} is missing", place.display());
        findings.problem(
            about,
            text,
            format!("restore it from a backup, or: fietsctl track del -i {id}"),
        );
        return Ok(());
    }
    let before = trackdir::find_identity(dir, id);
    let current = read(trackdir::find_gpx(dir, id))?;
    let uploaded = read(trackdir::find_backup(dir, id))?;
    // An edit has exchanged the directory meanwhile: what was read is of two states.
    if before != trackdir::find_identity(dir, id) {
        return Ok(());
    }
    match (&current, &uploaded) {
        (Err(why), Ok(_)) => {
            let text = format!("the recording in {} {why}", dir.track_gpx(id.0).display());
            let todo = "its page shows the uploaded file instead; edit and save the track to make it anew";
            findings.problem(about.as_str(), text, todo);
        }
        (Err(why), Err(_)) => {
            let text = format!(
                "the recording in {} {why}, nor can the uploaded file be read",
                place.display()
            );
            findings.problem(about.as_str(), text, "restore the directory from a backup");
        }
        (Ok(_), Err(why)) => {
            let text = format!("the uploaded file {} {why}", dir.track_backup(id.0).display());
            findings.problem(
                about.as_str(),
                text,
                "restore it from a backup; until then repairs cannot be taken off",
            );
        }
        (Ok(_), Ok(_)) => {}
    }
    if let Ok(gpx) = current.or(uploaded) {
        check_figures(db, id, &gpx, findings)?;
    }
    check_photos(db, dir, id, findings)
}

/// A recording, or what is the matter with its file. Without the memory to read it, that cannot be told.
fn read(packed: Result<Option<Vec<u8>>>) -> Result<std::result::Result<Gpx, String>> {
    let read = match packed {
        Ok(Some(packed)) => recording::read(&packed),
        Ok(None) => return Ok(Err("is missing".to_owned())),
        Err(e) => return Ok(Err(format!("cannot be read: {e}"))),
    };
    match read {
        Err(e @ Error::Busy(_)) => Err(e),
        read => Ok(read.map_err(|e| format!("is damaged: {e}"))),
    }
}

fn check_figures(db: &Connection, id: TrackId, gpx: &Gpx, findings: &mut Findings) -> Result<()> {
    let about = format!("track {id}");
    match figures::find(db, id)? {
        None => findings.repairable(
            about,
            "has no figures, so lists show none until somebody looks at it",
            Repair::Measure(id),
        ),
        Some(stored) => {
            if let Some(difference) = find_difference(&stored, &recording::figures(gpx)) {
                findings.repairable(about, difference, Repair::Measure(id));
            }
        }
    }
    Ok(())
}

fn check_photos(db: &Connection, dir: &DataDir, id: TrackId, findings: &mut Findings) -> Result<()> {
    let about = format!("track {id}");
    let photos = match image::list(db, dir, id) {
        Ok(photos) => photos,
        Err(Error::Failed(why)) => {
            findings.problem(
                about,
                why,
                "give the directory to the user that fietsboek-serve runs as",
            );
            return Ok(());
        }
        Err(e) => return Err(e),
    };
    for photo in photos {
        if let Err(e) = image::open(dir, id, &photo.name) {
            findings.problem(
                about.as_str(),
                e.text(),
                "give it to the user that fietsboek-serve runs as",
            );
        }
    }
    for name in image::list_lost(db, dir, id)? {
        let text = format!(
            "the photo {name} has a description and is missing in {}",
            dir.track_images(id.0).display()
        );
        findings.problem(about.as_str(), text, "restore it from a backup");
    }
    Ok(())
}
