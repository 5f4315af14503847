//! Tracks in: one file becomes a track.

use super::refusal;
use crate::error::Result;
use crate::gpx;
use crate::model::track::{Kind, Visibility};
use crate::model::trackdir;
use crate::web::form::{Form, FormFile};
use crate::web::lang::Text;
use crate::web::page::finish::{self, Source};
use crate::web::page::form::photos::Photos;
use crate::web::page::form::{Draft, Offer, Refusals};
use crate::web::page::spool;
use crate::web::page::upload::duplicate::{self, Already};
use crate::web::page::upload::receive::{self, Refused};
use crate::web::page::upload::{largest, waiting};
use crate::web::request::Request;
use crate::web::response::Response;
use crate::web::text::api as texts;
use crate::web::visit::Visit;
use serde_json::json;

/// `POST /api/tracks`: one GPX, FIT or TCX file, as the body or in the field `gpx` of a form, becomes a track. The
/// fields `title`, `description`, `visibility`, `type` and `tag` (any number) say what the file does not; they may
/// stand in the address too. 201 with `id` and `url`; 409 with the `url` of what holds the same points, unless `force`
/// is sent.
///
/// # Errors
/// What the database and the disk say.
pub fn add(visit: &mut Visit) -> Result<Response> {
    let (form, file) = take(visit)?;
    let Some(file) = file else {
        return Ok(refusal(400, visit.lang.text(&texts::NO_FILE)));
    };
    let name = match waiting::plain_name(&file.name) {
        name if name.is_empty() => visit.lang.text(&texts::THIS_FILE).to_owned(),
        name => name,
    };
    let gpx = match receive::import(file)? {
        Ok(gpx) => gpx,
        Err(error) => {
            let Refused { status, sentence } = receive::refused(visit.lang, &name, error.reason, largest(visit));
            return Ok(refusal(status, &sentence));
        }
    };
    let (owner, request) = (visit.get_user()?.id, &visit.request);
    if !matches!(value(&form, request, "force"), Some(force) if !matches!(force, "" | "0")) {
        let points = gpx::fingerprint(&gpx);
        let already = duplicate::find(visit.db()?, &visit.instance().dir, owner, &gpx, &points)?;
        if let Some(already) = already {
            return Ok(told_already(visit, &already));
        }
    }
    let mut draft = Draft::of(&gpx);
    if let Err(sentence) = fill(&mut draft, visit, &form) {
        return Ok(refusal(400, &sentence));
    }
    let offer = Offer::read(visit.db()?, owner, Vec::new())?;
    let mut refusals = Refusals::default();
    let fields = draft.check(visit.lang, &offer, &mut refusals)?;
    let Some(fields) = fields.filter(|_| refusals.is_empty()) else {
        let sentences: Vec<&str> = refusals.wrong.iter().map(|wrong| wrong.text.as_str()).collect();
        return Ok(refusal(refusals.status(), &sentences.join(" ")));
    };
    let source = Source {
        backup: trackdir::compress(&gpx::write(&gpx))?,
        upload: None,
    };
    let id = finish::make_track(visit, source, gpx, &draft, &fields, Photos::default())?;
    let url = visit.request.absolute(&format!("/track/{id}"));
    Ok(Response::json(&json!({ "id": id.0, "url": url }))
        .with_status(201)
        .header("Location", url)
        .no_store())
}

/// The fields, and the file: of a form that in `gpx`, else the body itself.
fn take(visit: &mut Visit) -> Result<(Form, Option<FormFile>)> {
    let kind = visit.request.header("content-type").unwrap_or_default();
    if kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        let mut form = Form::read(&mut visit.request)?;
        let files = std::mem::take(&mut form.files);
        let file = files.into_iter().find(|file| file.field == "gpx");
        return Ok((form, file));
    }
    let file = FormFile {
        field: "gpx".to_owned(),
        name: String::new(),
        content_type: String::new(),
        data: std::mem::replace(&mut visit.request.body, spool()),
    };
    let is_there = !file.data.is_empty();
    Ok((Form::default(), Some(file).filter(|_| is_there)))
}

/// What is said under a name: in the form, or else in the address.
fn value<'a>(form: &'a Form, request: &'a Request, name: &str) -> Option<&'a str> {
    form.find(name).or_else(|| request.query(name))
}

/// Puts what was sent into the form as it would be filled in, or says which value cannot be.
fn fill(draft: &mut Draft, visit: &Visit, form: &Form) -> std::result::Result<(), String> {
    let sent = |name: &str| value(form, &visit.request, name).map(str::to_owned);
    if let Some(title) = sent("title") {
        draft.title = title;
    }
    if let Some(description) = sent("description") {
        draft.description = description.replace("\r\n", "\n");
    }
    let bad = |text: &Text, values: &[&str]| visit.lang.fill(text, &[("values", &values.join(", "))]);
    if let Some(visibility) = sent("visibility") {
        if Visibility::find(&visibility).is_none() {
            return Err(bad(&texts::BAD_VISIBILITY, &Visibility::ALL.map(Visibility::name)));
        }
        draft.visibility = visibility;
    }
    if let Some(kind) = sent("type") {
        if Kind::find(&kind).is_none() {
            let kinds = [Kind::Recorded, Kind::Planned].map(Kind::name);
            return Err(bad(&texts::BAD_TYPE, &kinds));
        }
        draft.kind = kind;
    }
    let tags = form.all("tag").into_iter().chain(visit.request.query_all("tag"));
    let tags = tags.map(str::trim).filter(|tag| !tag.is_empty());
    draft.tags = tags.map(str::to_owned).collect();
    Ok(())
}

fn told_already(visit: &Visit, already: &Already) -> Response {
    let (id, path) = match already {
        Already::Track(track) => (Some(track.id.0), format!("/track/{}", track.id)),
        Already::Upload(id) => (None, format!("/upload/{id}")),
    };
    let url = visit.request.absolute(&path);
    Response::json(&json!({ "message": visit.lang.text(&texts::ALREADY), "id": id, "url": url }))
        .with_status(409)
        .no_store()
}
