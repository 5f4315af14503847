//! Whether a provider gives its tiles to this server; for administrators. Nothing is kept.

use super::Tile;
use super::provider::{Failure, Provider, url_of};
use crate::config::{Config, Layer};

/// The tile that shows the whole world.
const WORLD: Tile = Tile { z: 0, x: 0, y: 0 };

/// Asks for the tile of the whole world; takes as long as a tile may. A provider without that one is there all the same.
///
/// # Errors
/// Why there is none, without the address, which may hold a key.
pub fn try_layer(config: &Config, layer: &Layer) -> Result<(), String> {
    let provider = Provider::new(&config.email.from, config.tile_timeout);
    match provider.fetch(&url_of(layer, WORLD), None) {
        Ok(_) | Err(Failure::Status(404 | 410)) => Ok(()),
        Err(why) => Err(why.to_string()),
    }
}
