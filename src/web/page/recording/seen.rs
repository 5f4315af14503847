//! What a track measures for a viewer. To whom a part of it is hidden the figures are those of the rest, and so is the
//! time of its start: the whole length beside the line that is seen would tell how far the hidden part is.
//!
//! Sums, records and filters count the whole (`model::summary`, `profile`, `browse`): they are of many tracks, and of
//! people who were there.

use super::{PATIENCE, figures_at, find_whole};
use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::{self, Gpx};
use crate::model::access::Viewer;
use crate::model::card::Card;
use crate::model::cut_figures;
use crate::model::figures::Figures;
use crate::model::track::LocalTime;
use crate::model::zone::{self, Cut};
use crate::model::{TrackId, trackdir};
use rusqlite::Connection;
use std::time::Instant;
use time::Time;

/// What a viewer gets of a recording, and the figures of that; absent where it has all points.
pub fn part(whole: Gpx, cut: &Cut) -> (Gpx, Option<Figures>) {
    if cut.is_none() {
        return (whole, None);
    }
    let (points, offset) = (whole.points().len(), gpx::timezone::guess(&whole));
    let seen = cut.gpx(whole);
    let figures = (seen.points().len() < points).then(|| figures_at(&seen, offset));
    (seen, figures)
}

/// The date of a track of which a viewer gets a part: as much later as the first point that is seen. Where that has no
/// time, but the whole has, the day remains.
pub fn date(date: LocalTime, whole: &Figures, seen: &Figures) -> LocalTime {
    let starts = |figures: &Figures| figures.start.filter(|_| figures.has_times());
    let wall = match (starts(whole), starts(seen)) {
        (Some(whole), Some(seen)) => date.wall.checked_add(seen.instant() - whole.instant()),
        (Some(_), None) => Some(date.wall.replace_time(Time::MIDNIGHT)),
        (None, _) => None,
    };
    LocalTime {
        wall: wall.unwrap_or(date.wall),
        ..date
    }
}

/// Makes cards those that the viewer gets to see. What is not known yet is measured and stored, a bounded time in one
/// request; the rest has no figures until then.
///
/// # Errors
/// What the database says.
pub fn cut(db: &Connection, dir: &DataDir, viewer: &Viewer, cards: Vec<&mut Card>) -> Result<()> {
    let owner = |card: &Card| card.owner.as_ref().map(|owner| owner.id);
    let cuts = zone::find_all(db, viewer, cards.iter().map(|card| owner(card)))?;
    let mut shortened = Vec::new();
    for card in cards {
        let cut = cuts.get(owner(card))?;
        if !cut.is_none() {
            shortened.push((card, cut));
        }
    }
    let ids: Vec<TrackId> = shortened.iter().map(|(card, _)| card.id).collect();
    let known = match ids.is_empty() {
        true => return Ok(()),
        false => cut_figures::list(db, &ids)?,
    };
    let begun = Instant::now();
    for (card, cut) in shortened {
        let state = state(dir, card.id, cut);
        let known = known.get(&card.id).filter(|(of, _)| Some(of) == state.as_ref());
        let found = match (known, &state) {
            (Some((_, figures)), _) => Some(*figures),
            (None, Some(state)) if begun.elapsed() < PATIENCE => {
                let measured = measure(db, dir, card.id, cut, state);
                measured.unwrap_or_else(|e| {
                    log::warn!("cannot measure what is seen of track {}: {e}", card.id);
                    None
                })
            }
            _ => None,
        };
        // None of them: nothing is hidden.
        if found != Some(Figures::default()) {
            let seen = found.unwrap_or_default();
            card.date = date(card.date, &card.figures, &seen);
            card.figures = seen;
        }
    }
    Ok(())
}

/// What tells the figures from those of another recording or other zones; absent without a recording.
fn state(dir: &DataDir, id: TrackId, cut: &Cut) -> Option<String> {
    let (changed, size) = trackdir::find_gpx_state(dir, id)?;
    Some(format!("{}-{size}-{}", changed.unix_timestamp_nanos(), cut.tag()?))
}

fn measure(db: &Connection, dir: &DataDir, id: TrackId, cut: &Cut, state: &str) -> Result<Option<Figures>> {
    let Some(whole) = find_whole(dir, id)? else {
        return Ok(None);
    };
    let seen = part(whole, cut).1.unwrap_or_default();
    cut_figures::set(db, id, state, &seen)?;
    Ok(Some(seen))
}
