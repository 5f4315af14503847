//! From a file to a track that is ready to be written: what takes time, for several threads at once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::known::Known;
use super::source::Item;
use crate::error::{Error, Result};
use crate::gpx::{self, ReadError};
use crate::model::track::{Kind, Visibility};
use crate::web::lang::Lang;
use crate::web::page::form::{Draft, Offer, Refusals, readable};
use crate::web::page::make::Ready;
use crate::web::page::recording;

/// What is the same for all files.
pub struct Settings {
    /// The name of the owner, as it is engraved.
    pub author: String,
    /// Who may see the tracks.
    pub visibility: Visibility,
    /// Recorded or planned; absent where each file says it.
    pub kind: Option<Kind>,
    /// Tags of every track.
    pub tags: Vec<String>,
    /// Bytes of a file at the most.
    pub most: u64,
}

/// What becomes of a file.
pub enum Outcome {
    /// A track.
    Ready(Box<Ready>),
    /// Nothing: the owner has these points.
    Already,
    /// Nothing, and why.
    Refused(String),
}

/// Reads a file and makes of it what the form would when nothing is changed in it but what the settings and the
/// words of a table say.
///
/// # Errors
/// What the disk of the instance says; what is wrong with the file is an outcome.
pub fn prepare(item: &Item, settings: &Settings, known: &Known) -> Result<Outcome> {
    // A file that the program stumbles over costs the others nothing.
    let made = catch_unwind(AssertUnwindSafe(|| make(item, settings, known)));
    made.unwrap_or_else(|_| {
        Ok(Outcome::Refused(
            "it cannot be read: the program stumbled over it".to_owned(),
        ))
    })
}

fn make(item: &Item, settings: &Settings, known: &Known) -> Result<Outcome> {
    let bytes = match item.read(settings.most) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Outcome::Refused(why)),
    };
    let gpx = match recording::import(bytes) {
        Ok(Ok(gpx)) => gpx,
        Ok(Err(error)) => return Ok(Outcome::Refused(why(&error))),
        // There is no memory for this one; the next may be smaller.
        Err(error) if matches!(error, Error::Busy(_)) => return Ok(Outcome::Refused(error.text().to_owned())),
        Err(error) => return Err(error),
    };
    let points = gpx::fingerprint(&gpx);
    if known.holds(&gpx, &points)? {
        return Ok(Outcome::Already);
    }
    let mut draft = Draft::of(&gpx);
    fill(&mut draft, item, settings);
    let mut refusals = Refusals::default();
    let Some(fields) = draft.check(Lang::En, &NOTHING_OFFERED, &mut refusals)? else {
        let sentences: Vec<&str> = refusals.wrong.iter().map(|wrong| wrong.text.as_str()).collect();
        return Ok(Outcome::Refused(sentences.join(" ")));
    };
    let ready = Ready::with_backup(gpx, points, &draft, fields, &settings.author)?;
    Ok(match known.claim(&points) {
        true => Outcome::Ready(Box::new(ready)),
        false => Outcome::Already,
    })
}

/// Nobody is tagged and no badge is given.
const NOTHING_OFFERED: Offer = Offer {
    people: Vec::new(),
    badges: Vec::new(),
    tags: Vec::new(),
};

fn fill(draft: &mut Draft, item: &Item, settings: &Settings) {
    draft.visibility = settings.visibility.name().to_owned();
    let words = item.words.clone().unwrap_or_default();
    if let Some(kind) = settings.kind.or(words.kind) {
        draft.kind = kind.name().to_owned();
    }
    if let Some(title) = words.title {
        draft.title = readable(&title);
    }
    if draft.title.trim().is_empty() {
        draft.title = readable(item.stem());
    }
    if let Some(description) = words.description {
        draft.description = readable(&description.replace("\r\n", "\n"));
    }
    let tags = settings.tags.iter().chain(&words.tags);
    draft.tags = tags.map(|tag| readable(tag).trim().to_owned()).collect();
}

fn why(error: &ReadError) -> String {
    let reason = error.reason.text();
    match error.line {
        Some(line) => format!("{reason} (line {line})"),
        None => reason.to_owned(),
    }
}
