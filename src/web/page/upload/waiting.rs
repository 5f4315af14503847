//! The uploads that wait to be finished, as home, the upload page and the finishing form show them.

use super::duplicate::{self, Already};
use crate::clock;
use crate::error::Result;
use crate::gpx::{self, Gpx};
use crate::model::UploadId;
use crate::model::fingerprint::Fingerprint;
use crate::model::upload::{self, Upload};
use crate::model::waiting::{self, About};
use crate::web::look::Look;
use crate::web::look::line::Line;
use crate::web::page::recording;
use crate::web::text::upload as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use rusqlite::Connection;
use std::time::Instant;
use time::{Duration, PrimitiveDateTime};

/// How long an upload waits; fietscron removes it then.
const KEPT: Duration = Duration::hours(24);

/// Uploads in one page; those that come after follow when some of these are done.
const MOST: usize = 100;

/// Characters of a name in a list.
const LONGEST_NAME: usize = 200;

/// An upload that waits to be finished.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which.
    pub id: UploadId,
    /// When it came, UTC.
    pub at: PrimitiveDateTime,
    /// What the file calls itself, or how it was called at the visitor's.
    pub title: Option<String>,
    /// Its line and its length (m), when it was read.
    pub line: Option<(Line, f64)>,
    /// What holds the same points.
    pub already: Option<Already>,
}

impl Waiting {
    /// What it is called.
    pub fn name(&self, look: &Look) -> String {
        self.title.clone().unwrap_or_else(|| {
            look.lang
                .fill(&texts::UNTITLED, &[("time", &look.lang.date_time_short(self.at))])
        })
    }

    /// When it is removed: a script shows it on the visitor's own clock.
    pub fn until(&self, look: &Look) -> Markup {
        let until = self.at.checked_add(KEPT).unwrap_or(self.at);
        let words = look
            .lang
            .fill(&texts::UTC, &[("time", &look.lang.date_time_short(until))]);
        html! { time .fietsboek-local-datetime datetime=(clock::rfc3339(until.assume_utc())) data-local="medium" { (words) } }
    }
}

/// The uploads of who is logged in, oldest first. What is not known of them yet is read, a bounded time in one
/// request.
///
/// # Errors
/// What the database says; a file that cannot be read is only called by its time.
pub fn list(visit: &Visit) -> Result<Vec<Waiting>> {
    let (db, dir, user) = (visit.db()?, &visit.instance().dir, visit.get_user()?.id);
    let begun = Instant::now();
    let mut list: Vec<Waiting> = Vec::new();
    let mut seen: Vec<(Fingerprint, UploadId)> = Vec::new();
    for row in waiting::list(db, user, MOST)? {
        let id = row.upload.id;
        let about = match row.about {
            None if begun.elapsed() < recording::PATIENCE => learn(db, id)?,
            about => about,
        };
        let mut already = None;
        if let Some(about) = &about {
            let first = seen.iter().find(|(points, _)| *points == about.points);
            already = match first {
                Some((_, first)) => Some(Already::Upload(*first)),
                None => duplicate::find_known(db, dir, user, &about.points)?.map(Already::Track),
            };
            seen.push((about.points, id));
        }
        list.push(shown(&row.upload, about, already));
    }
    Ok(list)
}

/// An upload with what is known of it.
pub fn shown(upload: &Upload, about: Option<About>, already: Option<Already>) -> Waiting {
    Waiting {
        id: upload.id,
        at: upload.at,
        title: about
            .as_ref()
            .and_then(|about| about.title.clone().or_else(|| about.file_name.clone())),
        line: about.map(|about| (Line::whole(about.line), about.length)),
        already,
    }
}

/// Reads an upload of which nothing is known, and keeps what there is to know.
fn learn(db: &Connection, id: UploadId) -> Result<Option<About>> {
    let Some(gpx) = find_gpx(db, id)? else { return Ok(None) };
    let about = about(&gpx, "");
    // The page is worth more than what could be kept for the next one.
    if let Err(e) = waiting::set(db, id, &about) {
        log::warn!("{e}");
    }
    Ok(Some(about))
}

/// What there is to know of a file that was called so at the visitor's.
pub fn about(gpx: &Gpx, file_name: &str) -> About {
    About {
        file_name: Some(plain_name(file_name)).filter(|name| !name.is_empty()),
        title: title(gpx).map(|title| title.chars().take(LONGEST_NAME).collect()),
        length: gpx.figures().length,
        line: recording::line(gpx).pieces,
        points: gpx::fingerprint(gpx),
    }
}

/// A file's name without folders and what cannot be seen.
pub fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = name.chars().filter(|c| !c.is_control());
    seen.take(LONGEST_NAME).collect::<String>().trim().to_owned()
}

/// The GPX of an upload; none when it is gone or cannot be read.
///
/// # Errors
/// What the database says; `Busy` without the memory to read it.
pub fn find_gpx(db: &Connection, id: UploadId) -> Result<Option<Gpx>> {
    let Some(packed) = upload::find_gpx(db, id)? else {
        return Ok(None);
    };
    let unpacked = upload::decompress(&packed, recording::LARGEST);
    recording::if_readable(unpacked.and_then(recording::read_unpacked), &format!("upload {id}"))
}

/// What a file calls itself: its own name, else that of its first track that has one.
pub fn title(gpx: &Gpx) -> Option<String> {
    let filled = |text: &&str| !text.trim().is_empty();
    let own = gpx.metadata().name.as_deref().filter(filled);
    let of_track = || {
        gpx.tracks()
            .iter()
            .filter_map(|track| track.name.as_deref())
            .find(filled)
    };
    own.or_else(of_track).map(|name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::Origin;
    use crate::model::UserId;
    use crate::web::lang::Lang;
    use crate::web::look::look;
    use crate::web::page::visitor::Site;
    use time::macros::datetime;

    #[test]
    fn an_upload_waits_a_day() {
        let upload = Upload {
            id: UploadId(3),
            owner: Some(UserId(1)),
            at: datetime!(2026-11-21 8:29),
        };
        let html = shown(&upload, None, None).until(&look(Lang::En)).into_string();
        assert!(html.contains("datetime=\"2026-11-22T08:29:00Z\""), "{html}");
        assert!(html.contains("(UTC)"), "{html}");
    }

    #[test]
    fn a_file_is_called_by_what_is_last_in_its_path() {
        for (sent, name) in [
            ("ride.gpx", "ride.gpx"),
            ("C:\\Documents\\Ride ü.gpx", "Ride ü.gpx"),
            ("../../etc/passwd", "passwd"),
            (" \u{1b}[31mred.gpx\r\n ", "[31mred.gpx"),
            ("", ""),
        ] {
            assert_eq!(plain_name(sent), name);
        }
        assert_eq!(plain_name(&"x".repeat(999)).len(), LONGEST_NAME);
        let long = format!(
            "<gpx version='1.1'><metadata><name>{}</name></metadata></gpx>",
            "ü".repeat(999)
        );
        let gpx = gpx::read(long.as_bytes(), Origin::Upload).unwrap();
        let title = about(&gpx, "").title.unwrap();
        assert_eq!(title.chars().count(), LONGEST_NAME);
    }

    #[test]
    fn an_upload_of_the_original_is_read_once_and_a_torn_one_is_called_by_its_time() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let first = alice.get("/upload").text();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let known: i64 = db
            .query_row("SELECT count(*) FROM x_uploads", [], |row| row.get(0))
            .unwrap();
        assert_eq!(known, 1);
        db.execute("UPDATE uploads SET gpx = x'00'", []).unwrap();
        assert_eq!(alice.get("/upload").text(), first, "it is not read again");
        db.execute("DELETE FROM x_uploads", []).unwrap();
        assert!(alice.get("/upload").text().contains("Upload of "), "{first}");
        assert_eq!(alice.get("/").status, 200);
    }
}
