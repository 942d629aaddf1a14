//! The `undefer` command.

fn main() {}
