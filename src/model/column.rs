//! One column's value, however it stands there.
//!
//! Old instances hold NULLs, text that is not UTF-8 and numbers where text belongs. Such a value must
//! not make a whole page fail, so it is read as what it most likely means or as nothing. No rule of a
//! noun belongs here.

use rusqlite::types::ValueRef;
use rusqlite::{Result, Row, RowIndex};
use time::PrimitiveDateTime;

use crate::clock;

/// A text; bytes that are not UTF-8 are replaced.
pub(super) fn text<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Option<String>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n.to_string()),
        ValueRef::Real(x) => Some(x.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// A whole number.
pub(super) fn int<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Option<i64>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(n) => Some(n),
        ValueRef::Real(x) if x.fract() == 0.0 && x.abs() < 9e15 => Some(x as i64),
        _ => None,
    })
}

/// A number.
pub(super) fn real<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Option<f64>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(n) => Some(n as f64),
        ValueRef::Real(x) => Some(x),
        _ => None,
    })
}

/// A yes or no; NULL is no.
pub(super) fn flag<I: RowIndex>(row: &Row<'_>, at: I) -> Result<bool> {
    Ok(int(row, at)?.is_some_and(|n| n != 0))
}

/// A count that a statement made; never negative.
pub(super) fn count<I: RowIndex>(row: &Row<'_>, at: I) -> Result<u64> {
    Ok(int(row, at)?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
}

/// Bytes; NULL is none at all.
pub(super) fn blob<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Vec<u8>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}

/// A date-time without a zone; what cannot be read is absent.
pub(super) fn wall<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Option<PrimitiveDateTime>> {
    Ok(text(row, at)?.as_deref().and_then(clock::from_db))
}

/// An offset from UTC in minutes; one that no clock can have is absent.
pub(super) fn minutes<I: RowIndex>(row: &Row<'_>, at: I) -> Result<Option<i32>> {
    Ok(int(row, at)?
        .and_then(|n| i32::try_from(n).ok())
        .filter(|n| n.abs() < 24 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn nothing_that_may_stand_in_a_column_makes_the_row_unreadable() {
        let db = Connection::open_in_memory().unwrap();
        for value in ["NULL", "1", "1.5", "9e999", "'text'", "x'ff00'", "CAST(x'ff' AS TEXT)"] {
            db.query_row(&format!("SELECT {value}"), [], |row| {
                let _ = (text(row, 0)?, blob(row, 0)?, wall(row, 0)?);
                Ok((
                    int(row, 0)?,
                    real(row, 0)?,
                    flag(row, 0)?,
                    count(row, 0)?,
                    minutes(row, 0)?,
                ))
            })
            .unwrap();
        }
    }

    #[test]
    fn values_are_read_as_what_they_most_likely_mean() {
        let db = Connection::open_in_memory().unwrap();
        db.query_row("SELECT CAST(x'41ff' AS TEXT), 120.0, 2000, -3", [], |row| {
            assert_eq!(text(row, 0)?.as_deref(), Some("A\u{fffd}"));
            assert_eq!(minutes(row, 1)?, Some(120));
            assert_eq!(minutes(row, 2)?, None);
            assert_eq!(count(row, 3)?, 0);
            Ok(())
        })
        .unwrap();
    }
}
