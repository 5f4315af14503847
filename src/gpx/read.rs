//! Reads a file: bytes to text, a pass over the text, and mending where a stored file needs it.
//!
//! The rules are those of gpxpy as Fietsboek uses it (first child of a name counts, prefixes other than that of
//! GPX itself are foreign, a bad time is absent, a bad number makes the file invalid). All that XML demands
//! is checked on the way, because the text is written out again as it is.

use super::decode::decode;
use super::mend;
use super::model::Gpx;
use super::pass::{Stop, parse};
use super::reason::{ReadError, Reason};
use super::text;
use super::unprefix::without_gpx_prefix;
use super::write::write;

/// Bytes of a file at the most, so that decoding, which makes at most three bytes of one, stays below 4 GiB.
pub(super) const LARGEST: usize = u32::MAX as usize / 3;

/// Where a file comes from, which decides what is borne with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A visitor sent it: it must be sound.
    Upload,
    /// Fietsboek stored it: it was accepted once, and may be damaged in the ways that Fietsboek damages files.
    Stored,
}

/// Reads a file.
///
/// # Errors
/// [`ReadError`] with the reason and, where it can be told, the line.
pub fn read(bytes: &[u8], origin: Origin) -> Result<Gpx, ReadError> {
    read_vec(bytes.to_vec(), origin)
}

/// Reads a file and keeps its bytes: UTF-8 is not copied.
///
/// # Errors
/// As [`read`].
pub fn read_vec(bytes: Vec<u8>, origin: Origin) -> Result<Gpx, ReadError> {
    if bytes.len() > LARGEST {
        return Err(ReadError::of(Reason::TooLarge));
    }
    read_text(decode(bytes)?, origin)
}

/// A stored file as other programs can read it, and whether it had to be mended for that. A sound one comes back
/// as it is, without a copy.
///
/// # Errors
/// [`ReadError`] when it is beyond mending.
pub fn make_sound(bytes: Vec<u8>) -> Result<(Vec<u8>, bool), ReadError> {
    let (gpx, is_mended) = read_or_mend(decode(bytes)?, Origin::Stored)?;
    Ok(match is_mended {
        true => (write(&gpx), true),
        false => (gpx.text.into_bytes(), false),
    })
}

/// Reads a text that was decoded before.
pub(super) fn read_text(text: String, origin: Origin) -> Result<Gpx, ReadError> {
    read_or_mend(text, origin).map(|(gpx, _)| gpx)
}

/// The same, and whether the text had to be mended for it.
fn read_or_mend(mut text: String, origin: Origin) -> Result<(Gpx, bool), ReadError> {
    check_characters(&text)?;
    let mut result = parse(&text, origin);
    let mut is_mended = false;
    if let (Err(Stop::Refused(error)), Origin::Stored) = (&result, origin)
        && matches!(error.reason, Reason::Malformed | Reason::Entity | Reason::Truncated)
    {
        let mended = mend::repair(&text);
        if mended != text {
            text = mended;
            is_mended = true;
            result = parse(&text, origin);
        }
    }
    if let Err(Stop::Prefixed) = result {
        text = without_gpx_prefix(&text)?;
        is_mended = true;
        result = parse(&text, origin);
    }
    match result {
        Ok(mut gpx) => {
            gpx.text = text;
            gpx.points.shrink_to_fit();
            Ok((gpx, is_mended))
        }
        Err(Stop::Refused(error)) => Err(error),
        Err(Stop::Prefixed) => Err(ReadError::of(Reason::Malformed)),
    }
}

fn check_characters(text: &str) -> Result<(), ReadError> {
    let bytes = text.as_bytes();
    // Branch-free, so that it runs at the speed of memory.
    let bad = |byte: u8| (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    let (bad, all) = bytes
        .iter()
        .fold((false, 0), |(found, all), &byte| (found | bad(byte), all | byte));
    if !bad && (all.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}'])) {
        return Ok(());
    }
    let position = text.find(|c| !text::is_allowed(c)).unwrap_or(0);
    Err(ReadError::at(Reason::Malformed, text, position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_is_handed_back_and_a_damaged_one_is_mended() {
        let sound = b"<gpx version=\"1.1\"><extensions><a>x &amp; y</a></extensions></gpx>".to_vec();
        assert_eq!(make_sound(sound.clone()).unwrap(), (sound, false));
        let damaged = b"<gpx version=\"1.1\"><extensions><a>x & y</a></extensions></gpx>".to_vec();
        let (bytes, is_mended) = make_sound(damaged).unwrap();
        assert!(is_mended && read(&bytes, Origin::Upload).is_ok());
        assert!(String::from_utf8(bytes).unwrap().contains("x &amp; y"));
        assert!(make_sound(b"no".to_vec()).is_err());
    }
}
