//! Stage 7: the decision log and the metrics.
//!
//! Every request, every CONNECT and every refused connection leaves one [`Record`], however it ends: a [`Trail`]
//! collects what is known along the way and submits the record when it is dropped. Records wait in a bounded queue
//! for a separate thread, so that a full disk or a slow reader delays no request.

mod bound;
mod entry;
mod log;
mod metrics;
mod queue;
mod recent;
mod tally;
mod request_id;
mod trail;

pub use bound::{LARGEST_RECORD, Omitted};
pub use entry::{Decision, Kind, Mode, Principal, Record, StatementRef, Upstream};
pub use log::{LogSettings, OnFull, Recorder, Target};
pub use metrics::{Gauge, Metrics};
pub use queue::Capacity;
pub use recent::{Kept, Recent};
pub use tally::{Count, PolicyTally, Tally};
pub use trail::Trail;

#[cfg(test)]
mod tests;
