//! The pages: what stands at each address, the handler with its view beside it.

pub mod maintenance;
