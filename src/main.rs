//! The binary: it looks at its own name and calls the tool of that name.

fn main() {}
