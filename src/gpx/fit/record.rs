//! What the fields of a "record" mean, and how a number stands in a field.

use crate::gpx::compose::Sample;
use crate::gpx::sensor::Sensors;
use crate::gpx::time::Time;

/// 1989-12-31T00:00:00Z in Unix time, where FIT begins to count seconds.
const EPOCH: i64 = 631_065_600;
/// Seconds; what is below counts from when the device was switched on.
const RELATIVE: u32 = 0x1000_0000;

/// The field of any message that says when.
pub(super) const TIMESTAMP: u8 = 253;

/// A "record", by the names of the profile.
#[derive(Default)]
pub(super) struct Record {
    pub timestamp: Option<u32>,
    position_lat: Option<f64>,
    position_long: Option<f64>,
    altitude: Option<f64>,
    enhanced_altitude: Option<f64>,
    speed: Option<f64>,
    enhanced_speed: Option<f64>,
    sensors: Sensors,
}

impl Record {
    /// Takes in the value of a field, by the number that the profile gives it.
    pub fn note(&mut self, field: u8, value: i64) {
        let number = value as f64;
        let degrees = number * 180.0 / f64::from(1_u32 << 31);
        let metres = number / 5.0 - 500.0;
        match field {
            TIMESTAMP => self.timestamp = u32::try_from(value).ok(),
            0 => self.position_lat = Some(degrees),
            1 => self.position_long = Some(degrees),
            2 => self.altitude = Some(metres),
            78 => self.enhanced_altitude = Some(metres),
            6 => self.speed = Some(number / 1000.0),
            73 => self.enhanced_speed = Some(number / 1000.0),
            3 => self.sensors.heart_rate = Some(number),
            4 => self.sensors.cadence = Some(number),
            7 => self.sensors.power = Some(number),
            13 => self.sensors.temperature = Some(number),
            _ => {}
        }
    }

    /// The place that it records, when it does.
    pub fn sample(self) -> Option<Sample> {
        let timestamp = self.timestamp.filter(|&timestamp| timestamp >= RELATIVE);
        Some(Sample {
            lat: self.position_lat?,
            lon: self.position_long?,
            elevation: self.enhanced_altitude.or(self.altitude),
            time: timestamp.map(|seconds| Time::zoned((EPOCH + i64::from(seconds)) * 1_000_000, 0)),
            sensors: self.sensors,
            speed: self.enhanced_speed.or(self.speed),
        })
    }
}

/// The whole number in a field; none when it is no single one or stands for "not known".
pub(super) fn integer(base: u8, big_endian: bool, bytes: &[u8]) -> Option<i64> {
    let (signed, size) = match base & 0x1f {
        0x01 => (true, 1),
        0x03 => (true, 2),
        0x05 => (true, 4),
        0x02 | 0x0a => (false, 1),
        0x04 | 0x0b => (false, 2),
        0x06 | 0x0c => (false, 4),
        _ => return None,
    };
    if bytes.len() != size {
        return None;
    }
    let add = |sum: i64, byte: &u8| sum << 8 | i64::from(*byte);
    let value = match big_endian {
        true => bytes.iter().fold(0, add),
        false => bytes.iter().rev().fold(0, add),
    };
    let all = (1_i64 << (8 * size)) - 1;
    let zero_is_none = base & 0x1f >= 0x0a;
    let unknown = match (signed, zero_is_none) {
        (true, _) => all >> 1,
        (false, true) => 0,
        (false, false) => all,
    };
    let is_negative = signed && value > all >> 1;
    (value != unknown).then_some(if is_negative { value - all - 1 } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_their_type_and_none_when_unknown() {
        for (base, bytes, number) in [
            (0x01, &[0x80][..], Some(-128)),
            (0x01, &[0x7f], None),
            (0x02, &[0xfe], Some(254)),
            (0x02, &[0xff], None),
            (0x0a, &[0xff], Some(255)),
            (0x0a, &[0x00], None),
            (0x83, &[0x00, 0x80], Some(-32_768)),
            (0x84, &[0x01, 0x02], Some(0x0201)),
            (0x8b, &[0x00, 0x00], None),
            (0x85, &[0xff; 4], Some(-1)),
            (0x85, &[0xff, 0xff, 0xff, 0x7f], None),
            (0x86, &[0xfe, 0xff, 0xff, 0xff], Some(0xffff_fffe)),
            (0x8c, &[0x00; 4], None),
            (0x86, &[0x00; 8], None),
            (0x02, &[], None),
            (0x07, b"text", None),
            (0x88, &[0x00; 4], None),
        ] {
            assert_eq!(integer(base, false, bytes), number, "{base:#x} {bytes:?}");
            let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
            assert_eq!(integer(base, true, &reversed), number, "{base:#x} {reversed:?}");
        }
    }
}
