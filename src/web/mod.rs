//! What faces the visitor, from the front door inwards.

pub mod gate;
