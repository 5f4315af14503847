//! Settings that move with their instance: database and data directory become those beside the INI file.
//!
//! Everything else stays as it is, to the letter but for line ends, notes and all.

use std::path::Path;

use super::ini::{Entry, Ini, Section};
use super::notes::Notes;
use super::source;
use crate::error::{Error, Result};

/// The section that both keys stand in.
const SECTION: &str = "app:main";

/// The text of an INI file in which database and data directory have names beside the file. What leads there already
/// stays as it is written.
///
/// # Errors
/// [`Error::Config`] when the file cannot be read or is none; `Failed` when a value cannot be told from the next.
pub fn rewrite(file: &Path, database: &str, data: &str) -> Result<String> {
    let text = source::read(file)?;
    let mut notes = Notes::new(file);
    let ini = Ini::parse(&text, &mut notes);
    notes.check()?;
    let Some(section) = ini.find_section(SECTION) else {
        return Err(Error::Failed(format!("{} has no section [{SECTION}]", file.display())));
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut missing = Vec::new();
    for (key, value) in [
        ("sqlalchemy.url", format!("sqlite:///%(here)s/{database}")),
        ("fietsboek.data_dir", format!("%(here)s/{data}")),
    ] {
        match section.find_entry(key) {
            Some(entry) => replace(&mut lines, entry, &value)?,
            // It is inherited from [DEFAULT], where it is for others too.
            None => missing.push(format!("{key} = {value}")),
        }
    }
    insert(&mut lines, section, missing);
    Ok(lines.join("\n") + "\n")
}

fn replace(lines: &mut [String], entry: &Entry, value: &str) -> Result<()> {
    if entry.value.contains('\n') {
        return Err(Error::Failed(format!(
            "{} goes over several lines in the INI file",
            entry.key
        )));
    }
    if entry.value != value
        && let Some(line) = lines.get_mut(entry.line.saturating_sub(1))
    {
        *line = format!("{} = {value}", entry.key);
    }
    Ok(())
}

fn insert(lines: &mut Vec<String>, section: &Section, missing: Vec<String>) {
    let at = section.line.min(lines.len());
    lines.splice(at..at, missing);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn try_it(text: &str) -> Result<String> {
        let scratch = Scratch::new();
        let file = scratch.join("f.ini");
        std::fs::write(&file, text).unwrap();
        rewrite(&file, "db.sqlite", "data")
    }

    #[test]
    fn two_values_become_those_beside_the_file_and_the_rest_stays() {
        let before = "# a note\n[DEFAULT]\nx = 1\n\n[app:main]\nsqlalchemy.url = sqlite:////srv/%%old.sqlite\n\
            # fietsboek.data_dir = no\nfietsboek.data_dir: /srv/data\nlong =\n  a\n  b\n[logger_root]\nlevel = INFO";
        let after = "# a note\n[DEFAULT]\nx = 1\n\n[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\n\
            # fietsboek.data_dir = no\nfietsboek.data_dir = %(here)s/data\nlong =\n  a\n  b\n[logger_root]\nlevel = INFO\n";
        assert_eq!(try_it(before).unwrap(), after);
        assert_eq!(try_it(after).unwrap(), after);
    }

    #[test]
    fn what_is_inherited_is_put_into_the_section() {
        let text = "[DEFAULT]\nfietsboek.data_dir = /a\n[app:main]\nsqlalchemy.url=sqlite:///x\n";
        let after = "[DEFAULT]\nfietsboek.data_dir = /a\n[app:main]\nfietsboek.data_dir = %(here)s/data\n\
            sqlalchemy.url = sqlite:///%(here)s/db.sqlite\n";
        assert_eq!(try_it(text).unwrap(), after);
    }

    #[test]
    fn what_is_no_settings_is_refused() {
        for text in [
            "",
            "hello",
            "[server:main]\nx = 1\n",
            "[app:main]\nsqlalchemy.url = a\n  b\n",
        ] {
            assert!(try_it(text).is_err(), "{text:?}");
        }
    }
}
