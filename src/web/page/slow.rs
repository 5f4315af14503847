//! What whoever tries too often is told: the form again with a sentence, status 429, and when to come back.

use crate::web::lang::Lang;
use crate::web::look::form::Wrong;
use crate::web::response::Response;
use crate::web::text::{count, login as texts};
use std::time::Duration;

/// That it were too many, and how many minutes to wait.
pub(super) fn sentence(lang: Lang, wait: Duration) -> String {
    count(lang, wait.as_secs().div_ceil(60).max(1), &texts::TOO_MANY)
}

/// The same at the field for the address.
pub(super) fn at_email(lang: Lang, wait: Duration) -> Wrong {
    Wrong {
        field: "email",
        text: sentence(lang, wait),
    }
}

/// The form's page as the answer to who has to wait.
pub(super) fn refuse(form: Response, wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    form.with_status(429).no_store().header("Retry-After", seconds)
}
