//! Small numbers in few bytes: seven bits a byte, the lowest first, the top bit says that another follows (LEB128).

/// Appends a number.
pub(super) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends the way from one number to another, either of 32 bits; near is short, whichever way.
pub(super) fn push_step(bytes: &mut Vec<u8>, from: u32, to: u32) {
    let step = i64::from(to) - i64::from(from);
    push(bytes, ((step << 1) ^ (step >> 63)) as u64);
}

/// Takes a number off the front; absent when there is none.
pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Takes what [`push_step`] wrote; absent when it leads out of 32 bits.
pub(super) fn take_step(bytes: &mut &[u8], from: u32) -> Option<u32> {
    let coded = take(bytes)?;
    let step = (coded >> 1) as i64 ^ -((coded & 1) as i64);
    u32::try_from(i64::from(from) + step).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_steps_are_read_back() {
        let numbers = [0, 1, 127, 128, 300, u64::from(u32::MAX)];
        let places = [0, 5, 3, u32::MAX, 0, 1 << 28];
        let mut bytes = Vec::new();
        numbers.iter().for_each(|number| push(&mut bytes, *number));
        places
            .windows(2)
            .for_each(|pair| push_step(&mut bytes, pair[0], pair[1]));
        let mut rest = bytes.as_slice();
        assert!(numbers.iter().all(|number| take(&mut rest) == Some(*number)));
        assert!(
            places
                .windows(2)
                .all(|pair| take_step(&mut rest, pair[0]) == Some(pair[1]))
        );
        assert!(rest.is_empty());
    }

    #[test]
    fn what_is_damaged_is_none() {
        assert_eq!(take(&mut &b"\x80"[..]), None);
        assert_eq!(take(&mut &[0xff; 12][..]), None);
        let mut back = Vec::new();
        push_step(&mut back, 5, 0);
        assert_eq!(take_step(&mut back.as_slice(), 4), None);
    }
}
