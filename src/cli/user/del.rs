//! `fietsctl user del`: deletes an account, its rows first and its files after the commit.

use super::Selector;
use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::printable;
use crate::cli::prompt::Prompt;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::model::user;

pub(super) fn run(call: &Call) -> Result<()> {
    let selector = Selector::of(call)?;
    let config = call.config()?;
    let user = selector.get(&open(&config)?.db)?;
    call.say(&printable::text(&user.name))?;
    call.say(&printable::text(&user.email))?;
    // The lock is not held while somebody thinks; hence the second look below.
    if !call.flag("force") && !Prompt::new()?.confirm("Really delete this user?")? {
        call.say("Aborted by user.")?;
        return Err(Error::Quiet(1));
    }

    let held = open(&config)?;
    let transaction = begin(&held.db)?;
    let same = user::find(&transaction, user.id)?.is_some_and(|now| now.name == user.name && now.email == user.email);
    if !same {
        return Err(Error::Failed(format!(
            "cannot delete user {}: the account was changed meanwhile; nothing was deleted",
            user.id
        )));
    }
    let removal = user::delete(&transaction, user.id)?.mark(&held.dir);
    commit(transaction)?;
    if let Err(e) = removal.files(&held.db) {
        call.warn(&format!("the user is deleted, but files are left: {e}"));
    }
    call.say("User deleted")
}
