//! Mail: from a row of the queue to a message in the hands of the mail server.
//!
//! What is written and to whom is the pages' matter, and waits in `model::mail`; here it becomes a message and
//! leaves. No mail server is ever waited for inside a request or inside the barrier.

mod message;
pub mod post;
mod send;

pub use message::{is_address, new_id};
use send::send;
