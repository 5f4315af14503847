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
    let stored = fs::read(dir.track_preview(id.0)).ok();
    if let Some(bytes) = stored
        && let Some(response) = picture::answer(&visit.request, &bytes, Kept::Private)?
    {
        return Ok(response);
    }
    let line = recording::find_line(dir, id)?.unwrap_or_default();
    let svg = shape::picture(&line, access.track.fields.kind == Kind::Planned);
    picture::drawing(&visit.request, &svg)
}
