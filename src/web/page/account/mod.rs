//! Accounts from outside: made, confirmed, and given a new password.
//!
//! No answer here tells whether an address has an account: the same words, the same address, the same work. What
//! differs goes by mail.

pub mod ask;
pub mod create;
mod letter;
pub mod token;

use crate::web::attempts;
use crate::web::lang::{Lang, Text};
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, input};
use crate::web::text::account as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::time::Duration;

/// The shortest password, in characters.
const SHORTEST: usize = 8;
/// The longest password, in characters; a bound of the work, not of safety.
const LONGEST: usize = 1_000;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 100;
/// The longest address that a mail server takes, in bytes.
const LONGEST_ADDRESS: usize = 254;

/// The fields of these forms that something may be wrong with.
const FIELDS: [&str; 4] = ["name", "email", "password", "repeat-password"];

/// What is wrong with a new password, if anything: first that the entries differ, then its length.
pub fn find_wrong_password(lang: Lang, password: &str, repeated: &str) -> Option<Wrong> {
    let length = password.chars().count();
    let (field, text) = match () {
        () if password != repeated => ("repeat-password", lang.text(&texts::DIFFERENT).to_owned()),
        () if length < SHORTEST => ("password", lang.text(&texts::SHORT).to_owned()),
        () if length > LONGEST => ("password", too_long(lang, LONGEST)),
        () => return None,
    };
    Some(Wrong { field, text })
}

/// What is wrong with an address, if anything.
fn find_wrong_address(lang: Lang, email: &str) -> Option<Wrong> {
    let text = match email {
        "" => lang.text(&texts::NO_EMAIL),
        _ if email.len() > LONGEST_ADDRESS || !crate::mail::is_address(email) => lang.text(&texts::NOT_AN_EMAIL),
        _ => return None,
    };
    Some(Wrong {
        field: "email",
        text: text.to_owned(),
    })
}

/// Counts a mail that somebody has written to an address, whether it has an account or not.
///
/// # Errors
/// How long to wait, when there were too many to it or from this client.
fn count_mail(visit: &Visit, email: &str) -> Result<(), Duration> {
    let client = attempts::client(&visit.request.peer);
    visit.mails.count(email, client.as_deref())
}

/// That something has more characters than it may.
pub fn too_long(lang: Lang, most: usize) -> String {
    lang.fill(
        &texts::LONG,
        &[("n", &lang.whole(i64::try_from(most).unwrap_or(i64::MAX)))],
    )
}

/// The two boxes for a new password.
pub fn new_password(look: &Look, wrong: &[Wrong]) -> Markup {
    let field = |name, label, hint: Option<&Text>| Field {
        name,
        label: look.say(label),
        hint: hint.map(|hint| look.say(hint)),
        required: true,
        wrong,
    };
    let first = field("password", &texts::PASSWORD, Some(&texts::PASSWORD_HINT));
    let second = field("repeat-password", &texts::REPEAT, None);
    html! {
        (input(look, &first, "password", "", Some("new-password")))
        (input(look, &second, "password", "", Some("new-password")))
    }
}

#[cfg(test)]
mod tests;
