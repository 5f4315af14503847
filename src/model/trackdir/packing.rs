//! A GPX packed by Brotli, as the files of a track hold it.

use crate::error::{Error, Result};
use crate::memory;
use brotli::concat::{BroCatli, BroCatliResult};
use brotli::enc::BrotliEncoderParams;
use std::io::{Read, Write};

/// Brotli's quality, as the original packs.
const QUALITY: i32 = 4;
/// Brotli's window where the size is not known, 2^22 bytes, as the original packs.
const WINDOW: u32 = 22;
/// Brotli's smallest window, 2^16 bytes: with it less than a block would be seen.
const SMALLEST_WINDOW: u32 = 16;
/// What the packer hands on at once, bytes.
const PIECE: usize = 64 << 10;
/// Two files that end alike for less than this are packed one by one, bytes.
const WORTH_IT: usize = 16 << 10;

/// Packs a GPX as `track.gpx.br` holds it.
///
/// # Errors
/// What the packer says, which writes to memory alone.
pub fn compress(gpx: &[u8]) -> Result<Vec<u8>> {
    compress_whole(gpx, params(window(gpx.len())))
}

/// Packs two files, each as [`compress`] would. Where they end alike, as a recording and the same with other words in
/// its head do, that end is packed once: packing is most of the work of making a track.
///
/// # Errors
/// As [`compress`].
pub fn compress_pair(one: &[u8], other: &[u8]) -> Result<[Vec<u8>; 2]> {
    let alike = one.iter().rev().zip(other.iter().rev());
    let end = alike.take_while(|(a, b)| a == b).count();
    let size = one.len().max(other.len());
    // What the end says like the head is not seen when it is packed alone.
    if end < WORTH_IT || end < size / 8 * 7 {
        return Ok([compress(one)?, compress(other)?]);
    }
    let window = window(size);
    let part = |bytes: &[u8]| compress_whole(bytes, part_params(window));
    let ((head, end), (other_head, _)) = (one.split_at(one.len() - end), other.split_at(other.len() - end));
    let end = part(end)?;
    let whole = |head: &[u8]| match head.is_empty() {
        true => Ok(end.clone()),
        false => join(&part(head)?, &end),
    };
    Ok([whole(head)?, whole(other_head)?])
}

/// One stream of two that were packed to be parts of one.
fn join(head: &[u8], end: &[u8]) -> Result<Vec<u8>> {
    // A few bits more are needed where one begins and the other ended within a byte.
    let mut joined = vec![0; head.len() + end.len() + 16];
    let (mut splicer, mut size) = (BroCatli::new(), 0);
    for part in [head, end] {
        splicer.new_brotli_file();
        let (mut taken, wanted) = (0, BroCatliResult::NeedsMoreInput);
        check_joined(splicer.stream(part, &mut taken, &mut joined, &mut size), wanted)?;
    }
    check_joined(splicer.finish(&mut joined, &mut size), BroCatliResult::Success)?;
    joined.truncate(size);
    Ok(joined)
}

fn check_joined(outcome: BroCatliResult, wanted: BroCatliResult) -> Result<()> {
    match outcome == wanted {
        true => Ok(()),
        false => Err(Error::Failed(format!("cannot join two parts of a track: {outcome:?}"))),
    }
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
    compress_in(params(WINDOW), fill)
}

fn params(window: u32) -> BrotliEncoderParams {
    BrotliEncoderParams {
        quality: QUALITY,
        lgwin: i32::try_from(window).unwrap_or(22),
        ..Default::default()
    }
}

/// Of a stream that others may stand before and behind: it refers to nothing outside itself.
fn part_params(window: u32) -> BrotliEncoderParams {
    BrotliEncoderParams {
        catable: true,
        appendable: true,
        use_dictionary: false,
        ..params(window)
    }
}

fn compress_whole(gpx: &[u8], params: BrotliEncoderParams) -> Result<Vec<u8>> {
    compress_in(params, |packer| {
        packer
            .write_all(gpx)
            .map_err(|e| Error::Failed(format!("cannot compress a track: {e}")))
    })
}

fn compress_in(params: BrotliEncoderParams, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Vec<u8>> {
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
        let wide = compress_whole(&gpx, params(WINDOW));
        assert!(packed.len() <= wide.unwrap().len() + 16);
    }

    #[test]
    fn two_files_that_end_alike_are_packed_as_each_alone() {
        let end: String = (0..2_000)
            .map(|n| format!("<trkpt lat=\"{}\"/>\n", n * n % 7919))
            .collect();
        for (one, other) in [
            (end.clone(), format!("<gpx>{end}")),
            (format!("<gpx a=\"1\">{end}"), format!("<gpx a=\"2\">{end}")),
            (format!("{end}{end}"), format!("x{end}\u{e9}{end}")),
            (format!("\u{ea}{end}"), format!("\u{e9}{end}")),
            (end.clone(), end.clone()),
            (end.clone(), format!("{end}x")),
            (String::new(), end.clone()),
            ("<gpx/>".to_owned(), "<gpx></gpx>".to_owned()),
        ] {
            let packed = compress_pair(one.as_bytes(), other.as_bytes()).unwrap();
            for (packed, text) in packed.iter().zip([&one, &other]) {
                assert_eq!(decompress(packed, text.len()).unwrap(), text.as_bytes());
                let alone = compress(text.as_bytes()).unwrap().len();
                assert!(packed.len() <= alone + alone / 50 + 64, "{} and {alone}", packed.len());
            }
        }
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
