//! A track's picture: its line on the map, 300 × 300 pixels, as a PNG.
//!
//! Section of the map and zoom are those of the original, so that a picture of either shows the same: the largest zoom
//! at which the line fits, and the line in the middle. The line itself is drawn as on all our maps.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageReader, Limits};
use std::f64::consts::{PI, TAU};
use std::io::Cursor;
use std::sync::Arc;
use tiny_skia::{
    Color, FilterQuality, IntSize, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Stroke, Transform,
};

use super::{Outcome, Tile, Tiles};
use crate::config::{Access, Layer};

/// Width and height of the picture, in pixels.
const SIDE: i64 = 300;
/// Width and height of a tile on the map, in pixels.
const EDGE: i64 = 256;
/// The zoom of a layer that names none.
const USUAL_ZOOM: u8 = 19;
/// No tile is wider or higher, in pixels: some providers send them twice as dense.
const LARGEST_EDGE: u32 = 1024;
/// Width of the line and of its casing, in pixels.
const LINE: f32 = 5.0;
const CASING: f32 = 9.0;
/// Mercator ends here, degrees.
const LAST_LATITUDE: f64 = 85.051_128;

/// The tiles cannot be had at present.
#[derive(Debug, PartialEq, Eq)]
pub struct NoTiles;

/// The layer under the pictures: the first that everybody may see.
pub fn ground(layers: &[Layer]) -> Option<&Layer> {
    layers.iter().find(|layer| layer.access == Access::Public)
}

/// Draws the pieces of a line (latitude, longitude; degrees); absent when there is nothing to draw. A tile that the
/// provider refuses leaves the plain ground.
///
/// # Errors
/// [`NoTiles`] at the first tile that cannot be had for another reason.
pub fn draw(tiles: &Arc<Tiles>, layer: &Layer, pieces: &[Vec<(f64, f64)>]) -> Result<Option<Vec<u8>>, NoTiles> {
    let Some(section) = Section::of(pieces, layer.max_zoom.unwrap_or(USUAL_ZOOM)) else {
        return Ok(None);
    };
    let Some(mut picture) = IntSize::from_wh(SIDE as u32, SIDE as u32).and_then(|s| Pixmap::new(s.width(), s.height()))
    else {
        return Ok(None);
    };
    picture.fill(Color::from_rgba8(0xe9, 0xec, 0xe7, 0xff));
    for (tile, left, top) in section.tiles() {
        let outcome = match tiles.reserve() {
            Some(seat) => seat.fetch(layer, tile),
            None => Outcome::Slow,
        };
        match outcome {
            Outcome::Picture(bytes) => paste(&mut picture, &bytes, left, top),
            Outcome::Refused(400..=407 | 410..=428) => {}
            _ => return Err(NoTiles),
        }
    }
    section.draw_line(&mut picture, pieces);
    Ok(encode(&picture))
}

/// A square of the map.
#[derive(Debug, PartialEq)]
struct Section {
    zoom: u8,
    /// The upper left corner, in pixels of the whole map at this zoom.
    left: i64,
    top: i64,
}

impl Section {
    fn of(pieces: &[Vec<(f64, f64)>], max_zoom: u8) -> Option<Section> {
        let places: Vec<(f64, f64)> = pieces.iter().flatten().copied().filter(is_usable).collect();
        let bounds = |zoom| {
            let spots = places.iter().map(|place| spot(*place, zoom));
            let spots = spots.map(|(x, y)| (x.floor() as i64, y.floor() as i64));
            spots
                .map(|(x, y)| (x, y, x, y))
                .reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
        };
        for zoom in (1..=max_zoom.max(1)).rev() {
            let (left, top, right, bottom) = bounds(zoom)?;
            let (width, height) = (right - left, bottom - top);
            if width <= SIDE && height <= SIDE {
                return Some(Section {
                    zoom,
                    left: left - (SIDE - width).div_euclid(2),
                    top: top - (SIDE - height).div_euclid(2),
                });
            }
        }
        // The whole map, 512 wide, and its middle.
        let start = -(SIDE - 2 * EDGE).div_euclid(2);
        (!places.is_empty()).then_some(Section {
            zoom: 1,
            left: start,
            top: start,
        })
    }

    /// The tiles that are seen, with the places of their corners in the picture.
    fn tiles(&self) -> Vec<(Tile, i64, i64)> {
        let count = 1_i64 << self.zoom;
        let range = |start: i64| start.div_euclid(EDGE)..=(start + SIDE - 1).div_euclid(EDGE);
        let mut tiles = Vec::new();
        for y in range(self.top).filter(|y| (0..count).contains(y)) {
            for x in range(self.left) {
                // East of the last is the first.
                let around = x.rem_euclid(count);
                let tile = Tile {
                    z: self.zoom,
                    x: around as u32,
                    y: y as u32,
                };
                tiles.push((tile, x * EDGE - self.left, y * EDGE - self.top));
            }
        }
        tiles
    }

    fn draw_line(&self, picture: &mut Pixmap, pieces: &[Vec<(f64, f64)>]) {
        let place = |at: &(f64, f64)| {
            let (x, y) = spot(*at, self.zoom);
            ((x - self.left as f64) as f32, (y - self.top as f64) as f32)
        };
        let (white, course) = (Color::WHITE, Color::from_rgba8(0x9c, 0x0f, 0x71, 0xff));
        let mut line = PathBuilder::new();
        let mut ends: Option<[(f32, f32); 2]> = None;
        for piece in pieces {
            let spots: Vec<(f32, f32)> = piece.iter().filter(|at| is_usable(at)).map(place).collect();
            let (Some(first), Some(last)) = (spots.first(), spots.last()) else {
                continue;
            };
            line.move_to(first.0, first.1);
            spots.iter().skip(1).for_each(|(x, y)| line.line_to(*x, *y));
            ends = Some([ends.map_or(*first, |ends| ends[0]), *last]);
        }
        if let Some(path) = line.finish() {
            stroke(picture, &path, white, CASING);
            stroke(picture, &path, course, LINE);
        }
        let Some([start, finish]) = ends else { return };
        disc(picture, finish, 9.0, course);
        disc(picture, finish, 6.5, white);
        disc(picture, finish, 3.5, course);
        disc(picture, start, 7.5, course);
        disc(picture, start, 4.5, white);
    }
}

fn is_usable((lat, lon): &(f64, f64)) -> bool {
    lat.is_finite() && lon.is_finite() && lat.abs() <= LAST_LATITUDE && lon.abs() <= 180.0
}

/// A place on the map, in pixels at this zoom: spherical Web Mercator (EPSG:3857).
fn spot((lat, lon): (f64, f64), zoom: u8) -> (f64, f64) {
    let scale = EDGE as f64 * f64::from(zoom).exp2() / TAU;
    let y = PI - (PI / 4.0 + lat.to_radians() / 2.0).tan().ln();
    (scale * (lon.to_radians() + PI), scale * y)
}

fn stroke(picture: &mut Pixmap, path: &Path, color: Color, width: f32) {
    let stroke = Stroke {
        width,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default()
    };
    picture.stroke_path(path, &paint(color), &stroke, Transform::identity(), None);
}

fn disc(picture: &mut Pixmap, (x, y): (f32, f32), radius: f32, color: Color) {
    if let Some(path) = PathBuilder::from_circle(x, y, radius) {
        let fill = tiny_skia::FillRule::Winding;
        picture.fill_path(&path, &paint(color), fill, Transform::identity(), None);
    }
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color);
    paint
}

/// What cannot be decoded leaves the plain ground.
fn paste(picture: &mut Pixmap, bytes: &[u8], left: i64, top: i64) {
    let Some(tile) = decode(bytes) else { return };
    let scale = EDGE as f32 / tile.width() as f32;
    let place = Transform::from_translate(left as f32, top as f32).pre_scale(scale, scale);
    let how = PixmapPaint {
        quality: if tile.width() == EDGE as u32 {
            FilterQuality::Nearest
        } else {
            FilterQuality::Bilinear
        },
        ..PixmapPaint::default()
    };
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
    use super::*;

    #[test]
    fn places_are_where_the_original_has_them() {
        let floor = |place, zoom| {
            let (x, y) = spot(place, zoom);
            (x.floor() as i64, y.floor() as i64)
        };
        assert_eq!(floor((50.0, 8.0), 12), (547_589, 355_619));
        assert_eq!(floor((-33.5, 151.2), 18), (61_740_154, 40_188_888));
    }

    #[test]
    fn the_section_is_that_of_the_original() {
        // One place: the largest zoom, and the place in the middle.
        let one = Section::of(&[vec![(50.0, 8.0)]], 12).unwrap();
        let expected = Section {
            zoom: 12,
            left: 547_589 - 150,
            top: 355_619 - 150,
        };
        assert_eq!(one, expected);
        // A tenth of a degree at zoom 12 is 291 pixels, at 13 twice as many.
        let wide = Section::of(&[vec![(50.0, 8.0), (50.0, 8.1)]], 19).unwrap();
        assert_eq!((wide.zoom, wide.left), (12, 547_589 - 4));
        // Around the world: the whole of it.
        let all = Section::of(&[vec![(50.0, -179.0)], vec![(-50.0, 179.0)]], 19).unwrap();
        assert_eq!((all.zoom, all.left, all.top), (1, 106, 106));
        assert_eq!(all.tiles().len(), 4);
        for nothing in [
            vec![],
            vec![vec![]],
            vec![vec![(f64::NAN, 8.0), (95.0, 8.0), (5.0, 1e9)]],
        ] {
            assert_eq!(Section::of(&nothing, 19), None);
        }
    }

    #[test]
    fn the_tiles_cover_the_picture_and_east_of_the_last_is_the_first() {
        let section = Section::of(&[vec![(10.0, 179.99)]], 5).unwrap();
        let tiles = section.tiles();
        assert!(tiles.iter().any(|(tile, ..)| tile.x == 31) && tiles.iter().any(|(tile, ..)| tile.x == 0));
        for at in 0..SIDE {
            let is_covered = |from: fn(&(Tile, i64, i64)) -> i64| {
                tiles.iter().any(|tile| (from(tile)..from(tile) + EDGE).contains(&at))
            };
            assert!(is_covered(|tile| tile.1) && is_covered(|tile| tile.2), "{at}");
        }
        let polar = Section::of(&[vec![(85.0, 0.0)]], 5).unwrap();
        assert!(polar.tiles().iter().all(|(tile, ..)| tile.y < 32));
    }
}
