//! Finds a running proxy from the few keys that other commands need. The rest of the configuration is not
//! validated, so that a health check does not fail while a policy file is being replaced.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    Errors, Sources, layers,
    section::{Reading, Section},
};

/// The addresses where a running proxy listens, and the folder where its authority is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The value of `listen`.
    pub listen: Vec<SocketAddr>,
    /// The value of `listen_transparent`.
    pub listen_transparent: Vec<SocketAddr>,
    /// The value of `admin`.
    pub admin: Vec<SocketAddr>,
    /// The value of `metrics`.
    pub metrics: Vec<SocketAddr>,
    /// The value of `ca.publish`, or of `ca.dir` if that is not set.
    pub authority: Option<PathBuf>,
}

/// Returns the places of a proxy that runs with these sources.
///
/// # Errors
/// The file is not TOML, or one of the needed keys has an invalid value.
pub fn locate(sources: &Sources) -> Result<Places, Errors> {
    let mut reading = Reading::default();
    let layered = layers::lay(sources, &mut reading.problems);
    let mut root = Section::root(layered.table, &mut reading);
    let defaults = super::Config::default();
    let mut places = Places {
        listen: defaults.listen,
        listen_transparent: defaults.listen_transparent,
        admin: defaults.admin,
        metrics: defaults.metrics,
        authority: None,
    };
    root.set("listen", &mut places.listen);
    root.set("listen_transparent", &mut places.listen_transparent);
    root.set("admin", &mut places.admin);
    root.set("metrics", &mut places.metrics);
    let (mut dir, mut publish) = (None, None);
    let mut ca = root.section("ca");
    ca.set("dir", &mut dir);
    ca.set("publish", &mut publish);
    places.authority = publish.or(dir);
    Errors::from_problems(reading.problems)?;
    Ok(places)
}
