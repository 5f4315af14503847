//! The level of the log: the only thing that the logging sections decide here.
//!
//! Handlers and formats are the original's own; there is one log, on standard error.

use log::LevelFilter;

use super::ini::Ini;
use super::notes::Notes;

/// The level of `[logger_fietsboek]`, else that of `[logger_root]`.
pub fn find_level(ini: &Ini, notes: &mut Notes) -> Option<LevelFilter> {
    let own = find_in(ini, "logger_fietsboek", notes);
    // A logger without a level of its own takes that of the root.
    own.filter(|level| *level != LevelFilter::Trace)
        .or_else(|| find_in(ini, "logger_root", notes))
}

fn find_in(ini: &Ini, section: &str, notes: &mut Notes) -> Option<LevelFilter> {
    let entry = ini.find_section(section)?.find_entry("level")?;
    let level = parse(&entry.value);
    if level.is_none() {
        let text = "is no level, so the usual one stays; write ERROR, WARNING, INFO or DEBUG";
        notes.warn(Some(entry.line), section, "level", text);
    }
    level
}

/// The names of Python's levels; `NOTSET` lets everything through.
fn parse(name: &str) -> Option<LevelFilter> {
    match name.trim().to_ascii_uppercase().as_str() {
        "CRITICAL" | "FATAL" | "ERROR" => Some(LevelFilter::Error),
        "WARN" | "WARNING" => Some(LevelFilter::Warn),
        "INFO" => Some(LevelFilter::Info),
        "DEBUG" => Some(LevelFilter::Debug),
        "NOTSET" => Some(LevelFilter::Trace),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn level(text: &str) -> (Option<LevelFilter>, usize) {
        let mut notes = Notes::new(Path::new("t.ini"));
        let ini = Ini::parse(text, &mut notes);
        let level = find_level(&ini, &mut notes);
        (level, notes.warnings().len())
    }

    #[test]
    fn the_programs_own_level_wins_over_the_root() {
        let root = "[logger_root]\nlevel = WARN\n";
        assert_eq!(level(root), (Some(LevelFilter::Warn), 0));
        assert_eq!(
            level(&format!("{root}[logger_fietsboek]\nlevel = DEBUG\n")),
            (Some(LevelFilter::Debug), 0)
        );
        assert_eq!(
            level(&format!("{root}[logger_fietsboek]\nlevel = NOTSET\n")),
            (Some(LevelFilter::Warn), 0)
        );
        assert_eq!(level(""), (None, 0));
    }

    #[test]
    fn an_unknown_level_is_a_warning() {
        assert_eq!(level("[logger_root]\nlevel = LOUD\n"), (None, 1));
    }
}
