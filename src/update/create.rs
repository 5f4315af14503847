//! An instance where there is none: its database and VERSION. The caller is alone with the data.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{Transaction, TransactionBehavior};

use super::chain::{self, UPDATES};
use super::{migrate, version};
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::ownership;
use crate::schema;

/// Makes an instance where there is none: the tables of an update, and VERSION.
///
/// # Errors
/// What cannot be made; then nothing is left.
pub fn run(config: &Config, to: usize) -> Result<()> {
    let dir = DataDir::new(&config.data_dir);
    let missing = config.database.symlink_metadata().is_err();
    if missing {
        make_file(&config.database)?;
    }
    make_tables(&config.database, &dir, to).inspect_err(|_| {
        if missing && let Err(e) = fs::remove_file(&config.database) {
            log::error!("cannot remove {} again: {e}", config.database.display());
        }
    })
}

/// An empty file for the database, for the owner alone: it will hold the password hashes.
fn make_file(path: &Path) -> Result<()> {
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    let file = made.map_err(|e| Error::Failed(format!("cannot make the database {}: {e}", path.display())))?;
    ownership::follow(&file, path);
    Ok(())
}

/// Makes the tables. VERSION is written before they are committed and put in its place afterwards: a
/// crash between the two leaves a database without it, which the next run puts right.
fn make_tables(database: &Path, dir: &DataDir, to: usize) -> Result<()> {
    let failed = |e| {
        db::failed(
            &format!("cannot make the tables of the database {}", database.display()),
            e,
        )
    };
    let db = db::open_any(database)?;
    let change = Transaction::new_unchecked(&db, TransactionBehavior::Immediate).map_err(failed)?;
    match to {
        chain::HEAD => schema::create(&change).map_err(failed)?,
        _ => migrate::run(&change, UPDATES[to].revision)?,
    }
    let version = version::stage(dir, &[UPDATES[to].id])?;
    change.commit().map_err(failed)?;
    version.place()
}
