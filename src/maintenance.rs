//! The maintenance mode: a file that takes an instance out of service, and the barrier that proves it.
//!
//! * `flag` looks at the file `MAINTENANCE`: off, on, or not to be told (which counts as on).
//! * `reason` makes what stands in it printable.
//! * `switch` sets and removes it, durably and atomically.
//! * `own` is a flag that a tool raises for its own work and takes away again.
//! * `barrier` is the lock on the data directory that everything holds while it touches the instance.
//! * `holders` tells who holds it.
//! * `drain` waits until nobody does, and leaves a database that can be copied.
//!
//! Nothing here caches, watches or guesses: the file is looked up every time. Nothing here needs the
//! database (but `drain`, which tidies beside it), a session or the network.

pub mod barrier;
pub mod drain;
pub mod flag;
pub mod holders;
pub mod own;
pub mod reason;
pub mod switch;
