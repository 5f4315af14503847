//! Fietsboek in one file: the map of the house.
//!
//! A room uses only rooms before it; see ARCHITECTURE.md.

pub mod clock;
pub mod datadir;
pub mod error;
pub mod model;
pub mod schema;
pub mod secret;
