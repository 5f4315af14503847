//! Whether a file is there already: the same points, of the same owner. It is told and never refused.
//!
//! Fingerprints are kept with the tracks that are made here; of those of the original only the ones that begin at
//! the same time are read, a few in one request, and kept from then on.

use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::{self, Gpx};
use crate::model::fingerprint::{self, Candidate, Fingerprint};
use crate::model::track::{self, Track};
use crate::model::{TrackId, UploadId, UserId, trackdir, waiting};
use crate::web::look::Look;
use crate::web::page::recording;
use crate::web::text::upload as texts;
use maud::{Markup, html};
use rusqlite::Connection;

/// Files that are read in one search.
const READ: usize = 8;

/// What holds the same points.
#[derive(Debug, Clone)]
pub enum Already {
    /// A track.
    Track(Track),
    /// Another upload, that came before.
    Upload(UploadId),
}

impl Already {
    /// The address of it.
    pub fn link(&self, look: &Look) -> String {
        look.path(&match self {
            Already::Track(track) => format!("/track/{}", track.id),
            Already::Upload(id) => format!("/upload/{id}"),
        })
    }

    /// What it is called.
    pub fn title(&self, look: &Look) -> String {
        match self {
            Already::Upload(_) => look.say(&texts::WAITS_TOO).to_owned(),
            Already::Track(track) => match track.fields.title.as_deref().map(str::trim) {
                Some(title) if !title.is_empty() => title.to_owned(),
                _ => look.lang.date(track.fields.date.wall.date()),
            },
        }
    }

    /// The sentence, with a link to it.
    pub fn sentence(&self, look: &Look) -> Markup {
        let (before, after) = look.say(&texts::ALREADY).split_once("{title}").unwrap_or_default();
        html! { (before) a .user dir="auto" href=(self.link(look)) { (self.title(look)) } (after) }
    }
}

/// A track of the owner that is known to hold these points.
///
/// # Errors
/// What the database says.
pub fn find_known(db: &Connection, dir: &DataDir, owner: UserId, points: &Fingerprint) -> Result<Option<Track>> {
    let same = fingerprint::list_same(db, owner, points)?;
    match same.iter().find(|candidate| find_valid(dir, candidate).is_some()) {
        Some(candidate) => track::find(db, candidate.id),
        None => Ok(None),
    }
}

/// What of the owner's is known to hold these points, of the uploads only those that came before that one.
///
/// # Errors
/// What the database says.
pub fn find_before(
    db: &Connection,
    dir: &DataDir,
    owner: UserId,
    points: &Fingerprint,
    before: UploadId,
) -> Result<Option<Already>> {
    if let Some(track) = find_known(db, dir, owner, points)? {
        return Ok(Some(Already::Track(track)));
    }
    let first = waiting::find_same(db, owner, points)?;
    Ok(first.filter(|first| *first < before).map(Already::Upload))
}

/// What of the owner's holds the points of a file; reads tracks that are like it and not known yet.
///
/// # Errors
/// What the database and the disk say.
pub fn find(db: &Connection, dir: &DataDir, owner: UserId, gpx: &Gpx, points: &Fingerprint) -> Result<Option<Already>> {
    if let Some(already) = find_before(db, dir, owner, points, UploadId(i64::MAX))? {
        return Ok(Some(already));
    }
    let figures = gpx.figures();
    let start = figures.start.map(|time| time.to_offset_date_time());
    let alike = fingerprint::list_alike(db, owner, start, figures.length)?;
    let unknown = alike.iter().filter(|candidate| find_valid(dir, candidate).is_none());
    for candidate in unknown.take(READ) {
        if learn(db, dir, candidate.id)?.is_some_and(|found| found == *points) {
            return Ok(track::find(db, candidate.id)?.map(Already::Track));
        }
    }
    Ok(None)
}

/// The fingerprint of a candidate, while the file that it was taken from is there.
pub fn find_valid(dir: &DataDir, candidate: &Candidate) -> Option<Fingerprint> {
    let (points, size) = candidate.known?;
    (trackdir::find_backup_size(dir, candidate.id) == Some(size)).then_some(points)
}

/// Reads the uploaded file of a track and keeps its fingerprint; none when there is none that can be read.
fn learn(db: &Connection, dir: &DataDir, id: TrackId) -> Result<Option<Fingerprint>> {
    let Some((points, size)) = read_points(dir, id)? else {
        return Ok(None);
    };
    fingerprint::set(db, id, &points, size)?;
    Ok(Some(points))
}

/// The fingerprint of the uploaded file of a track, and the size of that file (bytes, packed); none when there is none
/// that can be read.
///
/// # Errors
/// What the disk says.
pub fn read_points(dir: &DataDir, id: TrackId) -> Result<Option<(Fingerprint, u64)>> {
    let Some(packed) = trackdir::find_backup(dir, id)? else {
        return Ok(None);
    };
    let read = recording::if_readable(recording::read(&packed), &format!("uploaded file of track {id}"))?;
    Ok(read.map(|gpx| (gpx::fingerprint(&gpx), packed.len() as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const TOLD: &str = "You have this one already: <a";

    fn backup(site: &Site, id: i64) -> Vec<u8> {
        let dir = &site.app.instance.dir;
        let packed = trackdir::find_backup(dir, TrackId(id)).unwrap().unwrap();
        trackdir::decompress(&packed, 1 << 24).unwrap()
    }

    #[test]
    fn a_track_of_the_original_is_known_again_and_only_to_its_owner() {
        let site = Site::new();
        for id in [1, 2, 3] {
            let file = backup(&site, id);
            let mut alice = site.logged_in("alice@example.org");
            let form = alice.send_files("/upload", &[("again.gpx", &file)]).location;
            let page = alice.get("/upload").text();
            assert!(page.contains(TOLD), "{id}: {page}");
            assert!(
                page.contains(&format!("href=\"/track/{id}\"")) && page.contains("Upload anyway"),
                "{page}"
            );
            assert_eq!(alice.post(&format!("{form}/cancel"), &[]).status, 302);
            let mut bob = site.logged_in("bob@example.org");
            bob.send_files("/upload", &[("again.gpx", &file)]);
            assert!(!bob.get("/upload").text().contains(TOLD));
        }
    }

    #[test]
    fn a_replaced_file_is_another() {
        let site = Site::new();
        let file = backup(&site, 1);
        let mut alice = site.logged_in("alice@example.org");
        alice.send_files("/upload", &[("again.gpx", &file)]);
        assert!(alice.get("/upload").text().contains(TOLD));
        // As the original does it, which knows nothing of fingerprints.
        let other = trackdir::compress(&backup(&site, 2)).unwrap();
        std::fs::write(site.app.instance.dir.track_backup(1), other).unwrap();
        assert!(!alice.get("/upload").text().contains(TOLD));
    }

    #[test]
    fn the_same_file_twice_is_told_by_the_second() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let file = b"<gpx><trk><trkseg><trkpt lat='1' lon='2'/><trkpt lat='1' lon='3'/></trkseg></trk></gpx>";
        let form = alice.send_files("/upload", &[("one.gpx", file)]).location;
        alice.send_files("/upload", &[("two.gpx", file)]);
        let page = alice.get("/upload").text();
        assert_eq!(page.matches(TOLD).count(), 1, "{page}");
        assert!(
            page.contains(&format!("href=\"{form}\">a file that waits here")),
            "{page}"
        );
    }
}
