//! Deleting a track for good.

use super::Access;
use crate::error::{Error, Result};
use crate::model::{failed, track};
use crate::web::page::begin;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::track as texts;
use crate::web::visit::Visit;

/// `POST /track/{id}/delete`. Files are removed after the rows are gone; what stays behind when that
/// fails is nobody's track, and the log says where it is.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn delete(visit: &mut Visit) -> Result<Response> {
    let what = "delete a track";
    get(visit)?;
    let db = visit.db()?;
    let change = begin(db, what)?;
    // Again under the lock: by now the id may be another's.
    let access = get(visit)?;
    let id = access.track.id;
    let removal = track::delete(&change, id)?.mark(&visit.instance().dir);
    change.commit().map_err(|e| failed(what, e))?;
    if let Err(error) = removal.files(db) {
        log::warn!("track {id} is deleted, its files are not: {error}");
    }
    let title = access.track.fields.title.filter(|title| !title.trim().is_empty());
    let name = title.unwrap_or_else(|| visit.lang.date(access.track.fields.date.wall.date()));
    visit.flash(
        Kind::Ok,
        visit.lang.fill(
            &texts::DELETED,
            &[("title", &name.chars().take(200).collect::<String>())],
        ),
    );
    Ok(visit.redirect("/"))
}

/// The track of the path, if the visitor may delete it.
fn get(visit: &Visit) -> Result<Access> {
    let access = Access::to_view(visit, None)?;
    match access.may.delete {
        true => Ok(access),
        false => Err(Error::Forbidden(format!(
            "track {} may not be deleted by this visitor",
            access.track.id
        ))),
    }
}
