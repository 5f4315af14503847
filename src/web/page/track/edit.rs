//! Changing a track: its form, and files and rows as one operation (see `model::swap`).
//!
//! The track's lock is held from before its files are read until all is done, and the row is read again under it.
//! Everything that takes time comes before the transaction. Two edits one after the other both succeed, the last
//! one wins; two at once do not mix.

mod recut;

use super::Access;
use crate::error::{Error, Result};
use crate::gpx::Gpx;
use crate::model::image::{self, Photo};
use crate::model::staged::{self, Changes};
use crate::model::track::{self, Fields, Track};
use crate::model::tracklock::TrackLock;
use crate::model::{
    TrackId, badge, failed, figures, fingerprint, person, photo_place, rendition, swap, tag, trackdir, user,
};
use crate::web::form::FormFile;
use crate::web::look::frame::{Page, Place};
use crate::web::look::message::notice;
use crate::web::page::form::photos::{self, Photos};
use crate::web::page::form::view::{Drawn, Purpose, Shown, view};
use crate::web::page::form::{Draft, Offer, Refusals, date_text, engraved};
use crate::web::page::upload::{largest, receive, waiting};
use crate::web::page::{answer, begin, layers, look, recording};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::form as texts;
use crate::web::visit::Visit;
use maud::html;
use recut::Recut;
use rusqlite::Connection;
use std::time::Duration;

/// How long another edit of the same track is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /track/{id}/edit`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let track = get(visit)?;
    let draft = draft_of(visit, &track)?;
    show(visit, &track, &draft, &Refusals::default(), false)
}

/// `POST /track/{id}/edit`: the changed track, or the form again with what is wrong; 409 while another edit of
/// the track is at work.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`; what the database and the disk say.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let track = get(visit)?;
    let draft = Draft::read(&visit.form)?;
    trackdir::ensure(visit.db()?, &visit.instance().dir, track.id)?;
    let lock = match TrackLock::take(&visit.instance().dir, track.id, PATIENCE) {
        Err(Error::Busy(why)) => {
            log::info!("{why}");
            return Ok(show(visit, &track, &draft, &Refusals::default(), true)?.with_status(409));
        }
        taken => taken?,
    };
    swap::finish(visit.db()?, &visit.instance().dir, track.id)?;
    let track = get(visit)?;
    let mut refusals = Refusals::default();
    match prepare(visit, &track, &draft, &mut refusals)? {
        Some(edit) => {
            let is_restored = edit.recut.is_restored;
            store(visit, &track, &draft, edit, &lock)?;
            visit.flash(Kind::Ok, visit.lang.text(&texts::EDITED));
            if is_restored {
                visit.flash(Kind::Info, visit.lang.text(&texts::RESTORED));
            }
            Ok(visit.redirect(&format!("/track/{}", track.id)))
        }
        None => Ok(show(visit, &track, &draft, &refusals, false)?.with_status(refusals.status())),
    }
}

/// The track of the path, if the visitor may change it.
fn get(visit: &Visit) -> Result<Track> {
    let access = Access::to_view(visit, None)?;
    match access.may.edit {
        true => Ok(access.track),
        false => Err(Error::Forbidden(format!(
            "track {} may not be changed by this visitor",
            access.track.id
        ))),
    }
}

/// What the form begins with.
fn draft_of(visit: &Visit, track: &Track) -> Result<Draft> {
    let (db, fields) = (visit.db()?, &track.fields);
    Ok(Draft {
        title: fields.title.clone().unwrap_or_default(),
        date: date_text(fields.date.wall),
        date_tz: fields.date.offset.to_string(),
        visibility: fields.visibility.name().to_owned(),
        kind: fields.kind.name().to_owned(),
        description: fields.description.clone(),
        tags: tag::list(db, track.id)?,
        people: person::list(db, track.id)?
            .into_iter()
            .map(|person| person.id)
            .collect(),
        places: photo_place::list(db, track.id)?.into_iter().collect(),
        badges: badge::list_of_track(db, track.id)?
            .into_iter()
            .map(|badge| badge.id)
            .collect(),
        repairs: engraved::read_list(&fields.transformers),
        ..Draft::default()
    })
}

/// The photos of a track.
fn photos_of(visit: &Visit, id: TrackId) -> Result<Vec<Photo>> {
    image::list(visit.db()?, &visit.instance().dir, id)
}

fn offer(visit: &Visit, id: TrackId) -> Result<Offer> {
    let db = visit.db()?;
    Offer::read(db, visit.get_user()?.id, person::list(db, id)?)
}

fn show(visit: &mut Visit, track: &Track, draft: &Draft, refusals: &Refusals, is_busy: bool) -> Result<Response> {
    let (offer, photos) = (offer(visit, track.id)?, photos_of(visit, track.id)?);
    let drawn = recording::find_whole(&visit.instance().dir, track.id)?.map(|gpx| Drawn::of(&gpx));
    let may_add = visit.config().image_uploads;
    let look = look(visit)?;
    let busy = is_busy.then(|| notice(&look, Kind::Bad, html! { (look.say(&texts::BUSY)) }));
    let shown = Shown {
        purpose: Purpose::Edit(track.id),
        draft,
        refusals,
        offer: &offer,
        photos: photos::Shown {
            existing: Some((track.id, &photos)),
            may_add,
        },
        drawn,
        layers: layers(visit),
        notices: busy.into_iter().collect(),
    };
    let content = view(&look, &shown);
    let mut page = Page::new(look.say(&texts::EDIT_TITLE), Place::Elsewhere);
    page.script = Some("form.js");
    page.map = true;
    Ok(answer(visit, look, &page, content))
}

/// An edit that is checked and computed.
struct Edit {
    fields: Fields,
    photos: Photos,
    recut: Recut,
}

/// Checks what was sent and computes what comes of it; none when something is wrong.
fn prepare(visit: &mut Visit, track: &Track, draft: &Draft, refusals: &mut Refusals) -> Result<Option<Edit>> {
    let (lang, may_add) = (visit.lang, visit.config().image_uploads);
    let existing = photos_of(visit, track.id)?;
    let fields = draft.check(lang, &offer(visit, track.id)?, refusals)?;
    let photos = photos::take(&mut visit.form, draft, &existing, may_add, lang, refusals)?;
    let replacement = replacement(visit, refusals)?;
    let Some(mut fields) = fields.filter(|_| refusals.is_empty()) else {
        return Ok(None);
    };
    // The form shows no fraction of a second; what was not touched stays as it is.
    if draft.date == date_text(track.fields.date.wall) && fields.date.offset == track.fields.date.offset {
        fields.date = track.fields.date;
    }
    let owner = track
        .owner
        .map(|owner| user::find(visit.db()?, owner))
        .transpose()?
        .flatten();
    let author = owner.as_ref().map(|user| user.name.as_str());
    let dir = &visit.instance().dir;
    let Some(recut) = recut::recut(dir, track, replacement, &draft.repairs, &mut fields, author)? else {
        refusals.add("repairs", lang.text(&texts::NO_ORIGINAL), 400);
        return Ok(None);
    };
    Ok(Some(Edit { fields, photos, recut }))
}

/// The recording that was sent in the place of the old one, if any; or what is wrong with it.
fn replacement(visit: &mut Visit, refusals: &mut Refusals) -> Result<Option<Gpx>> {
    let sent = std::mem::take(&mut visit.form.files);
    let Some(file) = sent.into_iter().find(|file: &FormFile| file.field == "gpx") else {
        return Ok(None);
    };
    let name = waiting::plain_name(&file.name);
    match receive::import(file)? {
        Ok(gpx) => Ok(Some(gpx)),
        Err(error) => {
            let refused = receive::refused(visit.lang, &name, error.reason, largest(visit));
            refusals.add("gpx", refused.sentence, refused.status);
            Ok(None)
        }
    }
}

/// Stores an edit: files beside, rows and a note in one transaction, then the files in their place.
fn store(visit: &Visit, track: &Track, draft: &Draft, edit: Edit, lock: &TrackLock) -> Result<()> {
    let (db, dir, id) = (visit.db()?, &visit.instance().dir, track.id);
    let Edit {
        fields,
        mut photos,
        recut,
    } = edit;
    let removed = photos.removed().to_vec();
    let mut changes = Changes {
        gpx: recut.gpx,
        backup: recut.backup,
        is_redrawn: recut.figures.is_some() || fields.kind != track.fields.kind,
        removed,
        added: photos.added(),
    };
    let (uploaded_size, is_redrawn) = (changes.backup.as_ref().map(Vec::len), changes.is_redrawn);
    let staged = match changes.is_empty() {
        true => None,
        false => Some(staged::stage(dir, id, &mut changes).map_err(|e| unless_gone(db, id, e))?),
    };
    let what = "change a track";
    let change = begin(db, what)?;
    let is_same = track::find(&change, id)?.is_some_and(|now| now.owner == track.owner);
    if !is_same || !lock.is_of(dir) {
        return Err(deleted_meanwhile(id));
    }
    track::update(&change, id, &fields)?;
    tag::set(&change, id, &draft.tags)?;
    person::set(&change, id, visit.get_user()?.id, &draft.people)?;
    badge::set(&change, id, &draft.badges)?;
    photos.store(&change, id)?;
    if let Some(figures) = &recut.figures {
        figures::set(&change, id, figures)?;
    }
    if let (Some(points), Some(size)) = (&recut.points, uploaded_size) {
        fingerprint::set(&change, id, points, size as u64)?;
    }
    if let Some(staged) = &staged {
        swap::note(&change, dir, id, staged)?;
    }
    change.commit().map_err(|e| failed(what, e))?;
    if let Some(staged) = staged {
        staged.keep();
        // The edit stands; what is not complete yet is completed by whoever next opens the database.
        if let Err(e) = swap::finish(db, dir, id) {
            log::error!("an edit of track {id} is not complete yet: {e}");
        }
    }
    if let Some(line) = &recut.line {
        recording::store_line(dir, id, line);
    }
    if is_redrawn {
        visit.painter.ask(id);
    }
    if let Err(e) = rendition::forget_gone(dir, id) {
        log::warn!("what was made of deleted photos of track {id} is still there: {e}");
    }
    Ok(())
}

/// A failure on the disk is none when the track was deleted meanwhile.
fn unless_gone(db: &Connection, id: TrackId, error: Error) -> Error {
    match track::find(db, id) {
        Ok(None) => deleted_meanwhile(id),
        _ => error,
    }
}

fn deleted_meanwhile(id: TrackId) -> Error {
    Error::NotFound(format!("track {id} was deleted while it was changed"))
}

#[cfg(test)]
mod tests;
