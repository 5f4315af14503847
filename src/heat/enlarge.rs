//! What is nearer than what is drawn: a part of a tile, enlarged. Tiles that another program made are enlarged too.

use std::io::Cursor;

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::{SIDE, Tile};

/// How many zooms a tile is enlarged: then a pixel of it fills one.
pub const MOST: u8 = 8;

/// The tile `down` zooms nearer, cut out of the one above it; absent when that cannot be read, or nothing is drawn
/// in the part. At most [`MOST`] zooms.
pub fn enlarge(above: &[u8], tile: Tile, down: u8) -> Option<Vec<u8>> {
    let mut reader = ImageReader::with_format(Cursor::new(above), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE as u32);
    limits.max_image_height = Some(SIDE as u32);
    reader.limits(limits);
    let image = reader.decode().ok()?.into_rgba8();
    let side = SIDE as u32 >> down.min(MOST);
    let at = |index: u32| (index & ((1 << down) - 1)) * side;
    let (x, y) = (at(tile.0), at(tile.1));
    if x + side > image.width() || y + side > image.height() {
        return None;
    }
    let part = image::imageops::crop_imm(&image, x, y, side, side).to_image();
    if part.pixels().all(|pixel| pixel.0[3] == 0) {
        return None;
    }
    // Between two colours of a palette there is none, and at a rim the ground would shine through darkened.
    let whole = image::imageops::resize(&part, SIDE as u32, SIDE as u32, FilterType::Nearest);
    let mut png = Vec::new();
    let written = DynamicImage::from(whole).write_to(&mut Cursor::new(&mut png), ImageFormat::Png);
    written.ok().map(|()| png)
}

#[cfg(test)]
mod tests {
    use super::super::palette::Palette;
    use super::super::{blank, picture};
    use super::*;

    fn pixel(png: &[u8], x: u32, y: u32) -> [u8; 4] {
        let image = image::load_from_memory_with_format(png, ImageFormat::Png).unwrap();
        assert_eq!((image.width(), image.height()), (256, 256));
        image.into_rgba8().get_pixel(x, y).0
    }

    #[test]
    fn a_part_fills_the_tile() {
        let mut pixels = blank();
        pixels[10 * SIDE + 200] = 1;
        let above = picture::encode(&pixels, &Palette::of_one([1, 2, 3]), 255).unwrap();
        // (200, 10) is (144, 20) in the eastern half of the north.
        let near = enlarge(&above, (7, 4), 1).unwrap();
        assert_eq!(pixel(&near, 144, 20), [1, 2, 3, 255]);
        assert_eq!(pixel(&near, 146, 20)[3], 0);
        assert_eq!(enlarge(&above, (6, 4), 1), None);
        let nearest = enlarge(&above, (200, 10), 8).unwrap();
        assert_eq!(
            (pixel(&nearest, 0, 0), pixel(&nearest, 255, 255)),
            ([1, 2, 3, 255], [1, 2, 3, 255])
        );
        assert_eq!(enlarge(b"nothing", (0, 0), 1), None);
    }

    #[test]
    fn a_tile_of_another_size_is_none() {
        for side in [16, 512] {
            let mut png = Vec::new();
            let image = image::RgbaImage::from_pixel(side, side, image::Rgba([9, 9, 9, 255]));
            image.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
            assert_eq!(enlarge(&png, (3, 3), 1), None, "{side}");
        }
    }
}
