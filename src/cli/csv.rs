//! Tables in text, by RFC 4180: fields in quotes may hold separators, quotes and line breaks.
//!
//! What others write is borne with: a semicolon or a tabulator in the comma's place, any line end, any of the usual
//! encodings, a quote that is never closed.

use std::iter::Peekable;
use std::str::Chars;

use encoding_rs::{Encoding, WINDOWS_1252};

/// The text of a table: as its mark says, else UTF-8, else that of old spreadsheets.
pub fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// The rows of a table, one at a time; empty lines are none.
pub struct Rows<'a> {
    text: Peekable<Chars<'a>>,
    separator: char,
}

/// Reads a table. What separates the fields is told by its first line.
pub fn read(text: &str) -> Rows<'_> {
    let mut is_quoted = false;
    let mut counts = [(',', 0), (';', 0), ('\t', 0)];
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '\n' | '\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(separator, _)| *separator == letter)
                .for_each(|(_, count)| *count += 1),
        }
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    Rows {
        text: text.chars().peekable(),
        separator: most.map_or(',', |(separator, _)| separator),
    }
}

impl Rows<'_> {
    /// The next field; what ended it stays.
    fn field(&mut self) -> String {
        let mut field = String::new();
        if self.text.next_if_eq(&'"').is_some() {
            while let Some(letter) = self.text.next() {
                match letter {
                    '"' if self.text.next_if_eq(&'"').is_none() => break,
                    letter => field.push(letter),
                }
            }
        }
        let separator = self.separator;
        let goes_on = |letter: &char| *letter != separator && !matches!(letter, '\n' | '\r');
        while let Some(letter) = self.text.next_if(goes_on) {
            field.push(letter);
        }
        field
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        while self.text.next_if(|letter| matches!(letter, '\n' | '\r')).is_some() {}
        self.text.peek()?;
        let mut row = vec![self.field()];
        while self.text.next_if_eq(&self.separator).is_some() {
            row.push(self.field());
        }
        Some(row)
    }
}

/// A row as it is written, with its line end.
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = fields.into_iter().map(quoted).collect();
    fields.join(",") + "\r\n"
}

fn quoted(field: &str) -> String {
    match field.contains([',', ';', '\t', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text).collect()
    }

    #[test]
    fn quotes_hold_separators_quotes_and_line_breaks() {
        let text = "a,b,c\r\n1,\"x, \"\"y\"\"\nz\",\r\n\n,,\r\n";
        assert_eq!(
            rows(text),
            [vec!["a", "b", "c"], vec!["1", "x, \"y\"\nz", ""], vec!["", "", ""]]
        );
    }

    #[test]
    fn what_others_write_is_borne_with() {
        assert_eq!(rows("a;b\r1;2,5"), [["a", "b"], ["1", "2,5"]]);
        assert_eq!(rows("\"a,b,c\"\tb\n1\t2"), [["a,b,c", "b"], ["1", "2"]]);
        assert_eq!(rows("a,b\n1,\"open"), [["a", "b"], ["1", "open"]]);
        assert_eq!(rows("a,b\n\"1\"x,2"), [["a", "b"], ["1x", "2"]]);
        assert_eq!(rows("one"), [["one"]]);
        assert!(rows("\n\r\n").is_empty() && rows("").is_empty());
    }

    #[test]
    fn the_usual_encodings_are_read() {
        assert_eq!(decode(b"\xef\xbb\xbf\xc3\xa9"), "é");
        assert_eq!(decode(b"\xff\xfe\xe9\x00"), "é");
        assert_eq!(decode(b"\xe9"), "é");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let fields = ["plain", "a;b", "say \"x\"\r\nand y", "", " é,"];
        let text = row(["1", "2", "3", "4", "5"]) + &row(fields);
        assert_eq!(rows(&text)[1], fields);
    }
}
