//! Puts an instance where nothing is: whole beside its place, then one rename.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::manifest::{Entry, Manifest};
use super::read::Archive;
use super::{INI, Step};
use crate::config::{Config, relocate};
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::model::files::{io, list_dir, make_private, name_of, sync_dir};
use crate::model::snapshot::{DATA, DATABASE};
use crate::model::{inspect, space, trash};
use crate::ownership;
use crate::schema::{self, Schema};
use crate::update::{chain, version};

/// Restores an instance into a directory that is not there, or is empty.
///
/// # Errors
/// `Failed` with what is in the way or wrong; then nothing is left and nothing was changed.
pub fn restore(archive: &mut Archive, manifest: &Manifest, dir: &Path, step: Step<'_>) -> Result<()> {
    let dir = std::path::absolute(dir).map_err(|e| io("restore to", dir, e))?;
    refuse(&dir)?;
    let above = dir.parent().unwrap_or(&dir);
    space::require(above, manifest.size(), "restore the backup")?;
    let stage = Stage::make(&dir)?;
    unpack(archive, manifest, &stage.path, step)?;
    check_database(&stage.path.join(DATABASE), manifest)?;
    write_ini(&stage.path.join(INI))?;
    sync(&stage.path)?;
    crash::point(Point::RestoreStaged);
    // An empty directory gives way to a rename, one that is not does not.
    fs::rename(&stage.path, &dir).map_err(|e| io("put the instance in the place of", &dir, e))?;
    sync_dir(above)?;
    crash::point(Point::RestoreSettled);
    Ok(())
}

fn refuse(dir: &Path) -> Result<()> {
    let refused = |why: String| {
        Err(Error::Failed(format!(
            "cannot restore to {}: {why}; nothing was changed",
            dir.display()
        )))
    };
    match fs::symlink_metadata(dir) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return refused(e.to_string()),
        Ok(meta) if !meta.is_dir() => return refused("it is there already and no directory".to_owned()),
        Ok(_) => {
            if !list_dir(dir)?.is_empty() {
                return refused("it is not empty".to_owned());
            }
        }
    }
    match dir.parent() {
        Some(above) if above.is_dir() => Ok(()),
        _ => refused("the directory above it is not there".to_owned()),
    }
}

/// A directory beside the place, gone when it is dropped. The name is always the same, so that the next run removes
/// what a killed one has left; a lock tells which of both it is.
struct Stage {
    path: PathBuf,
    _lock: File,
}

impl Stage {
    fn make(dir: &Path) -> Result<Stage> {
        let path = dir.with_file_name(format!(".{}.restore", name_of(dir)));
        if path.symlink_metadata().is_ok() {
            lock(&path)?;
            trash::empty(&path)?;
        }
        make_private(&path, false)?;
        let stage = Stage {
            _lock: lock(&path)?,
            path,
        };
        // It will be that directory: whose it is and who may enter stays.
        if let Ok(meta) = fs::metadata(dir) {
            ownership::follow(&stage._lock, &dir.join(DATA));
            let set = fs::set_permissions(&stage.path, meta.permissions());
            set.map_err(|e| io("set the mode of", &stage.path, e))?;
        }
        Ok(stage)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Once it is in its place, nothing is found here.
        if let Err(e) = trash::empty(&self.path) {
            log::warn!("{e}; the next restore to the same place removes it");
        }
    }
}

fn lock(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|e| io("open", path, e))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(Error::Busy(format!("another restore is writing to {}", path.display()))),
        locked => locked.map(|()| file).map_err(|e| io("lock", path, e.into())),
    }
}

/// Writes the files of an archive below a directory, and makes what a data directory has. It is not durable yet.
///
/// # Errors
/// As [`Archive::unpack`].
pub(super) fn unpack(archive: &mut Archive, manifest: &Manifest, to: &Path, step: Step<'_>) -> Result<()> {
    let data = DataDir::new(to.join(DATA));
    for made in [data.path(), &data.tracks(), &data.users()] {
        make_private(made, false)?;
    }
    let mut sink = |entry: &Entry| {
        let path = to.join(&entry.path);
        make_above(&path)?;
        let made = File::options().write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(|e| io("write", &path, e))?;
        ownership::follow(&file, &path);
        crash::point(Point::RestoreHalfStaged);
        Ok(Some(file))
    };
    archive.unpack(manifest, &mut sink, step)?;
    match version::list_applied(&data)?.contains(&manifest.version) {
        true => Ok(()),
        false => Err(Error::Failed(format!(
            "the file VERSION in the backup does not name {}, as its list does; nothing was changed",
            manifest.version
        ))),
    }
}

/// The directories that a file stands in. They are made durable with everything else.
fn make_above(path: &Path) -> Result<()> {
    let missing = path.ancestors().skip(1).take_while(|above| !above.exists());
    for above in missing.collect::<Vec<_>>().into_iter().rev() {
        let made = DirBuilder::new()
            .mode(0o700)
            .create(above)
            .and_then(|()| File::open(above));
        ownership::follow(made.map_err(|e| io("make", above, e))?, above);
    }
    Ok(())
}

/// Looks at a restored database, which nobody else has open.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_database(path: &Path, manifest: &Manifest) -> Result<()> {
    let wrong = |what: String| {
        Err(Error::Failed(format!(
            "the database in the backup {what}; nothing was changed"
        )))
    };
    let look = || {
        let db = db::open_any(path)?;
        let schema = schema::find_schema(&db).map_err(|e| db::failed("read it", e))?;
        let faults = match schema {
            Schema::Head | Schema::Older(_) => inspect::list_faults(&db)?,
            _ => Vec::new(),
        };
        db.close().map_err(|(_, e)| db::failed("close it", e))?;
        Ok::<_, Error>((schema, faults))
    };
    let (schema, faults) = match look() {
        Ok(seen) => seen,
        Err(e) => return wrong(format!("cannot be used: {e}")),
    };
    if let Some(fault) = faults.first() {
        return wrong(format!("is damaged: {fault}"));
    }
    match schema {
        Schema::Head => Ok(()),
        // Fietsupdate does the rest, as its list says too.
        Schema::Older(_) if chain::find(&manifest.version) < Some(chain::HEAD) => Ok(()),
        Schema::Older(revision) => wrong(format!("is of an older Fietsboek ({revision}) than its list says")),
        Schema::Unknown(revision) => wrong(format!("is of a newer Fietsboek ({revision})")),
        Schema::Empty | Schema::Foreign => wrong("is not Fietsboek's".to_owned()),
    }
}

/// Rewrites the settings for where they are now, and reads them back as every tool will.
fn write_ini(path: &Path) -> Result<()> {
    let refused = |e: Error| {
        let text = e.text().lines().next().unwrap_or_default().to_owned();
        Error::Failed(format!(
            "the settings in the backup cannot be used: {text}; nothing was changed"
        ))
    };
    let text = relocate::rewrite(path, DATABASE, DATA).map_err(refused)?;
    fs::write(path, text).map_err(|e| io("write", path, e))?;
    let config = Config::read(path).map_err(refused)?;
    let above = path.parent().unwrap_or(path);
    match config.database == above.join(DATABASE) && config.data_dir == above.join(DATA) {
        true => Ok(()),
        false => Err(refused(Error::Failed(
            "they lead elsewhere after they were rewritten".to_owned(),
        ))),
    }
}

/// Makes everything durable that was written to a disk.
pub(super) fn sync(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|dir| rustix::fs::syncfs(dir).map_err(Into::into));
    synced.map_err(|e| io("make durable", path, e))
}
