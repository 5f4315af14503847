//! Who owns what a tool makes when it is run as root: whoever owns the directory it stands in.
//!
//! The server runs as that user; a file of root's in its way would stop it.

use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{Gid, Uid};

/// Gives a new file the owner and the group of another that it is to replace; that only root may.
///
/// # Errors
/// What the system says.
pub fn copy(file: impl AsFd, from: &Path) -> std::io::Result<()> {
    if rustix::process::geteuid().is_root() {
        let stat = rustix::fs::stat(from)?;
        let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        rustix::fs::fchown(file, Some(owner.0), Some(owner.1))?;
    }
    Ok(())
}

/// Gives a new file the owner of its directory. That only root may; without it the file is the user's
/// own already. A failure is a line in the log: the file is there and whole.
pub fn follow(file: impl AsFd, path: &Path) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let given = rustix::fs::stat(directory.unwrap_or(Path::new("."))).and_then(|stat| {
        let owner = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
        rustix::fs::fchown(file, Some(owner.0), Some(owner.1))
    });
    if let Err(e) = given {
        log::warn!("cannot give {} to the owner of its directory: {e}", path.display());
    }
}
