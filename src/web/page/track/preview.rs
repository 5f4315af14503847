//! The picture of a track: the stored map picture, or a drawing of the line where none is stored.

use super::{Access, secret_of};
use crate::error::{Error, Result};
use crate::model::preview::{self, DENSE};
use crate::model::track::Kind;
use crate::web::look::shape;
use crate::web::page::picture::{self, Kept};
use crate::web::page::recording;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// `/track/{id}/preview`, with `?size=600` for dense screens.
///
/// # Errors
/// `NotFound`, for another size too; `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let (dir, id) = (&visit.instance().dir, access.track.id);
    let is_dense = match visit.request.query("size") {
        None => false,
        Some(DENSE) => true,
        Some(_) => return Err(Error::NotFound(format!("no such picture of track {id}"))),
    };
    let cut = access.cut(visit)?;
    // The stored ones show the whole way.
    let stored = cut.is_none().then(|| preview::find(dir, id, is_dense)).flatten();
    let stored = stored.map(|bytes| picture::answer(&visit.request, &bytes, Kept::Private));
    let response = match stored.transpose()?.flatten() {
        Some(response) => response,
        None => {
            let line = recording::find_line(dir, id, &cut)?.unwrap_or_default();
            let svg = shape::picture(&line, access.track.fields.kind == Kind::Planned);
            picture::drawing(&visit.request, &svg)?
        }
    };
    let response = response.header("Vary", "Cookie");
    // What is hidden from now on is not to be seen for another hour, and what is drawn anew soon not to be kept.
    let lasts = cut.is_none() && preview::is_complete(dir, id);
    Ok(match lasts || response.status == 416 {
        true => response,
        false => response.cache(0, true),
    })
}
