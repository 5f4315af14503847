//! What stands in the data directory and belongs to nothing, or to nobody any more.

use std::thread;

use rusqlite::Connection;
use time::Duration;

use super::finding::{Findings, Repair};
use crate::clock;
use crate::datadir::DataDir;
use crate::error::Result;
use crate::model::orphan::{self, Of, Orphan};
use crate::model::overlay::{self, Map};
use crate::model::{swap, trash, user};

/// How long nothing is written or deleted; what lies there for longer was left by a crash.
const SAFE_AGE: Duration = Duration::hours(24);

/// How long a track that is being made by the original has a directory and no row yet.
const MAKING: std::time::Duration = std::time::Duration::from_secs(1);

pub(super) fn check(db: &Connection, dir: &DataDir, findings: &mut Findings) -> Result<()> {
    for orphan in list_orphans(db, dir)? {
        let text = match orphan.of {
            Of::Tracks => "is of no track in the database, which may be older than the files",
            Of::Users => "is of no user in the database",
        };
        let about = orphan.path.display().to_string();
        findings.repairable(about, text, Repair::SetAside(orphan));
    }
    let pending = swap::list_staged(db, dir)?;
    let strays = trash::list_strays(dir, clock::now() - SAFE_AGE)?;
    for path in strays.into_iter().filter(|path| !pending.contains(path)) {
        let text = "was left by a crash and is of no use; fietscron deletes it";
        findings.repairable(path.display().to_string(), text, Repair::Remove(path));
    }
    for path in trash::list_half_written(dir, clock::now() - SAFE_AGE)? {
        let text = "was left half written by a crash and is of no use";
        findings.repairable(path.display().to_string(), text, Repair::Remove(path));
    }
    let is_kept = std::fs::read_dir(dir.stale()).is_ok_and(|mut entries| entries.next().is_some());
    if is_kept {
        let text = "holds directories that belonged to nothing and were moved aside";
        findings.note(
            dir.stale().display().to_string(),
            text,
            "look at them, and delete what you do not need",
        );
    }
    check_maps(db, dir, findings)
}

/// Twice, so that a track which the original makes, or a user who is being deleted, is none.
fn list_orphans(db: &Connection, dir: &DataDir) -> Result<Vec<Orphan>> {
    let list = || -> Result<Vec<Orphan>> {
        let mut all = Vec::new();
        for of in Of::ALL {
            all.extend(orphan::list(db, dir, of)?);
        }
        Ok(all)
    };
    let seen = list()?;
    if seen.is_empty() {
        return Ok(seen);
    }
    thread::sleep(MAKING);
    let still = list()?;
    Ok(seen.into_iter().filter(|orphan| still.contains(orphan)).collect())
}

fn check_maps(db: &Connection, dir: &DataDir, findings: &mut Findings) -> Result<()> {
    for user in user::list(db)? {
        for map in Map::ALL {
            if let Some(fault) = overlay::find_fault(dir, user.id, map) {
                let text = format!("the {} is damaged: {fault}", map.name());
                let todo = format!("draw it anew: fietsctl user hittekaart -i {}", user.id);
                findings.problem(format!("user {}", user.id), text, todo);
            }
        }
    }
    Ok(())
}
