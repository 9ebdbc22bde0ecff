//! The flags that locate a running proxy: those that it was started with.

use std::path::PathBuf;

use clap::Args;

use super::Environment;
use crate::config::{Flag, SYSTEM_FILE, Sources};

/// The sources of the running proxy's configuration.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// The proxy's configuration file [default: RDS_GUARD_CONFIG, else /etc/rds-guard/rds-guard.toml if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl SourceArgs {
    /// The sources of the running proxy's configuration, with flags that override it.
    pub(super) fn sources(&self, environment: &Environment, flags: Vec<Flag>) -> Sources {
        Sources {
            file: self.config.clone(),
            system_file: Some(PathBuf::from(SYSTEM_FILE)),
            environment: environment.variables().to_vec(),
            flags,
            require_enforce: false,
        }
    }
}
