//! Making a track of an upload: files and rows as one operation.
//!
//! Everything that takes time (repairs, figures, packing) comes before the transaction; within it the rows
//! are written and the directory is moved to its place just before the commit. Whatever fails, neither
//! row nor directory is left, and the upload stays.

use super::Draft;
use crate::error::Result;
use crate::gpx::{self, Gpx, Metadata, Time, Transformer};
use crate::model::track::{self, Fields, LocalTime, Visibility};
use crate::model::{UploadId, badge, failed, figures, person, tag, trackdir, upload};
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
pub(super) fn make(
    visit: &mut Visit,
    from: UploadId,
    mut gpx: Gpx,
    draft: &Draft,
    mut fields: Fields,
) -> Result<Response> {
    let user = visit.get_user()?.clone();
    let backup = trackdir::compress(&gpx::write(&gpx))?;
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
    upload::delete(&change, from)?;
    let files = trackdir::create(dir, id, &current, &backup)?;
    change.commit().map_err(|e| failed(what, e))?;
    files.keep();
    recording::store_line(dir, id, &line);

    let seen_by = visit.lang.text(match fields.visibility {
        Visibility::Private => &words::ONLY_ME,
        Visibility::Friends => &words::FRIENDS,
        Visibility::FriendsTagged => &words::FRIENDS_TAGGED,
        Visibility::LoggedIn => &words::LOGGED_IN,
        Visibility::Public => &words::PUBLIC,
    });
    visit.flash(Kind::Ok, visit.lang.fill(&texts::SAVED, &[("visibility", seen_by)]));
    Ok(visit.redirect(&format!("/track/{id}")))
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
    use time::macros::datetime;

    #[test]
    fn repairs_are_stored_as_the_original_stores_them() {
        assert_eq!(stored(&[]), "[]");
        let both = [Transformer::FixNullElevation, Transformer::RemoveBreaks];
        assert_eq!(stored(&both), "[[\"fix-null-elevation\",{}],[\"remove-breaks\",{}]]");
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
