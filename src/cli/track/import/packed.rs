//! A ZIP file to be imported from. Nothing of it is ever written to a path that it names: its entries are read one by
//! one, and what looks like an attack is refused before anything is unpacked.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use zip::ZipArchive;
use zip::result::ZipError;

/// Unpacked bytes for each packed one at the most: recordings become ten to thirty times smaller, a bomb a thousand
/// times.
const MOST_RATIO: u64 = 200;
/// Bytes that may be unpacked whatever the ratio is.
const HARMLESS: u64 = 1 << 20;

/// A ZIP file that is open; each thread has a copy, with the list of its entries in common.
#[derive(Clone)]
pub struct Packed {
    archive: ZipArchive<Cursor>,
}

/// An entry as the list of the archive has it.
pub struct Entry {
    /// Which.
    pub index: usize,
    /// Its path, as it is written there.
    pub path: String,
    /// Why it is not read.
    pub refused: Option<String>,
}

impl Packed {
    /// Opens a ZIP file.
    ///
    /// # Errors
    /// Why it is not read at all.
    pub fn open(file: File) -> Result<Packed, String> {
        let length = file.metadata().map_err(|e| format!("it cannot be read: {e}"))?.len();
        let cursor = Cursor {
            file: Arc::new(file),
            length,
            at: 0,
        };
        let mut archive = ZipArchive::new(cursor).map_err(why)?;
        if archive.has_overlapping_files().map_err(why)? {
            return Err("its entries lie over one another, as in a bomb".to_owned());
        }
        let mut unpacked = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index).map_err(why)?;
            unpacked = unpacked.saturating_add(entry.size());
        }
        if unpacked > HARMLESS.saturating_add(length.saturating_mul(MOST_RATIO)) {
            return Err(format!("it would be {unpacked} bytes unpacked, as a bomb is"));
        }
        Ok(Packed { archive })
    }

    /// Its entries, without directories.
    pub fn list(&self) -> Vec<Entry> {
        let entries = (0..self.archive.len()).filter_map(|index| {
            let entry = self.archive.by_index_data(index).ok()?;
            let path = entry.name().map(std::borrow::Cow::into_owned);
            let refused = match &path {
                Err(_) => Some("its name is no text"),
                Ok(_) if entry.is_symlink() => Some("it is a symbolic link"),
                Ok(path) if leads_out(path) => Some("its path leads out of the archive"),
                Ok(_) if entry.encrypted() => Some("it is encrypted"),
                Ok(_) => None,
            };
            (!entry.is_dir() || refused.is_some()).then(|| Entry {
                index,
                path: path.unwrap_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned()),
                refused: refused.map(str::to_owned),
            })
        });
        entries.collect()
    }

    /// The content of an entry, of `most` bytes at most.
    ///
    /// # Errors
    /// Why it is not read.
    pub fn read(&self, index: usize, most: u64) -> Result<Vec<u8>, String> {
        let mut archive = self.archive.clone();
        let entry = archive.by_index(index).map_err(why)?;
        let (size, packed) = (entry.size(), entry.compressed_size());
        let too_large = || Err(format!("it is larger than {most} bytes"));
        if size > most {
            return too_large();
        }
        if size > HARMLESS.saturating_add(packed.saturating_mul(MOST_RATIO)) {
            return Err(format!("it would be {size} bytes unpacked, as a bomb is"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let read = entry.take(size + 1).read_to_end(&mut bytes);
        read.map_err(|e| format!("it cannot be unpacked: {e}"))?;
        if bytes.len() as u64 > size {
            return Err("it is larger than the archive says".to_owned());
        }
        Ok(bytes)
    }
}

/// Whether a path is absolute, one of another system, or has a part that goes up.
fn leads_out(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with(['/', '\\']) || is_drive || path.contains('\0') || parts.any(|part| part == "..")
}

fn why(error: ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what) => format!("it is not supported: {what}"),
        other => format!("it is a damaged zip file: {other}"),
    }
}

/// A place in a file that several threads read at once.
#[derive(Clone)]
struct Cursor {
    file: Arc<File>,
    length: u64,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn pack(scratch: &Scratch, entries: &[(&str, &[u8])]) -> std::path::PathBuf {
        let path = scratch.join("x.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn open(path: &std::path::Path) -> Result<Packed, String> {
        Packed::open(File::open(path).unwrap())
    }

    #[test]
    fn entries_are_read_up_to_the_limit() {
        let scratch = Scratch::new();
        let packed = open(&pack(&scratch, &[("a/b.gpx", b"hello"), ("c.gpx", b"x")])).unwrap();
        let list = packed.list();
        let names: Vec<&str> = list.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(names, ["a/b.gpx", "c.gpx"]);
        assert_eq!(packed.read(0, 5).unwrap(), b"hello");
        assert!(packed.read(0, 4).unwrap_err().contains("larger than 4 bytes"));
        assert!(packed.read(7, 5).is_err());
    }

    #[test]
    fn paths_that_lead_out_are_told() {
        for bad in ["../x", "a/../../x", "/etc/x", "..\\x", "\\x", "C:\\x", "a/..", "a\0b"] {
            assert!(leads_out(bad), "{bad}");
        }
        for good in ["x", "a/b.gpx", "a..b/c", "...gpx", "./x"] {
            assert!(!leads_out(good), "{good}");
        }
    }

    #[test]
    fn a_bomb_is_refused_whole_and_unread() {
        let scratch = Scratch::new();
        let zeros = vec![0; 32 << 20];
        let error = open(&pack(&scratch, &[("a.gpx", &zeros)])).err().unwrap();
        assert!(error.contains("bomb"), "{error}");
    }

    #[test]
    fn whatever_byte_is_wrong_the_rest_is_read_or_refused() {
        let scratch = Scratch::new();
        let path = pack(&scratch, &[("a.gpx", b"hello"), ("b.gpx", b"hello")]);
        let bytes = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bad = bytes.clone();
                bad[at] ^= flip;
                std::fs::write(&path, &bad).unwrap();
                let Ok(packed) = open(&path) else {
                    refused += 1;
                    continue;
                };
                for entry in packed.list() {
                    if let Ok(content) = packed.read(entry.index, 100) {
                        assert!(content.len() <= 100);
                    }
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }

    #[test]
    fn what_is_torn_is_an_error_wherever_it_ends() {
        let scratch = Scratch::new();
        let path = pack(&scratch, &[("a.gpx", b"hello")]);
        let bytes = std::fs::read(&path).unwrap();
        for end in 0..bytes.len() {
            std::fs::write(&path, &bytes[..end]).unwrap();
            assert!(open(&path).is_err(), "{end}");
        }
    }
}
