//! The bytes of a picture from front to back, and never past their end.
//!
//! What cannot be read counts as a damaged picture, whatever the cause.

use std::io::{BufRead, ErrorKind, Read};

use super::Refused;

/// A reader that knows where it is.
pub(super) struct Source<R> {
    from: R,
    at: u64,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(from: R) -> Source<R> {
        Source { from, at: 0 }
    }

    /// How many bytes were read or left out.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let mut bytes = [0; N];
        self.from.read_exact(&mut bytes).map_err(|_| Refused::Broken)?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, Refused> {
        self.array().map(|[byte]| byte)
    }

    /// The next `count` bytes; takes no more memory than there are bytes.
    pub(super) fn take(&mut self, count: u64) -> Result<Vec<u8>, Refused> {
        let mut bytes = Vec::new();
        let read = self.from.by_ref().take(count).read_to_end(&mut bytes);
        self.at += count;
        match read {
            Ok(read) if read as u64 == count => Ok(bytes),
            _ => Err(Refused::Broken),
        }
    }

    /// Leaves out `count` bytes, which must be there.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), Refused> {
        self.pass(count, |_| ())
    }

    /// Leaves out `count` bytes, shown to `seen` as they go by.
    pub(super) fn pass(&mut self, count: u64, mut seen: impl FnMut(&[u8])) -> Result<(), Refused> {
        let mut left = count;
        while left > 0 {
            left -= self.chunk(|bytes| {
                let most = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                seen(&bytes[..most]);
                most
            })?;
        }
        Ok(())
    }

    /// Leaves out everything up to the first byte of a value, and that byte too.
    pub(super) fn skip_past(&mut self, value: u8) -> Result<(), Refused> {
        let mut found = false;
        while !found {
            self.chunk(|bytes| match bytes.iter().position(|byte| *byte == value) {
                Some(at) => {
                    found = true;
                    at + 1
                }
                None => bytes.len(),
            })?;
        }
        Ok(())
    }

    /// Shows what is buffered, never nothing; `used` says how much of it is taken.
    fn chunk(&mut self, used: impl FnOnce(&[u8]) -> usize) -> Result<u64, Refused> {
        let buffered = loop {
            match self.from.fill_buf() {
                Ok([]) => return Err(Refused::Broken),
                Ok(_) => break self.from.fill_buf().map_err(|_| Refused::Broken)?,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Refused::Broken),
            }
        };
        let count = used(buffered);
        self.from.consume(count);
        self.at += count as u64;
        Ok(count as u64)
    }
}
