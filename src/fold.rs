//! Texts compared without regard to capitals.
//!
//! SQLite's own `lower()` and LIKE know ASCII alone, so names, tags and titles are folded here, or
//! inside a query by the function `fold` that [`register`] adds to a connection. Nothing that is
//! stored (index, trigger, view) may use it: the original could no longer write.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text with the case folded in full and in composed form (NFC): `STRASSE` is `Straße`. It folds each character
/// by itself, so that the fold of a part is found in the fold of the whole.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Most texts are composed, and to compose them again takes most of the time.
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.chars().flat_map(fold_char).collect(),
        _ => text.nfc().flat_map(fold_char).collect(),
    }
}

/// One character. By way of the capitals, which part what small letters join (`ß` is `SS`) and join what they tell
/// apart (the sigma at a word's end); first in lower case, since the capital `ẞ` is its own capital.
fn fold_char(c: char) -> impl Iterator<Item = char> {
    let is_ascii = c.is_ascii();
    let ascii = is_ascii.then(|| c.to_ascii_lowercase());
    let other = (!is_ascii).then(|| {
        c.to_lowercase()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
    });
    ascii.into_iter().chain(other.into_iter().flatten())
}

/// The text in lower case and composed form, letter by letter: `Strasse` is not `Straße`, which are two ways to spell.
pub fn lower(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}

/// By what texts stand in alphabetical order: folded and without accents, so that `Čez` stands beside
/// `Cez` and not behind `Zug`. For sorting alone; texts with the same key may differ.
pub fn sort_key(text: &str) -> String {
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    fold(&bare)
}

/// Adds the function `fold(text)` to a connection, for statements only; NULL stays NULL.
///
/// # Errors
/// What SQLite says, which it does only when memory is short.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    db.create_scalar_function("fold", 1, flags, |call| {
        Ok(match call.get_raw(0) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(fold(&String::from_utf8_lossy(bytes))),
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_of_any_alphabet_fold() {
        for (text, folded) in [
            ("Višnjan", "višnjan"),
            ("ČEZ PRELAZ", "čez prelaz"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("c\u{30c}", "č"),
            ("ABC-12", "abc-12"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("ﬁn", "fin"),
            ("ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn accents_do_not_move_a_name_behind_the_alphabet() {
        let mut names = ["Zug", "Čez", "cez", "Ärger", "anton"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["anton", "Ärger", "Čez", "cez", "Zug"]);
    }

    #[test]
    fn statements_can_fold_and_survive_what_is_no_text() {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        let value = |sql: &str| db.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap();
        assert_eq!(value("SELECT fold('VIŠNJAN')").as_deref(), Some("višnjan"));
        assert_eq!(value("SELECT fold(NULL)"), None);
        assert_eq!(value("SELECT fold(CAST(12 AS TEXT))").as_deref(), Some("12"));
        assert_eq!(value("SELECT fold(x'41ff')").as_deref(), Some("a\u{fffd}"));
    }

    #[test]
    fn it_cannot_be_stored_in_the_database() {
        let db = Connection::open_in_memory().unwrap();
        register(&db).unwrap();
        db.execute_batch("CREATE TABLE t (a TEXT)").unwrap();
        assert!(db.execute_batch("CREATE INDEX i ON t (fold(a))").is_err());
    }
}
