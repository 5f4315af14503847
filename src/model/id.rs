//! The ids of the rows, one type for each table, so that none is taken for another.
//!
//! SQLite gives the ids of deleted rows out again: nothing outside the database may rely on an id
//! once its row is gone.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::error::{Error, Result};

/// The number in a text: decimal digits and nothing else, as in a URL or on a command line.
fn number(text: &str) -> Result<i64> {
    let invalid = || Error::Invalid(format!("not an id: {text:?}"));
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid());
    }
    text.parse().map_err(|_| invalid())
}

// Nine types that differ in their names alone; written out they would be two hundred lines of copies.
macro_rules! ids {
    ($($name:ident, $what:literal;)*) => {$(
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<$name> {
                number(text).map($name)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$name> {
                i64::column_result(value).map($name)
            }
        }
    )*};
}

ids! {
    UserId, "a user";
    TrackId, "a track";
    CommentId, "a comment";
    BadgeId, "a badge";
    UploadId, "an upload that waits to be finished";
    TokenId, "a mailed token";
    FriendRequestId, "a friend request";
    BearerId, "a program's token";
    ZoneId, "a privacy zone";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_digits_and_nothing_else() {
        assert_eq!("17".parse(), Ok(TrackId(17)));
        assert_eq!("007".parse(), Ok(TrackId(7)));
        for text in ["", "-1", "+1", " 1", "1.0", "1e3", "٣", "99999999999999999999"] {
            assert!(text.parse::<TrackId>().is_err(), "{text:?}");
        }
        assert_eq!(UserId(5).to_string(), "5");
    }
}
