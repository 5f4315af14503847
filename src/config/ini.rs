//! The dialect of the INI file: from text to sections, keys and values.
//!
//! The values come from the crate `ini`. It tells neither the line of a key nor that one stands
//! twice, and it accepts what the original refuses; so the lines are looked at here first, and only
//! lines that are sound are handed on. What a key means is not known here.

use ::ini::configparser::ini::{Ini as Parser, IniDefault};

use super::notes::Notes;

/// A line that continues a value may begin with `[`; the crate would take it for a section. This
/// byte stands before such a bracket on its way through the crate. It cannot be in the file:
/// [`super::source`] refuses it.
const MARK: char = '\0';

/// The sections in the order of the file.
#[derive(Debug, Default)]
pub struct Ini {
    sections: Vec<Section>,
}

/// What stands below one `[name]`.
#[derive(Debug)]
pub struct Section {
    /// What stands between the brackets.
    pub name: String,
    /// The line of the header, from 1.
    pub line: usize,
    /// The keys in the order of the file.
    pub entries: Vec<Entry>,
}

/// One key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, its case kept.
    pub key: String,
    /// The value; continued lines are joined by `\n`.
    pub value: String,
    /// The line of the key, from 1.
    pub line: usize,
}

impl Ini {
    /// Reads the text; what is malformed goes to the notes and is left out.
    pub fn parse(text: &str, notes: &mut Notes) -> Ini {
        let mut scan = Scan::default();
        for (number, raw) in (1..).zip(text.lines()) {
            scan.look_at(number, raw, notes);
        }
        let mut parser = Parser::new_from_defaults(dialect());
        let map = match parser.read(scan.sound) {
            Ok(map) => map,
            Err(error) => {
                notes.fault(None, "", "", format!("cannot be read: {}", error.to_lowercase()));
                return Ini::default();
            }
        };
        for section in &mut scan.sections {
            for entry in &mut section.entries {
                let value = map.get(&section.name).and_then(|keys| keys.get(&entry.key));
                entry.value = value.cloned().flatten().unwrap_or_default().replace(MARK, "");
            }
        }
        Ini {
            sections: scan.sections,
        }
    }

    /// The section of that name.
    pub fn find_section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// All sections in the order of the file.
    pub fn list_sections(&self) -> &[Section] {
        &self.sections
    }
}

impl Section {
    /// The entry of that key.
    pub fn find_entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

fn dialect() -> IniDefault {
    let mut dialect = IniDefault::default();
    dialect.comment_symbols = vec!['#', ';'];
    dialect.delimiters = vec!['=', ':'];
    dialect.case_sensitive = true;
    dialect.multiline = true;
    dialect.enable_inline_comments = false;
    dialect
}

/// The state of the look at the lines, one after the other.
#[derive(Default)]
struct Scan {
    sections: Vec<Section>,
    /// The section that the line belongs to.
    current: Option<usize>,
    /// The indentation of the last key, which deeper lines continue.
    key_indent: Option<usize>,
    /// The last key was refused, and what continues it is left out with it.
    refused: bool,
    /// A line before the first section was told; one is enough for a file that is no INI file.
    loose: bool,
    /// The lines that the crate gets to see.
    sound: String,
}

impl Scan {
    fn look_at(&mut self, number: usize, raw: &str, notes: &mut Notes) {
        let line = raw.trim();
        let indent = raw.len() - raw.trim_start().len();
        if line.is_empty() || line.starts_with(['#', ';']) {
            self.pass(raw);
        } else if self.key_indent.is_some_and(|key_indent| indent > key_indent) {
            self.continuation(raw, line, indent);
        } else if line.starts_with('[') {
            self.header(number, line, notes);
        } else {
            self.entry(number, raw, line, indent, notes);
        }
    }

    fn pass(&mut self, line: &str) {
        self.sound.push_str(line);
        self.sound.push('\n');
    }

    fn continuation(&mut self, raw: &str, line: &str, indent: usize) {
        if self.refused {
            return;
        }
        if line.starts_with('[') {
            self.pass(&format!("{}{MARK}{line}", &raw[..indent]));
        } else {
            self.pass(raw);
        }
    }

    fn header(&mut self, number: usize, line: &str, notes: &mut Notes) {
        self.key_indent = None;
        let name = line.rfind(']').map(|end| line[1..end].trim());
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            self.current = None;
            notes.fault(
                Some(number),
                "",
                "",
                "this section header is not complete; it is written [name]",
            );
            return;
        };
        let same = self.sections.iter().position(|section| section.name == name);
        if let Some(same) = same {
            if name != "DEFAULT" {
                let first = self.sections[same].line;
                let text = format!("the section stands twice, first in line {first}; make one of both");
                notes.fault(Some(number), name, "", text);
            }
            self.current = Some(same);
        } else {
            self.current = Some(self.sections.len());
            self.sections.push(Section {
                name: name.to_owned(),
                line: number,
                entries: Vec::new(),
            });
        }
        self.pass(&format!("[{name}]"));
    }

    fn entry(&mut self, number: usize, raw: &str, line: &str, indent: usize, notes: &mut Notes) {
        self.key_indent = Some(indent);
        self.refused = true;
        let Some(section) = self.current.and_then(|current| self.sections.get_mut(current)) else {
            // Below a header that is wrong, the header is the fault.
            if self.sections.is_empty() && !self.loose {
                self.loose = true;
                let text = "this line stands before the first section; one begins with [name]";
                notes.fault(Some(number), "", "", text);
            }
            return;
        };
        // The line itself is not printed: it may be the rest of a secret.
        let Some(at) = line.find(['=', ':']) else {
            let text = "this line is not a key and a value; it is written key = value";
            notes.fault(Some(number), &section.name, "", text);
            return;
        };
        let key = line[..at].trim_end();
        if key.is_empty() {
            notes.fault(Some(number), &section.name, "", "this line has a value but no key");
        } else if let Some(first) = section.find_entry(key) {
            let text = format!("the key stands twice, first in line {}; remove one", first.line);
            notes.fault(Some(number), &section.name, key, text);
        } else {
            section.entries.push(Entry {
                key: key.to_owned(),
                value: String::new(),
                line: number,
            });
            self.refused = false;
            self.pass(raw);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The sections as plain text, for comparison: `[name@line]`, then `key@line=value`.
    fn outline(text: &str) -> (Vec<String>, String) {
        let mut notes = Notes::new(Path::new("t.ini"));
        let ini = Ini::parse(text, &mut notes);
        let mut lines = Vec::new();
        for section in ini.list_sections() {
            lines.push(format!("[{}@{}]", section.name, section.line));
            for entry in &section.entries {
                lines.push(format!("{}@{}={}", entry.key, entry.line, entry.value));
            }
        }
        let faults = notes.check().err().map(|error| error.text().to_owned());
        (lines, faults.unwrap_or_default())
    }

    fn sound(text: &str) -> Vec<String> {
        let (lines, faults) = outline(text);
        assert_eq!(faults, "");
        lines
    }

    #[test]
    fn keys_keep_their_case_their_order_and_their_line() {
        let lines = sound("\n[b]\nZed = 1\n\nalpha: 2\n[A]\nzed=3\n");
        assert_eq!(lines, ["[b@2]", "Zed@3=1", "alpha@5=2", "[A@6]", "zed@7=3"]);
    }

    #[test]
    fn a_value_keeps_what_looks_like_a_comment_or_a_delimiter() {
        let lines = sound("[a]\nk = x;y#z = 1: 2 ; rest\nurl: http://h/?a=b\n");
        assert_eq!(lines[1], "k@2=x;y#z = 1: 2 ; rest");
        assert_eq!(lines[2], "url@3=http://h/?a=b");
    }

    #[test]
    fn the_first_of_both_delimiters_ends_the_key() {
        assert_eq!(sound("[a]\na:b = c\nd = e:f\n")[1..], ["a@2=b = c", "d@3=e:f"]);
    }

    #[test]
    fn indented_lines_continue_a_value_across_comments_and_empty_lines() {
        let lines = sound("[a]\nk =\n  one two\n# no\n  ; no\n\n  three = 3\nl = 1\n");
        assert_eq!(lines[1..], ["k@2=\none two\n\nthree = 3", "l@8=1"]);
    }

    #[test]
    fn a_continued_line_may_begin_with_a_bracket() {
        let lines = sound("[a]\nk = 1\n  [b]\n  [c\nl = 2\n");
        assert_eq!(lines, ["[a@1]", "k@2=1\n[b]\n[c", "l@5=2"]);
    }

    #[test]
    fn an_indented_header_and_key_stand_where_nothing_is_continued() {
        assert_eq!(
            sound("  [a]\n  k = 1\n  l = 2\nm = 3\n [b]\n")[1..],
            ["k@2=1", "l@3=2", "m@4=3\n[b]"]
        );
    }

    #[test]
    fn an_empty_value_is_a_value() {
        assert_eq!(sound("[a]\nk =\nl:\n")[1..], ["k@2=", "l@3="]);
    }

    #[test]
    fn what_follows_a_header_on_its_line_is_ignored() {
        assert_eq!(sound("[ a ] # note\nk = 1\n"), ["[a@1]", "k@2=1"]);
    }

    #[test]
    fn a_key_that_stands_twice_is_a_fault_and_the_first_counts() {
        let (lines, faults) = outline("[a]\nk = 1\nk = 2\n  more\nl = 3\n");
        assert_eq!(lines[1..], ["k@2=1", "l@5=3"]);
        assert_eq!(
            faults,
            "t.ini:3: [a] k: the key stands twice, first in line 2; remove one"
        );
    }

    #[test]
    fn a_section_that_stands_twice_is_a_fault_except_the_default_one() {
        let (_, faults) = outline("[a]\n[DEFAULT]\nx = 1\n[DEFAULT]\ny = 1\n[a]\nk = 1\n");
        assert_eq!(
            faults,
            "t.ini:6: [a] the section stands twice, first in line 1; make one of both"
        );
    }

    #[test]
    fn malformed_lines_are_all_told_and_never_printed() {
        let (lines, faults) = outline("loose = 1\n[a]\nsecret\n= 2\n[]\n[b\nk = 1\n[c]\nk = 1\n");
        let told: Vec<&str> = faults.lines().map(|line| &line[..8]).collect();
        assert_eq!(told, ["t.ini:1:", "t.ini:3:", "t.ini:4:", "t.ini:5:", "t.ini:6:"]);
        assert!(!faults.contains("secret"));
        assert_eq!(lines, ["[a@2]", "[c@8]", "k@9=1"]);
    }
}
