//! `fietsctl user add`: makes a verified account and prints its id, and nothing else.

use super::check_email;
use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::password::Source;
use crate::cli::prompt::Prompt;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::model::user::{self, NewUser};

pub(super) fn run(call: &Call) -> Result<()> {
    let source = Source::of(call)?;
    let config = call.config()?;
    let mut prompt = Prompt::new()?;
    let email = given_or_asked(call, "email", "Email: ", &mut prompt)?;
    check_email(&email)?;
    let name = given_or_asked(call, "name", "Name: ", &mut prompt)?;
    let password = source.get(&mut prompt)?;
    drop(prompt);

    let held = open(&config)?;
    let transaction = begin(&held.db)?;
    if user::email_taken(&transaction, &email, None)? {
        return Err(Error::Said("Error: The given email already exists!".to_owned()));
    }
    let new = NewUser {
        name: &name,
        email: &email,
        password: &password,
        is_admin: call.flag("admin"),
        is_verified: true,
    };
    let id = user::insert(&transaction, &held.dir, &new)?;
    commit(transaction)?;
    call.say(&id.to_string())
}

fn given_or_asked(call: &Call, option: &str, label: &str, prompt: &mut Prompt) -> Result<String> {
    match call.value(option) {
        Some(given) => Ok(given.to_owned()),
        None => prompt.ask(label),
    }
}
