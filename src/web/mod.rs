//! The web room: from a connection to a page.
//!
//! One noun a file. `server` alone names the HTTP library, `response` alone writes headers, `routes` is
//! the sitemap, `app` the way through.

pub mod accept;
pub mod app;
pub mod asset;
pub mod attempts;
pub mod bare;
pub mod conditional;
pub mod cookie;
pub mod csrf;
pub mod fault;
pub mod form;
pub mod forwarded;
pub mod gate;
pub mod lang;
pub mod listen;
pub(crate) mod look;
pub mod multipart;
pub mod page;
pub mod painter;
pub mod preference;
pub mod program;
pub mod ready;
pub mod remember;
pub mod request;
pub mod response;
pub mod routes;
pub mod server;
pub mod session;
pub mod shelf;
pub mod text;
#[cfg(test)]
mod trial;
pub mod visit;
