//! GPX files: read, measured, corrected, written. Bytes in, values out.
//!
//! The text of a file is kept as it was and the points are a flat table beside it (`model`), so that what is
//! not interpreted is never lost and a file of a million points stays small. Nothing here touches a disk, a
//! clock or the network, and nothing here knows users or pages.

pub mod bounds;
mod breaks;
pub mod circle;
mod collect;
mod compose;
mod cut;
mod decode;
mod distance;
mod engrave;
mod field;
mod fingerprint;
mod fit;
mod import;
mod mend;
pub mod mercator;
pub mod metrics;
mod model;
mod namespace;
mod number;
mod pass;
mod place;
mod point;
pub mod profile;
mod read;
mod reason;
mod remake;
mod route;
mod scan;
mod sensor;
pub mod simplify;
mod syntax;
mod tcx;
mod text;
pub mod thin;
mod time;
pub mod timezone;
pub mod transform;
mod unprefix;
mod write;

pub use bounds::Bounds;
pub use circle::Circle;
pub use cut::cut;
pub use engrave::engrave;
pub use fingerprint::fingerprint;
pub use import::{import, unpacked};
pub use metrics::Figures;
pub use model::{Gpx, Layout, Metadata, Route, Segment, Track};
pub use point::Point;
pub use read::{Origin, make_sound, read, read_vec};
pub use reason::{ReadError, Reason};
pub use route::route_to_track;
pub use sensor::Sensors;
pub use time::Time;
pub use transform::Transformer;
pub use write::write;
