//! Fietsboek in one file: the map of the house.
//!
//! A room uses only rooms before it; see ARCHITECTURE.md.

pub mod clock;
pub mod datadir;
pub mod error;
pub mod markdown;
pub mod schema;
pub mod secret;
