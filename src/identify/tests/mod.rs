//! Identity against requests that real clients sent, against what an attacker would make of them, and by the rules alone.

mod captured;
mod directory;
mod mutations;
mod refusals;
mod wire;
