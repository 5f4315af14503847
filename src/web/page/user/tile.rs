//! A tile of somebody's overlay map, a layer over other tiles.

use super::Subject;
use crate::error::{Error, Result};
use crate::heat::{self, Tile};
use crate::model::overlay::{self, Map, tiles};
use crate::picture::Kind;
use crate::web::conditional::Validators;
use crate::web::response::Response;
use crate::web::visit::Visit;
use std::ops::Range;

/// How long a tile is kept by the visitor's browser, in seconds, as in the original.
const KEPT: u32 = 3600;

/// `/user/{id}/tile/{map}/{z}/{x}/{y}`: where nothing is drawn an empty tile, so that the browser keeps that too.
///
/// # Errors
/// `NotFound` when there is no such map, or it was not drawn or cannot be read; as [`Subject::find`].
pub fn show(visit: &mut Visit) -> Result<Response> {
    let subject = Subject::find(visit)?;
    let map = Map::find(visit.param("map")?).ok_or_else(|| Error::NotFound("no such map".to_owned()))?;
    let (zoom, x, y): (u64, u64, u64) = (visit.id("z")?, visit.id("x")?, visit.id("y")?);
    let dir = &visit.instance().dir;
    let drawn = overlay::find(dir, subject.id, map)
        .ok_or_else(|| Error::NotFound(format!("no {} of user {} is drawn", map.name(), subject.id)))?;
    let known = Validators::new(&drawn.tag, drawn.at);
    if let Some(response) = known.not_modified(&visit.request) {
        return Ok(response.cache(KEPT, true).header("Vary", "Cookie"));
    }
    let found = match place(zoom, x, y) {
        Some((zoom, tile)) => tiles::find(dir, subject.id, map, zoom, tile).map_err(unreadable)?,
        None => None,
    };
    let png = found.unwrap_or_else(heat::empty);
    if Kind::sniff(&png) != Some(Kind::Png) {
        return Err(Error::NotFound("what is stored as a tile is no picture".to_owned()));
    }
    let part = |range: Range<u64>| {
        let part = png.get(range.start as usize..range.end as usize);
        Ok(Response::bytes(
            Kind::Png.media_type(),
            part.unwrap_or_default().to_vec(),
        ))
    };
    let response = known.answer(&visit.request, png.len() as u64, part)?;
    Ok(response.cache(KEPT, true).header("Vary", "Cookie"))
}

/// The tile, if the plane has one there.
fn place(zoom: u64, x: u64, y: u64) -> Option<(u8, Tile)> {
    let zoom = u8::try_from(zoom).ok().filter(|zoom| *zoom < 32)?;
    let index = |index: u64| u32::try_from(index).ok().filter(|index| index >> zoom == 0);
    Some((zoom, (index(x)?, index(y)?)))
}

/// A damaged map is drawn anew by the next run of fietscron; until then there is none.
fn unreadable(error: Error) -> Error {
    log::warn!("{error}");
    Error::NotFound(error.text().to_owned())
}

#[cfg(test)]
mod tests {
    use crate::config::Mode;
    use crate::db;
    use crate::model::UserId;
    use crate::web::page::recording::maps::Draw;
    use crate::web::page::visitor::Site;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn what_is_drawn_lies_on_the_profile_s_map() {
        let site = Site::new();
        let heat = "/user/3/tile/heatmap/{z}/{x}/{y}";
        let mut bob = site.logged_in("bob@example.org");
        assert!(!bob.get("/user/3/").text().contains(heat));
        draw(&site);
        let html = bob.get("/user/3/").text();
        let places = [heat, "/user/3/tile/tilehunt/{z}/{x}/{y}"].map(|url| html.find(url));
        assert!(places[0].is_some() && places[0] < places[1], "{html}");
        let html = site.logged_in("admin@example.org").get("/user/3/").text();
        assert!(html.contains(heat), "{html}");
    }

    /// Draws both maps of Bob.
    fn draw(site: &Site) {
        let instance = &site.app.instance;
        let draw = Draw {
            db: &db::open(&instance.config.database).unwrap(),
            dir: &instance.dir,
            user: UserId(3),
            threads: 1,
            wait: Duration::ZERO,
            go_on: &|_| true,
        };
        for mode in Mode::ALL {
            draw.renew(mode, true).unwrap();
        }
    }

    #[test]
    fn tiles_are_their_owner_s_and_administrators_and_private() {
        let site = Site::new();
        draw(&site);
        for map in ["heatmap", "tilehunt"] {
            let path = format!("/user/3/tile/{map}/1/1/0");
            for email in ["bob@example.org", "admin@example.org"] {
                let got = site.logged_in(email).get(&path);
                assert_eq!((got.status, got.media_type.as_str()), (200, "image/png"), "{email}");
                assert!(
                    got.head.contains("Cache-Control: private, max-age=3600"),
                    "{}",
                    got.head
                );
                assert!(
                    image::load_from_memory(&got.bytes)
                        .unwrap()
                        .into_rgba8()
                        .pixels()
                        .any(|pixel| pixel.0[3] > 0)
                );
            }
            assert_eq!(site.logged_in("alice@example.org").get(&path).status, 403);
            assert_eq!(site.stranger().get(&path).status, 403);
        }
    }

    #[test]
    fn where_nothing_is_drawn_the_tile_is_empty_and_without_a_map_there_is_none() {
        let site = Site::new();
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(bob.get("/user/3/tile/heatmap/1/1/0").status, 404);
        draw(&site);
        for place in [
            "1/0/1",
            "1/2/0",
            "24/0/0",
            "31/0/0",
            "40/0/0",
            "999/0/0",
            "3/0/99999999999",
        ] {
            let got = bob.get(&format!("/user/3/tile/heatmap/{place}"));
            assert_eq!(got.status, 200, "{place}");
            let image = image::load_from_memory(&got.bytes).unwrap().into_rgba8();
            assert!(
                image.width() == 256 && image.pixels().all(|pixel| pixel.0[3] == 0),
                "{place}"
            );
        }
        for path in ["heat/1/1/0", "heatmap/1/1/x", "heatmap/-1/0/0", "heatmap.sqlite/1/1/0"] {
            assert_eq!(bob.get(&format!("/user/3/tile/{path}")).status, 404, "{path}");
        }
        assert_eq!(
            site.logged_in("admin@example.org")
                .get("/user/99/tile/heatmap/1/1/0")
                .status,
            404
        );
        fs::write(site.app.instance.dir.user_heatmap(3), "torn").unwrap();
        assert_eq!(bob.get("/user/3/tile/heatmap/1/1/0").status, 404);
        assert_eq!(bob.get("/user/3/tile/tilehunt/1/1/0").status, 200);
    }

    #[test]
    fn a_tile_is_sent_again_only_when_the_map_was_drawn_anew() {
        let site = Site::new();
        draw(&site);
        let mut bob = site.logged_in("bob@example.org");
        let path = "/user/3/tile/heatmap/1/1/0";
        let head = bob.get(path).head;
        let tag = head
            .lines()
            .find_map(|line| line.strip_prefix("ETag: "))
            .unwrap()
            .to_owned();
        let again = bob.ask("GET", path, &[("If-None-Match", &tag)], b"");
        assert_eq!((again.status, again.bytes.len()), (304, 0));
        draw(&site);
        assert_eq!(bob.ask("GET", path, &[("If-None-Match", &tag)], b"").status, 200);
    }
}
