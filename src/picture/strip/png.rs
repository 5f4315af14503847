//! PNG (W3C, third edition, which has APNG): chunks up to the last.
//!
//! Stay: the pixels, moving ones too, transparency, and everything about colours.

use std::io::{BufRead, Read};
use std::ops::Range;

use flate2::Crc;
use flate2::read::ZlibDecoder;

use super::{LARGEST_EXIF, Source, Stripped};
use crate::picture::Refused;

const SIGNATURE: u64 = 8;

/// The chunks that stay as they are.
const KEPT: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI",
    b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

/// The largest colour profile, in bytes, packed and unpacked.
const LARGEST_PROFILE: (u64, u64) = (1 << 20, 4 << 20);

pub(super) fn strip(source: &mut Source<impl BufRead>, out: &mut Stripped) -> Result<(), Refused> {
    source.skip(SIGNATURE)?;
    out.keep(0..SIGNATURE)?;
    let (mut first, mut pixels) = (true, false);
    loop {
        let start = source.at();
        let length = u64::from(u32::from_be_bytes(source.array()?));
        let name: [u8; 4] = source.array()?;
        if length > 0x7fff_ffff || first != (&name == b"IHDR") {
            return Err(Refused::Broken);
        }
        first = false;
        pixels |= &name == b"IDAT";
        chunk(source, out, name, length, start)?;
        if &name == b"IEND" {
            return if pixels { Ok(()) } else { Err(Refused::Broken) };
        }
    }
}

/// The rest of a chunk after its name.
fn chunk(
    source: &mut Source<impl BufRead>,
    out: &mut Stripped,
    name: [u8; 4],
    length: u64,
    start: u64,
) -> Result<(), Refused> {
    match &name {
        kept if KEPT.contains(&kept) => {
            let mut crc = Crc::new();
            crc.update(&name);
            source.pass(length, |bytes| crc.update(bytes))?;
            if u32::from_be_bytes(source.array()?) != crc.sum() {
                return Err(Refused::Broken);
            }
            out.keep(start..source.at())
        }
        b"iCCP" if length <= LARGEST_PROFILE.0 => {
            let profile = source.take(length)?;
            source.skip(4)?;
            let range: Range<u64> = start..source.at();
            if is_small(&profile) { out.keep(range) } else { Ok(()) }
        }
        b"eXIf" if length <= LARGEST_EXIF => {
            let exif = source.take(length)?;
            source.skip(4)?;
            out.orient(&exif)
                .map_or(Ok(()), |exif| out.write(written(b"eXIf", &exif)))
        }
        // A decoder may not go past what it does not know if its name begins with a capital letter.
        [b'A'..=b'Z', ..] => Err(Refused::Broken),
        _ => source.skip(length + 4),
    }
}

/// Whether a colour profile unpacks, and not to a mountain.
fn is_small(profile: &[u8]) -> bool {
    let Some(name) = profile.iter().take(80).position(|byte| *byte == 0) else {
        return false;
    };
    // A method of packing, of which there is one, stands between the name and what is packed.
    let Some(packed) = profile.get(name + 2..) else {
        return false;
    };
    let mut unpacked = ZlibDecoder::new(packed).take(LARGEST_PROFILE.1 + 1);
    std::io::copy(&mut unpacked, &mut std::io::sink()).is_ok_and(|size| size <= LARGEST_PROFILE.1)
}

fn written(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(data);
    let length = data.len() as u32;
    [&length.to_be_bytes()[..], name, data, &crc.sum().to_be_bytes()].concat()
}
