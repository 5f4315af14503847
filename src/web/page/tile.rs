//! The map tiles of the providers, through this server: no provider learns of its visitors.

use crate::config::Layer;
use crate::error::{Error, Result};
use crate::tiles::{Outcome, Tile};
use crate::web::page::picture::{self, Kept};
use crate::web::response::{Response, reason};
use crate::web::visit::Visit;

/// How long an error of a provider is kept, in seconds: as long as a tile, as in the original.
const REFUSED: u32 = 3600;
/// The same for those that pass: maps ask again after 2 s and after 10 s.
const PASSING: u32 = 5;
/// When to ask again while too many tiles are being fetched, in seconds.
const SOON: &str = "1";

/// `/tile/{provider}/{z}/{x}/{y}`.
///
/// # Errors
/// `NotFound` when the place is not written in digits; `Invalid` when there is no such layer for this visitor, the
/// layer cannot have such a tile, or tiles do not pass through this server.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let (z, x, y) = (number(visit, "z")?, number(visit, "x")?, number(visit, "y")?);
    let layer = layer(visit)?;
    let no_place = || Error::Invalid(format!("the layer {} has no tile {z}/{x}/{y}", layer.id));
    let tile = Tile::new(&layer, z, x, y).ok_or_else(no_place)?;
    let kept = match layer.is_for(false) {
        true => Kept::Public,
        false => Kept::Private,
    };
    let found = visit.tiles.find(&visit.entry, &layer, tile);
    if let Some(response) = found.and_then(|bytes| picture::answer(&visit.request, &bytes, kept).transpose()) {
        return response;
    }
    let Some(seat) = visit.tiles.reserve() else {
        return Ok(plain(503).no_store().header("Retry-After", SOON));
    };
    let may_be_kept = !visit.config().prevent_http_cache;
    Ok(Response::later(move || {
        let response = answer(seat.fetch(&layer, tile), kept);
        if may_be_kept { response } else { response.no_store() }
    }))
}

/// The layer of that id, if the visitor may see it. Who may not learns no more than that.
fn layer(visit: &Visit) -> Result<Layer> {
    let config = visit.config();
    if !config.tile_proxy {
        return Err(Error::Invalid("map tiles do not pass through this server".to_owned()));
    }
    let id = visit.param("provider")?;
    let found = config.layers.iter().find(|layer| layer.id == id);
    found
        .filter(|layer| layer.is_for(visit.user.is_some()))
        .cloned()
        .ok_or_else(|| Error::Invalid(format!("no map layer {id} for this visitor")))
}

/// Digits alone; more of them than any map has places count as the largest number.
fn number(visit: &Visit, name: &str) -> Result<u64> {
    let text = visit.param(name)?;
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.parse().unwrap_or(u64::MAX)),
        false => Err(Error::NotFound(format!("the {name} of a tile is no number"))),
    }
}

fn answer(outcome: Outcome, kept: Kept) -> Response {
    match outcome {
        Outcome::Picture(bytes) => picture::first(bytes, kept).unwrap_or_else(|| plain(502).no_store()),
        Outcome::Refused(status) => {
            let passes = matches!(status, 408 | 429 | 500..);
            let seconds = if passes { PASSING } else { REFUSED };
            plain(400).cache(seconds, kept == Kept::Private)
        }
        Outcome::Broken => plain(502).no_store(),
        Outcome::Slow => plain(504).no_store(),
        Outcome::Closed => plain(503).no_store().header("Retry-After", SOON),
    }
}

/// Nobody reads it: it stands in the place of a picture.
fn plain(status: u16) -> Response {
    Response::text(format!("{status} {}\n", reason(status))).with_status(status)
}

#[cfg(test)]
mod tests {
    use crate::tiles::trial::{PICTURE, TileServer};
    use crate::web::page::visitor::Site;

    fn site(more: &str) -> (Site, TileServer) {
        let server = TileServer::new();
        let layers: String = ["good", "html", "missing", "failing", "dead"]
            .iter()
            .map(|what| server.layer(what, what))
            .collect();
        let closed = server.layer("closed", "good");
        let lines = format!(
            "{layers}{closed}fietsboek.tile_layer.closed.access = restricted\nfietsboek.tile_proxy.timeout = 300\n{more}"
        );
        (Site::with(&lines), server)
    }

    #[test]
    fn a_tile_comes_as_what_it_is_and_may_be_kept_for_an_hour() {
        let (site, server) = site("");
        for _ in 0..2 {
            let got = site.stranger().get("/tile/good/3/4/5");
            assert_eq!((got.status, got.media_type.as_str()), (200, "image/gif"));
            assert_eq!(got.header("Cache-Control"), "public, max-age=3600");
            assert_eq!(got.header("X-Content-Type-Options"), "nosniff");
            assert!(!got.head.contains("Set-Cookie"));
            assert_eq!(got.bytes, PICTURE);
        }
        assert_eq!(server.heads("good").len(), 1);
        let tag = site.stranger().get("/tile/good/3/4/5").header("ETag").to_owned();
        let got = site
            .stranger()
            .ask("GET", "/tile/good/3/4/5", &[("If-None-Match", &tag)], b"");
        assert_eq!((got.status, got.bytes.len()), (304, 0));
        let got = site.stranger().get("/tile/good/3/4/6");
        assert_eq!(got.header("ETag"), tag);
        let got = site.logged_in("alice@example.org").get("/tile/closed/3/4/5");
        assert_eq!(
            (got.status, got.header("Cache-Control")),
            (200, "private, max-age=3600")
        );
        assert_eq!(site.stranger().get("/tile/closed/3/4/5").status, 400);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let (site, server) = site("");
        for (path, status) in [
            ("/tile/nobody/3/4/5", 400),
            ("/tile/good/3/8/5", 400),
            ("/tile/good/23/4/5", 400),
            ("/tile/good/3/4/99999999999999999999999", 400),
            ("/tile/good/3/4/-5", 404),
            ("/tile/good/3/4/5.png", 404),
            ("/tile/good/a/4/5", 404),
            ("/tile/good/3/4", 404),
        ] {
            assert_eq!(site.stranger().get(path).status, status, "{path}");
        }
        assert!(server.heads("good").is_empty());
    }

    #[test]
    fn what_a_provider_does_wrong_is_told_by_the_status() {
        let (site, _server) = site("");
        for (layer, status, kept) in [
            ("html", 502, "no-store"),
            ("missing", 400, "public, max-age=3600"),
            ("failing", 400, "public, max-age=5"),
            ("dead", 504, "no-store"),
        ] {
            let got = site.stranger().get(&format!("/tile/{layer}/3/4/5"));
            assert_eq!((got.status, got.header("Cache-Control")), (status, kept), "{layer}");
            assert_eq!(got.media_type, "text/plain; charset=utf-8");
        }
    }

    #[test]
    fn without_the_proxy_tiles_are_refused_and_pages_may_show_those_of_the_providers() {
        let (site, server) = site("fietsboek.tile_proxy.disable = true\n");
        assert_eq!(site.stranger().get("/tile/good/3/4/5").status, 400);
        let got = site.stranger().get("/track/");
        let policy = got.header("Content-Security-Policy");
        let images = policy.split("; ").find(|part| part.starts_with("img-src")).unwrap();
        assert!(images.contains(" http://127.0.0.1:7777"), "{images}");
        assert_eq!(images.matches(&server.url).count(), 1, "{images}");
        let (site, _server) = self::site("");
        let got = site.stranger().get("/track/");
        assert!(got.header("Content-Security-Policy").contains("img-src 'self' data:;"));
    }
}
