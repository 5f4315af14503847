//! A GPX packed by Brotli, as the files of a track hold it.

use crate::error::{Error, Result};
use crate::memory;
use std::io::{Read, Write};

/// Brotli's quality, as the original packs.
const QUALITY: i32 = 4;
/// Brotli's window where the size is not known, 2^22 bytes, as the original packs.
const WINDOW: u32 = 22;
/// Brotli's smallest window, 2^16 bytes: with it less than a block would be seen.
const SMALLEST_WINDOW: u32 = 16;
/// What the packer hands on at once, bytes.
const PIECE: usize = 64 << 10;

/// Packs a GPX as `track.gpx.br` holds it.
///
/// # Errors
/// What the packer says, which writes to memory alone.
pub fn compress(gpx: &[u8]) -> Result<Vec<u8>> {
    compress_in(window(gpx.len()), |packer| {
        packer
            .write_all(gpx)
            .map_err(|e| Error::Failed(format!("cannot compress a track: {e}")))
    })
}

/// The smallest window in which a whole file is seen (it is 16 bytes smaller than its name says): the packer clears
/// twice the window before it begins, which takes longer than packing a small file.
fn window(size: usize) -> u32 {
    let needed = usize::BITS - size.saturating_add(16).leading_zeros();
    needed.clamp(SMALLEST_WINDOW, WINDOW)
}

/// The same piece by piece, as `fill` writes them.
///
/// # Errors
/// What `fill` says.
pub fn compress_from(fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
    compress_in(WINDOW, fill)
}

fn compress_in(window: u32, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        lgwin: i32::try_from(window).unwrap_or(22),
        ..Default::default()
    };
    let mut packer = brotli::CompressorWriter::with_params(Vec::new(), PIECE, &params);
    fill(&mut packer)?;
    Ok(packer.into_inner())
}

/// Unpacks what [`compress`] or the original packed, into `limit` bytes at most.
///
/// # Errors
/// `TooLarge` beyond the limit, `Failed` when it is not Brotli or is cut short.
pub fn decompress(packed: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut gpx = Vec::new();
    let mut bounded = brotli::Decompressor::new(packed, 16 * 1024).take(limit as u64 + 1);
    memory::read_to_end(&mut bounded, &mut gpx).map_err(|e| Error::of_io("decompress a track", &e))?;
    if gpx.len() > limit {
        return Err(Error::TooLarge(format!(
            "a track is larger than {limit} bytes unpacked"
        )));
    }
    Ok(gpx)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TrackId, fixture, trackdir};

    #[test]
    fn what_the_original_packed_is_unpacked_and_packed_the_same_way() {
        let site = fixture::site();
        let packed = trackdir::find_gpx(&site.dir, TrackId(1)).unwrap().unwrap();
        let gpx = decompress(&packed, 1 << 20).unwrap();
        assert!(gpx.starts_with(b"<?xml"));
        assert_eq!(decompress(&compress(&gpx).unwrap(), gpx.len()).unwrap(), gpx);
        assert!(trackdir::find_backup(&site.dir, TrackId(1)).unwrap().is_some());
        assert_eq!(trackdir::find_gpx(&site.dir, TrackId(7)).unwrap(), None);
    }

    #[test]
    fn a_small_window_costs_no_byte() {
        assert_eq!((window(0), window(65_519), window(65_520)), (16, 16, 17));
        assert_eq!((window(100_000), window(1 << 21), window(usize::MAX)), (17, 22, 22));
        // Its two halves are the same: whoever sees the first one packs the second into nothing.
        let half: Vec<u8> = (0..30_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        let gpx = [&half[..], &half[..]].concat();
        let packed = compress(&gpx).unwrap();
        assert_eq!(decompress(&packed, gpx.len()).unwrap(), gpx);
        let wide = compress_in(WINDOW, |packer| {
            packer.write_all(&gpx).map_err(|e| Error::Failed(e.to_string()))
        });
        assert!(packed.len() <= wide.unwrap().len() + 16);
    }

    #[test]
    fn a_bomb_and_a_torn_file_are_errors() {
        let packed = compress(&vec![b' '; 4 << 20]).unwrap();
        assert!(matches!(decompress(&packed, 1 << 20), Err(Error::TooLarge(_))));
        let gpx: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        let packed = compress(&gpx).unwrap();
        assert!(matches!(
            decompress(&packed[..packed.len() / 2], 1 << 20),
            Err(Error::Failed(_))
        ));
        assert!(matches!(decompress(b"plain text", 1 << 20), Err(Error::Failed(_))));
    }
}
