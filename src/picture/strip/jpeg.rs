//! JPEG (ITU T.81): segments up to the end of the picture.
//!
//! Stay: what the pixels need, the JFIF head without its small picture, the colour profile and Adobe's
//! word on colours. Phones write a second picture or a film behind the first; that goes.

use std::io::BufRead;
use std::ops::Range;

use super::{EXIF_MARK, Source, Stripped};
use crate::picture::Refused;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

pub(super) fn strip(source: &mut Source<impl BufRead>, out: &mut Stripped) -> Result<(), Refused> {
    source.skip(2)?;
    out.keep(0..2)?;
    let (mut frame, mut scan) = (false, false);
    let mut code = marker(source)?;
    loop {
        match code {
            EOI if frame && scan => {
                let end = source.at();
                return out.keep(end - 2..end);
            }
            // Markers without a segment have no place here.
            SOI | EOI | 0x01 | 0xd0..=0xd7 => return Err(Refused::Broken),
            _ => {}
        }
        frame |= is_frame(code);
        scan |= code == SOS;
        code = segment(source, out, code)?;
    }
}

/// The next marker; what stands before it is pixels, or nothing. Fill bytes before the code are allowed.
fn marker(source: &mut Source<impl BufRead>) -> Result<u8, Refused> {
    loop {
        source.skip_past(0xff)?;
        let code = after_fill(source)?;
        if code != 0 {
            return Ok(code);
        }
    }
}

fn after_fill(source: &mut Source<impl BufRead>) -> Result<u8, Refused> {
    loop {
        match source.byte()? {
            0xff => {}
            code => return Ok(code),
        }
    }
}

fn is_frame(code: u8) -> bool {
    matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc)
}

/// Goes past the segment of a marker that was just read, and a scan's pixels with it; the next marker.
fn segment(source: &mut Source<impl BufRead>, out: &mut Stripped, code: u8) -> Result<u8, Refused> {
    let start = source.at() - 2;
    let length = u16::from_be_bytes(source.array()?);
    let length = u64::from(length.checked_sub(2).ok_or(Refused::Broken)?);
    match code {
        SOS => {
            source.skip(length)?;
            let next = after_scan(source)?;
            out.keep(start..source.at() - 2)?;
            return Ok(next);
        }
        // Tables, frames, restart intervals and the number of lines.
        0xc0..=0xcf | 0xdb..=0xdf => {
            source.skip(length)?;
            out.keep(start..source.at())?;
        }
        0xe0 | 0xe1 | 0xe2 | 0xee => {
            let payload = source.take(length)?;
            application(out, code, &payload, start..source.at())?;
        }
        _ => source.skip(length)?,
    }
    marker(source)
}

/// Segments of programs: a few of them the pixels need.
fn application(out: &mut Stripped, code: u8, payload: &[u8], range: Range<u64>) -> Result<(), Refused> {
    match code {
        0xe0 if payload.starts_with(b"JFIF\0") && payload.len() >= 14 => {
            // Version, unit and density; the small picture is 0 × 0.
            out.write([b"\xff\xe0\0\x10", &payload[..12], b"\0\0"].concat())
        }
        0xe1 if payload.starts_with(EXIF_MARK) => match out.orient(payload) {
            Some(exif) => {
                let length = (2 + EXIF_MARK.len() + exif.len()) as u16;
                out.write([b"\xff\xe1", &length.to_be_bytes(), EXIF_MARK, &exif].concat())
            }
            None => Ok(()),
        },
        0xe2 if payload.starts_with(b"ICC_PROFILE\0") => out.keep(range),
        0xee if payload.starts_with(b"Adobe") && payload.len() >= 12 => {
            out.write([b"\xff\xee\0\x0e", &payload[..12]].concat())
        }
        _ => Ok(()),
    }
}

/// Goes past the coded pixels of a scan: up to a marker that is neither an escaped 0xff nor a restart.
fn after_scan(source: &mut Source<impl BufRead>) -> Result<u8, Refused> {
    loop {
        match marker(source)? {
            0xd0..=0xd7 => {}
            code => return Ok(code),
        }
    }
}
