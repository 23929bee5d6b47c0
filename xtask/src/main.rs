//! The project's own chores: generated docs and golden files.
fn main() {}
