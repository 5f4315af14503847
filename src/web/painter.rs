//! Pictures of tracks that were just made or changed: a thread of the server draws them beside the workers, so that no
//! request waits for one and a list shows it within a second. It asks no provider: where not all tiles are kept the
//! ground is plain, and fietscron draws the picture anew over the map.
//!
//! The thread enters the barrier for each track; while the maintenance mode is on it draws nothing, and what it leaves
//! is fietscron's.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use rusqlite::Connection;

use crate::config::Layer;
use crate::datadir::DataDir;
use crate::error::Result;
use crate::instance::Instance;
use crate::model::track::Kind;
use crate::model::zone::Cut;
use crate::model::{TrackId, preview, swap, track, trackdir};
use crate::tiles::Tiles;
use crate::tiles::preview::{NoTiles, Source, draw, ground};
use crate::web::page::recording;

/// So many tracks wait at most; fietscron draws the others.
const MOST: usize = 64;

/// What a request asks for pictures.
#[derive(Clone, Default)]
pub struct Painter(Arc<(Mutex<Waiting>, Condvar)>);

#[derive(Default)]
struct Waiting {
    tracks: VecDeque<TrackId>,
    is_closed: bool,
}

impl Painter {
    /// A track was made, or its line is another one.
    pub fn ask(&self, id: TrackId) {
        let mut waiting = self.waiting();
        if waiting.tracks.len() < MOST && !waiting.tracks.contains(&id) {
            waiting.tracks.push_back(id);
            self.0.1.notify_one();
        }
    }

    /// The thread ends with the picture that it has in hand.
    pub fn close(&self) {
        self.waiting().is_closed = true;
        self.0.1.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next track, as soon as there is one; none when it is closed.
    fn next(&self) -> Option<TrackId> {
        let idle = |waiting: &mut Waiting| waiting.tracks.is_empty() && !waiting.is_closed;
        let waited = self.0.1.wait_while(self.waiting(), idle);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.is_closed {
            None
        } else {
            waiting.tracks.pop_front()
        }
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(&self, instance: Arc<Instance>, tiles: Arc<Tiles>) -> io::Result<()> {
        let painter = self.clone();
        let work = move || {
            while let Some(id) = painter.next() {
                let drawn = catch_unwind(AssertUnwindSafe(|| paint_new(&instance, &tiles, id)));
                match drawn {
                    Ok(Ok(())) => {}
                    Ok(Err(e)) => log::warn!("cannot draw track {id} yet: {e}"),
                    Err(_) => log::error!("whoever draws pictures panicked at track {id}"),
                }
            }
        };
        thread::Builder::new().name("painter".to_owned()).spawn(work).map(drop)
    }
}

/// Draws what a track lacks, of what is there.
fn paint_new(instance: &Instance, tiles: &Tiles, id: TrackId) -> Result<()> {
    // Without a map the drawing of the line stands in the picture's place.
    let Some(layer) = ground(&instance.config.layers) else {
        return Ok(());
    };
    let Ok(mut entry) = instance.enter() else {
        return Ok(());
    };
    let dir = &instance.dir;
    entry.open_db(|db| swap::finish_pending(db, dir))?;
    if preview::is_complete(dir, id) {
        return Ok(());
    }
    for source in [Source::Kept(tiles, &entry), Source::Nowhere] {
        if paint(entry.db()?, dir, id, &source, layer)?.is_ok() {
            break;
        }
    }
    Ok(())
}

/// Draws a track's pictures over a map layer and stores them. On plain ground it is the usual one alone: that the other
/// is missing tells that both are to be drawn anew.
///
/// # Errors
/// What the database and the disk say.
pub fn paint(
    db: &Connection,
    dir: &DataDir,
    id: TrackId,
    source: &Source<'_>,
    layer: &Layer,
) -> Result<std::result::Result<(), NoTiles>> {
    let (place, Some(track)) = (trackdir::find_identity(dir, id), track::find(db, id)?) else {
        return Ok(Ok(()));
    };
    // The stored picture shows the whole way; who may not see that gets none of it.
    let line = recording::find_line(dir, id, Cut::NONE)?.unwrap_or_default();
    let drawn = match draw(source, layer, &line.pieces, track.fields.kind == Kind::Planned) {
        Err(NoTiles) => return Ok(Err(NoTiles)),
        Ok(drawn) => drawn,
    };
    if let (Some(place), Some(pictures)) = (place, drawn) {
        let is_plain = matches!(source, Source::Nowhere);
        let dense = Some(pictures.dense.as_slice()).filter(|_| !is_plain);
        preview::store(dir, id, place, &pictures.usual, dense)?;
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db;
    use crate::tiles::trial::{GROUND, TileServer};
    use crate::web::page::visitor::Site;
    use std::fs;
    use std::time::{Duration, Instant};

    const PLAIN: [u8; 3] = [0xe9, 0xec, 0xe7];

    fn site(server: &TileServer) -> Site {
        let site = Site::with(&server.layer("map", "map"));
        fs::remove_file(site.app.instance.dir.track_preview(1)).unwrap();
        site
    }

    fn corner(dir: &DataDir) -> [u8; 3] {
        let picture = image::open(dir.track_preview(1)).unwrap().to_rgb8();
        picture.get_pixel(1, 1).0
    }

    #[test]
    fn at_once_it_is_plain_and_over_the_map_where_the_tiles_are_kept() {
        let server = TileServer::new();
        let site = site(&server);
        let (instance, tiles) = (&site.app.instance, &site.app.tiles);
        let dir = &instance.dir;
        paint_new(instance, tiles, TrackId(1)).unwrap();
        assert_eq!((corner(dir), dir.track_preview_dense(1).exists()), (PLAIN, false));
        assert!(server.heads("map").is_empty(), "no provider is asked");
        let got = site.stranger().get("/track/1/preview");
        assert_eq!(
            (got.media_type.as_str(), got.header("Cache-Control")),
            ("image/png", "private, max-age=0")
        );
        // As fietscron does.
        let layer = ground(&instance.config.layers).unwrap();
        let db = db::open(&instance.config.database).unwrap();
        let fetched = Source::Fetched(tiles);
        assert_eq!(paint(&db, dir, TrackId(1), &fetched, layer).unwrap(), Ok(()));
        assert_eq!((corner(dir), dir.track_preview_dense(1).exists()), (GROUND, true));
        let asked = server.heads("map").len();
        assert!(asked > 0);
        for path in [dir.track_preview(1), dir.track_preview_dense(1)] {
            fs::remove_file(path).unwrap();
        }
        paint_new(instance, tiles, TrackId(1)).unwrap();
        assert_eq!((corner(dir), dir.track_preview_dense(1).exists()), (GROUND, true));
        assert_eq!(server.heads("map").len(), asked);
    }

    #[test]
    fn nothing_is_drawn_in_maintenance_mode_nor_of_what_is_not_there() {
        let server = TileServer::new();
        let site = site(&server);
        let (instance, tiles) = (&site.app.instance, &site.app.tiles);
        fs::write(instance.dir.maintenance(), "").unwrap();
        paint_new(instance, tiles, TrackId(1)).unwrap();
        fs::remove_file(instance.dir.maintenance()).unwrap();
        assert!(!instance.dir.track_preview(1).exists());
        paint_new(instance, tiles, TrackId(99)).unwrap();
        assert!(!instance.dir.track(99).exists());
    }

    #[test]
    fn the_thread_draws_what_is_asked_for_and_ends() {
        let server = TileServer::new();
        let site = site(&server);
        let painter = &site.app.painter;
        for id in (1..200).chain([1]) {
            painter.ask(TrackId(id));
        }
        assert_eq!(painter.waiting().tracks.len(), MOST);
        let before = Arc::strong_count(&painter.0);
        painter
            .start(Arc::clone(&site.app.instance), Arc::clone(&site.app.tiles))
            .unwrap();
        let wait_for = |is_so: &dyn Fn() -> bool| {
            let begun = Instant::now();
            while !is_so() {
                assert!(begun.elapsed() < Duration::from_secs(20));
                thread::sleep(Duration::from_millis(5));
            }
        };
        wait_for(&|| site.app.instance.dir.track_preview(1).exists());
        painter.close();
        wait_for(&|| Arc::strong_count(&painter.0) == before);
    }
}
