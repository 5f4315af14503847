//! Several recordings in one ZIP file.
//!
//! Who may not see one of them gets none. One that turns out to be gone or unreadable afterwards does not spoil
//! the others: the archive has a note that names it. One recording is in memory at a time.

use super::recording;
use super::{spool, viewer};
use crate::error::{Error, Result};
use crate::model::track::{self, LocalTime};
use crate::model::{TrackId, access, zone};
use crate::spool::Spool;
use crate::web::response::Response;
use crate::web::text::download as texts;
use crate::web::visit::Visit;
use std::io::Write;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// The note on what is missing.
const NOTE: &str = "missing.txt";

/// An archive that is written as it comes.
pub(super) type Archive = ZipWriter<StreamWriter<Spool>>;

/// `GET /track/archive`, the ids in `track_id[]`.
///
/// # Errors
/// `Invalid`: an id that is no number; `NotFound`, `Forbidden`: a track that is not there, or not for this
/// visitor; what the database and the disk say.
pub fn download(visit: &mut Visit) -> Result<Response> {
    let mut ids: Vec<TrackId> = Vec::new();
    for text in visit.request.query_all("track_id[]") {
        let id = text.parse()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    check_access(visit, &ids)?;
    let packed = pack(visit, &ids)?;
    Ok(Response::file("application/zip", packed)
        .cache(0, true)
        .header("Content-Disposition", "attachment; filename=tracks.zip"))
}

/// Whether the visitor may see every one of them; a secret of a link counts for none.
fn check_access(visit: &Visit, ids: &[TrackId]) -> Result<()> {
    let (db, viewer) = (visit.db()?, viewer(visit));
    let mut refused = None;
    for id in ids {
        let facts = access::find_facts(db, &viewer, *id)?.ok_or_else(|| Error::NotFound(format!("no track {id}")))?;
        if !access::allowed(&viewer, &facts, None).view {
            refused = Some(*id);
        }
    }
    match refused {
        Some(id) => Err(Error::Forbidden(format!("track {id} may not be seen by this visitor"))),
        None => Ok(()),
    }
}

fn pack(visit: &Visit, ids: &[TrackId]) -> Result<Spool> {
    let (dir, viewer) = (&visit.instance().dir, viewer(visit));
    let mut archive = Archive::new_stream(spool());
    let mut missing = String::new();
    for id in ids {
        // Asked for each: it is refused once the maintenance mode is on for too long, and many take their time.
        let db = visit.db()?;
        let track = track::find(db, *id)?;
        let cut = zone::find(db, &viewer, track.as_ref().and_then(|track| track.owner))?;
        let found = recording::find_sound(dir, *id, &cut).inspect_err(|e| log::warn!("{e}"));
        // Deleted since it was looked at, or unreadable.
        let (Some(track), Ok(Some(sound))) = (track, found) else {
            missing.push_str(&visit.lang.fill(&texts::MISSING, &[("id", &id.to_string())]));
            missing.push('\n');
            continue;
        };
        let when = date_time(track.fields.date);
        add(&mut archive, &format!("track_{id}.gpx"), when, &sound.gpx).map_err(failed)?;
    }
    if !missing.is_empty() {
        add(&mut archive, NOTE, DateTime::default(), missing.as_bytes()).map_err(failed)?;
    }
    Ok(archive.finish().map_err(failed)?.into_inner())
}

pub(super) fn add(
    archive: &mut Archive,
    name: &str,
    when: DateTime,
    content: &[u8],
) -> std::result::Result<(), ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(when)
        .large_file(content.len() >= u32::MAX as usize);
    archive.start_file(name, options)?;
    archive.write_all(content)?;
    Ok(())
}

/// When the track was; what the format cannot hold (before 1980) is its first day.
pub(super) fn date_time(date: LocalTime) -> DateTime {
    let wall = date.wall;
    let year = u16::try_from(wall.year()).unwrap_or(0);
    let (hour, minute, second) = wall.as_hms();
    DateTime::from_date_and_time(year, wall.month().into(), wall.day(), hour, minute, second).unwrap_or_default()
}

pub(super) fn failed(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::of_io("pack an archive", &error),
        error => Error::Failed(format!("cannot pack an archive: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::{Got, Site};
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    fn entries(got: &Got) -> Vec<(String, String)> {
        assert_eq!((got.status, got.media_type.as_str()), (200, "application/zip"));
        let mut archive = ZipArchive::new(Cursor::new(&got.bytes)).unwrap();
        (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).unwrap();
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                (file.name().unwrap().into_owned(), text)
            })
            .collect()
    }

    #[test]
    fn the_tracks_come_once_each_as_they_are_stored() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let found = entries(&alice.get("/track/archive?track_id%5B%5D=1&track_id[]=3&track_id[]=1"));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["track_1.gpx", "track_3.gpx"]);
        assert_eq!(found[0].1, alice.get("/track/1/gpx").text());
        assert!(entries(&alice.get("/track/archive")).is_empty());
    }

    #[test]
    fn who_may_not_see_one_gets_none() {
        let site = Site::new();
        for (ids, status) in [
            ("track_id[]=1&track_id[]=3", 403),
            ("track_id[]=3&secret=1kk0ryTQ8q1dPNPFy3Hfeee8nQc", 403),
            ("track_id[]=3&track_id[]=99", 404),
            ("track_id[]=1&track_id[]=x", 400),
            ("track_id[]=", 400),
            ("track_id[]=-1", 400),
        ] {
            assert_eq!(
                site.stranger().get(&format!("/track/archive?{ids}")).status,
                status,
                "{ids}"
            );
        }
    }

    #[test]
    fn a_track_without_a_readable_file_is_named_and_the_others_come() {
        let site = Site::new();
        let dir = &site.app.instance.dir;
        std::fs::remove_dir_all(dir.track(2)).unwrap();
        std::fs::write(dir.track_gpx(3), "torn").unwrap();
        std::fs::write(dir.track_backup(3), "torn").unwrap();
        let mut alice = site.logged_in("alice@example.org");
        let found = entries(&alice.get("/track/archive?track_id[]=1&track_id[]=2&track_id[]=3"));
        let [one, note] = &found[..] else { panic!("{found:?}") };
        assert_eq!((one.0.as_str(), note.0.as_str()), ("track_1.gpx", NOTE));
        assert_eq!(
            note.1,
            "Track 2 has no file that can be read.\nTrack 3 has no file that can be read.\n"
        );
    }
}
