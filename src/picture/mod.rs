//! Pictures: what they are, without what they tell, and in the size that a page needs.
//!
//! Pure: bytes in, bytes out. Only raster pictures, told by their content; SVG is not among them on
//! purpose, for what was uploaded may hold scripts. Whatever comes in, nothing here panics, and nothing
//! takes more memory than the limits of this file allow.

pub mod exif;
#[cfg(test)]
mod fixture;
mod scale;
mod source;
mod strip;
#[cfg(test)]
mod tests;

pub use strip::{Piece, Stripped, strip};

use std::fmt;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageFormat, ImageReader, Limits};

/// The most points of a picture, in pixels (100 megapixels).
pub const MOST_PIXELS: u64 = 100_000_000;
/// The longest side of a picture, in pixels.
pub const LONGEST_SIDE: u32 = 50_000;
/// The largest file of a picture that is taken in or scaled, in bytes.
pub const LARGEST_FILE: u64 = 64 << 20;

/// A kind of raster picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG, moving ones too.
    Png,
    /// GIF, moving ones too.
    Gif,
    /// WebP, moving ones too.
    WebP,
}

impl Kind {
    /// The kind that the first bytes tell; none when it is no raster picture. Twelve bytes are enough.
    pub fn sniff(bytes: &[u8]) -> Option<Kind> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Kind::WebP),
            _ => None,
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Gif => "image/gif",
            Kind::WebP => "image/webp",
        }
    }

    /// The extensions of file names that mean this kind, in lower case, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Kind::Jpeg => &["jpg", "jpeg", "jpe"],
            Kind::Png => &["png"],
            Kind::Gif => &["gif"],
            Kind::WebP => &["webp"],
        }
    }

    fn format(self) -> ImageFormat {
        match self {
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Png => ImageFormat::Png,
            Kind::Gif => ImageFormat::Gif,
            Kind::WebP => ImageFormat::WebP,
        }
    }
}

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is no JPEG, PNG, WebP or GIF.
    NotAPicture,
    /// It has more pixels than [`MOST_PIXELS`], a side longer than [`LONGEST_SIDE`], or is a file larger than
    /// [`LARGEST_FILE`].
    TooLarge,
    /// It is damaged, cut short, or uses what nobody can decode.
    Broken,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Refused::NotAPicture => "it is no JPEG, PNG, WebP or GIF",
            Refused::TooLarge => "it is larger than a picture may be",
            Refused::Broken => "it is damaged",
        })
    }
}

/// A picture that can be shown: its parts fit together, and its size is allowed. Nothing is decoded yet.
pub struct Picture {
    kind: Kind,
    orientation: Orientation,
    pixels: u64,
    /// Stripped.
    bytes: Vec<u8>,
}

impl Picture {
    /// Looks at a picture; the bytes are not needed any more afterwards.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn new(bytes: &[u8]) -> Result<Picture, Refused> {
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(Kind::sniff(bytes).map_or(Refused::NotAPicture, |_| Refused::TooLarge));
        }
        let stripped = strip(bytes)?;
        let bytes = stripped.to_vec(bytes);
        let (width, height) = decoder(&bytes, stripped.kind)?.dimensions();
        Ok(Picture {
            kind: stripped.kind,
            orientation: stripped.orientation,
            pixels: u64::from(width) * u64::from(height),
            bytes,
        })
    }

    /// How many pixels it has.
    pub fn pixels(&self) -> u64 {
        self.pixels
    }
}

/// Whether bytes are a picture that can be shown, by their content alone.
///
/// # Errors
/// Why it is refused.
pub fn check(bytes: &[u8]) -> Result<Kind, Refused> {
    Picture::new(bytes).map(|picture| picture.kind)
}

/// The most memory that the pixels of a picture may take, in bytes: [`MOST_PIXELS`] in eight bits and three colours.
const MOST_MEMORY: u64 = 3 * MOST_PIXELS;

/// A decoder that has read the head; the picture's size is allowed.
fn decoder(bytes: &[u8], kind: Kind) -> Result<impl ImageDecoder + '_, Refused> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind.format());
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| Refused::Broken)?;
    let (width, height) = decoder.dimensions();
    match u64::from(width) * u64::from(height) {
        0 => Err(Refused::Broken),
        pixels if pixels > MOST_PIXELS || width.max(height) > LONGEST_SIDE => Err(Refused::TooLarge),
        _ => Ok(decoder),
    }
}
