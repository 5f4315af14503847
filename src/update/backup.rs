//! What was there before an update, kept: the database whole, and of the data directory what the update changes.
//!
//! A backup is a directory `update-TIME-VERSION`. It is made under a name that begins with a dot and gets its own
//! when it is whole and durable; it loses it again before it is deleted. Other names are nobody's business here.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Tell, chain};
use crate::clock;
use crate::config::Config;
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_BACKUP, TRACK_GPX};
use crate::error::Result;
use crate::model::files::{io, list_dir, make_private, name_of, sync_dir};
use crate::model::trash;
use crate::ownership;

/// What the names begin with.
const NAME: &str = "update-";

/// Where backups go.
pub fn place(config: &Config) -> PathBuf {
    let beside = || DataDir::new(&config.data_dir).backups();
    config.backup.dir.clone().unwrap_or_else(beside)
}

/// Copies the database, VERSION and, if they change, the tracks' recordings.
///
/// # Errors
/// What cannot be copied; what was made so far is removed by [`clear`].
pub fn make(
    config: &Config,
    database: &Path,
    from: Option<usize>,
    tracks: Option<&[i64]>,
    tell: Tell<'_>,
) -> Result<PathBuf> {
    let place = place(config);
    make_private(&place, true)?;
    let now = clock::now();
    let at = clock::rfc3339(now).replace(['-', ':', 'Z'], "");
    let base = format!("{NAME}{at}.{:03}Z-{}", now.millisecond(), chain::name(from));
    let name = (1..)
        .map(|n: u32| if n == 1 { base.clone() } else { format!("{base}-{n}") })
        .find(|name| !place.join(name).exists())
        .unwrap_or(base);
    let whole = place.join(&name);
    tell(&format!("Backup: {}", whole.display()))?;
    let part = place.join(format!(".{name}"));
    make_private(&part, false)?;
    copy(database, &part.join(database.file_name().unwrap_or_default()))?;
    crash::point(Point::UpdateHalfBackedUp);
    let (here, there) = (DataDir::new(&config.data_dir), DataDir::new(part.join("data")));
    make_private(there.path(), false)?;
    copy(&here.version(), &there.version())?;
    for &id in tracks.unwrap_or_default() {
        tell("")?;
        if !here.track(id).exists() {
            continue;
        }
        make_private(&there.track(id), true)?;
        for file in [TRACK_GPX, TRACK_BACKUP] {
            copy(&here.track(id).join(file), &there.track(id).join(file))?;
        }
        sync_dir(&there.track(id))?;
    }
    if there.tracks().exists() {
        sync_dir(&there.tracks())?;
    }
    sync_dir(there.path())?;
    sync_dir(&part)?;
    fs::rename(&part, &whole).map_err(|e| io("name the backup", &whole, e))?;
    sync_dir(&place)?;
    crash::point(Point::UpdateBackedUp);
    Ok(whole)
}

/// Deletes the oldest backups but for so many; the one that was just made counts as the newest, whatever the clock said.
///
/// # Errors
/// What cannot be deleted.
pub fn prune(config: &Config, made: &Path) -> Result<()> {
    let place = place(config);
    let mut paths: Vec<PathBuf> = list(&place, NAME)?.iter().map(|name| place.join(name)).collect();
    paths.retain(|path| path != made);
    paths.push(made.to_owned());
    let keep = usize::try_from(config.backup.keep).unwrap_or(usize::MAX);
    let spare = paths.len().saturating_sub(keep);
    paths[..spare].iter().try_for_each(|path| delete(path))
}

/// Deletes a backup.
///
/// # Errors
/// What cannot be deleted.
pub fn delete(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}"));
    fs::rename(path, &part).map_err(|e| io("delete the backup", path, e))?;
    trash::empty(&part)
}

/// Whether there is a backup that is not whole.
pub fn has_remains(config: &Config) -> bool {
    list(&place(config), &format!(".{NAME}")).is_ok_and(|names| !names.is_empty())
}

/// Removes backups that are not whole.
///
/// # Errors
/// What cannot be removed.
pub fn clear(config: &Config) -> Result<()> {
    let place = place(config);
    let names = list(&place, &format!(".{NAME}"))?;
    names.iter().try_for_each(|name| trash::empty(&place.join(name)))
}

/// The names that begin so; those of backups begin with their time, so the oldest comes first.
fn list(place: &Path, prefix: &str) -> Result<Vec<String>> {
    let mut names: Vec<String> = list_dir(place)?.iter().map(|path| name_of(path)).collect();
    names.retain(|name| name.starts_with(prefix));
    names.sort();
    Ok(names)
}

/// Copies a file that may be missing, durably and for its owner alone.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let copy = || {
        match fs::copy(from, to) {
            Err(e) if e.kind() == ErrorKind::NotFound && !from.exists() => return Ok(()),
            copied => copied?,
        };
        let file = File::open(to)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        ownership::follow(&file, to);
        file.sync_all()
    };
    copy().map_err(|e| io("write the backup", to, e))
}
