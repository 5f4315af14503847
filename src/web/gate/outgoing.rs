//! Bytes on their way into a socket: a head in memory and what follows it in a spool.
//!
//! The same for both directions: a request to the inner server and an answer to a client. It never
//! blocks and never asks for readiness; it says how far it came.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::SendFlags;

use crate::spool::Spool;

/// A spool of at most so many bytes joins its head, so that both leave in one write.
const ONE_WRITE: u64 = 64 * 1024;

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// Everything is written.
    Done,
    /// The socket takes no more for now.
    Blocked,
    /// The budget is used up; others should have their turn.
    Yield,
}

/// What is still to be written.
#[derive(Debug, Default)]
pub struct Outgoing {
    head: Vec<u8>,
    at: usize,
    body: Option<Spool>,
}

impl Outgoing {
    /// A head and what follows it.
    pub fn new(mut head: Vec<u8>, body: Option<Spool>) -> Outgoing {
        let mut body = body.filter(|body| !body.is_empty());
        let small = body.as_ref().filter(|body| body.len() <= ONE_WRITE);
        if let Some(bytes) = small.and_then(Spool::as_slice) {
            head.extend_from_slice(bytes);
            body = None;
        }
        if let Some(body) = &mut body {
            body.rewind();
        }
        Outgoing { head, at: 0, body }
    }

    /// True when nothing is left to be written.
    pub fn is_done(&self) -> bool {
        self.at == self.head.len() && self.body.as_ref().is_none_or(|body| body.remaining() == 0)
    }

    /// Bytes of memory it takes.
    pub fn memory(&self) -> usize {
        self.head.capacity() + self.body.as_ref().map_or(0, Spool::memory)
    }

    /// Bytes it holds in memory and in a file.
    pub fn len(&self) -> u64 {
        self.head.len() as u64 + self.body.as_ref().map_or(0, Spool::len)
    }

    /// Starts anew, for another socket.
    pub fn rewind(&mut self) {
        self.at = 0;
        if let Some(body) = &mut self.body {
            body.rewind();
        }
    }

    /// Writes what `socket` takes, about `budget` bytes at most. Returns how far it came and how many
    /// bytes went; what is in a file passes through `scratch`.
    pub fn flush(&mut self, socket: BorrowedFd<'_>, scratch: &mut [u8], budget: usize) -> io::Result<(Flush, usize)> {
        let mut written = 0;
        while !self.is_done() {
            if written >= budget {
                return Ok((Flush::Yield, written));
            }
            match self.send(socket, scratch) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok((Flush::Blocked, written));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok((Flush::Done, written))
    }

    fn send(&mut self, socket: BorrowedFd<'_>, scratch: &mut [u8]) -> io::Result<usize> {
        let send = |bytes: &[u8]| match rustix::net::send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(0) => Err(Errno::PIPE.into()),
            Ok(count) => Ok(count),
            Err(error) => Err(io::Error::from(error)),
        };
        if self.at < self.head.len() {
            let count = send(&self.head[self.at..])?;
            self.at += count;
            return Ok(count);
        }
        let Some(body) = &mut self.body else {
            return Ok(0);
        };
        let count = send(body.peek(scratch)?)?;
        body.skip(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    fn spool(limit: usize, content: &[u8]) -> Spool {
        let mut spool = Spool::new(limit);
        spool.append(content).expect("append");
        spool
    }

    #[test]
    fn a_small_body_leaves_in_one_write_with_its_head() {
        let (near, far) = UnixStream::pair().expect("pair");
        let mut out = Outgoing::new(b"head".to_vec(), Some(spool(100, b"body")));
        let flushed = out.flush(near.as_fd(), &mut [0; 16], 1);
        assert_eq!(flushed.expect("flush"), (Flush::Done, 8));
        let mut bytes = [0; 16];
        assert_eq!((&far).read(&mut bytes).expect("read"), 8);
    }

    #[test]
    fn a_full_socket_stops_it_and_it_goes_on_where_it_was() {
        let content: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
        for limit in [0, usize::MAX] {
            let (near, far) = UnixStream::pair().expect("pair");
            near.set_nonblocking(true).expect("non-blocking");
            let mut out = Outgoing::new(b"head".to_vec(), Some(spool(limit, &content)));
            let mut scratch = vec![0; 4096];
            let (mut received, mut blocked) = (Vec::new(), 0);
            let mut buffer = vec![0; 100_000];
            while !out.is_done() {
                let (flush, _) = out.flush(near.as_fd(), &mut scratch, 300_000).expect("flush");
                blocked += usize::from(flush == Flush::Blocked);
                let count = (&far).read(&mut buffer).expect("read");
                received.extend_from_slice(&buffer[..count]);
            }
            drop(near);
            (&far).read_to_end(&mut received).expect("read");
            assert!(blocked > 0);
            assert!(received.starts_with(b"head") && received[4..] == content);
        }
    }

    #[test]
    fn nothing_is_done_at_once_and_a_broken_socket_is_an_error() {
        let (near, far) = UnixStream::pair().expect("pair");
        drop(far);
        let mut out = Outgoing::default();
        assert!(out.is_done());
        assert!(out.flush(near.as_fd(), &mut [0; 16], 1).is_ok());
        let mut out = Outgoing::new(b"head".to_vec(), None);
        assert!(out.flush(near.as_fd(), &mut [0; 16], 1).is_err());
    }
}
