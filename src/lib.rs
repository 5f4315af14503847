//! Fietsboek in one file: the map of the house.
//!
//! A room uses only rooms before it; see ARCHITECTURE.md.

pub mod error;
pub mod gpx;
