//! Where and when a photo was taken, as its camera wrote it (Exif 2.32 in a JPEG).
//!
//! Only what a map needs is read, and whatever is odd counts as absent: nothing here refuses a picture.

use time::{Date, Month, PrimitiveDateTime, Time};

/// How much of a file is looked at, bytes: the segment stands at its beginning.
pub const HEAD: usize = 192 << 10;

const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const TAKEN: u16 = 0x9003;
const TAKEN_OFFSET: u16 = 0x9011;

/// What a photo tells.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Taken {
    /// Latitude and longitude, degrees.
    pub place: Option<(f64, f64)>,
    /// By the camera's clock.
    pub time: Option<PrimitiveDateTime>,
    /// How far that clock was ahead of UTC, minutes.
    pub offset: Option<i32>,
}

/// Reads the beginning of a file, at most [`HEAD`] bytes of it.
pub fn read(bytes: &[u8]) -> Taken {
    find(bytes).and_then(read_tiff).unwrap_or_default()
}

/// The TIFF structure in a JPEG's segments.
fn find(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (&[mark, code, high, low], after) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        if mark != 0xff || code == 0xda {
            return None;
        }
        let segment = after.get(..length)?;
        if let (0xe1, Some(tiff)) = (code, segment.strip_prefix(b"Exif\0\0")) {
            return Some(tiff);
        }
        rest = &after[length..];
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

/// An entry: its type, the number of its values, and where its four bytes stand.
type Entry = (u16, u32, usize);

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn entry(&self, directory: usize, tag: u16) -> Option<Entry> {
        let count = usize::from(self.short(directory)?);
        let mut entries = (0..count).map(|n| directory + 2 + 12 * n);
        let at = entries.find(|at| self.short(*at) == Some(tag))?;
        Some((self.short(at + 2)?, self.long(at + 4)?, at + 8))
    }

    fn directory(&self, of: usize, tag: u16) -> Option<usize> {
        let (_, _, at) = self.entry(of, tag)?;
        usize::try_from(self.long(at)?).ok()
    }

    fn text(&self, directory: usize, tag: u16) -> Option<&str> {
        let (2, count, at) = self.entry(directory, tag)? else {
            return None;
        };
        let count = usize::try_from(count).ok()?;
        let at = if count > 4 {
            usize::try_from(self.long(at)?).ok()?
        } else {
            at
        };
        let text = self.bytes.get(at..at.checked_add(count)?)?;
        Some(std::str::from_utf8(text).ok()?.trim_end_matches('\0'))
    }

    /// Degrees, minutes and seconds; a letter for the side.
    fn degrees(&self, gps: usize, tag: u16, negative: &str, most: f64) -> Option<f64> {
        let (5, 3, at) = self.entry(gps, tag)? else { return None };
        let at = usize::try_from(self.long(at)?).ok()?;
        let part = |n: usize| {
            let whole = self.long(at.checked_add(8 * n)?)?;
            let by = self.long(at.checked_add(8 * n + 4)?)?;
            Some(f64::from(whole) / f64::from(by))
        };
        let degrees =
            part(0)? + part(1)? / 60.0 + part(2).filter(|seconds| seconds.is_finite()).unwrap_or(0.0) / 3600.0;
        let side = if self.text(gps, tag - 1)? == negative {
            -1.0
        } else {
            1.0
        };
        (degrees <= most).then_some(degrees * side)
    }
}

fn read_tiff(bytes: &[u8]) -> Option<Taken> {
    let is_little = match bytes.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let tiff = Tiff { bytes, is_little };
    let first = usize::try_from(tiff.long(4)?).ok()?;
    let exif = tiff.directory(first, EXIF);
    let place = tiff.directory(first, GPS).and_then(|gps| {
        let (lat, lon) = (tiff.degrees(gps, 2, "S", 90.0)?, tiff.degrees(gps, 4, "W", 180.0)?);
        // Cameras without a fix write nought.
        (lat != 0.0 || lon != 0.0).then_some((lat, lon))
    });
    let text = |tag| tiff.text(exif?, tag);
    Some(Taken {
        place,
        time: text(TAKEN).and_then(clock),
        offset: text(TAKEN_OFFSET).and_then(offset),
    })
}

/// `2024:05:01 10:20:30`.
fn clock(text: &str) -> Option<PrimitiveDateTime> {
    let numbers: Vec<u16> = text.split([':', ' ']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year, month, day, hour, minute, second] = numbers[..] else {
        return None;
    };
    let small = |number: u16| u8::try_from(number).ok();
    let month = Month::try_from(small(month)?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, small(day)?).ok()?;
    let time = Time::from_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
    Some(PrimitiveDateTime::new(date, time))
}

/// `+02:00`.
fn offset(text: &str) -> Option<i32> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<u8>().ok().map(i32::from)? * 60 + minutes.parse::<u8>().ok().map(i32::from)?;
    match text.chars().next()? {
        '+' => Some(minutes),
        '-' => Some(-minutes),
        _ => None,
    }
}

/// A JPEG's beginning that tells so much, for tests.
#[cfg(test)]
pub fn written(place: [[u32; 3]; 2], sides: [&[u8; 2]; 2], time: &str) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    let entry = |out: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        out.extend(tag.to_be_bytes());
        out.extend(kind.to_be_bytes());
        out.extend(count.to_be_bytes());
        out.extend(value);
    };
    // The first directory at 8, Exif at 38, GPS at 56, the values at 110.
    tiff.extend(2_u16.to_be_bytes());
    entry(&mut tiff, EXIF, 4, 1, 38_u32.to_be_bytes());
    entry(&mut tiff, GPS, 4, 1, 56_u32.to_be_bytes());
    tiff.extend([0; 4]);
    tiff.extend(1_u16.to_be_bytes());
    entry(&mut tiff, TAKEN, 2, 20, 158_u32.to_be_bytes());
    tiff.extend([0; 4]);
    tiff.extend(4_u16.to_be_bytes());
    for (n, side) in sides.iter().enumerate() {
        let tag = 1 + 2 * n as u16;
        entry(&mut tiff, tag, 2, 2, [side[0], side[1], 0, 0]);
        entry(&mut tiff, tag + 1, 5, 3, (110 + 24 * n as u32).to_be_bytes());
    }
    tiff.extend([0; 4]);
    for number in place.concat() {
        tiff.extend(number.to_be_bytes());
        tiff.extend(1_u32.to_be_bytes());
    }
    tiff.extend(time.as_bytes());
    tiff.push(0);
    let mut out = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1];
    out.extend((tiff.len() as u16 + 8).to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn place_and_time_are_read() {
        let bytes = written([[46, 30, 36], [13, 45, 0]], [b"S\0", b"E\0"], "2010:12:14 06:20:30");
        let taken = read(&bytes);
        let (lat, lon) = taken.place.unwrap();
        assert!((lat + 46.51).abs() < 1e-9 && (lon - 13.75).abs() < 1e-9, "{taken:?}");
        assert_eq!((taken.time, taken.offset), (Some(datetime!(2010-12-14 06:20:30)), None));
        assert_eq!(
            (offset("+05:30"), offset("-01:00"), offset("x")),
            (Some(330), Some(-60), None)
        );
    }

    #[test]
    fn what_is_cut_short_or_odd_tells_nothing_and_breaks_nothing() {
        let bytes = written([[46, 30, 36], [13, 45, 0]], [b"N\0", b"W\0"], "2010:13:14 06:20:30");
        assert_eq!(read(&bytes).time, None);
        for end in 0..bytes.len() {
            let _ = read(&bytes[..end]);
        }
        for at in 0..bytes.len() {
            let mut odd = bytes.clone();
            odd[at] = 0xff;
            let _ = read(&odd);
        }
        assert_eq!(read(b"\x89PNG"), Taken::default());
        assert_eq!(
            read(&written([[0; 3]; 2], [b"N\0", b"E\0"], "0000:00:00 00:00:00")),
            Taken::default()
        );
    }
}
