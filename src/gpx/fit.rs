//! FIT files, which bicycle computers and watches write, turned into GPX.
//!
//! Only the messages called "record" matter here: one place each. The format describes itself, so that all else is
//! stepped over. After Garmin's "FIT Protocol" and the profile of its SDK; the file is checked against its checksum
//! before anything in it is believed. Like in the original, all records are one segment.

mod record;

use super::compose::{Composer, Sample};
use super::reason::Reason;
use record::{Record, TIMESTAMP, integer};

/// The shortest header; some have a checksum of their own behind it.
const HEADER: usize = 12;
const MARK: &[u8] = b".FIT";
/// Bytes of the checksum.
const CHECKSUM: usize = 2;

/// The number of the message that records a place.
const RECORD: u16 = 20;

/// Whether the bytes are those of a FIT file.
pub(super) fn is_fit(bytes: &[u8]) -> bool {
    bytes.get(HEADER - MARK.len()..HEADER) == Some(MARK)
}

/// The recorded places as GPX of `most` bytes at most; several files may follow each other.
///
/// # Errors
/// [`Reason::Truncated`], [`Reason::Fit`], [`Reason::TooLarge`].
pub(super) fn to_gpx(bytes: &[u8], most: usize) -> Result<String, Reason> {
    let mut composer = Composer::new(most);
    composer.begin_track();
    composer.begin_segment();
    let mut rest = bytes;
    while !rest.is_empty() {
        let messages = split_file(&mut rest)?;
        read_messages(messages, &mut composer)?;
    }
    composer.end_segment()?;
    composer.end_track(None, None)?;
    Ok(composer.finish())
}

/// Cuts the first file off and answers its messages, found undamaged.
fn split_file<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Reason> {
    let bytes = *rest;
    if bytes.len() < HEADER {
        return Err(Reason::Truncated);
    }
    let header = usize::from(bytes[0]);
    if !is_fit(bytes) || header < HEADER {
        return Err(Reason::Fit);
    }
    let length = bytes[4..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    let end = header.saturating_add(length as usize);
    let (whole, after) = bytes
        .split_at_checked(end.saturating_add(CHECKSUM))
        .ok_or(Reason::Truncated)?;
    // With its own checksum behind it, the checksum of anything is zero.
    if checksum(whole) != 0 {
        return Err(Reason::Fit);
    }
    *rest = after;
    Ok(&whole[header..end])
}

/// CRC-16 with the polynomial 0xA001 (reflected), from zero.
fn checksum(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut value = byte as u16;
            let mut bit = 0;
            while bit < 8 {
                value = (value >> 1) ^ (0xA001 * (value & 1));
                bit += 1;
            }
            table[byte] = value;
            byte += 1;
        }
        table
    };
    let add = |crc: u16, &byte: &u8| (crc >> 8) ^ TABLE[usize::from(crc as u8 ^ byte)];
    bytes.iter().fold(0, add)
}

/// How the messages of one kind are laid out.
struct Definition {
    message: u16,
    big_endian: bool,
    fields: Vec<Field>,
    /// Bytes behind the fields that apps on the device added.
    foreign: usize,
}

struct Field {
    number: u8,
    size: usize,
    base: u8,
}

/// What the messages so far have said.
#[derive(Default)]
struct State {
    definitions: [Option<Definition>; 16],
    /// The last timestamp, in seconds.
    clock: u32,
}

fn read_messages(mut messages: &[u8], composer: &mut Composer) -> Result<(), Reason> {
    let mut state = State::default();
    while let Some((&header, rest)) = messages.split_first() {
        messages = rest;
        let local = usize::from(header & 0x0f);
        let found = match header {
            // A short header, which holds the lowest five bits of the time too.
            0x80.. => state.take_data(&mut messages, usize::from(header >> 5 & 3), Some(header & 31))?,
            0x40.. => {
                state.definitions[local] = Some(take_definition(&mut messages, header & 0x20 != 0)?);
                None
            }
            _ => state.take_data(&mut messages, local, None)?,
        };
        if let Some(sample) = found {
            composer.point(&sample)?;
        }
    }
    Ok(())
}

fn take<'a>(from: &mut &'a [u8], count: usize) -> Result<&'a [u8], Reason> {
    from.split_off(..count).ok_or(Reason::Fit)
}

fn take_definition(from: &mut &[u8], has_foreign: bool) -> Result<Definition, Reason> {
    let [_, order, first, second, count] = *take(from, 5)? else {
        return Err(Reason::Fit);
    };
    let big_endian = order != 0;
    let message = match big_endian {
        true => u16::from_be_bytes([first, second]),
        false => u16::from_le_bytes([first, second]),
    };
    let triples = take(from, 3 * usize::from(count))?.chunks_exact(3);
    let fields = triples.map(|triple| Field {
        number: triple[0],
        size: usize::from(triple[1]),
        base: triple[2],
    });
    let fields = fields.collect();
    let mut foreign = 0;
    if has_foreign {
        let count = usize::from(take(from, 1)?[0]);
        foreign = take(from, 3 * count)?
            .chunks_exact(3)
            .map(|triple| usize::from(triple[1]))
            .sum();
    }
    Ok(Definition {
        message,
        big_endian,
        fields,
        foreign,
    })
}

impl State {
    /// Takes a message; the place that it records, when it does.
    fn take_data(&mut self, from: &mut &[u8], local: usize, short: Option<u8>) -> Result<Option<Sample>, Reason> {
        let definition = self.definitions[local].as_ref().ok_or(Reason::Fit)?;
        let mut record = Record::default();
        if let Some(low) = short {
            let ahead = u32::from(low.wrapping_sub(self.clock as u8) & 31);
            record.timestamp = Some(self.clock.wrapping_add(ahead));
        }
        for field in &definition.fields {
            let bytes = take(from, field.size)?;
            let is_wanted = definition.message == RECORD || field.number == TIMESTAMP;
            if let Some(value) = integer(field.base, definition.big_endian, bytes).filter(|_| is_wanted) {
                record.note(field.number, value);
            }
        }
        take(from, definition.foreign)?;
        self.clock = record.timestamp.unwrap_or(self.clock);
        Ok(match definition.message {
            RECORD => record.sample(),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Gpx, Sensors, Time, import, write};

    const MOST: usize = 1 << 20;
    const UINT8: u8 = 0x02;
    const UINT16: u8 = 0x84;
    const SINT32: u8 = 0x85;
    const UINT32: u8 = 0x86;
    /// Timestamp, latitude, longitude.
    const PLACE: [[u8; 3]; 3] = [[253, 4, UINT32], [0, 4, SINT32], [1, 4, SINT32]];
    const NOON: u32 = 1_083_492_000; // 2024-05-01T10:00:00Z

    fn definition(local: u8, message: u16, fields: &[[u8; 3]]) -> Vec<u8> {
        let head = [0x40 | local, 0, 0];
        let count = [fields.len() as u8];
        [&head[..], &message.to_le_bytes(), &count, &fields.concat()].concat()
    }

    fn place(seconds: u32, lat: i32, lon: i32) -> Vec<u8> {
        [&seconds.to_le_bytes()[..], &lat.to_le_bytes(), &lon.to_le_bytes()].concat()
    }

    fn file(messages: &[&[u8]]) -> Vec<u8> {
        let messages = messages.concat();
        let length = (messages.len() as u32).to_le_bytes();
        let mut file = [&[14, 0x10, 0, 0], &length[..], MARK, &[0, 0], &messages].concat();
        file.extend(checksum(&file).to_le_bytes());
        file
    }

    fn read(bytes: Vec<u8>) -> Gpx {
        import(bytes, MOST).unwrap()
    }

    fn refused(bytes: &[u8]) -> Reason {
        import(bytes.to_vec(), MOST).map(drop).unwrap_err().reason
    }

    fn times(gpx: &Gpx) -> Vec<String> {
        let all = gpx.points().iter().map(|point| point.time().map(Time::format));
        all.map(Option::unwrap_or_default).collect()
    }

    /// Two places, a second apart.
    fn ride() -> Vec<u8> {
        let mut fields = PLACE.to_vec();
        fields.extend([[2, 2, UINT16], [3, 1, UINT8], [7, 2, UINT16], [13, 1, 0x01]]);
        let first = [
            &[0],
            &place(NOON, 1 << 29, -(1 << 28))[..],
            &[0xf6, 9, 140, 210, 0, 0xfd],
        ]
        .concat();
        let second = [
            &[0],
            &place(NOON + 1, 1 << 29, 0)[..],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ]
        .concat();
        file(&[&definition(0, RECORD, &fields), &first, &second])
    }

    #[test]
    fn records_become_points_and_what_is_unknown_is_absent() {
        let gpx = read(ride());
        let [first, second] = gpx.points() else { panic!() };
        assert_eq!((first.lat, first.lon), (45.0, -22.5));
        assert_eq!(first.elevation(), Some(10.0));
        let sensors = Sensors {
            heart_rate: Some(140.0),
            cadence: None,
            power: Some(210.0),
            temperature: Some(-3.0),
        };
        assert_eq!(gpx.sensors(first), sensors);
        assert_eq!((second.elevation(), second.has_extensions()), (None, false));
        assert_eq!(times(&gpx), ["2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z"]);
        assert_eq!((gpx.tracks().len(), gpx.segments().count()), (1, 1));
        assert!(write(&gpx).starts_with(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\""));
    }

    #[test]
    fn the_finer_altitude_counts_alone_and_before_the_other() {
        let fields = [&PLACE[..], &[[2, 2, UINT16], [78, 4, UINT32]]].concat();
        let place = place(NOON, 0, 0);
        let both = [&[0], &place[..], &2500_u16.to_le_bytes(), &2501_u32.to_le_bytes()].concat();
        let fine = [&[0], &place[..], &[0xff, 0xff], &7500_u32.to_le_bytes()].concat();
        let rough = [&[0], &place[..], &2500_u16.to_le_bytes(), &[0xff; 4]].concat();
        let gpx = read(file(&[&definition(0, RECORD, &fields), &both, &fine, &rough]));
        let elevations: Vec<_> = gpx.points().iter().map(|point| point.elevation()).collect();
        assert_eq!(elevations, [Some(2501.0 / 5.0 - 500.0), Some(1000.0), Some(0.0)]);
    }

    #[test]
    fn records_without_a_position_are_left_out_and_those_without_a_time_stay() {
        let nowhere = [&[0], &place(NOON, i32::MAX, 5)[..]].concat();
        let timeless = [&[0], &place(u32::MAX, 5, 5)[..]].concat();
        let since_power_up = [&[0], &place(77, 5, 5)[..]].concat();
        let gpx = read(file(&[
            &definition(0, RECORD, &PLACE),
            &nowhere,
            &timeless,
            &since_power_up,
        ]));
        assert_eq!(times(&gpx), ["", ""]);
        let empty = read(file(&[]));
        assert_eq!(empty.check_points().unwrap_err().reason, Reason::NoPoints);
    }

    #[test]
    fn big_endian_foreign_fields_and_other_messages_are_understood() {
        let mut layout = vec![0x63, 0, 1, 0, RECORD as u8, 3];
        layout.extend(PLACE.concat());
        layout.extend([2, 0, 4, 0, 1, 3, 0]);
        let mut data = vec![3];
        data.extend(NOON.to_be_bytes());
        data.extend((1_i32 << 29).to_be_bytes());
        data.extend((-(1_i32 << 30)).to_be_bytes());
        data.extend([9; 7]);
        let event = definition(1, 21, &[[253, 4, UINT32], [0, 1, 0], [3, 16, 7]]);
        let happened = [&[1], &[7; 21][..]].concat();
        let gpx = read(file(&[&event, &layout, &happened, &data, &happened]));
        let [point] = gpx.points() else { panic!() };
        assert_eq!((point.lat, point.lon), (45.0, -90.0));
        assert_eq!(times(&gpx), ["2024-05-01T10:00:00Z"]);
    }

    #[test]
    fn short_headers_carry_the_time_on() {
        let low = NOON as u8 & 31;
        let layouts = [definition(0, RECORD, &PLACE), definition(2, RECORD, &PLACE[1..])].concat();
        let first = [&[0], &place(NOON, 1, 1)[..]].concat();
        let later = |seconds: u8| [&[0x80 | 2 << 5 | (low + seconds) & 31], &place(0, 2, 2)[4..]].concat();
        let gpx = read(file(&[
            &layouts,
            &first,
            &later(5),
            &later(31),
            &later(32 + 3),
            &later(32 + 3),
        ]));
        let seconds = ["00", "05", "31", "35", "35"].map(|s| format!("2024-05-01T10:00:{s}Z"));
        assert_eq!(times(&gpx), seconds);
    }

    #[test]
    fn files_that_follow_each_other_are_one() {
        let gpx = read([ride(), ride()].concat());
        assert_eq!((gpx.points().len(), gpx.segments().count()), (4, 1));
        assert_eq!(refused(&[ride(), b"more".to_vec()].concat()), Reason::Truncated);
        assert_eq!(refused(&[ride(), vec![7; 50]].concat()), Reason::Fit);
    }

    #[test]
    fn a_torn_or_damaged_file_is_told() {
        let good = ride();
        for end in HEADER..good.len() {
            assert_eq!(refused(&good[..end]), Reason::Truncated, "{end}");
        }
        for at in (0..good.len()).filter(|at| !(4..HEADER).contains(at)) {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let reason = refused(&bad);
                assert!(matches!(reason, Reason::Fit | Reason::Truncated), "{at}: {reason:?}");
            }
        }
        let undefined: &[u8] = &[5, 1, 2, 3];
        let cut_short = definition(0, RECORD, &PLACE);
        for messages in [undefined, &cut_short[..8], &[&cut_short[..], &[0, 1]].concat(), &[0x85]] {
            assert_eq!(refused(&file(&[messages])), Reason::Fit);
        }
        let nowhere = [&definition(0, RECORD, &PLACE)[..], &[0], &place(NOON, i32::MIN, 0)[..]].concat();
        assert_eq!(refused(&file(&[&nowhere])), Reason::OutOfRange);
    }

    #[test]
    fn messages_of_no_length_end_and_many_points_are_bounded() {
        let hollow = [definition(0, RECORD, &[]), vec![0; 100_000]].concat();
        assert_eq!(read(file(&[&hollow])).points().len(), 0);
        let layouts = [definition(0, RECORD, &PLACE[1..2]), definition(1, RECORD, &PLACE[1..])].concat();
        let many = [&[1], &place(0, 3, 3)[4..]].concat().repeat(20_000);
        let bytes = file(&[&layouts, &many]);
        assert!(bytes.len() < MOST / 4);
        assert_eq!(refused(&bytes), Reason::TooLarge);
    }
}
