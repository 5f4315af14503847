//! A picture in the size that a page needs, upright.
//!
//! Always a JPEG: small, and every browser shows it. What is transparent lies on white, of what moves the
//! first frame is taken, and the colour profile goes with it, because the colours are not converted.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, RgbaImage};

use super::{MOST_MEMORY, Picture, Refused, decoder};

/// The quality of the JPEG, of 100.
const QUALITY: u8 = 82;
/// The largest colour profile that goes along, in bytes: the usual ones have 500 to 3,000.
const LARGEST_PROFILE: usize = 16 << 10;
/// From this ratio on the points under a new one are averaged: as good as a filter then, and far faster.
const AVERAGED: u32 = 2;

impl Picture {
    /// A JPEG of it, upright, its long side `long_side` pixels or, if it is smaller, as long as it is.
    ///
    /// # Errors
    /// `TooLarge` when its pixels take more memory than is allowed, `Broken` when they cannot be decoded.
    pub fn scale(&self, long_side: u32) -> Result<Vec<u8>, Refused> {
        let (image, profile) = self.decode()?;
        let mut image = shrink(on_white(image), long_side);
        image.apply_orientation(self.orientation);
        encode(&image, profile)
    }

    /// The pixels, and the colour profile if it is one of three colours.
    fn decode(&self) -> Result<(DynamicImage, Option<Vec<u8>>), Refused> {
        let mut decoder = decoder(&self.bytes, self.kind)?;
        if decoder.total_bytes() > MOST_MEMORY {
            return Err(Refused::TooLarge);
        }
        let profile = decoder.icc_profile().ok().flatten();
        let image = DynamicImage::from_decoder(decoder).map_err(|_| Refused::Broken)?;
        let fits = |profile: &Vec<u8>| profile.len() <= LARGEST_PROFILE && profile.get(16..20) == Some(b"RGB ");
        Ok((image, profile.filter(fits)))
    }
}

/// Lays what is transparent on white, before anything is averaged: else the colours behind it shine through.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut pixels: RgbaImage = image.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        for colour in 0..3 {
            pixel[colour] = ((u32::from(pixel[colour]) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
    DynamicImage::ImageRgba8(pixels)
}

fn shrink(image: DynamicImage, long_side: u32) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    let long = width.max(height);
    if long <= long_side {
        return image;
    }
    let to = |side: u32| {
        let side = u64::from(side) * u64::from(long_side) + u64::from(long) / 2;
        (side / u64::from(long)).max(1) as u32
    };
    let (width, height) = (to(width), to(height));
    if long / AVERAGED >= long_side {
        image.thumbnail_exact(width, height)
    } else {
        image.resize_exact(width, height, FilterType::CatmullRom)
    }
}

fn encode(image: &DynamicImage, profile: Option<Vec<u8>>) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    if let Some(profile) = profile {
        // A picture without its profile is better than none.
        let _ = encoder.set_icc_profile(profile);
    }
    encoder.encode_image(&image.to_rgb8()).map_err(|_| Refused::Broken)?;
    Ok(bytes)
}
