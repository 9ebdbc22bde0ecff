//! The proxy's own credentials: where they come from, which principal they belong to, and how they are kept fresh.
//!
//! The sources are those of the AWS SDKs, in their order: environment, web identity (IRSA), profile, container
//! endpoint (ECS, EKS Pod Identity), instance metadata. They are contacted in the background, each within a time
//! limit, and never while serving a request. Source of the protocols: AWS SDKs and Tools Reference Guide,
//! "Standardized credential providers".

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
    /// The id of the access key.
    pub access_key_id: AccessKeyId,
    /// The secret access key and, for temporary credentials, the session token.
    pub secret: Secret,
    /// When they expire; `None` for long-lived ones.
    pub expires: Option<OffsetDateTime>,
    /// The role with its path, if the source provides it.
    pub role: Option<PrincipalArn>,
    /// Whether every other container in the same pod or task can get them from the same place.
    pub shared: bool,
    /// Whether they are temporary, and when they were issued if the source says so.
    pub term: Term,
    /// The name of their source, for messages.
    pub source: &'static str,
}

/// Where to look for credentials.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The variables that name sources, with their values.
    pub environment: Environment,
    /// The region of STS if no variable names one.
    pub region: Option<Region>,
    /// Additional trusted roots for STS, besides Mozilla's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The base URL that a relative container URI is appended to.
    pub container_host: String,
    /// Time limit for one source.
    pub limit: Duration,
    /// Time limit for a `credential_process` program.
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
    /// Whether they are valid at this time.
    #[must_use]
    pub fn is_good(&self, now: OffsetDateTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}
