//! Puts an instance in the place of one that is there. The caller is alone with the data, the maintenance mode is on.
//!
//! The settings stay: they are those of this place, and the server has read them. So do the data directory itself, which
//! holds flag and lock, and in it what belongs to no instance in particular: map tiles, what was moved aside before.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Step;
use super::manifest::Manifest;
use super::note::{self, Note};
use super::place::{check_database, sync, unpack};
use super::read::Archive;
use crate::clock;
use crate::config::Config;
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::model::files::{io, make_dir, make_private};
use crate::model::snapshot::DATABASE;
use crate::model::{space, trash};
use crate::ownership;
use crate::secret;
use crate::update::work;

/// How a restore that was killed was brought to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// It was decided: the instance is the restored one. The checksum of the archive's list, and where the old one is.
    Completed(String, Vec<PathBuf>),
    /// It was not decided: the instance is what it was.
    Cleared,
}

/// Whether a restore was killed, or could not complete what was decided.
pub fn is_cut_short(config: &Config) -> bool {
    is_decided(config) || !list_remains(config).is_empty()
}

/// Whether a restore is decided and not complete.
pub fn is_decided(config: &Config) -> bool {
    DataDir::new(&config.data_dir).restore_note().symlink_metadata().is_ok()
}

/// What a restore that was not decided has left, or one needs that is.
pub fn list_remains(config: &Config) -> Vec<PathBuf> {
    note::list_remains(&DataDir::new(&config.data_dir), &work::resolve(config))
}

/// What tells an archive from others.
pub fn identify(manifest: &Manifest) -> String {
    secret::hex(&secret::sha256(manifest.text().as_bytes()))
}

/// Brings what a killed run left to one of its two ends.
///
/// # Errors
/// What cannot be moved or removed; it is to be called again.
pub fn recover(config: &Config) -> Result<Recovered> {
    let (dir, database) = (DataDir::new(&config.data_dir), work::resolve(config));
    match Note::find(&dir)? {
        Some(note) => {
            let kept = note.complete(&dir, &database)?;
            Ok(Recovered::Completed(note.archive, kept))
        }
        None => clear(config).map(|()| Recovered::Cleared),
    }
}

/// Restores. Where the old instance is kept comes back.
///
/// # Errors
/// What failed. Unless it is decided by then ([`is_decided`]) everything is as it was.
pub fn restore(config: &Config, archive: &mut Archive, manifest: &Manifest, step: Step<'_>) -> Result<Vec<PathBuf>> {
    let (dir, database) = (DataDir::new(&config.data_dir), work::resolve(config));
    let decided = prepare(config, &dir, &database, archive, manifest, step).and_then(|()| {
        let at = clock::rfc3339(clock::now()).replace(['-', ':', 'Z'], "");
        let random = secret::hex(&secret::random::<3>()?);
        let note = Note {
            aside: format!("replaced-{at}Z-{random}"),
            archive: identify(manifest),
        };
        note.decide(&dir).map(|()| note)
    });
    match decided {
        Ok(note) => note.complete(&dir, &database),
        Err(e) if is_decided(config) => Err(e),
        Err(e) => {
            if let Err(e) = clear(config) {
                log::error!("{e}; the next restore removes it");
            }
            Err(e)
        }
    }
}

/// Makes everything beside its place, durable and checked.
fn prepare(
    config: &Config,
    dir: &DataDir,
    database: &Path,
    archive: &mut Archive,
    manifest: &Manifest,
    step: Step<'_>,
) -> Result<()> {
    refuse_other_disks(dir)?;
    let places = [(dir.path(), manifest.size()), (database, manifest.size_of(DATABASE))];
    space::require_all(&places, "restore the backup")?;
    // What is moved aside shall be whole too. It may be the very reason for the restore: then as it is.
    if let Err(e) = work::finish_edits(database, dir) {
        log::warn!("the old database is moved aside as it is: {e}");
    }
    let stage = dir.restore_files();
    make_dir(&dir.staging())?;
    make_private(&stage, false)?;
    unpack(archive, manifest, &stage, step)?;
    let (from, to) = (stage.join(DATABASE), note::beside(database));
    check_database(&from, manifest)?;
    if fs::rename(&from, &to).is_err() {
        // On another disk.
        fs::copy(&from, &to).map_err(|e| io("write", &to, e))?;
    }
    follow_old(&to, &config.database)?;
    sync(&to)?;
    sync(&stage)?;
    crash::point(Point::RestoreStaged);
    Ok(())
}

/// What is moved in one piece has to be on one disk, and no disk of its own.
fn refuse_other_disks(dir: &DataDir) -> Result<()> {
    let disk = |path: &Path| {
        fs::symlink_metadata(path)
            .ok()
            .map(|meta| (meta.dev(), meta.is_symlink()))
    };
    let own = fs::metadata(dir.path()).ok().map(|meta| (meta.dev(), false));
    for path in [dir.tracks(), dir.users(), dir.staging(), dir.stale()] {
        let found = disk(&path);
        if found.is_some() && found != own {
            return Err(Error::Failed(format!(
                "cannot replace the instance: {} is a link or on another disk than the data directory; restore to a \
                 directory that is empty, and move the files yourself",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Mode and owner of the old database, or the owner of its directory.
fn follow_old(new: &Path, old: &Path) -> Result<()> {
    let file = File::open(new).map_err(|e| io("open", new, e))?;
    ownership::follow(&file, new);
    let Ok(meta) = fs::metadata(old) else { return Ok(()) };
    file.set_permissions(meta.permissions())
        .map_err(|e| io("set the mode of", new, e))?;
    ownership::copy(&file, old).map_err(|e| io("give away", new, e))
}

/// Removes what was made beside.
fn clear(config: &Config) -> Result<()> {
    list_remains(config).iter().try_for_each(|path| trash::empty(path))
}
