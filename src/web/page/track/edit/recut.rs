//! What an edit makes of a track's recording.
//!
//! Repairs always start again from the file as it was uploaded. Where neither they nor the file change, only the
//! words are engraved anew, and nothing is measured. A current file that is damaged is made anew from the uploaded
//! one, with the repairs that it had.

use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::{self, Gpx, Transformer};
use crate::model::figures::Figures;
use crate::model::fingerprint::Fingerprint;
use crate::model::track::{Fields, Track};
use crate::model::trackdir;
use crate::web::look::line::Line;
use crate::web::page::form::engraved::{self, Cut};
use crate::web::page::recording;

/// What is to be stored; nothing at all where nothing could be read and nothing was asked for.
#[derive(Default)]
pub struct Recut {
    /// The current file, Brotli-compressed.
    pub gpx: Option<Vec<u8>>,
    /// The uploaded file, Brotli-compressed, and what its points are known by.
    pub backup: Option<Vec<u8>>,
    /// The fingerprint of the uploaded file.
    pub points: Option<Fingerprint>,
    /// What was measured, when the points are other ones.
    pub figures: Option<Figures>,
    /// The line.
    pub line: Option<Line>,
    /// Whether the current file was damaged and is made anew.
    pub is_restored: bool,
}

impl Recut {
    fn of(cut: Cut) -> Recut {
        Recut {
            gpx: Some(cut.gpx),
            figures: Some(cut.figures),
            line: Some(cut.line),
            ..Recut::default()
        }
    }
}

/// Computes it. The list of repairs in `fields` stays in its stored spelling where it says the same. None: repairs
/// are asked for, and the file that they start from cannot be read.
///
/// # Errors
/// What the disk and the packer say.
pub fn recut(
    dir: &DataDir,
    track: &Track,
    replacement: Option<Gpx>,
    repairs: &[Transformer],
    fields: &mut Fields,
    author: Option<&str>,
) -> Result<Option<Recut>> {
    let stored = &track.fields.transformers;
    if let Some(gpx) = replacement {
        let backup = trackdir::compress(&gpx::write(&gpx))?;
        let points = gpx::fingerprint(&gpx);
        return Ok(Some(Recut {
            backup: Some(backup),
            points: Some(points),
            ..Recut::of(engraved::cut(gpx, repairs, fields, author)?)
        }));
    }
    let current = || read(trackdir::find_gpx(dir, track.id)?, track, "recording");
    let uploaded = || read(trackdir::find_backup(dir, track.id)?, track, "uploaded file");
    if !engraved::is_list(stored, repairs) {
        let base = match uploaded()? {
            // Without repairs the current file has the points of the uploaded one.
            None if engraved::is_list(stored, &[]) => current()?,
            base => base,
        };
        return base
            .map(|gpx| engraved::cut(gpx, repairs, fields, author).map(Recut::of))
            .transpose();
    }
    fields.transformers.clone_from(stored);
    if let Some(gpx) = current()? {
        let line = recording::line(&gpx);
        return Ok(Some(Recut {
            gpx: Some(engraved::engrave(gpx, fields, author)?),
            line: Some(line),
            ..Recut::default()
        }));
    }
    Ok(Some(match uploaded()? {
        Some(gpx) => Recut {
            is_restored: true,
            ..Recut::of(engraved::cut(gpx, repairs, fields, author)?)
        },
        None => Recut::default(),
    }))
}

fn read(packed: Option<Vec<u8>>, track: &Track, what: &str) -> Result<Option<Gpx>> {
    let Some(packed) = packed else { return Ok(None) };
    recording::if_readable(recording::read(&packed), &format!("{what} of track {}", track.id))
}
