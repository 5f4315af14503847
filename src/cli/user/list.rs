//! `fietsctl user list`: one line an account, by id.

use crate::cli::call::Call;
use crate::cli::colour::{Tone, paint};
use crate::cli::open::open;
use crate::cli::printable;
use crate::error::Result;
use crate::model::user::{self, User};

pub(super) fn run(call: &Call) -> Result<()> {
    let held = open(&call.config()?)?;
    let users = user::list(&held.db)?;
    // A reader that is slow keeps nobody waiting.
    drop(held);
    let colours = call.wants_colours();
    users.iter().try_for_each(|user| call.say(&line(user, colours)))
}

fn line(user: &User, colours: bool) -> String {
    let mark = |set: bool, letter: &str, tone| match set {
        true => paint(colours, tone, letter),
        false => "-".to_owned(),
    };
    format!(
        "[{}{}] {} - {} - {}",
        mark(user.is_admin, "a", Tone::Power),
        mark(user.is_verified, "v", Tone::Good),
        paint(colours, Tone::Key, &user.id.to_string()),
        printable::text(&user.email),
        printable::text(&user.name)
    )
}
