//! Logging to standard error, as text or JSON, filtered by `RDS_GUARD_LOG`.

use std::io;

use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, registry, util::SubscriberInitExt as _,
};

use super::{Environment, Failure};

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging for the whole process. `filter` applies if `RDS_GUARD_LOG` is not set.
///
/// # Errors
/// `RDS_GUARD_LOG` is not a filter such as `info` or `rds_guard=debug`, or logging was started already.
pub(super) fn start(format: LogFormat, environment: &Environment, filter: &str) -> Result<(), Failure> {
    let filter = environment.text("RDS_GUARD_LOG")?.unwrap_or(filter);
    let targets: Targets = filter.parse().map_err(|error| {
        Failure::wrong(format!("RDS_GUARD_LOG is `{filter}`: {error}"))
            .next("set it to a level (`error`, `warn`, `info`, `debug`, `trace`) or to `TARGET=LEVEL,…`")
    })?;
    let lines = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => registry().with(lines.with_ansi(false).with_filter(targets)).try_init(),
        LogFormat::Json => registry().with(lines.json().flatten_event(true).with_filter(targets)).try_init(),
    }
    .map_err(|error| Failure::world(format!("logging cannot start: {error}")))
}
