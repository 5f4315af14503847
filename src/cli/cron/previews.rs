//! Draws the pictures of tracks that lack one: those that the original could not draw, those that the server has drawn
//! on plain ground, and those that the original has drawn for plain screens alone, which look like the maps afterwards.

use super::{Cron, Outcome};
use crate::error::{Error, Result};
use crate::model::preview;
use crate::tiles::preview::{NoTiles, Source};
use crate::web::painter::paint;

/// So many tracks in one run: each takes up to 9 tiles and 16 of the next zoom, and providers want no one who takes many
/// at a time.
const MOST: usize = 25;

pub(super) fn run(cron: &Cron<'_>) -> Result<Outcome> {
    // Without a map the drawing of the line stands in the picture's place.
    let Some(ground) = &cron.ground else {
        return Ok(Outcome::Done(0));
    };
    let mut missing = preview::list_missing(&cron.db, &cron.dir)?.into_iter().take(MOST);
    let mut failed = 0;
    let outcome = cron.each(|| {
        let Some(id) = missing.next() else { return Ok(false) };
        match paint(&cron.db, &cron.dir, id, &Source::Fetched(&ground.tiles), &ground.layer) {
            Ok(Ok(())) => Ok(true),
            // The next run tries again.
            Ok(Err(NoTiles)) => {
                log::info!("no tiles can be had of the map layer {}", ground.layer.id);
                Ok(false)
            }
            Err(e) => {
                log::error!("cannot draw track {id}: {e}");
                failed += 1;
                Ok(true)
            }
        }
    })?;
    match failed {
        0 => Ok(outcome),
        n => Err(Error::Failed(format!("{n} tracks could not be drawn"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Ground;
    use super::*;
    use crate::config::{Config, Layer};
    use crate::tiles::Tiles;
    use crate::tiles::trial::{GROUND, TileServer};
    use crate::web::page::visitor::Site;
    use crate::{clock, db};
    use std::fs;
    use std::sync::Arc;

    fn layer(config: &Config, id: &str) -> Layer {
        config.layers.iter().find(|layer| layer.id == id).unwrap().clone()
    }

    /// The job on an instance, over the map of that id.
    fn draw_over(site: &Site, id: &str, is_off: &dyn Fn() -> bool) -> Result<Outcome> {
        let instance = &site.app.instance;
        let ground = Ground {
            layer: layer(&instance.config, id),
            tiles: Arc::new(Tiles::new(Arc::clone(instance))),
        };
        run(&Cron {
            db: db::open(&instance.config.database).unwrap(),
            dir: instance.dir.clone(),
            email: &instance.config.email,
            maps: &instance.config.hittekaart,
            tile_cache_size: instance.config.tile_cache_size,
            ground: Some(ground),
            now: clock::now(),
            is_off,
            idle: log::Level::Info,
        })
    }

    fn site(server: &TileServer) -> Site {
        let layers: String = ["map", "missing", "dead"].map(|what| server.layer(what, what)).concat();
        let site = Site::with(&format!("{layers}fietsboek.tile_proxy.timeout = 1500\n"));
        fs::remove_file(site.app.instance.dir.track_preview(1)).unwrap();
        site
    }

    #[test]
    fn a_track_without_a_picture_gets_one_on_the_map() {
        let server = TileServer::new();
        let site = site(&server);
        let drawing = site.logged_in("admin@example.org").get("/track/1/preview");
        assert_eq!(drawing.media_type, "image/svg+xml");
        draw_over(&site, "map", &|| true).unwrap();
        let got = site.logged_in("admin@example.org").get("/track/1/preview");
        assert_eq!(got.media_type, "image/png");
        let dense = site.logged_in("admin@example.org").get("/track/1/preview?size=600");
        for (got, side) in [(got, 300), (dense, 600)] {
            let picture = image::load_from_memory(&got.bytes).unwrap().to_rgb8();
            assert_eq!(picture.dimensions(), (side, side));
            assert_eq!(picture.get_pixel(1, 1).0, GROUND);
            assert!(picture.pixels().any(|pixel| pixel.0 == [0x9c, 0x0f, 0x71]));
        }
        let asked = server.heads("map").len();
        assert_eq!(draw_over(&site, "map", &|| true), Ok(Outcome::Done(0)));
        assert_eq!(server.heads("map").len(), asked);
    }

    #[test]
    fn a_picture_that_the_original_has_drawn_stays_until_both_are_there() {
        let server = TileServer::new();
        let site = site(&server);
        let dir = &site.app.instance.dir;
        let old = fs::read(dir.track_preview(2)).unwrap();
        draw_over(&site, "dead", &|| true).unwrap();
        assert_eq!(fs::read(dir.track_preview(2)).unwrap(), old);
        draw_over(&site, "map", &|| true).unwrap();
        assert_ne!(fs::read(dir.track_preview(2)).unwrap(), old);
        assert!(dir.track_preview_dense(2).exists());
    }

    #[test]
    fn where_the_map_has_nothing_the_ground_is_plain_and_without_a_map_nothing_is_drawn() {
        let server = TileServer::new();
        let site = site(&server);
        let path = site.app.instance.dir.track_preview(1);
        assert_eq!(draw_over(&site, "dead", &|| true), Ok(Outcome::Done(0)));
        assert!(!path.exists() && !site.app.instance.dir.track_preview_dense(1).exists());
        draw_over(&site, "missing", &|| true).unwrap();
        let picture = image::open(path).unwrap().to_rgb8();
        assert_eq!(picture.get_pixel(1, 1).0, [0xe9, 0xec, 0xe7]);
    }

    #[test]
    fn the_flag_stops_it_and_a_damaged_recording_is_left_out() {
        let server = TileServer::new();
        let site = site(&server);
        let dir = &site.app.instance.dir;
        assert_eq!(draw_over(&site, "map", &|| false), Ok(Outcome::Stopped));
        assert!(!dir.track_preview(1).exists());
        fs::write(dir.track_gpx(1), "torn").unwrap();
        fs::write(dir.track_backup(1), "torn").unwrap();
        draw_over(&site, "map", &|| true).unwrap();
        assert!(!dir.track_preview(1).exists());
        assert_ne!(site.logged_in("admin@example.org").get("/track/1/preview").status, 500);
    }
}
