//! Sets and removes the flag.
//!
//! Set means: a temporary file beside it, written, made durable and renamed into place, so that a
//! process killed at any point leaves the old state or the new one. There is never a moment of off
//! while a reason is being replaced, and never a reason that is half written.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use super::flag::{self, Flag};
use crate::datadir::{DataDir, MAINTENANCE, MAINTENANCE_BESIDE, MAINTENANCE_META};
use crate::error::{Error, Result};

/// How setting the flag ended, when it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// With the reason as it was given.
    WithReason,
    /// The disk is full: it is on, but the reason that stands there is another or none.
    WithoutReason(String),
}

/// How removing the flag ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It was there and is gone.
    Now,
    /// It was not there.
    Before,
}

/// Switches the mode on, or replaces the reason when it is on. The reason is stored as it is given.
///
/// # Errors
/// Path and cause; then nothing has changed and nothing is left behind.
pub fn enable(data_dir: &DataDir, text: &str) -> Result<Set> {
    let dir = open(data_dir)?;
    sweep(&dir);
    let failed = |e: Errno| Error::Failed(format!("cannot write {}: {e}", data_dir.maintenance().display()));
    let name = temporary()?;
    let outcome = match write(&dir, &name, text.as_bytes()) {
        Ok(()) => Set::WithReason,
        Err(e) if full(e) && !flag::is_off(dir.as_fd()) => {
            remove(&dir, &name);
            return Ok(Set::WithoutReason(format!(
                "cannot write the reason to {}: {e}; the mode is on, the old reason stays",
                data_dir.maintenance().display()
            )));
        }
        Err(e) if full(e) => {
            write(&dir, &name, b"").map_err(|e| undo(&dir, &name, failed(e)))?;
            Set::WithoutReason(format!(
                "cannot write the reason to {}: {e}; the mode is on without one",
                data_dir.maintenance().display()
            ))
        }
        Err(e) => return Err(undo(&dir, &name, failed(e))),
    };
    put_in_place(&dir, &name, data_dir).map_err(|e| undo(&dir, &name, e))?;
    sync_directory(&dir).map_err(failed)?;
    match flag::look(data_dir.path()) {
        Flag::On(_) => Ok(outcome),
        other => Err(Error::Failed(format!(
            "wrote {}, but looking at it again finds {other:?}",
            data_dir.maintenance().display()
        ))),
    }
}

/// Switches the mode off: removes a file, a link itself or an empty directory, and checks that
/// nothing is left.
///
/// # Errors
/// Path and cause, also when something else stands there; then nothing has changed.
pub fn disable(data_dir: &DataDir) -> Result<Removed> {
    let dir = open(data_dir)?;
    sweep(&dir);
    let path = data_dir.maintenance();
    let failed = |e: Errno| Error::Failed(format!("cannot remove {}: {e}", path.display()));
    let stat = match rustix::fs::statat(&dir, MAINTENANCE, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(Removed::Before),
        Err(e) => return Err(failed(e)),
        Ok(stat) => stat,
    };
    let flags = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile | FileType::Symlink => AtFlags::empty(),
        FileType::Directory => AtFlags::REMOVEDIR,
        _ => {
            return Err(Error::Failed(format!(
                "cannot remove {}: {} stands there; remove it by hand",
                path.display(),
                flag::kind(&stat)
            )));
        }
    };
    match rustix::fs::unlinkat(&dir, MAINTENANCE, flags) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(Errno::NOTEMPTY | Errno::EXIST) => {
            return Err(Error::Failed(format!(
                "cannot remove {}: a directory that is not empty stands there; remove it by hand",
                path.display()
            )));
        }
        Err(e) => return Err(failed(e)),
    }
    remove(&dir, MAINTENANCE_META);
    sync_directory(&dir).map_err(failed)?;
    match flag::look(data_dir.path()) {
        Flag::Off => Ok(Removed::Now),
        _ => Err(Error::Failed(format!(
            "removed {}, but it is there again",
            path.display()
        ))),
    }
}

/// A temporary file's name that nobody else has.
pub(super) fn temporary() -> Result<String> {
    let random = crate::secret::hex(&crate::secret::random::<4>()?);
    Ok(format!("{MAINTENANCE_BESIDE}{}-{random}", std::process::id()))
}

pub(super) fn open(data_dir: &DataDir) -> Result<OwnedFd> {
    flag::open(data_dir.path()).map_err(|e| {
        Error::Failed(format!(
            "cannot open the data directory {}: {e}",
            data_dir.path().display()
        ))
    })
}

/// Writes the temporary file whole and durable: mode 0644 whatever the umask, and owned like the data
/// directory when run as root, so that the server's user can read and remove it.
pub(super) fn write(dir: &OwnedFd, name: &str, bytes: &[u8]) -> std::result::Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, name, flags, Mode::from_raw_mode(0o644))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(0o644))?;
    if rustix::process::geteuid().is_root() {
        let owner = rustix::fs::fstat(dir)?;
        rustix::fs::fchown(&file, Some(uid(&owner)), Some(gid(&owner)))?;
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(&file, rest) {
            Ok(n) => rest = &rest[n..],
            Err(Errno::INTR) => {}
            Err(e) => return Err(e),
        }
    }
    rustix::fs::fsync(&file)
}

fn uid(stat: &Stat) -> rustix::fs::Uid {
    rustix::fs::Uid::from_raw(stat.st_uid)
}

fn gid(stat: &Stat) -> rustix::fs::Gid {
    rustix::fs::Gid::from_raw(stat.st_gid)
}

/// Renames the temporary file to the flag's name. A directory cannot be replaced by renaming a file
/// over it: the two are exchanged, which is as atomic, and the directory is removed if it is empty.
fn put_in_place(dir: &OwnedFd, name: &str, data_dir: &DataDir) -> Result<()> {
    let path = data_dir.maintenance();
    match rustix::fs::renameat(dir, name, dir, MAINTENANCE) {
        Ok(()) => return Ok(()),
        Err(Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY) => {}
        Err(e) => return Err(Error::Failed(format!("cannot write {}: {e}", path.display()))),
    }
    let exchange = || rustix::fs::renameat_with(dir, name, dir, MAINTENANCE, RenameFlags::EXCHANGE);
    let stands = |e: Errno| {
        Error::Failed(format!(
            "cannot write {}: a directory stands there ({e}); the mode is on, without this reason",
            path.display()
        ))
    };
    exchange().map_err(stands)?;
    rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR).map_err(|e| match exchange() {
        Ok(()) => stands(e),
        Err(again) => stands(again),
    })
}

/// A directory's entry is durable once the directory is. Some file systems cannot do that.
pub(super) fn sync_directory(dir: &OwnedFd) -> std::result::Result<(), Errno> {
    match rustix::fs::fsync(dir) {
        Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        synced => synced,
    }
}

/// Removes the temporary file and passes the error on.
fn undo(dir: &OwnedFd, name: &str, error: Error) -> Error {
    remove(dir, name);
    error
}

pub(super) fn remove(dir: &OwnedFd, name: &str) {
    if let Err(e) = rustix::fs::unlinkat(dir, name, AtFlags::empty())
        && e != Errno::NOENT
    {
        log::warn!("cannot remove the temporary file {name} in the data directory: {e}");
    }
}

/// Whether there is no room, or none for this user or this program.
fn full(e: Errno) -> bool {
    matches!(e, Errno::NOSPC | Errno::DQUOT | Errno::FBIG)
}

/// Removes what a command that was killed has left: temporary files whose process is gone.
fn sweep(dir: &OwnedFd) {
    let Ok(entries) = rustix::fs::Dir::read_from(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().to_str() else { continue };
        let Some(pid) = name
            .strip_prefix(MAINTENANCE_BESIDE)
            .and_then(|rest| rest.split('-').next())
        else {
            continue;
        };
        if pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists() {
            remove(dir, name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn names(dir: &Scratch) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn data(dir: &Scratch) -> DataDir {
        DataDir::new(dir.path())
    }

    #[test]
    fn on_and_off_leave_nothing_behind() {
        let dir = Scratch::new();
        assert_eq!(enable(&data(&dir), "Back at noon"), Ok(Set::WithReason));
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), "Back at noon");
        assert_eq!(names(&dir), [MAINTENANCE]);
        assert_eq!(disable(&data(&dir)), Ok(Removed::Now));
        assert!(names(&dir).is_empty());
        assert_eq!(disable(&data(&dir)), Ok(Removed::Before));
    }

    #[test]
    fn the_file_can_be_read_by_everyone_whatever_the_umask() {
        let dir = Scratch::new();
        enable(&data(&dir), "").unwrap();
        let meta = fs::metadata(dir.join(MAINTENANCE)).unwrap();
        assert_eq!(meta.mode() & 0o7777, 0o644);
        assert_eq!(meta.uid(), fs::metadata(dir.path()).unwrap().uid());
    }

    #[test]
    fn a_new_reason_replaces_the_old_one_and_a_link_is_replaced_itself() {
        let dir = Scratch::new();
        fs::write(dir.join("text"), "untouched").unwrap();
        symlink("text", dir.join(MAINTENANCE)).unwrap();
        enable(&data(&dir), "one").unwrap();
        enable(&data(&dir), "two").unwrap();
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), "two");
        assert_eq!(fs::read_to_string(dir.join("text")).unwrap(), "untouched");
    }

    #[test]
    fn an_empty_directory_in_the_place_is_replaced_and_a_full_one_is_not() {
        let dir = Scratch::new();
        fs::create_dir(dir.join(MAINTENANCE)).unwrap();
        enable(&data(&dir), "reason").unwrap();
        assert_eq!(names(&dir), [MAINTENANCE]);
        fs::remove_file(dir.join(MAINTENANCE)).unwrap();
        fs::create_dir(dir.join(MAINTENANCE)).unwrap();
        fs::write(dir.join(MAINTENANCE).join("x"), "").unwrap();
        assert!(
            enable(&data(&dir), "reason")
                .unwrap_err()
                .text()
                .contains("a directory stands there")
        );
        assert_eq!(names(&dir), [MAINTENANCE]);
        assert!(dir.join(MAINTENANCE).join("x").exists());
        assert!(disable(&data(&dir)).unwrap_err().text().contains("not empty"));
    }

    #[test]
    fn off_removes_links_and_empty_directories_but_no_fifo() {
        let dir = Scratch::new();
        symlink("nowhere", dir.join(MAINTENANCE)).unwrap();
        assert_eq!(disable(&data(&dir)), Ok(Removed::Now));
        fs::create_dir(dir.join(MAINTENANCE)).unwrap();
        assert_eq!(disable(&data(&dir)), Ok(Removed::Now));
        let fifo = FileType::Fifo;
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.join(MAINTENANCE),
            fifo,
            Mode::from_raw_mode(0o644),
            0,
        )
        .unwrap();
        assert!(disable(&data(&dir)).unwrap_err().text().contains("a FIFO"));
        assert_eq!(names(&dir), [MAINTENANCE]);
    }

    #[test]
    fn leftovers_of_a_killed_command_are_swept_and_those_of_a_living_one_stay() {
        let dir = Scratch::new();
        let living = format!("{MAINTENANCE_BESIDE}{}-0000", std::process::id());
        fs::write(dir.join(format!("{MAINTENANCE_BESIDE}4294967295-abcd")), "").unwrap();
        fs::write(dir.join(&living), "").unwrap();
        enable(&data(&dir), "").unwrap();
        assert_eq!(names(&dir), [living.as_str(), MAINTENANCE]);
    }

    #[test]
    fn a_missing_data_directory_is_an_error_with_its_path() {
        let dir = Scratch::new();
        let gone = DataDir::new(dir.join("gone"));
        assert!(enable(&gone, "").unwrap_err().text().contains("/gone"));
        assert!(disable(&gone).unwrap_err().text().contains("/gone"));
    }

    #[test]
    fn without_permission_nothing_changes() {
        let dir = Scratch::new();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
        if fs::write(dir.join("probe"), "").is_ok() {
            // Root may write anywhere: /proc takes no files from anyone.
            let proc = DataDir::new("/proc/self");
            assert!(enable(&proc, "").unwrap_err().text().contains("/proc/self/MAINTENANCE"));
            return;
        }
        assert!(enable(&data(&dir), "").unwrap_err().text().contains("ermission"));
        assert!(names(&dir).is_empty());
    }
}
