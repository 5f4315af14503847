//! Instants and how they are written down.
//!
//! The database keeps date-times as text without a zone (`2024-05-01 10:00:00.000000`); whether that
//! is UTC or the wall clock at a track's place depends on the column and is the caller's knowledge.
//! Nothing here knows a language: what a visitor reads is made in `web::lang`.

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// The present instant, in UTC.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc() + off_by()
}

/// The variable that names a file with the seconds by which the clock is wrong: for tests, which have no other
/// clock to set. Only debug builds look at it.
pub const VARIABLE: &str = "FIETSBOEK_CLOCK_OFF_BY";

#[cfg(debug_assertions)]
fn off_by() -> Duration {
    let seconds = std::env::var_os(VARIABLE).and_then(|file| std::fs::read_to_string(file).ok());
    Duration::seconds(seconds.and_then(|text| text.trim().parse().ok()).unwrap_or(0))
}

/// Nothing: this is a release build.
#[cfg(not(debug_assertions))]
fn off_by() -> Duration {
    Duration::ZERO
}

/// The present instant as a UTC wall clock, the form of the database's UTC columns.
pub fn now_wall() -> PrimitiveDateTime {
    wall(now())
}

/// The UTC wall clock of an instant.
pub fn wall(instant: OffsetDateTime) -> PrimitiveDateTime {
    let utc = instant.to_offset(time::UtcOffset::UTC);
    PrimitiveDateTime::new(utc.date(), utc.time())
}

/// A date-time as the database stores it: always six fractional digits, a space, no zone.
pub fn to_db(at: PrimitiveDateTime) -> String {
    format!(
        "{} {}.{:06}",
        date_text(at.date()),
        time_text(at.time()),
        at.microsecond()
    )
}

/// Reads a date-time of the database. Besides the form that is written it takes what the original
/// takes: a `T`, a missing or shorter fraction, minutes only, a date alone, a trailing zone (ignored).
pub fn from_db(text: &str) -> Option<PrimitiveDateTime> {
    let text = text.trim();
    let date = parse_date(text.get(..10)?)?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(date.midnight());
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let end = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    Some(PrimitiveDateTime::new(date, parse_time(clock[..end].trim_end())?))
}

/// Reads `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
}

/// Reads `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f…`; digits past the microsecond are dropped.
pub fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let (second, micro) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once(['.', ',']) {
            None => (digits(seconds, 2)?, 0),
            Some((whole, fraction)) => (digits(whole, 2)?, micros(fraction)?),
        },
    };
    if parts.next().is_some() {
        return None;
    }
    let small = |n: u32| u8::try_from(n).ok();
    Time::from_hms_micro(small(hour)?, small(minute)?, small(second)?, micro).ok()
}

fn micros(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

fn digits(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `YYYY-MM-DD`.
pub fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// `hh:mm:ss`, without the fraction.
pub fn time_text(time: Time) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

/// An instant as RFC 3339 in UTC with whole seconds: `2026-11-22T09:16:00Z`.
pub fn rfc3339(instant: OffsetDateTime) -> String {
    let wall = wall(instant);
    format!("{}T{}Z", date_text(wall.date()), time_text(wall.time()))
}

/// An instant as HTTP writes it (RFC 9110, IMF-fixdate): `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http_date(instant: OffsetDateTime) -> String {
    let wall = wall(instant);
    let weekday = &wall.weekday().to_string()[..3];
    let month = &wall.month().to_string()[..3];
    format!(
        "{weekday}, {:02} {month} {:04} {} GMT",
        wall.day(),
        wall.year(),
        time_text(wall.time())
    )
}

/// Reads an instant as HTTP writes it, in each of the three forms (RFC 9110, 5.6.7).
pub fn parse_http_date(text: &str) -> Option<OffsetDateTime> {
    let parts: Vec<&str> = text.split([' ', '-']).filter(|part| !part.is_empty()).collect();
    let (day, month, year, clock) = match parts[..] {
        [weekday, day, month, year, clock, "GMT"] if weekday.ends_with(',') => (day, month, year, clock),
        [_, month, day, clock, year] => (day, month, year, clock),
        _ => return None,
    };
    let year = match digits(year, 4) {
        Some(year) => year,
        None => digits(year, 2).map(|short| short + if short < 70 { 2000 } else { 1900 })?,
    };
    let day = digits(day, 2).or_else(|| digits(day, 1))?;
    let month = (1..=12)
        .filter_map(|number| Month::try_from(number).ok())
        .find(|named| named.to_string()[..3] == *month)?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, parse_time(clock)?).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_is_written_is_read_back() {
        let at = datetime!(2024-05-01 10:00:00.000343);
        assert_eq!(to_db(at), "2024-05-01 10:00:00.000343");
        assert_eq!(from_db(&to_db(at)), Some(at));
    }

    #[test]
    fn the_tolerated_forms_are_read() {
        for (text, expected) in [
            ("2024-05-01T10:00:00", datetime!(2024-05-01 10:00:00)),
            ("2024-05-01 10:00", datetime!(2024-05-01 10:00:00)),
            ("2024-05-01", datetime!(2024-05-01 0:00:00)),
            ("2024-05-01 10:00:00.5+02:00", datetime!(2024-05-01 10:00:00.5)),
            ("2024-05-01T10:00:00.123456789Z", datetime!(2024-05-01 10:00:00.123456)),
        ] {
            assert_eq!(from_db(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "today",
            "2024-13-01",
            "2024-02-30 10:00",
            "2024-05-01 25:00:00",
            "2024-05-01x10:00",
            "２０２４-05-01",
        ] {
            assert_eq!(from_db(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_written_for_machines() {
        let at = datetime!(1994-11-06 08:49:37 UTC);
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(rfc3339(at), "1994-11-06T08:49:37Z");
    }

    #[test]
    fn the_three_forms_of_http_dates_are_read() {
        let at = datetime!(1994-11-06 08:49:37 UTC);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse_http_date(text), Some(at), "{text}");
        }
        assert_eq!(parse_http_date(&http_date(at)), Some(at));
        for text in [
            "",
            "yesterday",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Növ 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
