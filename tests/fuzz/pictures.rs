//! Photos: what is kept of them, and what their cameras wrote.

use fietsboek::picture::{self, exif};
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::files;

pub const WORDS: &[&str] = &[
    "Exif\0\0",
    "MM\0*",
    "II*\0",
    "IHDR",
    "IDAT",
    "IEND",
    "tEXt",
    "eXIf",
    "acTL",
    "RIFF",
    "WEBP",
    "VP8X",
    "VP8L",
    "EXIF",
    "XMP ",
    "GIF89a",
    "NETSCAPE2.0",
    "\0\0\0\u{8}",
];

pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = files("fietsboek-0.11/data/tracks/1/images", "png");
    let small = DynamicImage::ImageRgb8(RgbImage::from_fn(9, 7, |x, y| {
        image::Rgb([x as u8 * 20, y as u8 * 30, 90])
    }));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        small.write_to(&mut bytes, format).unwrap();
        all.push(bytes.into_inner());
    }
    let jpeg = all.iter().find(|bytes| bytes.starts_with(&[0xff, 0xd8])).unwrap();
    all.push([&with_exif()[..], &jpeg[2..]].concat());
    all.sort_by_key(Vec::len);
    all
}

pub fn exif_seeds() -> Vec<Vec<u8>> {
    vec![with_exif()]
}

/// A JPEG's beginning with place and time.
fn with_exif() -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [
            &tag.to_be_bytes()[..],
            &kind.to_be_bytes(),
            &count.to_be_bytes(),
            &value,
        ]
        .concat()
    };
    let at = |offset: u32| offset.to_be_bytes();
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    tiff.extend(3u16.to_be_bytes());
    tiff.extend(entry(0x0112, 3, 1, [0, 6, 0, 0]));
    tiff.extend(entry(0x8769, 4, 1, at(50)));
    tiff.extend(entry(0x8825, 4, 1, at(80)));
    tiff.extend([0; 4]);
    // At 50: the time.
    tiff.extend(2u16.to_be_bytes());
    tiff.extend(entry(0x9003, 2, 20, at(200)));
    tiff.extend(entry(0x9011, 2, 7, at(220)));
    tiff.extend([0; 4]);
    // At 80: the place.
    tiff.extend(4u16.to_be_bytes());
    tiff.extend(entry(1, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(2, 5, 3, at(240)));
    tiff.extend(entry(3, 2, 2, *b"E\0\0\0"));
    tiff.extend(entry(4, 5, 3, at(264)));
    tiff.resize(200, 0);
    tiff.extend(b"2024:05:01 10:20:30\0+02:00\0");
    tiff.resize(240, 0);
    for number in [47u32, 1, 30, 1, 15, 1, 8, 1, 20, 1, 10, 1] {
        tiff.extend(number.to_be_bytes());
    }
    let length = (tiff.len() + 8) as u16;
    [&[0xff, 0xd8, 0xff, 0xe1][..], &length.to_be_bytes(), b"Exif\0\0", &tiff].concat()
}

/// What is kept of a picture is a picture, and nothing more can be taken out of it.
pub fn picture(bytes: &[u8]) -> u64 {
    let kind = match picture::strip(bytes) {
        Err(refused) => return refused as u64,
        Ok(stripped) => {
            let kept = stripped.to_vec(bytes);
            assert_eq!(kept.len() as u64, stripped.len());
            let again = picture::strip(&kept[..]).expect("what is kept of a picture is one");
            assert_eq!(again.kind, stripped.kind);
            assert!(again.to_vec(&kept) == kept, "stripped twice");
            let taken = exif::read(&kept);
            assert!(taken.place.is_none() && taken.time.is_none(), "{taken:?} is told");
            let half = stripped.len() / 2;
            let length = |pieces: Vec<picture::Piece>| pieces.iter().map(length_of).sum::<u64>();
            assert_eq!(length(stripped.part(0..half)), half);
            assert_eq!(length(stripped.part(half..stripped.len())), stripped.len() - half);
            10 + stripped.kind as u64
        }
    };
    // Decoding is the image crate's, and slow where the picture is large: its size alone is looked at.
    match picture::Picture::new(bytes) {
        Ok(picture) if picture.pixels() <= 1 << 16 => kind * 100 + u64::from(picture.scale(64).is_ok()),
        Ok(_) => kind * 100 + 10,
        Err(refused) => kind * 100 + 20 + refused as u64,
    }
}

fn length_of(piece: &picture::Piece) -> u64 {
    match piece {
        picture::Piece::Kept(range) => range.end - range.start,
        picture::Piece::Written(bytes) => bytes.len() as u64,
    }
}

/// Whatever a camera wrote, a place is one on this earth.
pub fn exif(bytes: &[u8]) -> u64 {
    let taken = exif::read(bytes);
    if let Some((lat, lon)) = taken.place {
        assert!(lat.abs() <= 90.0 && lon.abs() <= 180.0, "{lat} {lon}");
    }
    u64::from(taken.place.is_some()) + 2 * u64::from(taken.time.is_some()) + 4 * u64::from(taken.offset.is_some())
}
