//! The picture of a track: the stored map picture, or a drawing of the line where none is stored.

use super::{Access, secret_of};
use crate::datadir::DataDir;
use crate::error::Result;
use crate::model::TrackId;
use crate::model::track::Kind;
use crate::web::look::shape;
use crate::web::page::picture::{self, Kept};
use crate::web::page::recording;
use crate::web::response::Response;
use crate::web::visit::Visit;
use std::fs;

/// Whether a map picture is stored.
pub(super) fn is_stored(dir: &DataDir, id: TrackId) -> bool {
    fs::metadata(dir.track_preview(id.0)).is_ok_and(|meta| meta.is_file() && meta.len() > 0)
}

/// `/track/{id}/preview`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let (dir, id) = (&visit.instance().dir, access.track.id);
    let cut = access.cut(visit)?;
    // The stored one shows the whole way.
    let stored = fs::read(dir.track_preview(id.0)).ok().filter(|_| cut.is_none());
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
    // What is hidden from now on is not to be seen for another hour.
    Ok(match cut.is_none() || response.status == 416 {
        true => response,
        false => response.cache(0, true),
    })
}
