//! Which recordings a user has already: the rule of the web's upload (`duplicate`), for many files at once.
//!
//! What is known of the user's tracks is read once; a track that nobody has read yet is read when a file is like it.
//! What this import brings is known as soon as it is certain to come.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::Gpx;
use crate::model::TrackId;
use crate::model::fingerprint::{Fingerprint, Measured};
use crate::web::page::upload::duplicate;

/// What a user has.
pub struct Known {
    dir: DataDir,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    points: HashSet<Fingerprint>,
    unread: Vec<Measured>,
    learned: Vec<Learned>,
}

/// The fingerprint of a track that was read just now, and the size of the file that it was taken from, bytes.
pub type Learned = (TrackId, Fingerprint, u64);

impl Known {
    /// What is known of a user's tracks.
    pub fn of(dir: &DataDir, tracks: Vec<Measured>) -> Known {
        let mut state = State::default();
        for track in tracks {
            match duplicate::find_valid(dir, &track.candidate) {
                Some(points) => drop(state.points.insert(points)),
                None => state.unread.push(track),
            }
        }
        Known {
            dir: dir.clone(),
            state: Mutex::new(state),
        }
    }

    /// Whether a recording is there; reads tracks that are like it and not known yet.
    ///
    /// # Errors
    /// What the disk says.
    pub fn holds(&self, gpx: &Gpx, points: &Fingerprint) -> Result<bool> {
        let mut state = self.state();
        if state.points.contains(points) || state.unread.is_empty() {
            return Ok(state.points.contains(points));
        }
        let figures = gpx.figures();
        let start = figures.start.map(|time| time.to_offset_date_time());
        let is_like = |track: &mut Measured| track.is_like(start, figures.length);
        let alike: Vec<Measured> = state.unread.extract_if(.., is_like).collect();
        for Measured { candidate, .. } in alike {
            if let Some((read, size)) = duplicate::read_points(&self.dir, candidate.id)? {
                state.points.insert(read);
                state.learned.push((candidate.id, read, size));
            }
        }
        Ok(state.points.contains(points))
    }

    /// Whether nobody claimed these points before: from now on they are there.
    pub fn claim(&self, points: &Fingerprint) -> bool {
        self.state().points.insert(*points)
    }

    /// What was learned since this was asked last, to be kept.
    pub fn take_learned(&self) -> Vec<Learned> {
        std::mem::take(&mut self.state().learned)
    }

    /// Each change is one step, so what a panic leaves is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
