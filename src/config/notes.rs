//! What is wrong or odd in the file, collected while it is read.
//!
//! A fault stops the program, a warning goes to the log. Values of keys that hold secrets are never
//! given to this file.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// One remark and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    line: Option<usize>,
    section: String,
    key: String,
    text: String,
}

/// The faults and warnings of one file.
#[derive(Debug)]
pub struct Notes {
    file: PathBuf,
    faults: Vec<Note>,
    warnings: Vec<Note>,
}

impl Notes {
    /// An empty collection for the file as the administrator named it.
    pub fn new(file: &Path) -> Notes {
        Notes {
            file: file.to_path_buf(),
            faults: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds what makes the file unusable; an empty section or key is not printed.
    pub fn fault(&mut self, line: Option<usize>, section: &str, key: &str, text: impl Into<String>) {
        self.faults.push(note(line, section, key, text.into()));
    }

    /// Adds what is odd but can be lived with.
    pub fn warn(&mut self, line: Option<usize>, section: &str, key: &str, text: impl Into<String>) {
        self.warnings.push(note(line, section, key, text.into()));
    }

    /// All faults as one error, a line each, in the order of the file; what has no line comes last.
    pub fn check(&self) -> Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let mut faults: Vec<&Note> = self.faults.iter().collect();
        faults.sort_by_key(|fault| fault.line.unwrap_or(usize::MAX));
        let lines: Vec<String> = faults.iter().map(|fault| self.line(fault)).collect();
        Err(Error::Config(lines.join("\n")))
    }

    /// The warnings, a line each, in the order of the file.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<&Note> = self.warnings.iter().collect();
        warnings.sort_by_key(|warning| warning.line.unwrap_or(usize::MAX));
        warnings.iter().map(|warning| self.line(warning)).collect()
    }

    fn line(&self, note: &Note) -> String {
        let mut text = self.file.display().to_string();
        if let Some(line) = note.line {
            text += &format!(":{line}");
        }
        text += ":";
        if !note.section.is_empty() {
            text += &format!(" [{}]", note.section);
        }
        if !note.key.is_empty() {
            text += &format!(" {}:", note.key);
        }
        text += " ";
        text += &note.text;
        printable(&text)
    }
}

fn note(line: Option<usize>, section: &str, key: &str, text: String) -> Note {
    Note {
        line,
        section: section.to_owned(),
        key: key.to_owned(),
        text,
    }
}

/// One note stays one line, and no key in the file writes control codes on the terminal.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_the_order_of_the_file_and_what_has_no_line_last() {
        let mut notes = Notes::new(Path::new("a.ini"));
        notes.fault(None, "app:main", "session_key", "is missing");
        notes.fault(Some(7), "app:main", "x", "is wrong");
        notes.fault(Some(2), "", "", "is no section");
        let text = notes.check().unwrap_err().text().to_owned();
        assert_eq!(
            text,
            "a.ini:2: is no section\na.ini:7: [app:main] x: is wrong\na.ini: [app:main] session_key: is missing"
        );
    }

    #[test]
    fn a_file_without_faults_passes() {
        let mut notes = Notes::new(Path::new("a.ini"));
        notes.warn(Some(1), "app:main", "x", "is unknown");
        assert!(notes.check().is_ok());
        assert_eq!(notes.warnings(), ["a.ini:1: [app:main] x: is unknown"]);
    }

    #[test]
    fn control_codes_in_a_key_do_not_reach_the_terminal() {
        let mut notes = Notes::new(Path::new("a.ini"));
        notes.warn(Some(1), "app:main", "a\u{1b}[31mb", "is\nunknown");
        assert_eq!(notes.warnings(), ["a.ini:1: [app:main] a\\u{1b}[31mb: is\\nunknown"]);
    }
}
