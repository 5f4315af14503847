//! Makes printable text of whatever stands in the maintenance file.
//!
//! The file is edited by hand, by scripts and by other programs, on other systems too: any bytes may
//! stand in it, and a visitor's browser and an administrator's terminal get to see them.

/// How many bytes of the file are shown at most.
pub const SHOWN: usize = 4096;

/// The printable text of a file's first bytes: UTF-8 as far as it is, line ends as `\n`, no control
/// or direction-changing characters, no byte order mark, no blank edges, at most [`SHOWN`] bytes and
/// then an ellipsis. `bytes` may be longer than [`SHOWN`]; then it is known that there is more.
pub fn printable(bytes: &[u8]) -> String {
    let more = bytes.len() > SHOWN;
    let bytes = &bytes[..bytes.len().min(SHOWN)];
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(whole_characters(bytes, more));
    let text = text
        .replace("\r\n", "\n")
        .replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
        .replace('\t', " ");
    let clean: String = text.chars().filter(|c| *c == '\n' || !invisible(*c)).collect();
    let clean = clean.trim();
    if more { format!("{clean}…") } else { clean.to_owned() }
}

/// The same on one line, as a terminal shows it.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out the first bytes of a character that the limit has cut in two.
fn whole_characters(bytes: &[u8], cut: bool) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(e) if cut && e.error_len().is_none() => &bytes[..e.valid_up_to()],
        _ => bytes,
    }
}

/// Control characters, and those that turn the direction of the text around them.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(
            printable("Zurück um 12 Uhr.\n\nBis dann".as_bytes()),
            "Zurück um 12 Uhr.\n\nBis dann"
        );
    }

    #[test]
    fn the_newline_of_echo_is_no_part_of_the_reason() {
        assert_eq!(printable(b"Updating\n"), "Updating");
    }

    #[test]
    fn other_systems_line_ends_and_marks_are_understood() {
        assert_eq!(printable(b"\xef\xbb\xbfone\r\ntwo\rthree"), "one\ntwo\nthree");
    }

    #[test]
    fn what_cannot_be_printed_goes() {
        assert_eq!(printable(b"a\0b\x1b[31mc\x07\tz"), "ab[31mc z");
        assert_eq!(printable("a\u{202e}b\u{9b}c".as_bytes()), "abc");
        assert_eq!(printable(b"caf\xe9"), "caf\u{fffd}");
    }

    #[test]
    fn a_long_text_ends_at_a_whole_character_with_an_ellipsis() {
        let shown = printable("ä".repeat(5000).as_bytes());
        assert_eq!(shown.chars().count(), SHOWN / 2 + 1);
        assert!(shown.ends_with("ä…"));
        let shown = printable(format!("x{}", "ä".repeat(5000)).as_bytes());
        assert!(shown.ends_with("ä…") && !shown.contains('\u{fffd}'));
    }

    #[test]
    fn blank_is_empty() {
        assert_eq!(printable(b" \n\r\n\t"), "");
    }

    #[test]
    fn a_terminal_gets_one_line() {
        assert_eq!(one_line("Back\nat  18:00\n"), "Back at 18:00");
    }
}
