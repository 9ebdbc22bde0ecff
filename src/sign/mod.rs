//! Between the policy and the wire: a permitted call goes out as it came, or, where a local key signed it, signed anew
//! with the proxy's own credentials.
//!
//! Only a call whose local signature was verified is signed anew, and only after it was permitted: an [`Outgoing`] is
//! made of a [`PermittedCall`] and of nothing else. What was decided on stays what is sent: method, path, parameters and
//! body are the same, byte for byte, but for the parts that a signature is made of, the `Host` of the endpoint way in,
//! and the signed request inside a `PreSignedUrl`.

mod error;
mod form;
mod request;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

pub use error::Error;

use crate::{authorize::PermittedCall, aws::endpoint::RdsHost, credentials::Store, http1::Request};

/// How long a call waits for the proxy's first credentials.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way that a call came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// By the service's own name.
    Service,
    /// By this proxy's address, which AWS does not know: it can go on only if it is signed anew.
    Endpoint,
}

/// A permitted call as it goes on the wire. `forward` takes nothing else.
pub struct Outgoing {
    host: RdsHost,
    read_only: bool,
    request: Request,
}

/// Signs permitted calls anew where that is called for.
#[derive(Clone, Debug, Default)]
pub struct Signer(Option<Arc<Store>>);

impl Signer {
    /// A signer with these credentials; without any it lets calls go out as they came.
    #[must_use]
    pub fn new(credentials: Option<Arc<Store>>) -> Self {
        Self(credentials)
    }

    /// Makes a permitted call ready for the wire.
    ///
    /// # Errors
    /// [`Error`], where it has to be signed anew and cannot be.
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
    /// The host that the request names.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        &self.host
    }

    /// Whether the call only reads, so that asking twice changes nothing.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The request for the wire.
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
