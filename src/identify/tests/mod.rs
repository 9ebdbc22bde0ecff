//! Identity against requests that real clients sent, what an attacker would make of them, and the rules alone.

mod captured;
mod directory;
mod mutations;
mod observed;
mod refusals;
pub(crate) mod wire;
