//! The credential broker: hands out local keys by the container credentials protocol.
//!
//! A client is told where by `AWS_CONTAINER_CREDENTIALS_FULL_URI`, and shows the token of
//! `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; which token it is says which workload it is. What it gets is worth nothing
//! at AWS: requests that are signed with it are judged, and signed anew, by this process alone.
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

/// The path of the protocol. With a token behind it, it serves clients of the relative-URI form, which can show none
/// otherwise.
pub const PATH: &str = "/v1/credentials";

/// Whoever shows a token, and what for.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Whose keys the token gets.
    pub holder: Arc<Holder>,
    /// The token.
    pub token: TokenFile,
    /// The only user whose processes may show it, where that is asked for.
    pub uid: Option<u32>,
}

/// How local keys are handed out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// To whom.
    pub admissions: Vec<Admission>,
    /// How long each key is good.
    pub lifetime: Duration,
    /// The private folder that keeps what keys are derived from; without one they end with the process.
    pub dir: Option<PathBuf>,
}
