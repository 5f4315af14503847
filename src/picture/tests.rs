//! The room as a whole, on each kind of picture.

use super::fixture::{KINDS, SECRET, chunk, exif, insert, moving, pixels, plain, quarters, riff, segment, telling};
use super::*;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Rgba, RgbaImage};
use std::io::Write;

fn stripped(bytes: &[u8]) -> Vec<u8> {
    strip(bytes).unwrap().to_vec(bytes)
}

fn scale(bytes: &[u8], long_side: u32) -> Result<Vec<u8>, Refused> {
    Picture::new(bytes)?.scale(long_side)
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn pictures_are_told_by_their_content() {
    for kind in KINDS {
        let bytes = plain(kind, &pixels(4, 4));
        assert_eq!(Kind::sniff(&bytes), Some(kind));
        assert_eq!(check(&bytes), Ok(kind));
    }
    for other in [
        &b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"[..],
        b"<!doctype html><script>alert(1)</script>",
        b"#!/bin/sh\nrm -rf /",
        b"BM\x3a\0\0\0",
        b"",
        b"GIF8",
    ] {
        assert_eq!(check(other), Err(Refused::NotAPicture));
        assert_eq!(strip(other), Err(Refused::NotAPicture));
    }
    // A picture by its first bytes alone.
    for polyglot in [
        &b"GIF89a/*<svg>*/=1;alert(1)//"[..],
        b"\xff\xd8\xff<script>alert(1)</script>",
    ] {
        assert_eq!(check(polyglot), Err(Refused::Broken));
        assert_eq!(strip(polyglot), Err(Refused::Broken));
    }
}

#[test]
fn nothing_is_told_and_no_pixel_is_touched() {
    for kind in KINDS {
        let plain = plain(kind, &pixels(40, 30));
        let telling = telling(kind, &plain, 1);
        assert!(holds(&telling, SECRET));
        assert_eq!(check(&telling), Ok(kind));
        let got = stripped(&telling);
        assert!(!holds(&got, SECRET) && !holds(&got, b"script"), "{kind:?}");
        let decoded = |bytes: &[u8]| image::load_from_memory(bytes).unwrap();
        assert_eq!(decoded(&got), decoded(&plain), "{kind:?}");
        assert_eq!(stripped(&got), got, "{kind:?}: what is stripped stays as it is");
        // Nothing was in the plain picture that had to go.
        if kind != Kind::WebP {
            assert_eq!(got, plain, "{kind:?}");
        }
    }
}

#[test]
fn the_orientation_is_all_that_stays() {
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP] {
        let plain = plain(kind, &pixels(40, 30));
        for orientation in 1..=8 {
            let telling = telling(kind, &plain, orientation);
            assert_eq!(strip(&telling[..]).unwrap().is_upright(), orientation == 1);
            let got = stripped(&telling);
            assert!(!holds(&got, SECRET) && !holds(&got, &exif(orientation)[160..]));
            let mut decoder = decoder(&got, kind).unwrap();
            let expected = Orientation::from_exif(orientation).unwrap();
            assert_eq!(decoder.orientation().unwrap(), expected, "{kind:?}");
            assert!(got.len() <= plain.len() + 80);
        }
    }
}

#[test]
fn what_is_scaled_stands_upright() {
    // What stands in the quarters when a picture is shown as its Exif data wants it (CIPA DC-008, 4.6.5).
    let shown = ["RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"];
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP] {
        let plain = plain(kind, &pixels(80, 40));
        for (orientation, expected) in (1..).zip(shown) {
            let got = scale(&telling(kind, &plain, orientation), 40).unwrap();
            assert_eq!(Kind::sniff(&got), Some(Kind::Jpeg));
            assert!(!holds(&got, SECRET) && !holds(&got, b"Exif"));
            let image = image::load_from_memory(&got).unwrap();
            let size = if orientation < 5 { (40, 20) } else { (20, 40) };
            assert_eq!((image.width(), image.height()), size, "{kind:?} {orientation}");
            assert_eq!(quarters(&image), expected, "{kind:?} {orientation}");
        }
    }
}

#[test]
fn the_long_side_is_what_was_asked_for_and_nothing_is_enlarged() {
    for ((width, height), side, expected) in [
        ((1000, 500), 480, (480, 240)),
        ((500, 1000), 480, (240, 480)),
        ((481, 480), 480, (480, 479)),
        ((2000, 1), 480, (480, 1)),
        ((3000, 2000), 480, (480, 320)),
        ((480, 480), 480, (480, 480)),
        ((20, 10), 480, (20, 10)),
        ((20, 10), u32::MAX, (20, 10)),
    ] {
        let got = scale(&plain(Kind::Png, &pixels(width, height)), side).unwrap();
        let image = image::load_from_memory(&got).unwrap();
        assert_eq!((image.width(), image.height()), expected);
        if height > 1 {
            assert_eq!(quarters(&image), "RGBW");
        }
    }
}

#[test]
fn what_is_transparent_lies_on_white() {
    let mut image = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        if x >= 32 {
            *pixel = Rgba([255, 0, 0, 128]);
        }
    }
    let bytes = plain(Kind::Png, &DynamicImage::ImageRgba8(image));
    let got = image::load_from_memory(&scale(&bytes, 32).unwrap()).unwrap().to_rgb8();
    assert!(got.get_pixel(4, 16).0.iter().all(|colour| *colour > 250));
    let [red, green, blue] = got.get_pixel(28, 16).0;
    assert!(red > 250 && green.abs_diff(127) < 6 && blue.abs_diff(127) < 6);
}

#[test]
fn colour_profiles_stay_unless_they_are_bombs() {
    let mut profile = vec![0; 600];
    profile[16..20].copy_from_slice(b"RGB ");
    let jpeg = plain(Kind::Jpeg, &pixels(8, 8));
    let jpeg = insert(
        &jpeg,
        2,
        &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat()),
    );
    assert_eq!(stripped(&jpeg).len(), jpeg.len());
    let scaled = scale(&jpeg, 4).unwrap();
    assert_eq!(
        decoder(&scaled, Kind::Jpeg).unwrap().icc_profile().unwrap(),
        Some(profile.clone())
    );

    let packed = |data: &[u8]| {
        let mut packer = flate2::write::ZlibEncoder::new(b"name\0\0".to_vec(), flate2::Compression::best());
        packer.write_all(data).unwrap();
        chunk(b"iCCP", &packer.finish().unwrap())
    };
    let png = plain(Kind::Png, &pixels(8, 8));
    let good = insert(&png, 33, &packed(&profile));
    assert_eq!(stripped(&good), good);
    for bad in [
        packed(&vec![0; 64 << 20]),
        chunk(b"iCCP", b"name\0\0no zlib"),
        chunk(b"iCCP", b""),
    ] {
        let bad = insert(&png, 33, &bad);
        assert_eq!(check(&bad), Ok(Kind::Png));
        assert_eq!(stripped(&bad), png);
        assert!(scale(&bad, 4).is_ok());
    }
}

#[test]
fn what_moves_goes_on_moving() {
    let bytes = telling(Kind::Gif, &moving(&pixels(40, 30)), 1);
    let got = stripped(&bytes);
    assert!(!holds(&got, SECRET) && holds(&got, b"NETSCAPE2.0\x03\x01\0\0\0"));
    let decoder = image::codecs::gif::GifDecoder::new(Cursor::new(&got)).unwrap();
    assert_eq!(decoder.into_frames().count(), 3);
    assert_eq!(
        quarters(&image::load_from_memory(&scale(&bytes, 20).unwrap()).unwrap()),
        "RGBW"
    );
}

#[test]
fn a_frame_of_a_moving_picture_tells_nothing_either() {
    let pixels = plain(Kind::WebP, &pixels(8, 8));
    let frame = [
        &[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0][..],
        &pixels[12..],
        &riff(b"TELL", SECRET),
    ];
    let chunks = [
        riff(b"VP8X", &[0x02, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        riff(b"ANIM", &[0; 6]),
        riff(b"ANMF", &frame.concat()),
        riff(b"ANMF", &frame.concat()),
    ];
    let bytes = riff(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat());
    assert_eq!(check(&bytes), Ok(Kind::WebP));
    let got = stripped(&bytes);
    assert!(!holds(&got, SECRET) && got.len() < bytes.len());
    let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(&got)).unwrap();
    assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 2);
}

#[test]
fn what_claims_to_be_huge_is_refused_before_anything_is_decoded() {
    let mut png = plain(Kind::Png, &pixels(4, 4));
    let head = [&60_000_u32.to_be_bytes()[..], &60_000_u32.to_be_bytes(), &png[24..29]].concat();
    png.splice(8..33, chunk(b"IHDR", &head));
    assert_eq!(check(&png), Err(Refused::TooLarge));
    assert_eq!(scale(&png, 480), Err(Refused::TooLarge));

    let mut gif = plain(Kind::Gif, &pixels(4, 4));
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_eq!(check(&gif), Err(Refused::TooLarge));
    assert_eq!(scale(&gif, 480), Err(Refused::TooLarge));

    let mut jpeg = plain(Kind::Jpeg, &pixels(4, 4));
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(check(&jpeg), Err(Refused::TooLarge));
    // Within the pixels, but long.
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0, 10, 0xff, 0xff]);
    assert_eq!(check(&jpeg), Err(Refused::TooLarge));

    assert_eq!(
        check(&[&jpeg[..], &vec![0; LARGEST_FILE as usize]].concat()),
        Err(Refused::TooLarge)
    );
}

#[test]
fn a_picture_that_ends_too_early_is_refused_wherever_it_ends() {
    for kind in KINDS {
        let bytes = telling(kind, &plain(kind, &pixels(40, 30)), 6);
        let whole = bytes.len() - SECRET.len() - "<script>".len();
        assert!(check(&bytes[..whole]).is_ok());
        for end in 0..whole {
            let refused = strip(&bytes[..end]).unwrap_err();
            assert_ne!(refused, Refused::TooLarge, "{kind:?} {end}");
            assert!(check(&bytes[..end]).is_err());
        }
    }
}

#[test]
fn a_part_is_the_same_as_in_the_whole() {
    for kind in KINDS {
        let bytes = telling(kind, &plain(kind, &pixels(8, 8)), 6);
        let picture = strip(&bytes[..]).unwrap();
        let whole = picture.to_vec(&bytes);
        assert_eq!(picture.len(), whole.len() as u64);
        for start in 0..whole.len() {
            for end in [start, start + 1, start + 30, whole.len()] {
                let end = end.min(whole.len());
                let part: Vec<u8> = picture
                    .part(start as u64..end as u64)
                    .into_iter()
                    .flat_map(|piece| match piece {
                        Piece::Kept(range) => bytes[range.start as usize..range.end as usize].to_vec(),
                        Piece::Written(written) => written,
                    })
                    .collect();
                assert_eq!(part, whole[start..end]);
            }
        }
    }
}

#[test]
fn a_picture_of_countless_pieces_is_refused() {
    let png = plain(Kind::Png, &pixels(4, 4));
    let pair = [chunk(b"gAMA", &[0; 4]), chunk(b"tEXt", b"a\0b")].concat();
    assert_eq!(strip(&insert(&png, 33, &pair.repeat(20_000))[..]), Err(Refused::Broken));
    assert!(strip(&insert(&png, 33, &pair.repeat(100))[..]).is_ok());
}

/// The same numbers in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    /// A few bytes changed, left out or doubled.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.roll(4) {
            let at = self.roll(bytes.len());
            match self.roll(5) {
                0 => bytes[at] = [0, 0xff, 0x7f, 0x80][self.roll(4)],
                1 => bytes[at] ^= 1 << self.roll(8),
                2 => drop(bytes.drain(at..(at + 1 + self.roll(8)).min(bytes.len()))),
                3 => bytes
                    .splice(at..at, std::iter::repeat_n(0xff, 1 + self.roll(8)))
                    .for_each(drop),
                _ => bytes.extend_from_within(at..),
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        bytes
    }
}

#[test]
fn damaged_pictures_never_end_the_program() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for kind in KINDS {
        let whole = match kind {
            Kind::Gif => telling(kind, &moving(&pixels(16, 12)), 6),
            _ => telling(kind, &plain(kind, &pixels(16, 12)), 6),
        };
        let mut taken = 0;
        for round in 0..4000 {
            let damaged = dice.damage(&whole);
            if check(&damaged).is_ok() {
                taken += 1;
                let picture = strip(&damaged[..]).unwrap();
                assert_eq!(strip(&picture.to_vec(&damaged)[..]).unwrap().len(), picture.len());
            }
            if round % 8 == 0 {
                let _ = scale(&damaged, 8);
            }
        }
        assert!(taken > 100, "{kind:?}: {taken}");
    }
}
