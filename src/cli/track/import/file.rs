//! Files of others, opened with care: what is no regular file is not touched.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Opens a regular file; `more` than to read it may say `NOFOLLOW`. Without waiting: a named pipe would keep whoever
/// opens it.
///
/// # Errors
/// Why not.
pub fn open(path: &Path, more: OFlags) -> Result<File, String> {
    if more.contains(OFlags::NOFOLLOW) && fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
        return Err("it is a symbolic link".to_owned());
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | more;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| unread(&e))?;
    let file = File::from(file);
    match file.metadata() {
        Ok(meta) if meta.is_file() => Ok(file),
        Ok(_) => Err("it is no regular file".to_owned()),
        Err(e) => Err(unread(&e)),
    }
}

/// Its content, of `most` bytes at most.
///
/// # Errors
/// Why it is not read.
pub fn read(file: File, most: u64) -> Result<Vec<u8>, String> {
    let size = file.metadata().map_err(|e| unread(&e))?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(most)).unwrap_or(0));
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| unread(&e))?;
    if bytes.len() as u64 > most {
        return Err(format!("it is larger than {most} bytes"));
    }
    Ok(bytes)
}

/// Why a file is not read, where the system says it.
pub fn unread(cause: &dyn std::fmt::Display) -> String {
    format!("it cannot be read: {cause}")
}
