//! How a verb writes: in one immediate transaction, so that what it has looked up still holds when it
//! changes it, and so that another writer makes it wait instead of fail.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Result;
use crate::model;

/// Begins; dropped without [`commit`] everything is as before.
///
/// # Errors
/// [`crate::error::Error::Busy`] when another program writes for longer than the busy time-out.
pub fn begin(db: &Connection) -> Result<Transaction<'_>> {
    Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| model::failed("lock the database", e))
}

/// Makes it so.
///
/// # Errors
/// What the database says; then everything is as before.
pub fn commit(transaction: Transaction<'_>) -> Result<()> {
    transaction.commit().map_err(|e| model::failed("write the database", e))
}
