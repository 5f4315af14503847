//! A user's overlay maps, drawn of the recordings as they are stored: what fietscron and `fietsctl user hittekaart` do.

use std::num::NonZero;
use std::time::Duration;

use rusqlite::Connection;

use crate::config::Mode;
use crate::datadir::DataDir;
use crate::error::Result;
use crate::heat::Line;
use crate::model::access::Viewer;
use crate::model::overlay::Map;
use crate::model::overlay::renew::{self, Recordings, Renewed, Work};
use crate::model::zone::{self, Cut};
use crate::model::{TrackId, UserId, trackdir};
use crate::web::page::recording;

/// The map of a configured kind.
pub fn map(mode: Mode) -> Map {
    match mode {
        Mode::Heatmap => Map::Heat,
        Mode::Tilehunter => Map::Hunt,
    }
}

/// What is drawn, and how.
pub struct Draw<'a> {
    /// The database.
    pub db: &'a Connection,
    /// Where the data is.
    pub dir: &'a DataDir,
    /// Whose maps.
    pub user: UserId,
    /// So many threads; 0 means one for each core.
    pub threads: u32,
    /// How long another who draws these maps is waited for.
    pub wait: Duration,
    /// Told now and then how much is done, of 1; whether to go on.
    pub go_on: &'a dyn Fn(f64) -> bool,
}

impl Draw<'_> {
    /// Brings a map up to date; `whole`: draws it from the recordings, whatever is there.
    ///
    /// # Errors
    /// As [`renew::renew`].
    pub fn renew(&self, mode: Mode, whole: bool) -> Result<Renewed> {
        let recordings = Stored {
            db: self.db,
            dir: self.dir,
            user: self.user,
        };
        let work = Work {
            db: self.db,
            dir: self.dir,
            user: self.user,
            recordings: &recordings,
            threads: threads(self.threads),
            wait: self.wait,
            go_on: self.go_on,
        };
        renew::renew(&work, map(mode), whole)
    }
}

fn threads(configured: u32) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    match usize::try_from(configured) {
        Ok(0) | Err(_) => cores(),
        Ok(threads) => threads,
    }
}

/// The recordings in the tracks' directories.
struct Stored<'a> {
    db: &'a Connection,
    dir: &'a DataDir,
    user: UserId,
}

impl Stored<'_> {
    /// What the privacy zones of the track's owner take out of it: the map of who is tagged is drawn without. An
    /// administrator's too, who may not be one tomorrow.
    fn cut(&self, track: TrackId) -> Result<Cut> {
        let viewer = Viewer {
            id: Some(self.user),
            is_admin: false,
        };
        zone::find_of_track(self.db, &viewer, track)
    }
}

impl Recordings for Stored<'_> {
    fn find_state(&self, track: TrackId) -> Option<String> {
        let (changed, size) = trackdir::find_gpx_state(self.dir, track)?;
        let cut = self.cut(track).inspect_err(|e| log::warn!("track {track}: {e}")).ok()?;
        let stored = format!("{}-{size}", changed.unix_timestamp_nanos());
        Some(match cut.tag() {
            Some(tag) => format!("{stored}-{tag}"),
            None => stored,
        })
    }

    fn find(&self, track: TrackId) -> Result<Option<Line>> {
        find_line(self.dir, self.user, track, &self.cut(track)?)
    }
}

/// What a user's own maps show of a track: every piece of its recording that the user may see. The one place that
/// decides it; what decides has to be in [`Recordings::find_state`] too, or a map that is drawn stays as it is.
fn find_line(dir: &DataDir, user: UserId, track: TrackId, cut: &Cut) -> Result<Option<Line>> {
    let Some(gpx) = recording::find(dir, track, cut)? else {
        log::debug!("track {track} is not on the maps of user {user}");
        return Ok(None);
    };
    let places = gpx
        .segments()
        .map(|points| points.iter().map(|point| (point.lat, point.lon)));
    Ok(Some(Line::new(places)))
}
