//! What the room's tests stand on: small pictures of each kind, with and without all that should not be told.

use std::io::Cursor;

use flate2::Crc;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgb, RgbImage};

use super::Kind;

pub(super) const KINDS: [Kind; 4] = [Kind::Jpeg, Kind::Png, Kind::Gif, Kind::WebP];

/// Stands in everything that must go.
pub(super) const SECRET: &[u8] = b"48.123456N 7.654321E";

/// Four colours, one a quarter: red, green, blue, white, row by row.
pub(super) fn pixels(width: u32, height: u32) -> DynamicImage {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([255, 0, 0]),
        (false, true) => Rgb([0, 255, 0]),
        (true, false) => Rgb([0, 0, 255]),
        (false, false) => Rgb([255, 255, 255]),
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

/// Which colour stands in the middle of each quarter: `RGBW` for the picture as it is.
pub(super) fn quarters(image: &DynamicImage) -> String {
    let (image, (width, height)) = (image.to_rgb8(), (image.width(), image.height()));
    [(1, 1), (3, 1), (1, 3), (3, 3)]
        .iter()
        .map(|(x, y)| {
            let pixel = image.get_pixel(width * x / 4, height * y / 4).0;
            match pixel.map(|colour| colour > 127) {
                [true, false, false] => 'R',
                [false, true, false] => 'G',
                [false, false, true] => 'B',
                [true, true, true] => 'W',
                _ => '?',
            }
        })
        .collect()
}

/// A plain picture as a program writes it.
pub(super) fn plain(kind: Kind, image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = match kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
        Kind::Gif => ImageFormat::Gif,
        Kind::WebP => ImageFormat::WebP,
    };
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A GIF that moves, endlessly.
pub(super) fn moving(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for _ in 0..3 {
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder
            .encode_frame(Frame::from_parts(image.to_rgba8(), 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    bytes
}

/// Exif data as a camera writes it: maker, orientation, and a directory with a position.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x03".to_vec();
    let mut entry = |tag: u16, kind: u16, count: u32, value: u32| {
        tiff.extend_from_slice(&tag.to_be_bytes());
        tiff.extend_from_slice(&kind.to_be_bytes());
        tiff.extend_from_slice(&count.to_be_bytes());
        tiff.extend_from_slice(&value.to_be_bytes());
    };
    entry(0x010f, 2, SECRET.len() as u32, 64);
    entry(0x0112, 3, 1, u32::from(orientation) << 16);
    entry(0x8825, 4, 1, 100);
    tiff.resize(64, 0);
    tiff.extend_from_slice(SECRET);
    tiff.resize(100, 0);
    // Latitude: north, and three fractions.
    tiff.extend_from_slice(b"\0\x02\0\x01\0\x02\0\0\0\x02N\0\0\0\0\x02\0\x05\0\0\0\x03\0\0\0\xa0\0\0\0\0");
    tiff.resize(160, 0);
    for (over, under) in [(48_u32, 1_u32), (7, 1), (244_416, 10_000)] {
        tiff.extend_from_slice(&over.to_be_bytes());
        tiff.extend_from_slice(&under.to_be_bytes());
    }
    tiff
}

/// The picture with Exif data of this orientation and all else that its kind may tell, and bytes behind it.
pub(super) fn telling(kind: Kind, plain: &[u8], orientation: u8) -> Vec<u8> {
    let exif = exif(orientation);
    let mut bytes = match kind {
        Kind::Jpeg => {
            let mut segments = segment(0xe1, &[b"Exif\0\0", &exif[..]].concat());
            segments.extend(segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()));
            segments.extend(segment(0xe2, &[b"MPF\0", SECRET].concat()));
            segments.extend(segment(0xed, &[b"Photoshop 3.0\0", SECRET].concat()));
            segments.extend(segment(0xfe, SECRET));
            insert(plain, 2, &segments)
        }
        Kind::Png => {
            let mut chunks = chunk(b"tEXt", &[b"Comment\0", SECRET].concat());
            chunks.extend(chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()));
            chunks.extend(chunk(b"tIME", b"\x07\xe9\x0b\x18\x0c\x3a\0"));
            chunks.extend(chunk(b"neWs", SECRET));
            chunks.extend(chunk(b"eXIf", &exif));
            insert(plain, 8 + 25, &chunks)
        }
        Kind::Gif => {
            let table = if plain[10] & 0x80 == 0 {
                0
            } else {
                3 << ((plain[10] & 7) + 1)
            };
            let block = [&[SECRET.len() as u8], SECRET, b"\0"].concat();
            let blocks = [b"!\xfe", &block[..], b"!\xff\x0bXMP DataXMP", &block].concat();
            insert(plain, 13 + table, &blocks)
        }
        Kind::WebP => {
            let size = pixel_size(plain);
            let mut head = b"\x0c\0\0\0".to_vec();
            head.extend_from_slice(&(size.0 - 1).to_le_bytes()[..3]);
            head.extend_from_slice(&(size.1 - 1).to_le_bytes()[..3]);
            let chunks = [
                riff(b"VP8X", &head),
                plain[12..].to_vec(),
                riff(b"EXIF", &exif),
                riff(b"XMP ", SECRET),
            ];
            riff(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
        }
    };
    bytes.extend_from_slice(b"<script>");
    bytes.extend_from_slice(SECRET);
    bytes
}

fn pixel_size(bytes: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(bytes).unwrap();
    (image.width(), image.height())
}

pub(super) fn insert(bytes: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    [&bytes[..at], more, &bytes[at..]].concat()
}

/// A segment of a JPEG.
pub(super) fn segment(code: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() + 2) as u16;
    [&[0xff, code], &length.to_be_bytes()[..], payload].concat()
}

/// A chunk of a PNG.
pub(super) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(data);
    [
        &(data.len() as u32).to_be_bytes()[..],
        name,
        data,
        &crc.sum().to_be_bytes(),
    ]
    .concat()
}

/// A chunk of a WebP.
pub(super) fn riff(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = &[0][..data.len() % 2];
    [name, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}
