//! A picture without what it tells: no position, no time, no names, no second picture behind the first.
//!
//! What may stay is listed for each format, and everything else goes: a kind of metadata that is invented
//! tomorrow goes too. The pixels are not touched, so the result is a list of pieces of the original, and
//! no picture has to fit into memory. Of the Exif data the orientation stays, alone, so that the picture
//! still stands upright.

mod gif;
mod jpeg;
mod png;
mod webp;

use std::io::{BufRead, Read};
use std::ops::Range;

use image::metadata::Orientation;

use super::source::Source;
use super::{Kind, Refused};

/// The most pieces of a picture: far more than any program writes, and few enough to be kept.
const MOST_PIECES: usize = 1 << 14;
/// The largest Exif data in which the orientation is looked for, in bytes.
const LARGEST_EXIF: u64 = 1 << 16;

/// A part of a stripped picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the original.
    Kept(Range<u64>),
    /// Bytes of our own.
    Written(Vec<u8>),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Piece::Kept(range) => range.end - range.start,
            Piece::Written(bytes) => bytes.len() as u64,
        }
    }

    /// The part of it that lies in a range, counted from its own beginning.
    fn part(&self, from: u64, to: u64) -> Piece {
        match self {
            Piece::Kept(range) => Piece::Kept(range.start + from..range.start + to),
            Piece::Written(bytes) => Piece::Written(bytes[from as usize..to as usize].to_vec()),
        }
    }
}

/// A picture as visitors get it, in terms of the original.
#[derive(Debug, PartialEq, Eq)]
pub struct Stripped {
    /// What it is.
    pub kind: Kind,
    pub(super) orientation: Orientation,
    pieces: Vec<Piece>,
}

impl Stripped {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Never, for there is no picture without bytes.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether it stands upright as its pixels lie, without the word of its Exif data.
    pub fn is_upright(&self) -> bool {
        self.orientation == Orientation::NoTransforms
    }

    /// The pieces of which a range of it is made; the range must lie within its length.
    pub fn part(&self, wanted: Range<u64>) -> Vec<Piece> {
        let mut parts = Vec::new();
        let mut start = 0;
        for piece in &self.pieces {
            let end = start + piece.len();
            let (from, to) = (wanted.start.max(start), wanted.end.min(end));
            if from < to {
                parts.push(piece.part(from - start, to - start));
            }
            start = end;
        }
        parts
    }

    /// The whole of it; `original` are the bytes that it was made from.
    pub fn to_vec(&self, original: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(original.len());
        for piece in &self.pieces {
            match piece {
                Piece::Kept(range) => bytes.extend_from_slice(
                    original
                        .get(range.start as usize..range.end as usize)
                        .unwrap_or_default(),
                ),
                Piece::Written(written) => bytes.extend_from_slice(written),
            }
        }
        bytes
    }

    fn new(kind: Kind) -> Stripped {
        Stripped {
            kind,
            orientation: Orientation::NoTransforms,
            pieces: Vec::new(),
        }
    }

    fn keep(&mut self, range: Range<u64>) -> Result<(), Refused> {
        match self.pieces.last_mut() {
            Some(Piece::Kept(last)) if last.end == range.start => last.end = range.end,
            _ => return self.push(Piece::Kept(range)),
        }
        Ok(())
    }

    fn write(&mut self, bytes: Vec<u8>) -> Result<(), Refused> {
        match self.pieces.last_mut() {
            Some(Piece::Written(last)) => last.extend_from_slice(&bytes),
            _ => return self.push(Piece::Written(bytes)),
        }
        Ok(())
    }

    fn push(&mut self, piece: Piece) -> Result<(), Refused> {
        if self.pieces.len() >= MOST_PIECES {
            return Err(Refused::Broken);
        }
        self.pieces.push(piece);
        Ok(())
    }

    /// Takes the orientation out of Exif data; the Exif data that says it alone, if it has to be said.
    /// The first that says something wins.
    fn orient(&mut self, exif: &[u8]) -> Option<Vec<u8>> {
        let exif = exif.strip_prefix(EXIF_MARK).unwrap_or(exif);
        let said = Orientation::from_exif_chunk(exif)?;
        if !self.is_upright() || said == Orientation::NoTransforms {
            return None;
        }
        self.orientation = said;
        Some(exif_of(said))
    }
}

/// What Exif data begins with in a JPEG, and by mistake elsewhere.
const EXIF_MARK: &[u8] = b"Exif\0\0";

/// Exif data of a single entry, the orientation: a TIFF in little endian with one directory.
fn exif_of(orientation: Orientation) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend_from_slice(&[orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
    exif
}

/// Strips a picture, told by its content.
///
/// # Errors
/// `NotAPicture`, or `Broken` when its parts do not fit together. Its size is not looked at.
pub fn strip(mut original: impl BufRead) -> Result<Stripped, Refused> {
    let mut head = Vec::new();
    let _ = original.by_ref().take(12).read_to_end(&mut head);
    let kind = Kind::sniff(&head).ok_or(Refused::NotAPicture)?;
    let mut source = Source::new(head.chain(original));
    let mut stripped = Stripped::new(kind);
    match kind {
        Kind::Jpeg => jpeg::strip(&mut source, &mut stripped)?,
        Kind::Png => png::strip(&mut source, &mut stripped)?,
        Kind::Gif => gif::strip(&mut source, &mut stripped)?,
        Kind::WebP => webp::strip(&mut source, &mut stripped)?,
    }
    Ok(stripped)
}
