//! Where a user's tracks begin, the commonest places first: most likely what they want to keep private.

use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::circle;
use crate::model::card::{self, Card};
use crate::model::zone::Cut;
use crate::model::{TrackId, UserId, track};
use crate::web::lang::Lang;
use crate::web::page::recording::{self, PATIENCE};
use rusqlite::Connection;
use std::time::Instant;

/// Places that are offered.
const MOST: usize = 10;
/// Tracks that are looked at, the newest.
const TRACKS: usize = 400;
/// Starts that are no farther apart (m) are one place.
const NEAR: f64 = 150.0;

/// A place where tracks begin.
pub struct Start {
    /// The newest track that does.
    pub track: TrackId,
    /// How many do.
    pub tracks: u64,
    card: Card,
    place: (f64, f64),
}

impl Start {
    /// What its newest track is called.
    pub fn name(&self, lang: Lang) -> String {
        let title = self
            .card
            .title
            .as_deref()
            .map(str::trim)
            .filter(|title| !title.is_empty());
        title.map_or_else(|| lang.date(self.card.date.wall.date()), str::to_owned)
    }
}

/// The commonest starts of an owner's newest tracks, as far as their lines are stored and time allows.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, dir: &DataDir, owner: UserId) -> Result<Vec<Start>> {
    let begun = Instant::now();
    let mut starts: Vec<Start> = Vec::new();
    for card in card::list_owned(db, owner, TrackId(i64::MAX), TRACKS)? {
        if begun.elapsed() >= PATIENCE {
            break;
        }
        let line = recording::find_stored_line(dir, card.id, Cut::NONE);
        let Some(place) = line.and_then(|line| line.pieces.first()?.first().copied()) else {
            continue;
        };
        match starts
            .iter_mut()
            .find(|start| circle::distance(start.place, place) <= NEAR)
        {
            Some(start) => start.tracks += 1,
            None => starts.push(Start {
                track: card.id,
                tracks: 1,
                card,
                place,
            }),
        }
    }
    starts.sort_by_key(|start| std::cmp::Reverse(start.tracks));
    starts.truncate(MOST);
    Ok(starts)
}

/// Where a track of that owner begins (degrees); absent when it is another's or has no line.
///
/// # Errors
/// What the database and the disk say.
pub fn find_of(db: &Connection, dir: &DataDir, owner: UserId, id: TrackId) -> Result<Option<(f64, f64)>> {
    if track::find(db, id)?.and_then(|track| track.owner) != Some(owner) {
        return Ok(None);
    }
    let line = recording::find_line(dir, id, Cut::NONE)?;
    Ok(line.and_then(|line| line.pieces.first()?.first().copied()))
}
