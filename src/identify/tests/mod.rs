//! Identity: requests that real clients sent, an attacker's variations of them, and the rules in isolation.

mod captured;
mod directory;
mod mutations;
mod observed;
mod refusals;
pub(crate) mod wire;
