//! Numbers that are always the same for a seed, and what they do to a file.

/// A small generator (xorshift).
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`; 0 when there is none.
    pub fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper bits are the better ones.
        ((self.0 >> 11) % sides.max(1) as u64) as usize
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.throw(from.len())]
    }
}

/// Numbers at which programs stumble, as text and as bytes of lengths.
const EDGES: [u64; 14] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 53,
    i64::MAX as u64,
    u64::MAX,
];

/// The same bytes with one to eight things done to them. `words` mean something to the reader; `other` is a
/// second file to take pieces of. Never longer than `most`.
pub fn mutate(dice: &mut Dice, bytes: &[u8], other: &[u8], words: &[&str], most: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // Mostly a few: a file that is all noise gets no further than its first line.
    for _ in 0..=dice.throw(3) * dice.throw(4) {
        step(dice, &mut bytes, other, words);
    }
    bytes.truncate(most);
    bytes
}

fn step(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8], words: &[&str]) {
    let at = dice.throw(bytes.len() + 1);
    let length = 1 << dice.throw(7);
    let end = (at + dice.throw(length) + 1).min(bytes.len());
    match dice.throw(12) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.throw(8),
        1 if at < bytes.len() => bytes[at] = dice.throw(256) as u8,
        2 if at < end => drop(bytes.drain(at..end)),
        3 => drop(bytes.splice(at..at, (0..length).map(|_| 0).collect::<Vec<u8>>())),
        4 if at < end => {
            let piece = bytes[at..end].to_vec();
            let to = dice.throw(bytes.len() + 1);
            drop(bytes.splice(to..to, piece));
        }
        // Over and over: what grows faster than its input shows itself.
        5 if at < end => {
            let piece = bytes[at..end].repeat(1 + dice.throw(100));
            drop(bytes.splice(at..end, piece));
        }
        6 if !other.is_empty() => {
            let from = dice.throw(other.len());
            let to = (from + 1 + dice.throw(length * 4)).min(other.len());
            drop(bytes.splice(at..at, other[from..to].iter().copied()));
        }
        7 if !other.is_empty() => {
            let from = dice.throw(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        8 => put_number(dice, bytes, at),
        9 if dice.throw(4) == 0 => bytes.truncate(at),
        _ if !words.is_empty() => {
            let word = dice.pick(words).as_bytes();
            let over = if dice.throw(2) == 0 { word.len() } else { 0 };
            let end = (at + over).min(bytes.len());
            drop(bytes.splice(at..end, word.iter().copied()));
        }
        _ => bytes.push(dice.throw(256) as u8),
    }
}

/// Writes an odd number over what stands there: over digits as digits, else as the bytes of a length.
fn put_number(dice: &mut Dice, bytes: &mut Vec<u8>, at: usize) {
    let number = dice.pick(&EDGES).wrapping_add(dice.throw(3) as u64).wrapping_sub(1);
    let digits = bytes.iter().skip(at).position(u8::is_ascii_digit);
    if let Some(start) = digits.map(|offset| at + offset).filter(|_| dice.throw(2) == 0) {
        let count = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        let text = match dice.throw(3) {
            0 => format!("-{number}"),
            1 => format!("{number}.{number}e{}", dice.throw(400)),
            _ => number.to_string(),
        };
        drop(bytes.splice(start..start + count, text.bytes()));
        return;
    }
    let width = 1 << dice.throw(4);
    let as_bytes = match dice.throw(2) {
        0 => number.to_le_bytes()[..width.min(8)].to_vec(),
        _ => number.to_be_bytes()[8 - width.min(8)..].to_vec(),
    };
    let end = (at + as_bytes.len()).min(bytes.len());
    drop(bytes.splice(at..end, as_bytes));
}
