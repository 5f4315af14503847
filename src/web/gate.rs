//! gate
pub mod chunked;
pub mod head;
pub mod target;
