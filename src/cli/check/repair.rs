//! Puts right what can be put right without anybody's loss. Each is looked at again before it is done: what was found
//! was found without a lock on the database.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::finding::{Findings, Kind, Repair};
use crate::cli::open::open;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::model::{TrackId, failed, figures, orphan, track, trackdir, trash};
use crate::web::page::recording;

/// Repairs what can be. What cannot stays a problem, with the cause, and does not keep the others.
///
/// # Errors
/// As [`open`].
pub(super) fn run(config: &Config, findings: &mut Findings) -> Result<()> {
    let held = open(config)?;
    for finding in findings.list_mut() {
        let Some(repair) = finding.repair.take() else { continue };
        let done = match &repair {
            Repair::Measure(id) => measure(&held.db, &held.dir, *id),
            Repair::SetAside(orphan) => orphan::set_aside(&held.db, &held.dir, orphan).map(drop),
            Repair::Remove(path) => trash::empty(path),
        };
        match done {
            Ok(()) => {
                finding.kind = Kind::Repaired;
                finding.todo = match &repair {
                    Repair::SetAside(_) => format!("it was moved to {}", held.dir.stale().display()),
                    _ => String::new(),
                };
            }
            Err(e) => finding.todo = format!("it could not be repaired: {e}"),
        }
        finding.repair = Some(repair);
    }
    Ok(())
}

/// Stores the figures of the recording, unless an edit comes between.
fn measure(db: &Connection, dir: &DataDir, id: TrackId) -> Result<()> {
    let place = trackdir::find_identity(dir, id);
    let Some(gpx) = recording::find_whole(dir, id)? else {
        return Err(Error::Failed("its recording cannot be read".to_owned()));
    };
    let computed = recording::figures(&gpx);
    let what = "store figures";
    let change = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    // Who has edited or deleted it has stored newer ones, or needs none.
    if place == trackdir::find_identity(dir, id) && track::find(&change, id)?.is_some() {
        figures::set(&change, id, &computed)?;
    }
    change.commit().map_err(|e| failed(what, e))
}
