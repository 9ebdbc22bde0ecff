//! The credentials that the proxy itself has: where they come from, who they are of, and that they stay fresh.
//!
//! The sources are those of the AWS SDKs, in their order: environment, web identity (IRSA), profile, container endpoint
//! (ECS, EKS Pod Identity), instance metadata. They are asked in the background, each within a limit of time, and never
//! by a request. Source of the protocols: AWS SDKs and Tools Reference Guide, "Standardized credential providers".

mod chain;
mod container;
mod environment;
mod error;
mod http;
mod ini;
mod instance;
mod keeper;
mod process;
mod profile;
mod service;
mod signing;
mod store;
mod sts;
mod web_identity;

#[cfg(test)]
mod tests;

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

pub use chain::Chain;
pub use environment::Environment;
pub use error::{Error, SignError};
pub use keeper::{Identity, Keeper};
pub use service::Service;
pub use signing::{Placement, Signed, ToSign, sign};
pub use store::{Changes, Store, StoreGone, Unavailable};
pub use sts::Owner;

use crate::{
    aws::{AccessKeyId, PrincipalArn, Region},
    identify::{Secret, Term},
};

/// Credentials that AWS accepts.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// What signs.
    pub secret: Secret,
    /// When they end; `None` for long-lived ones.
    pub expires: Option<OffsetDateTime>,
    /// The role with its path, where the source tells it.
    pub role: Option<PrincipalArn>,
    /// Whether every other container beside this one can have them at the same place.
    pub shared: bool,
    /// Whether they are temporary, and when they were issued, where the source tells it.
    pub term: Term,
    /// Where they come from, in words.
    pub source: &'static str,
}

/// Where the sources are asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The variables that name sources, with their values.
    pub environment: Environment,
    /// The region of STS, where no variable names one.
    pub region: Option<Region>,
    /// Roots beside Mozilla's, for STS.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The address that a relative container URI is behind.
    pub container_host: String,
    /// How long a source may take.
    pub limit: Duration,
    /// How long a program may take that gives credentials.
    pub process_limit: Duration,
}

impl Settings {
    /// The addresses that AWS documents, 5 seconds for each source, and 30 for a program.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            region: None,
            extra_roots: Vec::new(),
            container_host: "http://169.254.170.2".into(),
            limit: Duration::from_secs(5),
            process_limit: Duration::from_secs(30),
        }
    }
}

impl Credentials {
    /// Whether they are good at this time.
    #[must_use]
    pub fn is_good(&self, now: OffsetDateTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}
