//! The overlay maps of somebody's tracks, drawn: lines in, pictures of tiles out. Nothing here touches a disk.
//!
//! Two maps. The heat map says how often somebody was at each place: an indexed picture whose index *is* the number
//! of tracks there, so that a track can be added to a tile that is drawn already and nothing else has to be kept;
//! its palette turns the number into a colour, and only the palette changes when the most ridden place does. The
//! tile hunter marks the tiles of one zoom that a track has been in ([`hunter`]).
//!
//! Tiles are those of web maps (EPSG:3857), 256 pixels a side; they are drawn down to [`LAST_ZOOM`], and what is
//! nearer is cut out of those and enlarged ([`enlarge`]). Only tiles with something in them exist.

pub mod count;
pub mod enlarge;
pub mod hunter;
mod line;
mod mask;
mod palette;
mod picture;
mod runs;
mod varint;

pub use line::{Line, Place};
pub use palette::Palette;
pub use picture::{empty, find_peak, recolour};

/// Pixels of a tile's side.
pub const SIDE: usize = 256;

/// The nearest zoom that is drawn.
pub const LAST_ZOOM: u8 = 16;

/// Column and row of a tile among those of its zoom, from the north-west.
pub type Tile = (u32, u32);

/// The pixels of a tile, row by row.
pub type Pixels = [u8; SIDE * SIDE];

/// A tile's pixels, all 0.
fn blank() -> Box<Pixels> {
    Box::new([0; SIDE * SIDE])
}
