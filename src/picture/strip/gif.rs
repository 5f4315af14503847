//! GIF 87a and 89a: blocks up to the trailer.
//!
//! Stay: the pictures with their timing, and how often they are repeated. Comments, texts and what programs
//! add (XMP among it) go.

use std::io::BufRead;

use super::{Source, Stripped};
use crate::picture::Refused;

/// Programs' extensions that say how often a moving picture is repeated.
const LOOPS: [&[u8; 11]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

pub(super) fn strip(source: &mut Source<impl BufRead>, out: &mut Stripped) -> Result<(), Refused> {
    source.skip(6 + 4)?;
    let [flags, _background, _aspect] = source.array()?;
    source.skip(table(flags))?;
    out.keep(0..source.at())?;
    let mut picture = false;
    loop {
        let start = source.at();
        match source.byte()? {
            b'!' => extension(source, out, start)?,
            b',' => {
                source.skip(8)?;
                let flags = source.byte()?;
                // The colours, and the size of the first code.
                source.skip(table(flags) + 1)?;
                blocks(source)?;
                out.keep(start..source.at())?;
                picture = true;
            }
            b';' if picture => return out.keep(start..source.at()),
            _ => return Err(Refused::Broken),
        }
    }
}

/// The length of a colour table, by the flags before it.
fn table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn extension(source: &mut Source<impl BufRead>, out: &mut Stripped, start: u64) -> Result<(), Refused> {
    match source.byte()? {
        // How long the next picture stands, and its transparent colour.
        0xf9 => match source.array::<6>()? {
            [4, _, _, _, _, 0] => out.keep(start..source.at()),
            _ => Err(Refused::Broken),
        },
        0xff => program(source, out),
        _ => blocks(source),
    }
}

fn program(source: &mut Source<impl BufRead>, out: &mut Stripped) -> Result<(), Refused> {
    let length = u64::from(source.byte()?);
    let name = source.take(length)?;
    let length = u64::from(source.byte()?);
    let first = source.take(length)?;
    if length > 0 {
        blocks(source)?;
    }
    match LOOPS.iter().find(|known| name == known[..]) {
        Some(name) if first.len() == 3 && first[0] == 1 => {
            out.write([b"!\xff\x0b", &name[..], b"\x03", &first, b"\0"].concat())
        }
        _ => Ok(()),
    }
}

/// Goes past blocks, each with its length before it, up to an empty one.
fn blocks(source: &mut Source<impl BufRead>) -> Result<(), Refused> {
    loop {
        match source.byte()? {
            0 => return Ok(()),
            length => source.skip(u64::from(length))?,
        }
    }
}
