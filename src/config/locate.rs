//! Where a running proxy is to be found: the few keys that other commands need, read without judging the rest, so that
//! a health check does not fail for a policy file that is being replaced.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    Errors, Sources, layers,
    section::{Reading, Section},
};

/// Where a running proxy listens, and where its authority is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `listen`.
    pub listen: Vec<SocketAddr>,
    /// `listen_transparent`.
    pub listen_transparent: Vec<SocketAddr>,
    /// `admin`.
    pub admin: Vec<SocketAddr>,
    /// `metrics`.
    pub metrics: Vec<SocketAddr>,
    /// `ca.publish`, else `ca.dir`.
    pub authority: Option<PathBuf>,
}

/// Finds the places of a proxy that runs with these sources.
///
/// # Errors
/// When the file is not TOML, or one of the keys that are needed is wrong.
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
