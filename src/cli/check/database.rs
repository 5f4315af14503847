//! The database: whole, of the right version, with the right tables.

use rusqlite::Connection;

use super::finding::Findings;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::model::{inspect, own, swap};
use crate::update::version;

/// Checks the file; gives it back when its rows can be read.
///
/// # Errors
/// `Busy`.
pub(super) fn check(config: &Config, dir: &DataDir, findings: &mut Findings) -> Result<Option<Connection>> {
    let about = config.database.display().to_string();
    let path = &config.database;
    let opened = db::open_to_look(path).and_then(|db| {
        let faults = inspect::list_faults(&db)?;
        db::check(&db, path)?;
        Ok((db, faults))
    });
    let (db, faults) = match opened {
        Ok(opened) => opened,
        Err(e @ Error::Busy(_)) => return Err(e),
        // It says itself what to do.
        Err(e @ Error::Outdated(_)) => {
            findings.problem(about, e.text(), "its rows and files were not checked");
            return Ok(None);
        }
        Err(e) => {
            let todo = match drain::list_leftovers(path).first() {
                // Who only looks cannot play it back.
                Some(left) => format!(
                    "a crash may have left {}, which any other verb settles, as fietsctl user list",
                    left.display()
                ),
                None => "restore it from a backup".to_owned(),
            };
            findings.problem(about, e.text(), todo);
            return Ok(None);
        }
    };
    for fault in faults {
        let todo = "copy it away, then restore a backup or try the .recover command of sqlite3";
        findings.problem(about.as_str(), format!("is damaged: {fault}"), todo);
    }
    for dangling in inspect::list_dangling(&db)? {
        let text = format!(
            "rows of {} that belong to rows of {} which are gone: {}",
            dangling.table, dangling.of, dangling.rows
        );
        // The original enforces nothing and leaves such rows; nobody sees them.
        findings.note(about.as_str(), text, "they do no harm; old instances have some");
    }
    check_tables(&db, &about, findings)?;
    if let Some(oddity) = version::find_oddity(dir) {
        findings.problem("VERSION", oddity, "run fietsupdate update, which puts it right");
    }
    let pending = swap::list_staged(&db, dir)?.len();
    if pending > 0 {
        let text = format!("{pending} edits are not complete: being made just now, or cut short by a crash");
        findings.note(about, text, "the next request, fietscron or --repair completes them");
    }
    Ok(Some(db))
}

fn check_tables(db: &Connection, about: &str, findings: &mut Findings) -> Result<()> {
    let difference = inspect::compare(db)?;
    if !difference.missing.is_empty() {
        let text = format!("lacks {}", difference.missing.join(", "));
        findings.problem(about, text, "restore a backup: Fietsboek 0.11 has these");
    }
    if !difference.unknown.is_empty() {
        let text = format!("has {}, which Fietsboek 0.11 has not", difference.unknown.join(", "));
        findings.note(about, text, "nothing reads it; it stays");
    }
    let objects = own::list_objects(db)?;
    for object in objects.iter().filter(|object| !object.is_known()) {
        let text = format!(
            "has the {} {}, which this program does not know",
            object.kind, object.name
        );
        findings.note(
            about,
            text,
            "it may be a newer version's; fietsctl swap-back takes it out",
        );
    }
    Ok(())
}
