//! Numbers as Python's `float` reads them, written so that every reader understands them.
//!
//! The stored files were read by a Python program, so whatever it took for a number must be one here.

/// A number, or none when the text is not one. `nan` and `inf` are numbers.
pub fn parse(text: &str) -> Option<f64> {
    // The common case first; Rust's grammar is Python's but for space and underscores.
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => parse_unusual(text.trim()),
    }
}

fn parse_unusual(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return text.parse().ok();
    }
    let bytes = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let between_digits = bytes
        .iter()
        .enumerate()
        .filter(|&(_, &byte)| byte == b'_')
        .all(|(i, _)| digit(i.checked_sub(1)) && digit(Some(i + 1)));
    if !between_digits {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// Whether a number is written as a plain decimal, which is all that the GPX schema allows.
pub fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'))
}

/// The shortest decimal that reads back as the same number, without exponent; `nan` and `inf` as Python writes them.
pub fn format(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let mut text = number.to_string();
    if number.is_finite() && number == number.trunc() {
        text.push_str(".0");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, number) in [
            ("1", Some(1.0)),
            (" +2.5\n", Some(2.5)),
            ("1e1", Some(10.0)),
            ("1_0.2_5", Some(10.25)),
            (".5", Some(0.5)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("", None),
            (" ", None),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1,5", None),
            ("0x10", None),
        ] {
            assert_eq!(parse(text), number, "{text:?}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn numbers_are_written_without_exponent_and_read_back_equal() {
        assert_eq!(format(101.10), "101.1");
        assert_eq!(format(-3.0), "-3.0");
        assert_eq!(format(1e-7), "0.0000001");
        assert_eq!(format(f64::NAN), "nan");
        assert_eq!(format(f64::NEG_INFINITY), "-inf");
        for number in [1e22, 1.0 / 3.0, -0.0, 5e-324] {
            assert!(is_plain(&format(number)));
            assert_eq!(parse(&format(number)), Some(number));
        }
    }
}
