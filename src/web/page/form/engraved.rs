//! What the form makes of a recording: repairs applied, figures taken, the words engraved.

use crate::error::Result;
use crate::gpx::{self, Gpx, Metadata, Time, Transformer};
use crate::model::figures::Figures;
use crate::model::track::{Fields, LocalTime};
use crate::model::trackdir;
use crate::web::look::line::Line;
use crate::web::page::recording;
use serde_json::{Value, json};

/// The text of a larger recording is not held beside another one of it, bytes.
const PAIRED: usize = 4 << 20;

/// A recording as it is stored.
pub struct Cut {
    /// The current file, Brotli-compressed.
    pub gpx: Vec<u8>,
    /// What was measured on it.
    pub figures: Figures,
    /// Its line.
    pub line: Line,
}

/// Applies repairs to a recording as it was uploaded. It is measured before the words are engraved, as in the
/// original: the date of the form would change the zone that is guessed.
///
/// # Errors
/// What the packer says.
pub fn cut(gpx: Gpx, repairs: &[Transformer], fields: &Fields, author: Option<&str>) -> Result<Cut> {
    let (gpx, figures, line) = measure(gpx, repairs);
    Ok(Cut {
        gpx: engrave(gpx, fields, author)?,
        figures,
        line,
    })
}

/// The same, and the recording as it came, Brotli-compressed too: what both have in common is packed once.
///
/// # Errors
/// What the packer says.
pub fn cut_and_backup(
    gpx: Gpx,
    repairs: &[Transformer],
    fields: &Fields,
    author: Option<&str>,
) -> Result<(Cut, Vec<u8>)> {
    let came = gpx::write(&gpx);
    if came.len() > PAIRED {
        let backup = trackdir::compress(&came)?;
        drop(came);
        return Ok((cut(gpx, repairs, fields, author)?, backup));
    }
    let (gpx, figures, line) = measure(gpx, repairs);
    let [gpx, backup] = trackdir::compress_pair(&engraved(gpx, fields, author), &came)?;
    Ok((Cut { gpx, figures, line }, backup))
}

/// The recording repaired, and what is measured on it.
fn measure(mut gpx: Gpx, repairs: &[Transformer]) -> (Gpx, Figures, Line) {
    gpx::transform::apply(&mut gpx, repairs);
    let (figures, line) = (recording::figures(&gpx), recording::line(&gpx));
    (gpx, figures, line)
}

/// Puts the words of the form into a recording; Brotli-compressed.
///
/// # Errors
/// What the packer says.
pub fn engrave(gpx: Gpx, fields: &Fields, author: Option<&str>) -> Result<Vec<u8>> {
    trackdir::compress(&engraved(gpx, fields, author))
}

/// The text with the words of the form in it. The recording goes: a large one need not be in memory twice.
fn engraved(mut gpx: Gpx, fields: &Fields, author: Option<&str>) -> Vec<u8> {
    let metadata = Metadata {
        name: fields.title.clone(),
        desc: Some(fields.description.clone()),
        author: author.map(str::to_owned),
        time: Some(time(fields.date)),
    };
    gpx::engrave(&mut gpx, &metadata);
    gpx::write(&gpx)
}

/// The list of repairs as the original stores it: identifiers with their (empty) parameters.
pub fn stored(repairs: &[Transformer]) -> String {
    list(repairs).to_string()
}

/// Whether a stored list says these repairs, in whatever spelling of JSON; `null`, as the original reads it, says none.
pub fn is_list(stored: &str, repairs: &[Transformer]) -> bool {
    let says = |value: Value| value == list(repairs) || (value.is_null() && repairs.is_empty());
    serde_json::from_str(stored).is_ok_and(says)
}

/// The repairs of a stored list; what is not known is left out.
pub fn read_list(stored: &str) -> Vec<Transformer> {
    let value: Value = serde_json::from_str(stored).unwrap_or_default();
    let named = |name: &str| value.as_array().into_iter().flatten().any(|one| one[0] == name);
    Transformer::ALL
        .into_iter()
        .filter(|one| named(one.identifier()))
        .collect()
}

fn list(repairs: &[Transformer]) -> Value {
    repairs.iter().map(|repair| json!([repair.identifier(), {}])).collect()
}

/// A wall clock with its zone.
pub fn time(at: LocalTime) -> Time {
    let micros = at.instant().unix_timestamp_nanos() / 1000;
    Time::zoned(
        i64::try_from(micros).unwrap_or(0),
        i16::try_from(at.offset).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn repairs_are_stored_as_the_original_stores_them_and_read_back() {
        assert_eq!(stored(&[]), "[]");
        let both = [Transformer::FixNullElevation, Transformer::RemoveBreaks];
        assert_eq!(stored(&both), "[[\"fix-null-elevation\",{}],[\"remove-breaks\",{}]]");
        assert_eq!(read_list(&stored(&both)), both);
        let spaced = "[[\"fix-null-elevation\", {}], [\"remove-breaks\", {}]]";
        assert!(is_list(spaced, &both) && !is_list(spaced, &both[..1]));
        assert!(!is_list("[[\"remove-breaks\", {\"after\": 3}]]", &both[1..]));
        assert!(is_list("null", &[]) && is_list(" [ ] ", &[]) && !is_list("{}", &[]));
        for odd in ["", "null", "7", "[7]", "[[\"unknown\", {}]]", "[[]]"] {
            assert!(read_list(odd).is_empty() && !is_list(odd, &both), "{odd}");
        }
    }

    #[test]
    fn the_date_keeps_its_zone() {
        let at = LocalTime {
            wall: datetime!(2025-11-24 12:58),
            offset: 60,
        };
        assert_eq!(time(at).format(), "2025-11-24T12:58:00+01:00");
    }
}
