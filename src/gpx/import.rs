//! What a visitor sends, whatever its format: GPX comes out.
//!
//! Told by content and never by name, as names are changed and content is not. What is packed is unpacked up to a
//! limit, so that a small file cannot become a large one.

use std::io::{ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use super::decode::decode;
use super::fit;
use super::model::Gpx;
use super::read::{LARGEST, Origin, read_text};
use super::reason::{ReadError, Reason};
use super::tcx;
use crate::memory;

/// What every gzip stream begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A file is believed to be so many times larger unpacked than packed; text becomes ten to twenty times smaller.
const CREDIT: usize = 64;

/// Reads a GPX, TCX or FIT file, as it is or packed by gzip, of `most` bytes at most when it is unpacked and is GPX.
///
/// # Errors
/// [`ReadError`] with the reason; [`Reason::TooLarge`] beyond `most`.
pub fn import(bytes: Vec<u8>, most: usize) -> Result<Gpx, ReadError> {
    let most = most.min(LARGEST);
    let bytes = unpacked(bytes, most)?;
    if fit::is_fit(&bytes) {
        return read_made(fit::to_gpx(&bytes, most));
    }
    let text = decode(bytes)?;
    if !tcx::is_tcx(&text) {
        return read_text(text, Origin::Upload);
    }
    let sound = read_text(text, Origin::Upload)?;
    let made = tcx::to_gpx(&sound.text, most);
    drop(sound);
    read_made(made)
}

/// The bytes of a file that may be packed by gzip, `most` bytes at most.
///
/// # Errors
/// [`Reason::TooLarge`] beyond `most`, [`Reason::Memory`] without the memory for it; that it is damaged.
pub fn unpacked(bytes: Vec<u8>, most: usize) -> Result<Vec<u8>, ReadError> {
    let bytes = match bytes.starts_with(&GZIP) {
        true => unpack(&bytes, most)?,
        false => bytes,
    };
    match bytes.len() > most {
        true => Err(ReadError::of(Reason::TooLarge)),
        false => Ok(bytes),
    }
}

/// Reads GPX that was made here; a line of it would tell the visitor nothing.
fn read_made(text: Result<String, Reason>) -> Result<Gpx, ReadError> {
    let read = text.and_then(|text| read_text(text, Origin::Upload).map_err(|error| error.reason));
    read.map_err(ReadError::of)
}

/// The content of a gzip stream, never more than `most` bytes and one.
fn unpack(packed: &[u8], most: usize) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let claimed = claimed_size(packed).min(most.saturating_add(1));
    let _share = memory::share(claimed, "unpack a file").map_err(|_| ReadError::of(Reason::Memory))?;
    bytes
        .try_reserve_exact(claimed)
        .map_err(|_| ReadError::of(Reason::Memory))?;
    let mut bounded = MultiGzDecoder::new(packed).take(most as u64 + 1);
    match memory::read_to_end(&mut bounded, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(ReadError::of(Reason::Memory)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(ReadError::of(Reason::Truncated)),
        Err(_) => Err(ReadError::of(Reason::Gzip)),
    }
}

/// The unpacked size that stands at the end, where it is likely: growing step by step would need more memory.
fn claimed_size(packed: &[u8]) -> usize {
    let claimed = packed.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    claimed.min(packed.len().saturating_mul(CREDIT)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    const FILE: &str = "<gpx><trk><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>";

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn refused(bytes: &[u8], most: usize) -> Reason {
        import(bytes.to_vec(), most).map(drop).unwrap_err().reason
    }

    #[test]
    fn a_packed_file_is_read_like_the_file() {
        let two = [packed(&FILE.as_bytes()[..20]), packed(&FILE.as_bytes()[20..])].concat();
        for bytes in [FILE.as_bytes().to_vec(), packed(FILE.as_bytes()), two] {
            assert_eq!(import(bytes, FILE.len()).unwrap().points().len(), 1);
        }
    }

    #[test]
    fn what_is_larger_than_allowed_is_refused_before_it_is_unpacked_whole() {
        assert_eq!(refused(FILE.as_bytes(), FILE.len() - 1), Reason::TooLarge);
        assert_eq!(refused(&packed(FILE.as_bytes()), FILE.len() - 1), Reason::TooLarge);
        let bomb = packed(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(unpack(&bomb, 1000).unwrap().len(), 1001);
        assert_eq!(refused(&bomb, 1000), Reason::TooLarge);
    }

    #[test]
    fn torn_and_damaged_packing_is_told() {
        let good = packed(FILE.as_bytes());
        for end in 2..good.len() {
            assert_eq!(refused(&good[..end], 1000), Reason::Truncated, "{end}");
        }
        let mut bad = good.clone();
        bad[good.len() - 6] ^= 1;
        assert_eq!(refused(&bad, 1000), Reason::Gzip);
        assert_eq!(refused(&packed(&good), 1000), Reason::NotXml);
    }
}
