//! The picture of a badge.

use super::picture::{self, Kept};
use crate::error::{Error, Result};
use crate::model::BadgeId;
use crate::model::badge;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// `/badge/{id}`, any method.
///
/// # Errors
/// `NotFound` when there is no such badge or its picture is none; what the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let id: BadgeId = visit.id("id")?;
    let bytes = badge::find_image(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no badge {id}")))?;
    picture::answer(bytes, Kept::Public).ok_or_else(|| Error::NotFound(format!("the picture of badge {id} is none")))
}
