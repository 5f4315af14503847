//! How a statement is run: prepared once for each connection, with errors of ours.
//!
//! Every statement of the room goes through these four, so none forgets the cache or the errors.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};

use super::failed;
use crate::error::Result;

#[cfg(test)]
thread_local! {
    static COUNTED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many statements this thread has run.
#[cfg(test)]
pub(crate) fn counted() -> usize {
    COUNTED.get()
}

fn prepare<'a>(db: &'a Connection, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
    #[cfg(test)]
    {
        COUNTED.set(COUNTED.get() + 1);
        seen::add(sql);
    }
    db.prepare_cached(sql)
}

/// Every row.
pub(super) fn list<T>(
    db: &Connection,
    what: &str,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let all = || -> rusqlite::Result<Vec<T>> { prepare(db, sql)?.query_map(params, read)?.collect() };
    all().map_err(|e| failed(what, e))
}

/// The first row, if there is one.
pub(super) fn find<T>(
    db: &Connection,
    what: &str,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    let first = || prepare(db, sql)?.query_row(params, read).optional();
    first().map_err(|e| failed(what, e))
}

/// Changes rows and tells how many.
pub(super) fn run(db: &Connection, what: &str, sql: &str, params: impl Params) -> Result<usize> {
    let change = || prepare(db, sql)?.execute(params);
    change().map_err(|e| failed(what, e))
}

/// Ids as the JSON array that `json_each` takes apart, so that a list of any length is one statement.
pub(super) fn json_ids(ids: impl IntoIterator<Item = i64>) -> String {
    let numbers: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

/// Texts as the JSON array that `json_each` takes apart.
pub(super) fn json_texts(texts: impl IntoIterator<Item = String>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}

/// What tests of the statements look at: those that the thread ran, each once.
#[cfg(test)]
pub(crate) mod seen {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    thread_local! {
        static SEEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
    }

    pub(super) fn add(sql: &str) {
        SEEN.with_borrow_mut(|seen| seen.insert(sql.to_owned()));
    }

    /// The statements since it was last asked.
    pub(crate) fn take() -> BTreeSet<String> {
        SEEN.take()
    }
}
