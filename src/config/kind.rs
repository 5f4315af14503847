//! The kinds of values: how a text becomes a list, a yes or no, a number, a size.
//!
//! Pure text; which key has which kind stands in [`super::keys`].

/// What the value of a key is, and which values are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Text that is never printed.
    Secret,
    /// Pieces between white space.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any of these words, between white space.
    Choices(&'static [&'static str]),
    /// Yes or no.
    Bool,
    /// Yes or no as Pyramid reads it: what is not yes is no.
    Flag,
    /// A whole number between these two.
    Integer(u64, u64),
    /// A whole number of seconds between these two.
    Seconds(u64, u64),
    /// A number of bytes between these two, with or without a unit.
    Size(u64, u64),
    /// Permission bits in octal.
    Octal,
    /// A file or directory.
    Path,
    /// Files or directories between white space.
    Paths,
    /// An address with a scheme. It may hold a password or a key, so no message repeats it.
    Url,
    /// Of another program: accepted, without any effect here.
    Ignored,
}

impl Kind {
    /// Says what is expected when `value` is none of this kind.
    ///
    /// Addresses and paths have rules of their own and are looked at where they are used.
    pub fn check(self, value: &str) -> Result<(), String> {
        match self {
            Kind::Bool => parse_bool(value).map(drop),
            Kind::Integer(least, most) => parse_integer(value, least, most).map(drop),
            Kind::Seconds(least, most) => parse_seconds(value, least, most).map(drop),
            Kind::Size(least, most) => parse_size(value, least, most).map(drop),
            Kind::Octal => parse_octal(value).map(drop),
            Kind::Choice(words) => one_of(value, words),
            Kind::Choices(words) => value.split_whitespace().try_for_each(|word| one_of(word, words)),
            _ => Ok(()),
        }
    }
}

/// A boolean as the original reads it, whatever the case; an empty value is none.
pub fn parse_bool(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
        _ => Err(format!("{value:?} is neither yes nor no; write true or false")),
    }
}

/// A whole number as Python reads it: a sign and `_` between digits are allowed.
pub fn parse_integer(value: &str, least: u64, most: u64) -> Result<u64, String> {
    parse_digits(value)
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{value:?} is not a whole number from {least} to {most}"))
}

/// A whole number of seconds.
pub fn parse_seconds(value: &str, least: u64, most: u64) -> Result<u64, String> {
    parse_digits(value)
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{value:?} is not a whole number of seconds from {least} to {most}"))
}

/// A number of bytes: digits and, if wanted, one of the units below, whatever the case.
pub fn parse_size(value: &str, least: u64, most: u64) -> Result<u64, String> {
    const UNITS: &[(&str, u64)] = &[
        ("", 1),
        ("b", 1),
        ("kb", 1000),
        ("mb", 1000 * 1000),
        ("gb", 1000 * 1000 * 1000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
    ];
    let end = value.find(|c: char| c.is_alphabetic()).unwrap_or(value.len());
    let unit = value[end..].to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    parse_digits(value[..end].trim_end())
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor))
        .filter(|bytes| (least..=most).contains(bytes))
        .ok_or_else(|| {
            format!("{value:?} is not a size from {least} to {most} bytes; write a whole number and B, KiB, MiB or GiB")
        })
}

/// Permission bits, `600` or `0o600`.
pub fn parse_octal(value: &str) -> Result<u32, String> {
    let digits = value.strip_prefix("0o").unwrap_or(value);
    Some(digits)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| u32::from_str_radix(digits, 8).ok())
        .filter(|bits| *bits <= 0o777)
        .ok_or_else(|| format!("{value:?} is not a permission; write three octal digits such as 600"))
}

/// The pieces between white space and line breaks; a comma separates nothing.
pub fn parse_list(value: &str) -> Vec<String> {
    value.split_whitespace().map(str::to_owned).collect()
}

fn parse_digits(value: &str) -> Option<u64> {
    let digits = value.strip_prefix('+').unwrap_or(value);
    let groups_are_sound = digits
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    if !groups_are_sound {
        return None;
    }
    digits.replace('_', "").parse().ok()
}

fn one_of(value: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&value) {
        return Ok(());
    }
    Err(format!("{value:?} is none of {}", words.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_have_six_spellings_each_in_any_case() {
        for (yes, no) in [
            ("true", "FALSE"),
            ("T", "f"),
            ("Yes", "no"),
            ("y", "N"),
            ("on", "Off"),
            ("1", "0"),
        ] {
            assert_eq!(parse_bool(yes), Ok(true));
            assert_eq!(parse_bool(no), Ok(false));
        }
    }

    #[test]
    fn anything_else_is_neither_yes_nor_no_an_empty_value_too() {
        for value in ["", "maybe", "2", "true ; note", "\u{131}"] {
            assert!(parse_bool(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_number_may_have_a_plus_and_underscores() {
        assert_eq!(parse_integer("+1_000", 0, 9999), Ok(1000));
        for value in [
            "",
            "-1",
            "1__0",
            "_1",
            "1.0",
            "0x10",
            "++1",
            "١",
            "99999999999999999999",
            "10000",
        ] {
            assert!(parse_integer(value, 0, 9999).is_err(), "{value}");
        }
    }

    #[test]
    fn a_size_has_a_unit_or_is_bytes() {
        let sizes = [
            ("512 MiB", 512 << 20),
            ("64kib", 65536),
            ("1 GB", 1_000_000_000),
            ("7", 7),
            ("7 b", 7),
        ];
        for (value, bytes) in sizes {
            assert_eq!(parse_size(value, 0, u64::MAX), Ok(bytes), "{value}");
        }
        for value in [
            "",
            "MiB",
            "1 XiB",
            "-1 MiB",
            "1.5 MiB",
            "99999999999 GiB",
            "1 MiB extra",
            "1é",
        ] {
            assert!(parse_size(value, 0, u64::MAX).is_err(), "{value}");
        }
    }

    #[test]
    fn permissions_are_octal_and_without_special_bits() {
        assert_eq!(parse_octal("600"), Ok(0o600));
        assert_eq!(parse_octal("0o660"), Ok(0o660));
        for value in ["", "0o", "888", "7777", "rw", "+600"] {
            assert!(parse_octal(value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_comma_separates_nothing() {
        assert_eq!(parse_list(" osm, osmde\n\n  opentopo\t"), ["osm,", "osmde", "opentopo"]);
        assert!(parse_list(" \n ").is_empty());
    }

    #[test]
    fn every_word_of_choices_is_checked() {
        let kind = Kind::Choices(&["heatmap", "tilehunter"]);
        assert!(kind.check("heatmap\n tilehunter").is_ok());
        assert!(kind.check("").is_ok());
        assert_eq!(
            kind.check("heatmap, tilehunter"),
            Err("\"heatmap,\" is none of heatmap, tilehunter".to_owned())
        );
    }
}
