//! The credential broker: hands out local keys by the container credentials protocol.
//!
//! A client finds the broker through `AWS_CONTAINER_CREDENTIALS_FULL_URI` and shows the token of
//! `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; the token identifies the workload. The key that it gets is worthless
//! at AWS: only this process accepts requests signed with it, evaluates them, and re-signs them.
//! Source of the protocol: AWS SDKs and Tools Reference Guide, "Container credential provider".

mod document;
mod endpoint;
mod root_file;
mod token;

use std::{path::PathBuf, sync::Arc, time::Duration};

pub use endpoint::Broker;
pub(crate) use endpoint::serve;
pub use root_file::{RootFile, RootFileError};
pub use token::{TokenFile, TokenFileError};

use crate::identify::Holder;

/// The path of the protocol. A token may follow it as a further path segment, for clients that use the
/// relative-URI form and cannot send a token in a header.
pub const PATH: &str = "/v1/credentials";

/// A token and the workload that it admits.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The workload that the token's keys belong to.
    pub holder: Arc<Holder>,
    /// The file that holds the token.
    pub token: TokenFile,
    /// The only user whose processes may show the token; `None` accepts any user.
    pub uid: Option<u32>,
}

/// Settings for handing out local keys.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tokens that are accepted.
    pub admissions: Vec<Admission>,
    /// How long each key is valid.
    pub lifetime: Duration,
    /// The private folder with the roots that keys are derived from. Without one, keys become invalid when the
    /// process ends.
    pub dir: Option<PathBuf>,
}
