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
    let access = Access::to_view(visit, None)?;
    let (id, what) = (access.track.id, "delete a track");
    if !access.may.delete {
        return Err(Error::Forbidden(format!(
            "track {id} may not be deleted by this visitor"
        )));
    }
    let db = visit.db()?;
    let change = begin(db, what)?;
    let removal = track::delete(&change, id)?;
    change.commit().map_err(|e| failed(what, e))?;
    if let Err(error) = removal.files(db, &visit.instance().dir) {
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
