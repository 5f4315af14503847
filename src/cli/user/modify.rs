//! `fietsctl user modify`: changes what is given and prints how it is afterwards.

use super::{Selector, check_email};
use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::printable;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::model::user;

pub(super) fn run(call: &Call) -> Result<()> {
    let selector = Selector::of(call)?;
    let email = call.value("set-email");
    email.map_or(Ok(()), check_email)?;

    let held = open(&call.config()?)?;
    let transaction = begin(&held.db)?;
    let mut user = selector.get(&transaction)?;
    if let Some(is_admin) = call.yes_no("admin") {
        user::set_admin(&transaction, user.id, is_admin)?;
        user.is_admin = is_admin;
    }
    if let Some(is_verified) = call.yes_no("verified") {
        user::set_verified(&transaction, user.id, is_verified)?;
        user.is_verified = is_verified;
    }
    if let Some(email) = email {
        // One's own address in another capitalisation is not taken by anybody else.
        if user::email_taken(&transaction, email, Some(user.id))? {
            return Err(Error::Said("Error: E-Mail already exists".to_owned()));
        }
        user::set_email(&transaction, user.id, email)?;
        user.email = email.to_owned();
    }
    commit(transaction)?;
    let yes_no = |yes| if yes { "yes" } else { "no" };
    call.say(&printable::text(&format!("{} - {}", user.name, user.email)))?;
    call.say(&format!("Is admin: {}", yes_no(user.is_admin)))?;
    call.say(&format!("Is verified: {}", yes_no(user.is_verified)))
}
