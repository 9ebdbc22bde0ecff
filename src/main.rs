//! The `rds-guard` program.
fn main() {}
