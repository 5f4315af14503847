//! Making a track of an upload: files and rows as one operation.
//!
//! Everything that takes time (repairs, figures, packing) comes before the transaction; within it the rows
//! are written and the directory is moved to its place just before the commit. Whatever fails, neither
//! row nor directory is left, and the upload stays.

use super::Draft;
use crate::error::Result;
use crate::gpx::{self, Gpx, Metadata, Time, Transformer};
use crate::model::track::{self, Fields, LocalTime, Visibility};
use crate::model::{TrackId, UploadId, badge, failed, figures, fingerprint, person, tag, trackdir, upload};
use crate::web::page::{begin, recording};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{figure as words, finish as texts};
use crate::web::visit::Visit;
use serde_json::json;

/// Makes the track and leads to it.
///
/// # Errors
/// What the database and the disk say; then nothing has changed.
pub(super) fn make(visit: &mut Visit, from: UploadId, gpx: Gpx, draft: &Draft, fields: Fields) -> Result<Response> {
    let seen_by = visit.lang.text(match fields.visibility {
        Visibility::Private => &words::ONLY_ME,
        Visibility::Friends => &words::FRIENDS,
        Visibility::FriendsTagged => &words::FRIENDS_TAGGED,
        Visibility::LoggedIn => &words::LOGGED_IN,
        Visibility::Public => &words::PUBLIC,
    });
    let id = make_track(visit, from, gpx, draft, fields)?;
    visit.flash(Kind::Ok, visit.lang.fill(&texts::SAVED, &[("visibility", seen_by)]));
    Ok(visit.redirect(&format!("/track/{id}")))
}

/// Makes the track.
///
/// # Errors
/// What the database and the disk say; then nothing has changed.
pub(super) fn make_track(
    visit: &Visit,
    from: UploadId,
    mut gpx: Gpx,
    draft: &Draft,
    mut fields: Fields,
) -> Result<TrackId> {
    let user = visit.get_user()?.clone();
    let backup = trackdir::compress(&gpx::write(&gpx))?;
    let points = gpx::fingerprint(&gpx);
    gpx::transform::apply(&mut gpx, &draft.repairs);
    fields.transformers = stored(&draft.repairs);
    let measured = recording::figures(&gpx);
    let line = recording::line(&gpx);
    gpx::engrave(&mut gpx, &metadata(&fields, &user.name));
    let current = trackdir::compress(&gpx::write(&gpx))?;

    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let what = "make a track of an upload";
    let change = begin(db, what)?;
    let id = track::insert(&change, user.id, &fields)?;
    tag::set(&change, id, &draft.tags)?;
    person::set(&change, id, user.id, &draft.people)?;
    badge::set(&change, id, &draft.badges)?;
    figures::set(&change, id, &measured)?;
    fingerprint::set(&change, id, &points, backup.len() as u64)?;
    upload::delete(&change, from)?;
    let files = trackdir::create(dir, id, &current, &backup)?;
    change.commit().map_err(|e| failed(what, e))?;
    files.keep();
    recording::store_line(dir, id, &line);
    Ok(id)
}

/// The list of repairs as the original stores it: identifiers with their (empty) parameters.
fn stored(repairs: &[Transformer]) -> String {
    let list: Vec<_> = repairs.iter().map(|repair| json!([repair.identifier(), {}])).collect();
    json!(list).to_string()
}

/// What is written into the file of the track.
fn metadata(fields: &Fields, author: &str) -> Metadata {
    Metadata {
        name: fields.title.clone(),
        desc: Some(fields.description.clone()),
        author: Some(author.to_owned()),
        time: Some(time(fields.date)),
    }
}

fn time(at: LocalTime) -> Time {
    let micros = at.instant().unix_timestamp_nanos() / 1000;
    Time::zoned(
        i64::try_from(micros).unwrap_or(0),
        i16::try_from(at.offset).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;
    use time::macros::datetime;

    #[test]
    fn repairs_are_stored_as_the_original_stores_them() {
        assert_eq!(stored(&[]), "[]");
        let both = [Transformer::FixNullElevation, Transformer::RemoveBreaks];
        assert_eq!(stored(&both), "[[\"fix-null-elevation\",{}],[\"remove-breaks\",{}]]");
    }

    const RIDE: &[u8] = b"<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
        <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
        <trkpt lat=\"48.01\" lon=\"7\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
        </trkseg></trk></gpx>";

    const SENT: [(&str, &str); 9] = [
        ("title", "A <hill> & more"),
        ("date", "2025-11-24T11:00"),
        ("date-tz", "60"),
        ("visibility", "PUBLIC"),
        ("type", "ORGANIC"),
        ("tag[]", "Hike"),
        ("tag[]", "hike"),
        ("tagged-friend[]", "3"),
        ("description", "fine"),
    ];

    #[test]
    fn a_file_becomes_a_track() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let form = alice.send_files("/upload", &[("hill.gpx", RIDE)]).location;
        assert!(form.starts_with("/upload/"), "{form}");
        assert!(alice.get(&form).text().contains("value=\"Hill\""));
        assert_eq!(
            alice.get(&format!("{form}/preview.gpx")).media_type,
            "application/gpx+xml"
        );
        assert_eq!(site.logged_in("bob@example.org").get(&form).status, 403);
        let track = alice.post(&form, &SENT).location;
        let text = site.stranger().get(&track).text();
        assert!(
            text.contains("A &lt;hill&gt; &amp; more") && text.contains("with Bob"),
            "{text}"
        );
        assert_eq!(
            text.matches("tags=Hike").count() + text.matches("tags=hike").count(),
            1,
            "{text}"
        );
        assert_eq!(alice.get(&form).status, 404);
        let gpx = site.stranger().get(&format!("{track}/gpx")).text();
        assert!(
            gpx.contains("A &lt;hill&gt; &amp; more") && gpx.contains("2025-11-24T11:00:00+01:00"),
            "{gpx}"
        );
        let id = track.rsplit('/').next().unwrap().parse().unwrap();
        assert!(site.app.instance.dir.track_line(id).exists());
    }

    #[test]
    fn a_wrong_form_changes_nothing_and_comes_back_filled() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let form = alice.send_files("/upload", &[("hill.gpx", RIDE)]).location;
        let mut sent = SENT;
        sent[1].1 = "soon";
        sent[7].1 = "1";
        let got = alice.post(&form, &sent);
        assert_eq!(got.status, 400);
        let text = got.text();
        assert!(
            text.contains("2 things need another look") && text.contains("from your friends list"),
            "{text}"
        );
        assert!(text.contains("A &lt;hill&gt; &amp; more"), "{text}");
        assert_eq!(alice.get(&form).status, 200);
        assert_eq!(alice.post(&form, &[("title", "x")]).status, 400);
    }

    #[test]
    fn several_files_stay_and_bad_ones_are_told_by_name() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let got = alice.send_files("/upload", &[("a.gpx", RIDE), ("b.gpx", RIDE), ("<i>.gpx", b"no")]);
        assert_eq!(got.location, "/");
        let text = alice.get("/").text();
        assert!(
            text.contains("2 files are in.") && text.contains("&lt;i&gt;.gpx"),
            "{text}"
        );
        assert!(alice.send_files("/upload", &[]).location == "/upload");
        assert!(alice.get("/upload").text().contains("Choose a file first."));
    }

    #[test]
    fn the_date_keeps_its_zone() {
        let at = LocalTime {
            wall: datetime!(2025-11-24 12:58),
            offset: 60,
        };
        assert_eq!(time(at).format(), "2025-11-24T12:58:00+01:00");
    }
}
