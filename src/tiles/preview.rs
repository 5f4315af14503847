//! A track's picture: its line on the map, 300 × 300 pixels and, for dense screens, 600 × 600, as PNG.
//!
//! Section of the map and zoom are those of the original, so that a picture of either shows the same: the largest zoom
//! at which the line fits, and the line in the middle. The line itself is drawn as on all our maps.

mod course;
mod section;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageReader, Limits};
use std::io::Cursor;
use std::sync::Arc;
use tiny_skia::{Color, FilterQuality, Paint, Pixmap, PixmapPaint, PremultipliedColorU8, Rect, Transform};

use super::{Outcome, Tile, Tiles};
use crate::config::{Access, Layer};
use crate::instance::Entry;
use section::{EDGE, Section};

/// The zoom of a layer that names none.
const USUAL_ZOOM: u8 = 19;
/// No tile is wider or higher, in pixels: some providers send them twice as dense.
const LARGEST_EDGE: u32 = 1024;

/// Where the tiles under a picture come from.
pub enum Source<'a> {
    /// From the provider, unless they are kept.
    Fetched(&'a Arc<Tiles>),
    /// From among those that are kept, for who is inside the barrier.
    Kept(&'a Tiles, &'a Entry<'a>),
    /// From nowhere: the ground is plain.
    Nowhere,
}

/// The tiles cannot be had at present.
#[derive(Debug, PartialEq, Eq)]
pub struct NoTiles;

/// The pictures of one track, of the same section of the map, as PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// 300 × 300 pixels.
    pub usual: Vec<u8>,
    /// 600 × 600 pixels.
    pub dense: Vec<u8>,
}

/// The layer under the pictures: the first that everybody may see.
pub fn ground(layers: &[Layer]) -> Option<&Layer> {
    layers.iter().find(|layer| layer.access == Access::Public)
}

/// Draws the pieces of a line (latitude, longitude; degrees), dashed if it is planned; absent when there is nothing to
/// draw. A tile that the provider refuses leaves the plain ground. The dense picture has the tiles of the next zoom, and those of the usual
/// one enlarged where the layer has none.
///
/// # Errors
/// [`NoTiles`] at the first tile that cannot be had for another reason.
pub fn draw(
    source: &Source<'_>,
    layer: &Layer,
    pieces: &[Vec<(f64, f64)>],
    is_planned: bool,
) -> Result<Option<Pictures>, NoTiles> {
    let max_zoom = layer.max_zoom.unwrap_or(USUAL_ZOOM);
    let Some(section) = Section::of(pieces, max_zoom) else {
        return Ok(None);
    };
    let denser = section.denser();
    let (Some(mut usual), Some(mut dense)) = (plain(&section), plain(&denser)) else {
        return Ok(None);
    };
    for (tile, left, top) in section.tiles() {
        if let Some(tile) = fetch(source, layer, tile)? {
            paste(&mut usual, &tile, (left, top), EDGE);
            paste(&mut dense, &tile, (2 * left, 2 * top), 2 * EDGE);
        }
    }
    if denser.zoom <= max_zoom {
        for (tile, left, top) in denser.tiles() {
            if let Some(tile) = fetch(source, layer, tile)? {
                paste(&mut dense, &tile, (left, top), EDGE);
            }
        }
    }
    let line = section.place(pieces);
    course::draw(&mut usual, &line, is_planned, 1.0);
    course::draw(&mut dense, &line, is_planned, 2.0);
    Ok(encode(&usual)
        .zip(encode(&dense))
        .map(|(usual, dense)| Pictures { usual, dense }))
}

fn plain(section: &Section) -> Option<Pixmap> {
    let side = u32::try_from(section.side).ok()?;
    let mut picture = Pixmap::new(side, side)?;
    picture.fill(plain_ground());
    Some(picture)
}

fn plain_ground() -> Color {
    Color::from_rgba8(0xe9, 0xec, 0xe7, 0xff)
}

/// None: the provider refuses it, or what it sent cannot be decoded.
fn fetch(source: &Source<'_>, layer: &Layer, tile: Tile) -> Result<Option<Pixmap>, NoTiles> {
    let tiles = match source {
        Source::Fetched(tiles) => tiles,
        Source::Kept(tiles, inside) => {
            return tiles
                .find(inside, layer, tile)
                .map(|bytes| decode(&bytes))
                .ok_or(NoTiles);
        }
        Source::Nowhere => return Ok(None),
    };
    let outcome = match tiles.reserve() {
        Some(seat) => seat.fetch(layer, tile),
        None => Outcome::Slow,
    };
    match outcome {
        Outcome::Picture(bytes) => Ok(decode(&bytes)),
        Outcome::Refused(400..=407 | 410..=428) => Ok(None),
        _ => Err(NoTiles),
    }
}

/// Puts a tile into its square, which is `edge` wide and high; nothing shows through it.
fn paste(picture: &mut Pixmap, tile: &Pixmap, (left, top): (i64, i64), edge: i64) {
    let (left, top, edge) = (left as f32, top as f32, edge as f32);
    if let Some(square) = Rect::from_xywh(left, top, edge, edge) {
        let mut ground = Paint::default();
        ground.set_color(plain_ground());
        picture.fill_rect(square, &ground, Transform::identity(), None);
    }
    let scale = edge / tile.width() as f32;
    let how = PixmapPaint {
        quality: if scale == 1.0 {
            FilterQuality::Nearest
        } else {
            FilterQuality::Bilinear
        },
        ..PixmapPaint::default()
    };
    let place = Transform::from_translate(left, top).pre_scale(scale, scale);
    picture.draw_pixmap(0, 0, tile.as_ref(), &how, place, None);
}

fn decode(bytes: &[u8]) -> Option<Pixmap> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_EDGE);
    limits.max_image_height = Some(LARGEST_EDGE);
    reader.limits(limits);
    let decoded = reader.decode().ok()?.to_rgba8();
    let mut tile = Pixmap::new(decoded.width(), decoded.height())?;
    for (to, from) in tile.pixels_mut().iter_mut().zip(decoded.pixels()) {
        let [red, green, blue, alpha] = from.0;
        *to = tiny_skia::ColorU8::from_rgba(red, green, blue, alpha).premultiply();
    }
    Some(tile)
}

/// The picture is opaque, so what is stored of it is red, green and blue.
fn encode(picture: &Pixmap) -> Option<Vec<u8>> {
    let rgb = |p: &PremultipliedColorU8| [p.red(), p.green(), p.blue()];
    let bytes: Vec<u8> = picture.pixels().iter().flat_map(rgb).collect();
    let mut png = Vec::new();
    let encoder = PngEncoder::new(&mut png);
    let written = encoder.write_image(&bytes, picture.width(), picture.height(), ExtendedColorType::Rgb8);
    written.ok().map(|()| png)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Scene;
    use super::*;

    /// A line that fits at zoom 12.
    fn draw_over(scene: &Scene, layer: &Layer) -> Result<[image::RgbImage; 2], NoTiles> {
        let line = [vec![(50.0, 8.0), (50.0, 8.1)]];
        let drawn = draw(&Source::Fetched(&scene.tiles), layer, &line, false)?.unwrap();
        Ok([drawn.usual, drawn.dense].map(|png| image::load_from_memory(&png).unwrap().to_rgb8()))
    }

    /// The tiles of `depth` have ten times their zoom as their red; those of `shallow` end at zoom 12.
    #[test]
    fn the_dense_picture_has_the_next_zoom_or_the_same_enlarged() {
        let scene = Scene::new(&["depth", "shallow"]);
        for (id, max_zoom, reds) in [
            ("depth", None, [120, 130]),
            ("depth", Some(12), [120, 120]),
            ("depth", Some(13), [120, 130]),
            ("shallow", None, [120, 120]),
        ] {
            let layer = Layer {
                max_zoom,
                ..scene.layer(id).clone()
            };
            let pictures = draw_over(&scene, &layer).unwrap();
            for ((picture, side), red) in pictures.iter().zip([300, 600]).zip(reds) {
                assert_eq!(picture.dimensions(), (side, side));
                for (x, y) in [(1, 1), (side - 2, side - 2), (side / 2, 1)] {
                    assert_eq!(picture.get_pixel(x, y).0[0], red, "{id} {max_zoom:?} {side}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_asked_beyond_the_zooms_of_the_layer() {
        let scene = Scene::new(&["depth"]);
        let layer = Layer {
            max_zoom: Some(12),
            ..scene.layer("depth").clone()
        };
        draw_over(&scene, &layer).unwrap();
        let heads = scene.server.heads("depth");
        assert!(heads.iter().all(|head| head.starts_with("GET /depth/12/")), "{heads:?}");
        assert!((4..=9).contains(&heads.len()), "{heads:?}");
    }

    #[test]
    fn what_shows_through_a_tile_is_the_plain_ground() {
        let mut picture = Pixmap::new(8, 8).unwrap();
        picture.fill(Color::BLACK);
        paste(&mut picture, &Pixmap::new(4, 4).unwrap(), (0, 0), 4);
        let at = |x| picture.pixel(x, 2).map(|p| [p.red(), p.green(), p.blue()]);
        assert_eq!((at(2), at(6)), (Some([0xe9, 0xec, 0xe7]), Some([0; 3])));
    }
}
