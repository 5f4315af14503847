//! `fietsctl user passwd`: sets a password.

use super::Selector;
use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::password::Source;
use crate::cli::printable;
use crate::cli::prompt::Prompt;
use crate::cli::transaction::{begin, commit};
use crate::error::Result;
use crate::model::user;

pub(super) fn run(call: &Call) -> Result<()> {
    let selector = Selector::of(call)?;
    let source = Source::of(call)?;
    let config = call.config()?;
    let password = source.get(&mut Prompt::new()?)?;

    let held = open(&config)?;
    let transaction = begin(&held.db)?;
    let user = selector.get(&transaction)?;
    user::set_password(&transaction, user.id, &password)?;
    commit(transaction)?;
    let line = format!("Changed password of {} ({})", user.name, user.email);
    call.say(&printable::text(&line))
}
