//! A point in time as GPX files write it: with a zone, or naive (without one).
//!
//! Two machine words, because a file may have a million of them. A naive time is kept as if it were UTC,
//! which is also how it is read: results must not depend on the zone of the server.

use ::time::{Date, OffsetDateTime, UtcOffset};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// The Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;
/// Days from 0000-03-01 to 1970-01-01.
const MARCH_BEFORE_EPOCH: i64 = 719_468;
/// 0001-01-01T00:00:00.
const FIRST: i64 = -719_162 * MICROS_PER_DAY;
/// 9999-12-31T23:59:59.999999.
const LAST: i64 = 2_932_897 * MICROS_PER_DAY - 1;
/// Stands in the place of the offset when there is none.
const NAIVE: i16 = i16::MIN;

/// A time with its zone, or naive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    micros: i64,
    zone: i16,
}

/// What became of the text of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A time.
    Time(Time),
    /// Not a time: counts as absent (the rule of gpxpy).
    Absent,
    /// It has the form of a time but lies outside the years 1 to 9999, or its zone is a day or more.
    OutOfRange,
}

impl Time {
    /// A naive time: microseconds since 1970-01-01T00:00:00 on its own clock.
    pub const fn naive(micros: i64) -> Time {
        Time { micros, zone: NAIVE }
    }

    /// A zoned time: microseconds since the Unix epoch, and the offset of its zone in minutes.
    pub const fn zoned(micros: i64, offset: i16) -> Time {
        Time { micros, zone: offset }
    }

    /// Microseconds since the Unix epoch; a naive time is taken for UTC.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The offset of its zone in minutes; none for a naive time.
    pub const fn offset(self) -> Option<i16> {
        match self.zone {
            NAIVE => None,
            offset => Some(offset),
        }
    }

    /// Seconds from `earlier` to this time.
    pub fn seconds_since(self, earlier: Time) -> f64 {
        self.micros.saturating_sub(earlier.micros) as f64 / 1e6
    }

    /// The same zone, so many microseconds before; never before the year 1.
    pub(super) fn moved_back(self, micros: i64) -> Time {
        let micros = self.micros.saturating_sub(micros).clamp(FIRST, LAST);
        Time { micros, ..self }
    }

    /// What the clock shows at this moment in the zone of that offset (minutes): microseconds since 1970-01-01T00:00:00.
    pub const fn wall_micros(self, offset: i16) -> i64 {
        self.micros + offset as i64 * MICROS_PER_MINUTE
    }

    /// The same as a value of the `time` crate, in its own zone (naive: UTC).
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        let nanos = i128::from(self.micros.clamp(FIRST, LAST)) * 1000;
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let seconds = i32::from(self.offset().unwrap_or(0)) * 60;
        UtcOffset::from_whole_seconds(seconds)
            .ok()
            .and_then(|offset| time.checked_to_offset(offset))
            .unwrap_or(time)
    }

    /// Reads the form of gpxpy: `YYYY-M-DTh:m:s`, `T` or a space, a fraction of up to 15 digits (cut to
    /// microseconds), and `Z`, `±HH`, `±HHMM`, `±HH:MM` or nothing. Nothing is trimmed but one line end.
    pub(super) fn parse(text: &str) -> Parsed {
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut scan = Scan(text.as_bytes());
        match scan.time() {
            Some(parts) => parts.assemble(),
            None if has_long_year(text) => Parsed::OutOfRange,
            None => Parsed::Absent,
        }
    }

    /// The form in which it is written: `Z` for UTC, `±HH:MM` otherwise, nothing for a naive time.
    pub fn format(self) -> String {
        let wall = self.wall_micros(self.offset().unwrap_or(0)).clamp(FIRST, LAST);
        let days = wall.div_euclid(MICROS_PER_DAY) + EPOCH_JULIAN_DAY;
        let date = i32::try_from(days)
            .ok()
            .and_then(|days| Date::from_julian_day(days).ok())
            .unwrap_or(Date::MIN);
        let micros = wall.rem_euclid(MICROS_PER_DAY);
        let seconds = micros / MICROS_PER_SECOND;
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        let fraction = micros % MICROS_PER_SECOND;
        if fraction != 0 {
            let digits = format!(".{fraction:06}");
            text.push_str(digits.trim_end_matches('0'));
        }
        match self.offset() {
            None => {}
            Some(0) => text.push('Z'),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs();
                text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
            }
        }
        text
    }
}

impl From<OffsetDateTime> for Time {
    fn from(time: OffsetDateTime) -> Time {
        let micros = time.unix_timestamp() * MICROS_PER_SECOND + i64::from(time.microsecond());
        Time::zoned(micros, time.offset().whole_minutes())
    }
}

/// The numbers of a time as they stand in the text; the zone in minutes.
struct Parts {
    date: [i64; 3],
    clock: [i64; 3],
    micros: i64,
    zone: Option<i64>,
}

impl Parts {
    fn assemble(&self) -> Parsed {
        let [year, month, day] = self.date;
        let [hour, minute, second] = self.clock;
        if hour > 23 || minute > 59 || second > 59 || year == 0 {
            return Parsed::Absent;
        }
        let Some(days) = days_of(year, month, day) else {
            return Parsed::Absent;
        };
        let seconds = hour * 3600 + minute * 60 + second;
        let wall = days * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + self.micros;
        let Some(zone) = self.zone else {
            return Parsed::Time(Time::naive(wall));
        };
        if zone.abs() >= 24 * 60 {
            return Parsed::OutOfRange;
        }
        let micros = wall - zone * MICROS_PER_MINUTE;
        if !(FIRST..=LAST).contains(&micros) {
            return Parsed::OutOfRange;
        }
        Parsed::Time(Time::zoned(micros, zone as i16))
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, of which there is none below year 1 or with a wrong day.
/// Counted from March, a year's days before a month are a straight line, and the day of a leap year comes last
/// (E. G. Richards, "Calendars", in: Explanatory Supplement to the Astronomical Almanac, 3rd edition, section 15.11).
fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=last).contains(&day) || year < 1 {
        return None;
    }
    let (year, month) = match month > 2 {
        true => (year, month - 3),
        false => (year - 1, month + 9),
    };
    let before = 365 * year + year / 4 - year / 100 + year / 400;
    Some(before + (153 * month + 2) / 5 + day - 1 - MARCH_BEFORE_EPOCH)
}

/// `12345-01-01T…`: a date that no program behind this one can hold.
fn has_long_year(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits > 4 && text.as_bytes().get(digits) == Some(&b'-')
}

/// What is left of the text.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn time(&mut self) -> Option<Parts> {
        let year = self.number(4, 4)?;
        self.expect(b"-")?;
        let month = self.number(1, 2)?;
        self.expect(b"-")?;
        let day = self.number(1, 2)?;
        self.expect(b"T ")?;
        let hour = self.number(1, 2)?;
        self.expect(b":")?;
        let minute = self.number(1, 2)?;
        self.expect(b":")?;
        let second = self.number(1, 2)?;
        let micros = self.fraction()?;
        let zone = self.zone()?;
        self.0.is_empty().then_some(Parts {
            date: [year, month, day],
            clock: [hour, minute, second],
            micros,
            zone,
        })
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let mut number = 0;
        let mut digits = 0;
        while digits < most
            && let Some(byte @ b'0'..=b'9') = self.0.get(digits)
        {
            number = number * 10 + i64::from(byte - b'0');
            digits += 1;
        }
        self.0 = &self.0[digits..];
        (digits >= least).then_some(number)
    }

    fn expect(&mut self, one_of: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        if !one_of.contains(&first) {
            return None;
        }
        self.0 = rest;
        Some(first)
    }

    /// Microseconds; what is finer is cut off.
    fn fraction(&mut self) -> Option<i64> {
        if self.expect(b".").is_none() {
            return Some(0);
        }
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=15).contains(&digits) {
            return None;
        }
        let (taken, rest) = self.0.split_at(digits);
        self.0 = rest;
        let micros = (0..6).fold(0, |n, i| n * 10 + taken.get(i).map_or(0, |b| i64::from(b - b'0')));
        Some(micros)
    }

    fn zone(&mut self) -> Option<Option<i64>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.expect(b"Z").is_some() {
            return Some(Some(0));
        }
        let sign = match self.0.strip_prefix("\u{2212}".as_bytes()) {
            Some(rest) => {
                self.0 = rest;
                -1
            }
            None if self.expect(b"+-")? == b'-' => -1,
            None => 1,
        };
        let hours = self.number(2, 2)?;
        let _ = self.expect(b":");
        let minutes = match self.0.is_empty() {
            true => 0,
            false => self.number(2, 2)?,
        };
        Some(Some(sign * (hours * 60 + minutes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        match Time::parse(text) {
            Parsed::Time(time) => time.format(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for year in 1..=9999 {
            for (month, day) in (0..=13).flat_map(|month| [0, 1, 27, 28, 29, 30, 31, 32].map(|day| (month, day))) {
                let as_byte = |number: i64| u8::try_from(number).unwrap();
                let known = ::time::Month::try_from(as_byte(month)).ok();
                let known = known.and_then(|month| Date::from_calendar_date(year, month, as_byte(day)).ok());
                let known = known.map(|date| i64::from(date.to_julian_day()) - EPOCH_JULIAN_DAY);
                assert_eq!(days_of(i64::from(year), month, day), known, "{year}-{month}-{day}");
            }
        }
        assert_eq!(days_of(0, 12, 31), None);
    }

    #[test]
    fn times_are_read_as_gpxpy_reads_them() {
        for (text, written) in [
            ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("2024-5-1 1:2:3Z", "2024-05-01T01:02:03Z"),
            ("2024-05-01T10:00:00", "2024-05-01T10:00:00"),
            ("2024-05-01T10:00:00.5+01:00", "2024-05-01T10:00:00.5+01:00"),
            ("2024-05-01T10:00:00+0130", "2024-05-01T10:00:00+01:30"),
            ("2024-05-01T10:00:00-02", "2024-05-01T10:00:00-02:00"),
            ("2024-05-01T10:00:00\u{2212}02", "2024-05-01T10:00:00-02:00"),
            ("1901-12-13T20:45:52.2073437Z", "1901-12-13T20:45:52.207343Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"),
            ("2024-05-01T10:00:60Z", "Absent"),
            ("2023-02-29T10:00:00Z", "Absent"),
            (" 2024-05-01T10:00:00Z", "Absent"),
            ("2024-05-01T10:00:00z", "Absent"),
            ("2024-05-01", "Absent"),
            ("", "Absent"),
            ("12345-05-01T10:00:00Z", "OutOfRange"),
            ("2024-05-01T10:00:00+24:00", "OutOfRange"),
            ("9999-12-31T23:59:59-01:00", "OutOfRange"),
        ] {
            assert_eq!(round_trip(text), written, "{text}");
        }
    }

    #[test]
    fn a_zone_moves_the_instant_and_not_the_wall_clock() {
        let Parsed::Time(time) = Time::parse("2015-12-11T15:43:13+01:00") else {
            panic!("not a time");
        };
        let Parsed::Time(utc) = Time::parse("2015-12-11T14:43:13Z") else {
            panic!("not a time");
        };
        assert_eq!(time.seconds_since(utc), 0.0);
        assert_eq!(time.wall_micros(60) - utc.micros(), 3_600_000_000);
        assert_eq!(
            time.to_offset_date_time().to_string(),
            "2015-12-11 15:43:13.0 +01:00:00"
        );
        assert_eq!(Time::from(time.to_offset_date_time()), time);
    }
}
