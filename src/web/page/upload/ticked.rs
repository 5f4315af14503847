//! What is done with several uploads at once: saved as they are, seen by nobody else, or thrown away.

use super::get_by_id;
use crate::error::{Error, Result};
use crate::model::upload::{self, Upload};
use crate::model::{UploadId, failed};
use crate::web::page::{begin, finish};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{count, upload as texts};
use crate::web::visit::Visit;
use std::time::{Duration, Instant};

/// How long one request may make tracks; the uploads that are left go on waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// `POST /upload/save`: tracks of the ticked uploads, with what their files say of themselves.
///
/// # Errors
/// `Invalid`, `Forbidden`; what the database and the disk say: then what was saved before stays saved.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let Some(uploads) = find_ticked(visit)? else {
        return Ok(visit.redirect("/upload"));
    };
    let begun = Instant::now();
    let (mut saved, mut left) = (0, 0);
    for upload in &uploads {
        match begun.elapsed() < PATIENCE && finish::save_as_it_is(visit, upload)?.is_some() {
            true => saved += 1,
            false => left += 1,
        }
    }
    if saved > 0 {
        visit.flash(Kind::Ok, count(visit.lang, saved, &texts::SAVED_TICKED));
    }
    if left > 0 {
        visit.flash(Kind::Warn, count(visit.lang, left, &texts::STILL_WAITING));
        return Ok(visit.redirect("/upload"));
    }
    Ok(visit.redirect("/"))
}

/// `POST /upload/discard`: the ticked uploads go.
///
/// # Errors
/// `Invalid`, `Forbidden`; what the database says: then all of them are still there.
pub fn discard(visit: &mut Visit) -> Result<Response> {
    let Some(uploads) = find_ticked(visit)? else {
        return Ok(visit.redirect("/upload"));
    };
    let change = begin(visit.db()?, "discard uploads")?;
    for one in &uploads {
        upload::delete(&change, one)?;
    }
    change.commit().map_err(|e| failed("discard uploads", e))?;
    visit.flash(
        Kind::Ok,
        count(visit.lang, uploads.len() as u64, &texts::DISCARDED_TICKED),
    );
    Ok(visit.redirect("/upload"))
}

/// The ticked uploads that are still there; none when nothing is ticked, which the next page says.
fn find_ticked(visit: &mut Visit) -> Result<Option<Vec<Upload>>> {
    let mut ids: Vec<UploadId> = Vec::new();
    for text in visit.form.all("upload[]") {
        let id = text.parse()?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        visit.flash(Kind::Bad, visit.lang.text(&texts::NONE_TICKED));
        return Ok(None);
    }
    let mut uploads = Vec::new();
    for id in ids {
        match get_by_id(visit, id) {
            Ok(upload) => uploads.push(upload),
            // Finished or removed since the page was made.
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(uploads))
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    fn ride(lat: &str) -> Vec<u8> {
        format!("<gpx><trk><trkseg><trkpt lat='{lat}' lon='2'/><trkpt lat='1' lon='3'/></trkseg></trk></gpx>")
            .into_bytes()
    }

    #[test]
    fn ticked_uploads_become_tracks_that_only_their_owner_sees() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        alice.send_files(
            "/upload",
            &[("a.gpx", &ride("1")), ("b.gpx", &ride("2")), ("c.gpx", &ride("3"))],
        );
        let page = alice.get("/upload").text();
        assert_eq!(page.matches("form=\"ticked\"").count(), 4, "{page}");
        let got = alice.post(
            "/upload/save",
            &[
                ("upload[]", "2"),
                ("upload[]", "4"),
                ("upload[]", "2"),
                ("upload[]", "99"),
            ],
        );
        assert_eq!(got.location, "/");
        assert!(alice.get("/").text().contains("2 tracks are in. Seen by: Only me."));
        assert_eq!(alice.get("/upload/2").status, 404);
        assert_eq!(alice.get("/upload/3").status, 200);
        for id in [7, 8] {
            assert_eq!(alice.get(&format!("/track/{id}")).status, 200);
            assert_eq!(
                site.logged_in("bob@example.org").get(&format!("/track/{id}")).status,
                403
            );
        }
    }

    #[test]
    fn an_upload_that_cannot_be_read_goes_on_waiting() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute("UPDATE uploads SET gpx = x'00'", []).unwrap();
        assert_eq!(alice.post("/upload/save", &[("upload[]", "1")]).location, "/upload");
        assert!(alice.get("/upload").text().contains("One upload still waits."));
    }

    #[test]
    fn ticked_uploads_are_thrown_away_and_nobody_elses() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        alice.send_files("/upload", &[("a.gpx", &ride("1")), ("b.gpx", &ride("2"))]);
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(bob.post("/upload/discard", &[("upload[]", "2")]).status, 403);
        assert_eq!(bob.post("/upload/save", &[("upload[]", "2")]).status, 403);
        assert_eq!(alice.post("/upload/discard", &[("upload[]", "x")]).status, 400);
        assert_eq!(alice.post("/upload/discard", &[]).location, "/upload");
        assert!(alice.get("/upload").text().contains("Tick at least one upload first."));
        assert_eq!(
            alice
                .post("/upload/discard", &[("upload[]", "1"), ("upload[]", "3")])
                .location,
            "/upload"
        );
        let page = alice.get("/upload").text();
        assert!(
            page.contains("2 uploads are discarded.") && page.contains("a.gpx") && !page.contains("b.gpx"),
            "{page}"
        );
    }
}
