//! Tracks out: a list in pages.

use super::refusal;
use crate::error::Result;
use crate::model::TrackId;
use crate::model::card::{self, Card};
use crate::web::page::form::engraved;
use crate::web::request::Request;
use crate::web::response::Response;
use crate::web::text::api as texts;
use crate::web::visit::Visit;
use serde_json::{Value, json};

/// Tracks in one answer, unless less are asked for.
const PAGE: i64 = 100;

/// `GET /api/tracks`: the tracks of whom the token belongs to, those made last first. `before` is an id, `limit` a
/// number; `next` in the answer is the address of what follows.
///
/// # Errors
/// What the database says.
pub fn list(visit: &mut Visit) -> Result<Response> {
    let numbers = number(visit, "before", i64::MAX).and_then(|before| Ok((before, number(visit, "limit", PAGE)?)));
    let (before, limit) = match numbers {
        Ok((before, limit)) => (before, usize::try_from(limit.min(PAGE)).unwrap_or(1)),
        Err(sentence) => return Ok(refusal(400, &sentence)),
    };
    let owner = visit.get_user()?.id;
    // One more than is shown tells whether there is more.
    let mut cards = card::list_owned(visit.db()?, owner, TrackId(before), limit + 1)?;
    let more = cards.len() > limit;
    cards.truncate(limit);
    let next = cards.last().filter(|_| more).map(|last| {
        let path = format!("/api/tracks?before={}&limit={limit}", last.id);
        visit.request.absolute(&path)
    });
    let tracks: Vec<Value> = cards.iter().map(|card| json_of(&visit.request, card)).collect();
    Ok(Response::json(&json!({ "tracks": tracks, "next": next })).no_store())
}

/// A parameter that is a number above 0, or the sentence that says so.
fn number(visit: &Visit, name: &str, default: i64) -> std::result::Result<i64, String> {
    let Some(text) = visit.request.query(name) else {
        return Ok(default);
    };
    let found = text.parse().ok().filter(|number| *number > 0);
    found.ok_or_else(|| visit.lang.fill(&texts::BAD_PAGE, &[("name", name)]))
}

/// A track as programs read it: metres, seconds, metres a second; null is what is not known.
pub(in crate::web::page) fn json_of(request: &Request, card: &Card) -> Value {
    let figures = &card.figures;
    json!({
        "id": card.id.0,
        "url": request.absolute(&format!("/track/{}", card.id)),
        "title": card.title,
        "date": engraved::time(card.date).format(),
        "visibility": card.visibility.name(),
        "type": card.kind.name(),
        "tags": card.tags,
        "people": card.people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(),
        "length": figures.length,
        "uphill": figures.uphill,
        "downhill": figures.downhill,
        "moving_time": figures.moving_time,
        "stopped_time": figures.stopped_time,
        "max_speed": figures.max_speed,
        "avg_speed": figures.avg_speed,
    })
}
