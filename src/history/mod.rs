//! Reads decision records back into the calls behind them. The result shows what a policy must allow, or what it
//! would have decided.
//!
//! A record has names and ARNs, not the request. What it does not show stays unknown here: nothing is guessed that
//! would make a policy appear to allow a call. Pure: no clock, no I/O.

mod call;
mod context;
mod line;
mod replay;
mod resources;

pub use call::{Caller, Demand, DemandKind, Outcome, RecordedCall, Said};
pub use context::{RecordedContext, Silence};
pub use line::{Line, read};
pub use replay::{Change, Count, Replay, Verdict};

#[cfg(test)]
mod tests;
