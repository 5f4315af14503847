//! WebP (RFC 9649): a RIFF file of chunks.
//!
//! Stay: the pixels, moving ones too, transparency and the colour profile. Lengths stand before what they
//! count, so they are written when that is known.

use std::io::BufRead;

use super::{LARGEST_EXIF, Piece, Source, Stripped};
use crate::picture::Refused;

/// The chunks that stay, of the file and of a frame of a moving picture.
const KEPT: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"];
const KEPT_OF_FRAME: &[&[u8; 4]] = &[b"VP8 ", b"VP8L", b"ALPH"];

/// Flags of the chunk VP8X: Exif and XMP are there.
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
/// What of a frame stands before its chunks, in bytes.
const FRAME_HEAD: u64 = 16;

pub(super) fn strip(source: &mut Source<impl BufRead>, out: &mut Stripped) -> Result<(), Refused> {
    source.skip(4)?;
    let end = 8 + u64::from(u32::from_le_bytes(source.array()?));
    source.skip(4)?;
    out.push(Piece::Written(b"RIFF\0\0\0\0WEBP".to_vec()))?;
    let mut pixels = false;
    let mut exif = None;
    while source.at() < end {
        let chunk = Chunk::read(source, end)?;
        let extended = source.at() == 20 && &chunk.name == b"VP8X";
        match &chunk.name {
            b"VP8X" if extended && chunk.length == 10 => {
                let mut payload: [u8; 10] = source.array()?;
                payload[0] &= !(EXIF | XMP);
                out.push(Piece::Written([b"VP8X\x0a\0\0\0", &payload[..]].concat()))?;
            }
            b"VP8X" => return Err(Refused::Broken),
            b"ANMF" => frame(source, out, &chunk)?,
            b"EXIF" if chunk.length <= LARGEST_EXIF => {
                let payload = chunk.take(source)?;
                exif = out.orient(&payload).or(exif);
            }
            name => chunk.copy(source, out, KEPT.contains(&name))?,
        }
        pixels |= matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ANMF");
    }
    if !pixels || source.at() != end {
        return Err(Refused::Broken);
    }
    finish(out, exif)
}

/// Adds the orientation where the extended form says that there is one, and the length of it all.
fn finish(out: &mut Stripped, exif: Option<Vec<u8>>) -> Result<(), Refused> {
    let extended = matches!(out.pieces.get(1), Some(Piece::Written(piece)) if piece.starts_with(b"VP8X"));
    if let (Some(exif), true) = (exif, extended) {
        set(out, 1, 8, &[flags(out) | EXIF]);
        out.push(Piece::Written(
            [b"EXIF", &(exif.len() as u32).to_le_bytes()[..], &exif].concat(),
        ))?;
    }
    let length = u32::try_from(out.len() - 8).map_err(|_| Refused::Broken)?;
    set(out, 0, 4, &length.to_le_bytes());
    Ok(())
}

fn flags(out: &Stripped) -> u8 {
    match out.pieces.get(1) {
        Some(Piece::Written(piece)) => piece.get(8).copied().unwrap_or(0),
        _ => 0,
    }
}

/// Overwrites a few bytes of a piece that was written.
fn set(out: &mut Stripped, piece: usize, at: usize, bytes: &[u8]) {
    if let Some(Piece::Written(written)) = out.pieces.get_mut(piece)
        && let Some(place) = written.get_mut(at..at + bytes.len())
    {
        place.copy_from_slice(bytes);
    }
}

/// A frame of a moving picture: its head and the chunks in it that stay.
fn frame(source: &mut Source<impl BufRead>, out: &mut Stripped, frame: &Chunk) -> Result<(), Refused> {
    let end = source.at() + frame.length;
    if frame.length < FRAME_HEAD {
        return Err(Refused::Broken);
    }
    let head: [u8; FRAME_HEAD as usize] = source.array()?;
    let (at, before) = (out.pieces.len(), out.len());
    out.push(Piece::Written([b"ANMF\0\0\0\0", &head[..]].concat()))?;
    while source.at() < end {
        let chunk = Chunk::read(source, end)?;
        chunk.copy(source, out, KEPT_OF_FRAME.contains(&&chunk.name))?;
    }
    let length = u32::try_from(out.len() - before - 8).map_err(|_| Refused::Broken)?;
    set(out, at, 4, &length.to_le_bytes());
    source.skip(frame.length % 2)
}

/// A chunk of which the head was read.
struct Chunk {
    name: [u8; 4],
    length: u64,
}

impl Chunk {
    /// Reads a head; the chunk must end where what it is in ends, or before.
    fn read(source: &mut Source<impl BufRead>, end: u64) -> Result<Chunk, Refused> {
        let name = source.array()?;
        let length = u64::from(u32::from_le_bytes(source.array()?));
        if source.at() + length > end {
            return Err(Refused::Broken);
        }
        Ok(Chunk { name, length })
    }

    fn take(&self, source: &mut Source<impl BufRead>) -> Result<Vec<u8>, Refused> {
        let payload = source.take(self.length)?;
        source.skip(self.length % 2)?;
        Ok(payload)
    }

    /// Goes past it, and keeps it or not.
    fn copy(&self, source: &mut Source<impl BufRead>, out: &mut Stripped, kept: bool) -> Result<(), Refused> {
        let start = source.at() - 8;
        source.skip(self.length + self.length % 2)?;
        if kept { out.keep(start..source.at()) } else { Ok(()) }
    }
}
