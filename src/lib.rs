//! Fietsboek in one file: the map of the house.
//!
//! A room uses only rooms before it; see ARCHITECTURE.md.

pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crash;
pub mod datadir;
pub mod db;
pub mod error;
pub mod fold;
pub mod gpx;
pub mod heat;
pub mod instance;
pub mod isolation;
pub mod mail;
pub mod maintenance;
pub mod markdown;
pub mod memory;
pub mod model;
pub mod nearest;
pub mod notify;
pub mod ownership;
pub mod pages;
pub mod picture;
pub mod platform;
pub mod schema;
pub mod secret;
pub mod size;
pub mod spool;
pub mod tiles;
pub mod update;
pub mod web;

#[cfg(test)]
pub(crate) mod scratch;
