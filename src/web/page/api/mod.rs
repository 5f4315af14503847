//! For programs: tracks in and out as JSON, with a token in the place of a session (`web::program`).
//!
//! What a track is made of and how is the finishing form's own; here stands only another way to send it.
//! The manual page fietsboek-api(7) describes it.

mod add;
mod list;

pub use add::add;
pub(super) use list::json_of;
pub use list::list;

use crate::web::response::Response;
use serde_json::json;

/// What is wrong, in words.
fn refusal(status: u16, sentence: &str) -> Response {
    Response::json(&json!({ "message": sentence }))
        .with_status(status)
        .no_store()
}

#[cfg(test)]
mod tests;
