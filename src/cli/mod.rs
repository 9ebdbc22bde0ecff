//! The command line.

pub mod actions;
