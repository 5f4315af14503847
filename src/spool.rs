//! Bytes of unknown number: in memory up to a limit, beyond it in a temporary file without a name.
//!
//! The file has no name from the first moment (or loses it at once, where the file system cannot do
//! that), so nothing is left behind whatever ends the process. Nothing here knows what the bytes mean.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::secret;

/// Bytes that are written once, from the front, and can be read as often as wanted.
///
/// After an error while writing the content is incomplete: drop it.
#[derive(Debug, Default)]
pub struct Spool {
    limit: usize,
    memory: Vec<u8>,
    file: Option<File>,
    len: u64,
    at: u64,
}

impl Spool {
    /// An empty spool that holds at most `limit` bytes in memory.
    pub fn new(limit: usize) -> Spool {
        Spool {
            limit,
            ..Spool::default()
        }
    }

    /// How many bytes were written.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes of memory it takes (none once it is in a file).
    pub fn memory(&self) -> usize {
        self.memory.capacity()
    }

    /// The whole content, unless it is in a file.
    pub fn as_slice(&self) -> Option<&[u8]> {
        self.file.is_none().then_some(&self.memory)
    }

    /// How many bytes are left to be read.
    pub fn remaining(&self) -> u64 {
        self.len - self.at
    }

    /// The next read starts at the first byte again.
    pub fn rewind(&mut self) {
        self.at = 0;
    }

    /// Leaves out the next `count` bytes (at most those that remain).
    pub fn skip(&mut self, count: u64) {
        self.at = (self.at + count).min(self.len);
    }

    /// The next bytes without taking them: from memory as they lie, from the file through `buffer`.
    pub fn peek<'a>(&'a self, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        match &self.file {
            None => Ok(self.memory.get(self.at as usize..).unwrap_or_default()),
            Some(file) => {
                let count = file.read_at(buffer, self.at)?;
                if count == 0 && self.remaining() > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(&buffer[..count])
            }
        }
    }

    /// Adds `bytes` at the end.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Without memory it goes to the file earlier.
        let fits = |memory: &mut Vec<u8>| memory.try_reserve(bytes.len()).is_ok();
        if self.file.is_none() && (self.memory.len() + bytes.len() > self.limit || !fits(&mut self.memory)) {
            let file = unlinked_file(&std::env::temp_dir())?;
            file.write_all_at(&self.memory, 0)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &self.file {
            Some(file) => file.write_all_at(bytes, self.len)?,
            None => self.memory.extend_from_slice(bytes),
        }
        self.len += bytes.len() as u64;
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.file {
            Some(file) => file.read_at(buffer, self.at)?,
            None => self.memory.get(self.at as usize..).unwrap_or_default().read(buffer)?,
        };
        self.at += count as u64;
        Ok(count)
    }
}

/// A new file of mode 0600 on the file system of `dir`, without a name.
fn unlinked_file(dir: &Path) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    match rustix::fs::open(dir, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(file.into()),
        // Overlay and network file systems, and kernels that take the flag for that of a directory.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => created_file(dir),
        Err(error) => Err(error.into()),
    }
}

/// The same for file systems that cannot make a file without a name: made, then unlinked.
fn created_file(dir: &Path) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::RDWR | OFlags::CLOEXEC;
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..16 {
        let random = secret::random::<16>().map_err(|e| io::Error::other(e.to_string()))?;
        let path = dir.join(format!(".spool-{:032x}", u128::from_ne_bytes(random)));
        match rustix::fs::open(&path, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => {
                rustix::fs::unlink(&path)?;
                return Ok(file.into());
            }
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn all(spool: &mut Spool) -> Vec<u8> {
        let mut bytes = Vec::new();
        spool.read_to_end(&mut bytes).expect("read");
        bytes
    }

    #[test]
    fn what_fits_stays_in_memory() {
        let mut spool = Spool::new(4);
        spool.append(b"ab").expect("append");
        spool.append(b"cd").expect("append");
        assert_eq!(spool.as_slice(), Some(&b"abcd"[..]));
        assert_eq!(all(&mut spool), b"abcd");
        spool.rewind();
        assert_eq!(all(&mut spool), b"abcd");
    }

    #[test]
    fn one_byte_more_moves_everything_to_a_file_without_a_name() {
        let mut spool = Spool::new(4);
        spool.append(b"abcd").expect("append");
        spool.append(b"e").expect("append");
        assert_eq!(spool.as_slice(), None);
        assert_eq!(spool.memory(), 0);
        let meta = spool.file.as_ref().expect("file").metadata().expect("stat");
        assert_eq!((meta.nlink(), meta.mode() & 0o777, meta.len()), (0, 0o600, 5));
        assert_eq!(all(&mut spool), b"abcde");
    }

    #[test]
    fn peeking_takes_nothing_and_skipping_takes_without_reading() {
        for limit in [2, 64] {
            let mut spool = Spool::new(limit);
            spool.append(b"abcdef").expect("append");
            let mut buffer = [0; 64];
            assert_eq!(spool.peek(&mut buffer).expect("peek"), b"abcdef");
            spool.skip(4);
            assert_eq!(spool.peek(&mut buffer).expect("peek"), b"ef");
            assert_eq!(spool.remaining(), 2);
            spool.skip(99);
            assert_eq!(spool.remaining(), 0);
            assert!(spool.peek(&mut buffer).expect("peek").is_empty());
        }
    }

    #[test]
    fn where_a_nameless_file_cannot_be_made_the_name_is_gone_at_once() {
        let file = created_file(&std::env::temp_dir()).expect("file");
        let meta = file.metadata().expect("stat");
        assert_eq!((meta.nlink(), meta.mode() & 0o777), (0, 0o600));
    }
}
