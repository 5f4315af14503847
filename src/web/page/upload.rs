//! Uploading: files come in, one or a hundred, and wait here to be finished.

pub mod duplicate;
pub(super) mod receive;
pub mod ticked;
mod view;
pub mod waiting;

use super::{answer, begin, geometry, look, recording};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::upload::{self, Upload};
use crate::model::zone::Cut;
use crate::model::{UploadId, failed};
use crate::web::accept::{self, Wanted};
use crate::web::form::FormFile;
use crate::web::look::Look;
use crate::web::look::frame::{Page, Place};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{count, upload as texts};
use crate::web::visit::Visit;
use receive::Refused;
use serde_json::json;
pub(super) use view::{ACCEPT as ACCEPTED, discard};
use waiting::Waiting;

/// Refused files that are told one by one on the next page: they have to fit into a cookie.
const TOLD: usize = 5;

/// An upload that whoever asks may finish: their own, or anybody's for administrators.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub(super) fn get(visit: &Visit) -> Result<Upload> {
    get_by_id(visit, visit.id("id")?)
}

fn get_by_id(visit: &Visit, id: UploadId) -> Result<Upload> {
    let user = visit.get_user()?;
    let found = upload::find(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no upload {id}")))?;
    if found.owner == Some(user.id) || user.is_admin {
        return Ok(found);
    }
    Err(Error::Forbidden(format!("upload {id} is not of user {}", user.id)))
}

/// `GET /upload`.
///
/// # Errors
/// What the database says.
pub fn form(visit: &mut Visit) -> Result<Response> {
    show(visit, &[])
}

fn show(visit: &mut Visit, refused: &[Refused]) -> Result<Response> {
    let waiting = waiting::list(visit)?;
    let most = largest(visit);
    let look = look(visit)?;
    let content = view::view(&look, &waiting, refused, most);
    let mut page = Page::new(look.say(&texts::TITLE), Place::Upload);
    page.script = Some("form.js");
    Ok(answer(visit, look, &page, content))
}

/// How large a file may be, bytes.
pub(super) fn largest(visit: &Visit) -> u64 {
    largest_of(visit.config())
}

/// The same for who has the configuration alone.
pub fn largest_of(config: &Config) -> u64 {
    config.server.max_request_body_size.min(recording::LARGEST as u64)
}

/// `POST /upload`: files in the field `gpx`. One good file leads to its form; of several the good ones wait on
/// the home page, and the others are told there. When none is good, the answer is the upload page with the
/// reasons and the status 400, 413 (too large) or 415 (nothing that can be read at all).
///
/// A script that asks for `application/json` gets `{"files": [...]}` in the order of the files: of a good one its
/// `name`, `id`, `title`, `link` (the form that finishes it) and `already` (null, or `title` and `link` of
/// what holds the same points); of another its `name` and the `reason`, a sentence for the visitor. The status
/// is 200 when any file is good, else that of the page.
///
/// # Errors
/// What the database and the disk say.
pub fn take(visit: &mut Visit) -> Result<Response> {
    let sent = std::mem::take(&mut visit.form.files);
    let sent: Vec<FormFile> = sent.into_iter().filter(|file| file.field == "gpx").collect();
    let number = sent.len();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    let wants_json = accept::choose(visit.request.header_list("accept").as_deref()) == Wanted::Json;
    let mut listed = Vec::new();
    for file in sent {
        let name = waiting::plain_name(&file.name);
        match receive::receive(visit, file)? {
            Ok(waiting) => {
                listed.push(json_of(&look(visit)?, &name, &waiting));
                taken.push(waiting);
            }
            Err(why) => {
                listed.push(json!({ "name": name, "reason": why.sentence }));
                refused.push(why);
            }
        }
    }
    let status = if taken.is_empty() { status(&refused) } else { 200 };
    if wants_json && number == 0 {
        return Err(Error::Invalid("an upload without a file".to_owned()));
    }
    if wants_json {
        return Ok(Response::json(&json!({ "files": listed }))
            .with_status(status)
            .no_store());
    }
    match (number, &taken[..]) {
        (0, _) => {
            visit.flash(Kind::Bad, visit.lang.text(&texts::NO_FILE));
            Ok(visit.redirect("/upload"))
        }
        (_, []) => Ok(show(visit, &refused)?.with_status(status)),
        (1, [only, ..]) => Ok(visit.redirect(&format!("/upload/{}", only.id))),
        _ => {
            tell(visit, taken.len(), &refused);
            Ok(visit.redirect("/"))
        }
    }
}

/// The status of an answer when no file is good: what all have in common.
fn status(refused: &[Refused]) -> u16 {
    match refused.first() {
        Some(first) if refused.iter().all(|one| one.status == first.status) => first.status,
        _ => 400,
    }
}

fn json_of(look: &Look, name: &str, waiting: &Waiting) -> serde_json::Value {
    let already = waiting.already.as_ref();
    json!({
        "name": name,
        "id": waiting.id.0,
        "title": waiting.name(look),
        "link": look.path(&format!("/upload/{}", waiting.id)),
        "already": already.map(|already| json!({ "title": already.title(look), "link": already.link(look) })),
    })
}

/// Puts on the next page how several files fared.
fn tell(visit: &mut Visit, taken: usize, refused: &[Refused]) {
    visit.flash(Kind::Ok, count(visit.lang, taken as u64, &texts::TAKEN));
    for one in refused.iter().take(TOLD) {
        visit.flash(Kind::Bad, one.sentence.as_str());
    }
    if let Some(more) = refused.len().checked_sub(TOLD).filter(|more| *more > 0) {
        visit.flash(Kind::Bad, count(visit.lang, more as u64, &texts::MORE_REFUSED));
    }
}

/// `POST /upload/{id}/cancel`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn cancel(visit: &mut Visit) -> Result<Response> {
    let upload = get(visit)?;
    let change = begin(visit.db()?, "discard an upload")?;
    upload::delete(&change, &upload)?;
    change.commit().map_err(|e| failed("discard an upload", e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::DISCARDED));
    Ok(visit.redirect("/upload"))
}

/// `GET /upload/{id}/line.json`: the line for the map beside the form.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn line(visit: &mut Visit) -> Result<Response> {
    let id = get(visit)?.id;
    let gpx = waiting::find_gpx(visit.db()?, id)?;
    let gpx = gpx.ok_or_else(|| Error::NotFound(format!("upload {id} holds no readable GPX")))?;
    geometry::answer(&visit.request, &geometry::of(&gpx, Cut::NONE))
}

/// `/upload/{id}/preview.gpx`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn preview(visit: &mut Visit) -> Result<Response> {
    let id = get(visit)?.id;
    let packed = upload::find_gpx(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no upload {id}")))?;
    let mut out = super::spool();
    upload::unpack(&packed, recording::LARGEST, &mut out)?;
    Ok(Response::file("application/gpx+xml", out).cache(0, true))
}
