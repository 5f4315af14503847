//! The picture of a tile: an indexed PNG, written and read by ourselves, because the numbers in it are to be added
//! to and its palette exchanged without touching its pixels.
//!
//! The palette ends with the highest number in the tile and a pixel has no more bits than that needs, so a place
//! that was ridden once takes a bit a pixel. Rows are not filtered.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::palette::Palette;
use super::{Pixels, SIDE, blank};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Where the palette's chunk begins: after the signature and the header.
const PALETTE_AT: usize = 8 + 25;

/// The PNG of a tile's numbers; 0 is transparent, everything else as opaque as `alpha`. Absent when all are 0.
pub(super) fn encode(pixels: &Pixels, palette: &Palette, alpha: u8) -> Option<Vec<u8>> {
    let peak = pixels.iter().copied().max().filter(|peak| *peak > 0)?;
    Some(write(pixels, peak, palette, alpha))
}

/// The PNG of a tile with nothing in it.
pub fn empty() -> Vec<u8> {
    write(&blank(), 0, &Palette::of_one([0; 3]), u8::MAX)
}

fn write(pixels: &Pixels, peak: u8, palette: &Palette, alpha: u8) -> Vec<u8> {
    let depth = depth(peak);
    let mut png = SIGNATURE.to_vec();
    let side = (SIDE as u32).to_be_bytes();
    chunk(
        &mut png,
        b"IHDR",
        &[&side[..], &side[..], &[depth, 3, 0, 0, 0][..]].concat(),
    );
    chunk(&mut png, b"PLTE", palette.0[..=usize::from(peak)].as_flattened());
    let mut alphas = vec![alpha; 1 + usize::from(peak)];
    alphas[0] = 0;
    // What is not named is opaque.
    alphas.truncate(if alpha == u8::MAX { 1 } else { alphas.len() });
    chunk(&mut png, b"tRNS", &alphas);
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    let written = packer.write_all(&pack(pixels, depth)).and_then(|()| packer.finish());
    // It writes to memory alone, which does not fail.
    chunk(&mut png, b"IDAT", &written.unwrap_or_default());
    chunk(&mut png, b"IEND", &[]);
    png
}

/// More is a tenth smaller and takes twice as long.
const LEVEL: u32 = 4;

/// The numbers in a tile that [`encode`] made; absent when it is another or damaged.
pub(super) fn decode(png: &[u8]) -> Option<Box<Pixels>> {
    let depth = depth(find_peak(png)?);
    let mut at = PALETTE_AT;
    let data = loop {
        let (name, data) = chunk_at(png, at)?;
        at += 12 + data.len();
        if name == b"IDAT" {
            break data;
        }
    };
    let per_byte = 8 / usize::from(depth);
    let row = 1 + SIDE / per_byte;
    let mut packed = vec![0; row * SIDE];
    ZlibDecoder::new(data).read_exact(&mut packed).ok()?;
    let mut pixels = blank();
    for (pixels, row) in pixels.chunks_exact_mut(SIDE).zip(packed.chunks_exact(row)) {
        for (pixels, byte) in pixels.chunks_exact_mut(per_byte).zip(&row[1..]) {
            for (n, pixel) in pixels.iter_mut().enumerate() {
                let shift = 8 - usize::from(depth) * (n + 1);
                *pixel = byte >> shift & (u8::MAX >> (8 - depth));
            }
        }
    }
    Some(pixels)
}

/// The highest number in a tile that [`encode`] made; absent when it is another. Its first 256 bytes are enough.
pub fn find_peak(png: &[u8]) -> Option<u8> {
    if !png.starts_with(SIGNATURE) || png.get(PALETTE_AT + 4..PALETTE_AT + 8)? != b"PLTE" {
        return None;
    }
    let length = u32::from_be_bytes(png.get(PALETTE_AT..PALETTE_AT + 4)?.try_into().ok()?);
    u8::try_from((length / 3).checked_sub(1)?).ok()
}

/// Gives a tile that [`encode`] made other colours; whether it was one.
pub fn recolour(png: &mut [u8], palette: &Palette) -> bool {
    let Some(peak) = find_peak(png) else { return false };
    let colours = palette.0[..=usize::from(peak)].as_flattened();
    let from = PALETTE_AT + 8;
    let Some(place) = png.get_mut(from..from + colours.len()) else {
        return false;
    };
    place.copy_from_slice(colours);
    let check = check(b"PLTE", colours);
    let Some(place) = png.get_mut(from + colours.len()..from + colours.len() + 4) else {
        return false;
    };
    place.copy_from_slice(&check);
    true
}

/// Bits that a pixel needs.
fn depth(peak: u8) -> u8 {
    match peak {
        0..=1 => 1,
        2..=3 => 2,
        4..=15 => 4,
        _ => 8,
    }
}

/// The rows as the PNG packs them, each behind the number of its filter (none).
fn pack(pixels: &Pixels, depth: u8) -> Vec<u8> {
    let per_byte = 8 / usize::from(depth);
    let mut packed = Vec::with_capacity((1 + SIDE / per_byte) * SIDE);
    for row in pixels.chunks_exact(SIDE) {
        packed.push(0);
        match depth {
            8 => packed.extend_from_slice(row),
            _ => {
                let join = |pixels: &[u8]| pixels.iter().fold(0, |byte, pixel| byte << depth | pixel);
                packed.extend(row.chunks_exact(per_byte).map(join));
            }
        }
    }
    packed
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    png.extend_from_slice(&(data.len() as u32).to_be_bytes());
    png.extend_from_slice(name);
    png.extend_from_slice(data);
    png.extend_from_slice(&check(name, data));
}

fn check(name: &[u8; 4], data: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    crc.sum().to_be_bytes()
}

/// The name and the data of the chunk that begins there.
fn chunk_at(png: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let length = u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?) as usize;
    Some((png.get(at + 4..at + 8)?, png.get(at + 8..at + 8 + length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(peak: u8) -> Box<Pixels> {
        let mut pixels = blank();
        for (at, pixel) in pixels.iter_mut().enumerate() {
            *pixel = ((at * 7 + at / SIDE) % (usize::from(peak) + 1)) as u8;
        }
        pixels
    }

    fn rgba(png: &[u8]) -> image::RgbaImage {
        let image = image::load_from_memory_with_format(png, image::ImageFormat::Png);
        image.unwrap().into_rgba8()
    }

    #[test]
    fn numbers_are_read_back_and_shown_in_their_colours() {
        let palette = Palette::of_heat(255);
        for peak in [1, 2, 3, 4, 15, 16, 255] {
            let pixels = pixels(peak);
            let png = encode(&pixels, &palette, 255).unwrap();
            assert_eq!(find_peak(&png), Some(peak));
            assert!(decode(&png).unwrap() == pixels, "{peak}");
            for (shown, count) in rgba(&png).pixels().zip(pixels.iter()) {
                let [r, g, b] = palette.0[usize::from(*count)];
                let alpha = if *count == 0 { 0 } else { 255 };
                assert_eq!(shown.0, [r, g, b, alpha]);
            }
        }
        assert!(encode(&blank(), &palette, 255).is_none());
        assert!(rgba(&empty()).pixels().all(|pixel| pixel.0[3] == 0));
    }

    #[test]
    fn other_colours_leave_the_numbers() {
        let pixels = pixels(20);
        let mut png = encode(&pixels, &Palette::of_heat(20), 255).unwrap();
        let palette = Palette::of_heat(90);
        assert!(recolour(&mut png, &palette));
        assert_eq!(Some(&png), encode(&pixels, &palette, 255).as_ref());
    }

    #[test]
    fn half_of_the_ground_is_seen() {
        let png = encode(&pixels(1), &Palette::of_one([0, 255, 0]), 128).unwrap();
        assert_eq!(rgba(&png).get_pixel(1, 0).0, [0, 255, 0, 128]);
        assert_eq!(rgba(&png).get_pixel(0, 0).0[3], 0);
    }

    #[test]
    fn what_is_no_tile_of_ours_is_none() {
        let png = encode(&pixels(3), &Palette::of_heat(3), 255).unwrap();
        for damaged in [&png[..40], &png[..png.len() / 2], b"GIF89a", b""] {
            assert!(decode(damaged).is_none());
        }
        let mut foreign = Vec::new();
        let grey = image::GrayImage::new(256, 256);
        let mut to = std::io::Cursor::new(&mut foreign);
        grey.write_to(&mut to, image::ImageFormat::Png).unwrap();
        assert!(
            decode(&foreign).is_none()
                && find_peak(&foreign).is_none()
                && !recolour(&mut foreign, &Palette::of_heat(3))
        );
    }
}
