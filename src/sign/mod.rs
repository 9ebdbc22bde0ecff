//! Prepares a permitted call for sending: unchanged, or, if a local key signed it, re-signed with the proxy's own
//! credentials.
//!
//! A call is re-signed only after its local signature was verified and the call was permitted: an [`Outgoing`] can
//! be made only from a [`PermittedCall`]. What is sent is what was decided on: method, path, parameters and body
//! stay the same, byte for byte, except for the parts of a signature, the `Host` of the endpoint listener, and the
//! signed request inside a `PreSignedUrl`.

mod error;
mod form;
mod request;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

pub use error::Error;

use crate::{authorize::PermittedCall, aws::endpoint::RdsHost, credentials::Store, http1::Request};

/// Maximum time that a call waits for the proxy's first credentials.
const PATIENCE: Duration = Duration::from_secs(5);

/// The kind of listener that a call arrived on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// A listener that is reached under the service's own name.
    Service,
    /// The endpoint listener, reached under the proxy's own address. AWS does not know that address, so the call
    /// must be re-signed before it is sent.
    Endpoint,
}

/// A permitted call ready to be sent. `forward` accepts nothing else.
pub struct Outgoing {
    host: RdsHost,
    read_only: bool,
    request: Request,
}

/// Re-signs those permitted calls that need it.
#[derive(Clone, Debug, Default)]
pub struct Signer(Option<Arc<Store>>);

impl Signer {
    /// A signer with these credentials. Without credentials it leaves calls unchanged.
    #[must_use]
    pub fn new(credentials: Option<Arc<Store>>) -> Self {
        Self(credentials)
    }

    /// Prepares a permitted call for sending.
    ///
    /// # Errors
    /// [`Error`], if it has to be re-signed and cannot be.
    pub async fn prepare(&self, permitted: PermittedCall, entrance: Entrance) -> Result<Outgoing, Error> {
        let (host, read_only) = (permitted.host().clone(), permitted.is_read_only());
        let request = match (permitted.identified().holder(), entrance) {
            (None, Entrance::Service) => permitted.into_request(),
            (None, Entrance::Endpoint) => return Err(Error::NotLocal),
            (Some(_), Entrance::Service | Entrance::Endpoint) => {
                let store = self.0.as_ref().ok_or(Error::NotLocal)?;
                let credentials = store.credentials(PATIENCE).await?;
                request::signed_anew(permitted.identified(), &credentials, OffsetDateTime::now_utc())?
            }
        };
        Ok(Outgoing { host, read_only, request })
    }
}

impl Outgoing {
    /// The RDS host that the request names.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        &self.host
    }

    /// Whether the call only reads, so that sending it twice is harmless.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The request to send.
    #[must_use]
    pub fn into_request(self) -> Request {
        self.request
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("host", &self.host).field("request", &self.request).finish_non_exhaustive()
    }
}
