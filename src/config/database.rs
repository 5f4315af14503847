//! Where the database is: from `sqlalchemy.url` to a path.
//!
//! The file itself is not looked at here: what stands there is told per request, not at the start.

use std::path::PathBuf;

use super::notes::Notes;
use super::values::{Values, absolute};

const FORM: &str = "write sqlite:///relative/path or sqlite:////absolute/path";

/// The path of the SQLite file, absolute.
pub fn find_database(values: &Values, notes: &mut Notes) -> PathBuf {
    let name = "sqlalchemy.url";
    let url = values.text(name, notes);
    if url.is_empty() {
        return PathBuf::new();
    }
    match parse(&url) {
        Ok((path, parameters)) => {
            if !parameters.is_empty() {
                values.warn(name, "what follows the question mark has no effect", notes);
            }
            absolute(path)
        }
        Err(text) => {
            values.fault(name, text, notes);
            PathBuf::new()
        }
    }
}

/// Path and parameters. The path is taken as it is: the original decodes no percent signs in it.
fn parse(url: &str) -> Result<(&str, &str), String> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| format!("is no database address; {FORM}"))?;
    if scheme.split('+').next() != Some("sqlite") {
        return Err(format!("only SQLite is supported; {FORM}"));
    }
    let path = rest
        .strip_prefix('/')
        .or(rest.is_empty().then_some(""))
        .ok_or_else(|| format!("SQLite has no host; {FORM}"))?;
    let (path, parameters) = path.split_once('?').unwrap_or((path, ""));
    if path.is_empty() || path == ":memory:" || path.starts_with("file:") {
        return Err(format!("a database without a file cannot be served; {FORM}"));
    }
    Ok((path, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_slashes_are_relative_and_four_absolute_with_any_driver() {
        assert_eq!(parse("sqlite:///a/b.sqlite"), Ok(("a/b.sqlite", "")));
        assert_eq!(parse("sqlite:////a/b.sqlite"), Ok(("/a/b.sqlite", "")));
        assert_eq!(parse("sqlite+pysqlite:////a%20b"), Ok(("/a%20b", "")));
        assert_eq!(parse("sqlite:///a?timeout=3"), Ok(("a", "timeout=3")));
    }

    #[test]
    fn other_engines_are_refused_without_their_password() {
        let error = parse("postgresql://joe:secret@db/fietsboek").unwrap_err();
        assert!(error.starts_with("only SQLite is supported"), "{error}");
        assert!(!error.contains("secret"));
    }

    #[test]
    fn a_database_without_a_file_is_refused() {
        for url in [
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            "sqlite:///file:x?uri=true",
            "sqlite://host/x",
            "x",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
