//! A request's body while it arrives: its framing taken off, its bytes in a spool.
//!
//! Whether a body is wanted at all is not decided here; how large it may be is told by whoever knows.

use std::io;

use super::chunked::Decoder;
use super::head::Framing;
use crate::spool::Spool;

#[derive(Debug)]
enum Coding {
    Length { declared: u64, left: u64 },
    Chunked(Decoder),
}

/// Why a body cannot be taken.
#[derive(Debug)]
pub enum Fault {
    /// Its coding is broken.
    Malformed,
    /// It has more bytes than allowed.
    TooLarge,
    /// It cannot be kept.
    Spool(io::Error),
}

/// A body that is arriving.
#[derive(Debug)]
pub struct Body {
    coding: Coding,
    max: u64,
    spool: Spool,
}

impl Body {
    /// The body that the head speaks of, if it speaks of one. It keeps `memory` bytes in memory.
    pub fn new(framing: Framing, memory: usize) -> Option<Body> {
        let coding = match framing {
            Framing::None | Framing::Length(0) => return None,
            Framing::Length(declared) => Coding::Length {
                declared,
                left: declared,
            },
            Framing::Chunked => Coding::Chunked(Decoder::default()),
        };
        Some(Body {
            coding,
            max: u64::MAX,
            spool: Spool::new(memory),
        })
    }

    /// The declared length as text, or `chunked`.
    pub fn describe(&self) -> String {
        match &self.coding {
            Coding::Length { declared, .. } => declared.to_string(),
            Coding::Chunked(_) => "chunked".to_owned(),
        }
    }

    /// From now on it may have `max` bytes.
    pub fn allow(&mut self, max: u64) {
        self.max = max;
    }

    /// True when it has, or announces, more bytes than it may have.
    pub fn is_too_large(&self) -> bool {
        let known = match &self.coding {
            Coding::Length { declared, .. } => *declared,
            Coding::Chunked(_) => self.spool.len(),
        };
        known > self.max
    }

    /// True when the last byte has come.
    pub fn is_complete(&self) -> bool {
        match &self.coding {
            Coding::Length { left, .. } => *left == 0,
            Coding::Chunked(decoder) => decoder.is_done(),
        }
    }

    /// How many bytes have come, without their coding.
    pub fn len(&self) -> u64 {
        self.spool.len()
    }

    /// Bytes of memory it takes.
    pub fn memory(&self) -> usize {
        self.spool.memory()
    }

    /// What has come.
    pub fn into_spool(self) -> Spool {
        self.spool
    }

    /// Takes what belongs to it from the front of `bytes` and returns how many that were; fewer than
    /// all only when it is complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        match &mut self.coding {
            Coding::Length { left, .. } => {
                let count = (*left).min(bytes.len() as u64) as usize;
                *left -= count as u64;
                self.keep(&bytes[..count])?;
                Ok(count)
            }
            Coding::Chunked(decoder) => {
                let (mut used, mut content) = (0, Vec::new());
                while used < bytes.len() && !decoder.is_done() {
                    let (count, piece) = decoder.decode(&bytes[used..]).map_err(|_| Fault::Malformed)?;
                    used += count;
                    content.extend_from_slice(piece);
                }
                // Together: chunks of one byte would cost a system call each once in a file.
                self.keep(&content)?;
                Ok(used)
            }
        }
    }

    fn keep(&mut self, content: &[u8]) -> Result<(), Fault> {
        if self.spool.len() + content.len() as u64 > self.max {
            return Err(Fault::TooLarge);
        }
        self.spool.append(content).map_err(Fault::Spool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(body: Body) -> Vec<u8> {
        body.into_spool().as_slice().expect("in memory").to_vec()
    }

    #[test]
    fn it_takes_what_is_its_own_and_leaves_the_next_request() {
        for (framing, input, own) in [
            (Framing::Length(5), &b"helloGET"[..], 5),
            (Framing::Chunked, &b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\nGET"[..], 20),
        ] {
            let mut body = Body::new(framing, 100).expect("a body");
            assert_eq!(body.feed(input).expect("fed"), own);
            assert!(body.is_complete());
            assert_eq!(content(body), b"hello");
        }
    }

    #[test]
    fn no_length_and_the_length_nought_are_no_body() {
        assert!(Body::new(Framing::None, 1).is_none());
        assert!(Body::new(Framing::Length(0), 1).is_none());
    }

    #[test]
    fn the_allowed_size_binds_declared_and_arrived_bytes() {
        let mut body = Body::new(Framing::Length(6), 100).expect("a body");
        body.allow(5);
        assert!(body.is_too_large());
        body.allow(6);
        assert!(!body.is_too_large());
        let mut body = Body::new(Framing::Chunked, 100).expect("a body");
        body.allow(5);
        assert!(body.feed(b"5\r\nhello\r\n").is_ok());
        assert!(matches!(body.feed(b"1\r\n!"), Err(Fault::TooLarge)));
    }

    #[test]
    fn a_broken_coding_is_told() {
        let mut body = Body::new(Framing::Chunked, 100).expect("a body");
        assert!(matches!(body.feed(b"x"), Err(Fault::Malformed)));
    }
}
