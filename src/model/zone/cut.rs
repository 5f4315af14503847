//! What of an owner's tracks a viewer does not get: made of their privacy zones, each time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::Connection;

use super::list;
use crate::error::{Error, Result};
use crate::gpx::{self, Circle, Gpx};
use crate::model::access::{self, Viewer};
use crate::model::line::Pieces;
use crate::model::{TrackId, UserId, column, query};
use crate::secret;

/// What is taken out of the points of a track before a viewer gets any of them.
///
/// Whatever hands out points asks for one, by [`find`] or [`find_all`], and lets them through it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cut {
    circles: Vec<Circle>,
}

impl Cut {
    /// Nothing is taken out: for its owner, and for what is computed and not shown.
    pub const NONE: &Cut = &Cut { circles: Vec::new() };

    /// Whether the viewer gets what is stored.
    pub fn is_none(&self) -> bool {
        self.circles.is_empty()
    }

    /// Whether a place (degrees) is not to be told.
    pub fn hides(&self, lat: f64, lon: f64) -> bool {
        self.circles.iter().any(|circle| circle.holds(lat, lon))
    }

    /// A recording as the viewer gets it.
    pub fn gpx(&self, gpx: Gpx) -> Gpx {
        match self.is_none() {
            true => gpx,
            false => gpx::cut(gpx, &self.circles),
        }
    }

    /// A simplified line as the viewer gets it. Between two of its places others were left out, so what passes
    /// through a circle goes too: a line straight through would be the way that was taken.
    pub fn line(&self, pieces: Pieces) -> Pieces {
        if self.is_none() {
            return pieces;
        }
        let joins = |from: (f64, f64), to: (f64, f64)| !self.circles.iter().any(|circle| circle.meets(from, to));
        let mut seen = Pieces::new();
        for piece in pieces {
            let mut run: Vec<(f64, f64)> = Vec::new();
            for place in piece {
                let is_hidden = self.hides(place.0, place.1);
                let is_apart = run.last().is_some_and(|last| is_hidden || !joins(*last, place));
                if is_apart {
                    seen.push(std::mem::take(&mut run));
                }
                if !is_hidden {
                    run.push(place);
                }
            }
            seen.extend(Some(run).filter(|run| !run.is_empty()));
        }
        seen
    }

    /// What tells it from every other in an entity tag; absent when nothing is taken out.
    pub fn tag(&self) -> Option<String> {
        let numbers = self
            .circles
            .iter()
            .flat_map(|circle| [circle.lat, circle.lon, circle.radius]);
        let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
        (!self.is_none()).then(|| secret::hex(&secret::sha256(&bytes)[..8]))
    }
}

/// What is taken out of the tracks of an owner for a viewer.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, viewer: &Viewer, owner: Option<UserId>) -> Result<Cut> {
    let Some(owner) = owner.filter(|_| !access::sees_whole(viewer, owner)) else {
        return Ok(Cut::default());
    };
    let circles = list(db, owner)?.into_iter().map(|zone| zone.shift.cover(zone.named));
    Ok(Cut {
        circles: circles.collect(),
    })
}

/// What is taken out of a track for a viewer; nothing of one that is not there.
///
/// # Errors
/// What the database says.
pub fn find_of_track(db: &Connection, viewer: &Viewer, track: TrackId) -> Result<Cut> {
    let sql = "SELECT owner_id FROM tracks WHERE id = ?1";
    let owner = query::find(db, "look whose a track is", sql, [track], |row| {
        column::int(row, "owner_id")
    })?;
    find(db, viewer, owner.flatten().map(UserId))
}

/// What is taken out of the tracks of several owners for one viewer.
pub struct Cuts {
    of: HashMap<Option<UserId>, Cut>,
}

impl Cuts {
    /// That of an owner who was asked for.
    ///
    /// # Errors
    /// `Failed` for another one, as what is not known to be whole is not shown.
    pub fn get(&self, owner: Option<UserId>) -> Result<&Cut> {
        let forgotten = || Error::Failed("a list's privacy zones were not asked for".to_owned());
        self.of.get(&owner).ok_or_else(forgotten)
    }
}

/// What is taken out of the tracks of each of the owners for a viewer.
///
/// # Errors
/// What the database says.
pub fn find_all(db: &Connection, viewer: &Viewer, owners: impl IntoIterator<Item = Option<UserId>>) -> Result<Cuts> {
    let mut of = HashMap::new();
    for owner in owners {
        if let Entry::Vacant(place) = of.entry(owner) {
            place.insert(find(db, viewer, owner)?);
        }
    }
    Ok(Cuts { of })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Circle = Circle {
        lat: 48.0,
        lon: 7.0,
        radius: 300.0,
    };

    #[test]
    fn a_simplified_line_does_not_pass_through_what_is_hidden() {
        let cut = Cut { circles: vec![HOME] };
        let piece = |places: &[(f64, f64)]| places.to_vec();
        let [west, near, home, east, far] = [(48.0, 6.9), (48.0, 6.99), (48.0, 7.001), (48.0, 7.01), (48.0, 7.1)];
        for (line, seen) in [
            (vec![piece(&[home, near, west])], vec![piece(&[near, west])]),
            (
                vec![piece(&[west, near, home, east, far])],
                vec![piece(&[west, near]), piece(&[east, far])],
            ),
            (
                vec![piece(&[west, near, east, far])],
                vec![piece(&[west, near]), piece(&[east, far])],
            ),
            (vec![piece(&[home, home]), piece(&[far])], vec![piece(&[far])]),
            (vec![piece(&[west, near])], vec![piece(&[west, near])]),
        ] {
            assert_eq!(cut.line(line.clone()), seen);
            assert_eq!(Cut::NONE.line(line.clone()), line);
        }
    }
}
