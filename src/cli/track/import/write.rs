//! The one who writes: tracks whose files are durable get their rows and their places, many in one transaction.
//!
//! A commit waits for the disk several times however much is in it, so that one for each track would be most of the
//! time. What is in a transaction is committed whole or not at all, as a single track is.

use std::collections::HashSet;

use super::known::Known;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::instance::Held;
use crate::model::fingerprint::{self, Fingerprint};
use crate::model::{TrackId, UserId, trackdir, user};
use crate::web::page::make::{Placed, Waiting};

/// Writes the tracks of one user.
pub struct Writer<'a> {
    held: &'a Held,
    owner: UserId,
    known: &'a Known,
    /// The last track that was seen: what has a higher number came meanwhile.
    last: TrackId,
    /// The points of tracks that others brought meanwhile.
    foreign: HashSet<Fingerprint>,
}

impl<'a> Writer<'a> {
    /// For a user whose tracks are known up to an id.
    pub fn new(held: &'a Held, owner: UserId, known: &'a Known, last: TrackId) -> Writer<'a> {
        Writer {
            held,
            owner,
            known,
            last,
            foreign: HashSet::new(),
        }
    }

    /// Writes tracks; tells how many of them came in another way meanwhile, and are left out.
    ///
    /// # Errors
    /// What the database and the disk say; then none of them is there.
    pub fn write(&mut self, tracks: Vec<Waiting>) -> Result<usize> {
        let learned = self.known.take_learned();
        if tracks.is_empty() && learned.is_empty() {
            return Ok(0);
        }
        let (held, count) = (self.held, tracks.len());
        let change = begin(&held.db)?;
        if user::find(&change, self.owner)?.is_none() {
            return Err(Error::NotFound("the user was deleted meanwhile".to_owned()));
        }
        for track in fingerprint::list_behind(&change, self.owner, self.last)? {
            self.last = track.candidate.id;
            self.foreign.extend(track.candidate.known.map(|(points, _)| points));
        }
        for (id, points, size) in learned {
            fingerprint::set(&change, id, &points, size)?;
        }
        let new = tracks
            .into_iter()
            .filter(|track| !self.foreign.contains(track.points()));
        let placed: Vec<Placed> = new
            .map(|track| track.place(&change, self.owner))
            .collect::<Result<_>>()?;
        if !placed.is_empty() {
            trackdir::settle(&held.dir)?;
        }
        commit(change)?;
        self.last = placed.iter().map(Placed::id).fold(self.last, TrackId::max);
        let written = placed.len();
        placed.into_iter().for_each(|track| track.keep(&held.dir));
        Ok(count - written)
    }
}
