//! The values of one section, asked for by key: default, expansion and check in one place.
//!
//! Whoever asks gets a value in any case; what is wrong is in the notes, and
//! [`Notes::check`] ends the reading before such a value is used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ini::Entry;
use super::interpolation::Scope;
use super::keys::{self, Key};
use super::kind::{self, Kind};
use super::notes::Notes;

/// The expanded keys of a section.
#[derive(Debug)]
pub struct Values {
    section: &'static str,
    entries: Vec<Entry>,
    /// The keys whose value could not be made out: their fault is told, and no other follows from it.
    broken: Vec<String>,
}

impl Values {
    /// No keys at all: every answer is the default.
    pub fn empty(section: &'static str) -> Values {
        Values {
            section,
            entries: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// No section: it is told already that it is missing, so its required keys are not told again.
    pub fn absent(section: &'static str) -> Values {
        let required = keys::KEYS
            .iter()
            .filter(|key| key.section == section && key.default.is_none());
        Values {
            broken: required.map(|key| key.name.to_owned()).collect(),
            ..Values::empty(section)
        }
    }

    /// Expands a section; `set NAME` and `get NAME` are resolved and `use` is left out.
    pub fn expand(section: &'static str, scope: Scope, notes: &mut Notes) -> Values {
        let mut values = Values::empty(section);
        let mut globals: Vec<(String, String)> = Vec::new();
        let mut borrowed: Vec<Entry> = Vec::new();
        for raw in &scope.section.entries {
            let Some(entry) = expanded(section, raw, scope, notes) else {
                values.add_broken(raw.clone());
                continue;
            };
            if let Some(name) = entry.key.strip_prefix("set ") {
                globals.push((name.trim().to_owned(), entry.value));
            } else if let Some(name) = entry.key.strip_prefix("get ") {
                borrowed.push(Entry {
                    key: name.trim().to_owned(),
                    ..entry
                });
            } else if entry.key != "use" {
                values.entries.push(entry);
            }
        }
        for entry in borrowed {
            values.borrow_global(entry, &globals, scope, notes);
        }
        values
    }

    /// A section may change a global value (`set`) for whoever reads it (`get`).
    fn borrow_global(&mut self, entry: Entry, globals: &[(String, String)], scope: Scope, notes: &mut Notes) {
        let wanted = &entry.value;
        let set = globals
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.clone());
        let default = || scope.defaults.and_then(|defaults| defaults.find_entry(wanted)).cloned();
        let value = set.or_else(|| {
            let global = expanded(self.section, &default()?, scope, notes)?;
            Some(global.value)
        });
        match value {
            Some(value) => self.entries.push(Entry { value, ..entry }),
            None => {
                let text = "get names a value that [DEFAULT] does not hold";
                notes.fault(Some(entry.line), self.section, &entry.key, text);
                self.add_broken(entry);
            }
        }
    }

    fn add_broken(&mut self, entry: Entry) {
        self.broken.push(entry.key.clone());
        self.entries.push(entry);
    }

    /// All keys in the order of the file.
    pub fn list_entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line of a key that stands in the file.
    pub fn find_line(&self, name: &str) -> Option<usize> {
        self.find_entry(name).map(|entry| entry.line)
    }

    /// Adds a fault at the line of a key.
    pub fn fault(&self, name: &str, text: impl Into<String>, notes: &mut Notes) {
        notes.fault(self.find_line(name), self.section, name, text);
    }

    /// Adds a warning at the line of a key.
    pub fn warn(&self, name: &str, text: impl Into<String>, notes: &mut Notes) {
        notes.warn(self.find_line(name), self.section, name, text);
    }

    /// The text of a key without white space around it; required ones must not be empty,
    /// except mere text.
    pub fn text(&self, name: &str, notes: &mut Notes) -> String {
        self.parsed(name, notes, |value, key| {
            let value = value.trim();
            if key.default.is_none() && key.kind != Kind::Text {
                refuse_empty(value, key)?;
            }
            key.kind.check(value)?;
            Ok(value.to_owned())
        })
    }

    /// A required text to the letter: where it begins on a continued line, with the line break,
    /// which the original takes into the secrets that it derives.
    pub fn exact_text(&self, name: &str, notes: &mut Notes) -> String {
        self.parsed(name, notes, |value, key| {
            refuse_empty(value, key)?;
            Ok(value.to_owned())
        })
    }

    /// The pieces of a list.
    pub fn list(&self, name: &str, notes: &mut Notes) -> Vec<String> {
        self.parsed(name, notes, |value, key| {
            key.kind.check(value)?;
            Ok(kind::parse_list(value))
        })
    }

    /// A yes or no.
    pub fn boolean(&self, name: &str, notes: &mut Notes) -> bool {
        self.parsed(name, notes, |value, key| match key.kind {
            Kind::Flag => Ok(kind::parse_bool(value.trim()).unwrap_or(false)),
            _ => kind::parse_bool(value.trim()),
        })
    }

    /// A whole number within the bounds of its row.
    pub fn number<T: TryFrom<u64> + Default>(&self, name: &str, notes: &mut Notes) -> T {
        self.parsed(name, notes, |value, key| {
            let value = value.trim();
            let number = match key.kind {
                Kind::Integer(least, most) => kind::parse_integer(value, least, most),
                Kind::Seconds(least, most) => kind::parse_seconds(value, least, most),
                Kind::Size(least, most) => kind::parse_size(value, least, most),
                Kind::Octal => kind::parse_octal(value).map(u64::from),
                _ => Err("is not a number in the table of keys".to_owned()),
            }?;
            T::try_from(number).map_err(|_| format!("{value:?} is too large"))
        })
    }

    /// A number of seconds.
    pub fn seconds(&self, name: &str, notes: &mut Notes) -> Duration {
        Duration::from_secs(self.number(name, notes))
    }

    /// A path, absolute: what is relative counts from the current directory, as in the original.
    /// None when the key is absent or empty.
    pub fn find_path(&self, name: &str, notes: &mut Notes) -> Option<PathBuf> {
        let text = self.text(name, notes);
        (!text.is_empty()).then(|| absolute(&text))
    }

    /// The text as the file has it, or the default; a required key that is absent is a fault.
    fn parsed<T: Default>(&self, name: &str, notes: &mut Notes, parse: impl Fn(&str, &Key) -> Result<T, String>) -> T {
        let Some(key) = keys::find_key(self.section, name) else {
            notes.fault(None, self.section, name, "is not in the table of keys");
            return T::default();
        };
        if self.broken.iter().any(|broken| broken == name) {
            return T::default();
        }
        let value = match (self.find_entry(name), key.default) {
            (Some(entry), _) => entry.value.as_str(),
            (None, Some(default)) => default,
            (None, None) => {
                notes.fault(None, self.section, name, format!("is missing; it is {}", key.meaning));
                return T::default();
            }
        };
        parse(value, key).unwrap_or_else(|text| {
            self.fault(name, text, notes);
            T::default()
        })
    }

    fn find_entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }
}

fn refuse_empty(value: &str, key: &Key) -> Result<(), String> {
    match value.trim().is_empty() {
        true => Err(format!("is empty; it is {}", key.meaning)),
        false => Ok(()),
    }
}

/// The path from the root, with nothing resolved: it need not exist.
pub fn absolute(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn expanded(section: &'static str, raw: &Entry, scope: Scope, notes: &mut Notes) -> Option<Entry> {
    match scope.expand(&raw.value) {
        Ok(value) => Some(Entry { value, ..raw.clone() }),
        Err(broken) => {
            // An unknown key may be a misspelt secret.
            let secret = keys::find_key(section, &raw.key).is_none_or(|key| key.kind == Kind::Secret);
            notes.fault(Some(raw.line), section, &raw.key, broken.text(secret));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::APP;
    use super::super::trial::values;
    use super::*;

    #[test]
    fn text_on_continued_lines_is_trimmed_and_exact_text_is_not() {
        let mut notes = Notes::new(Path::new("t.ini"));
        let values = values(APP, "session_key =\n  hush\n   x=1\nemail.from =\n  a@b\n", &mut notes);
        assert_eq!(values.exact_text("session_key", &mut notes), "\nhush\nx=1");
        assert_eq!(values.text("email.from", &mut notes), "a@b");
        assert!(notes.check().is_ok());
    }

    #[test]
    fn a_key_outside_the_table_cannot_be_read() {
        let mut notes = Notes::new(Path::new("t.ini"));
        let values = values(APP, "surprise = 1\n", &mut notes);
        assert_eq!(values.text("surprise", &mut notes), "");
        assert!(notes.check().is_err());
    }

    #[test]
    fn a_relative_path_counts_from_the_current_directory() {
        let mut notes = Notes::new(Path::new("t.ini"));
        let values = values(APP, "fietsboek.backup.dir = some/where\n", &mut notes);
        let path = values.find_path("fietsboek.backup.dir", &mut notes).unwrap();
        assert_eq!(path, std::env::current_dir().unwrap().join("some/where"));
    }
}
