//! Map tiles: fetched from their providers for the visitors, and kept.
//!
//! No worker waits for a provider: what has to be fetched is fetched in a thread of its own, of which there are
//! [`MOST`], and which enters the barrier to look into the cache and to keep a tile, never while it talks to a
//! provider. While the maintenance mode is on nothing is fetched and nothing is kept.

pub mod cache;
mod flight;
mod lane;
pub mod preview;
mod provider;
pub mod reach;
#[cfg(test)]
pub(crate) mod trial;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::clock;
use crate::config::Layer;
use crate::instance::{Entry, Instance};
use crate::secret;
use cache::{Kept, Key};
use flight::{Boarding, Flights};
use lane::Lanes;
use provider::{Failure, Fetched, Provider};
use trouble::Trouble;

/// So many tiles are fetched or waited for at the same time. The front door has as many connections to the workers
/// more, so that pages do not wait for tiles.
pub const MOST: usize = 16;

/// A place on the map: the square `x`, `y` of the 2^z × 2^z of zoom `z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// The zoom.
    pub z: u8,
    /// Eastwards from 180° W.
    pub x: u32,
    /// Southwards from 85.05° N.
    pub y: u32,
}

impl Tile {
    /// A tile that the layer can have: one within the map and within its zooms.
    pub fn new(layer: &Layer, z: u64, x: u64, y: u64) -> Option<Tile> {
        let most = u64::from(layer.max_zoom.unwrap_or(crate::config::LARGEST_ZOOM));
        let edge = 1_u64.checked_shl(u32::try_from(z.min(most)).ok()?)?;
        let fits = z <= most && x < edge && y < edge;
        let tile = Tile {
            z: u8::try_from(z).ok()?,
            x: u32::try_from(x).ok()?,
            y: u32::try_from(y).ok()?,
        };
        fits.then_some(tile)
    }
}

/// What came of the wish for a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The picture, of a kind that is known.
    Picture(Vec<u8>),
    /// The provider says that it will not have it (HTTP status).
    Refused(u16),
    /// The provider cannot be reached, or what it sent is no picture.
    Broken,
    /// The provider took too long, or has done so lately.
    Slow,
    /// The maintenance mode is on.
    Closed,
}

/// The tiles of an instance, shared by all threads of a server.
pub struct Tiles {
    instance: Arc<Instance>,
    provider: Provider,
    flights: Flights,
    lanes: Lanes,
    trouble: Trouble,
    in_hand: AtomicUsize,
}

/// The right to fetch a tile; given back when dropped.
pub struct Seat(Arc<Tiles>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.in_hand.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tiles {
    /// Nothing is opened and nobody asked yet.
    pub fn new(instance: Arc<Instance>) -> Tiles {
        let config = &instance.config;
        Tiles {
            provider: Provider::new(&config.email.from, config.tile_timeout),
            flights: Flights::default(),
            lanes: Lanes::default(),
            trouble: Trouble::default(),
            in_hand: AtomicUsize::new(0),
            instance,
        }
    }

    /// A tile that is kept and fresh, for who is inside the barrier. A cache that cannot be read holds nothing.
    pub fn find(&self, _inside: &Entry<'_>, layer: &Layer, tile: Tile) -> Option<Vec<u8>> {
        let kept = self.look_up(&key(layer, tile))?;
        kept.is_fresh(now()).then_some(kept.picture)
    }

    /// A seat, unless as many tiles as may are being fetched.
    pub fn reserve(self: &Arc<Tiles>) -> Option<Seat> {
        let taken = self.in_hand.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |seats| {
            (seats < MOST).then_some(seats + 1)
        });
        taken.ok().map(|_| Seat(Arc::clone(self)))
    }
}

impl Seat {
    /// Fetches a tile, together with whoever else wants it just now. No request may call it inside the barrier; returns
    /// within a few times the time-out.
    pub fn fetch(self, layer: &Layer, tile: Tile) -> Outcome {
        let tiles = &self.0;
        let key = key(layer, tile);
        match tiles.flights.board(&key) {
            Boarding::Lead(lead) => {
                let outcome = tiles.fetch_alone(layer, tile, &key);
                lead.land(outcome.clone());
                outcome
            }
            // The longest that the other can take: waiting for a lane, then fetching.
            Boarding::Along(flight) => flight.wait(4 * tiles.instance.config.tile_timeout),
        }
    }
}

impl Tiles {
    fn fetch_alone(&self, layer: &Layer, tile: Tile, key: &Key) -> Outcome {
        let stale = {
            let Ok(_entry) = self.instance.enter() else {
                return Outcome::Closed;
            };
            self.look_up(key)
        };
        // Who was first a moment ago may have kept it by now.
        if let Some(kept) = stale.as_ref().filter(|kept| kept.is_fresh(now())) {
            return Outcome::Picture(kept.picture.clone());
        }
        match self.ask(layer, tile, stale.as_ref()) {
            Ok(Fetched::Picture(fresh)) => {
                self.keep(key, &fresh);
                Outcome::Picture(fresh.picture)
            }
            Ok(Fetched::Unchanged) => match stale {
                Some(stale) => {
                    let kept = Kept {
                        checked: now(),
                        ..stale
                    };
                    self.keep(key, &kept);
                    Outcome::Picture(kept.picture)
                }
                None => Outcome::Broken,
            },
            Err(outcome) => match stale {
                // An old tile is better than none.
                Some(stale) if outcome != Outcome::Closed => Outcome::Picture(stale.picture),
                _ => outcome,
            },
        }
    }

    /// Asks the provider, unless it is left alone for now.
    fn ask(&self, layer: &Layer, tile: Tile, stale: Option<&Kept>) -> Result<Fetched, Outcome> {
        if self.trouble.is_left_alone(&layer.id) {
            return Err(Outcome::Slow);
        }
        let url = provider::url_of(layer, tile);
        let patience = 2 * self.instance.config.tile_timeout;
        let Some(_lane) = self.lanes.take(layer.origin(), patience) else {
            return Err(Outcome::Slow);
        };
        // While it waited the mode may have been switched on, or the provider have fallen silent.
        if self.instance.look().is_some() {
            return Err(Outcome::Closed);
        }
        if self.trouble.is_left_alone(&layer.id) {
            return Err(Outcome::Slow);
        }
        let known = stale.and_then(|kept| kept.etag.as_deref());
        let fetched = self.provider.fetch(&url, known);
        match &fetched {
            Err(Failure::Slow | Failure::Unreachable(_)) => self.trouble.add(&layer.id),
            _ => self.trouble.forget(&layer.id),
        }
        fetched.map_err(|failure| {
            log::debug!("no tile {}/{}/{} of {}: {failure}", tile.z, tile.x, tile.y, layer.id);
            match failure {
                Failure::Slow => Outcome::Slow,
                Failure::Status(status) => Outcome::Refused(status),
                Failure::Unreachable(_) | Failure::NoPicture(_) => Outcome::Broken,
            }
        })
    }

    fn look_up(&self, key: &Key) -> Option<Kept> {
        let found = cache::find(&self.instance.dir, key);
        found.unwrap_or_else(|e| {
            log::debug!("cannot look into the tile cache: {e}");
            None
        })
    }

    /// A tile that cannot be kept is fetched again, no more.
    fn keep(&self, key: &Key, kept: &Kept) {
        let Ok(_entry) = self.instance.enter() else { return };
        let size = self.instance.config.tile_cache_size;
        if let Err(e) = cache::keep(&self.instance.dir, key, kept, size) {
            log::debug!("cannot keep a tile: {e}");
        }
    }
}

/// With the address in it, or another provider under the same id would be taken for the old one; hashed, for it may
/// hold a key.
fn key(layer: &Layer, tile: Tile) -> Key {
    let hash = secret::hex(&secret::sha256(layer.url.as_bytes())[..8]);
    Key {
        layer: format!("{} {hash}", layer.id),
        tile,
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    clock::now().unix_timestamp()
}

#[cfg(test)]
mod tests;
