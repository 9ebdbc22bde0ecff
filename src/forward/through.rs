//! An upstream proxy between this proxy and the endpoints: which names it is used for, and a connection through it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use super::{Destination, health::Candidate, wire::Wire};
use crate::accept::{Authority, Host, UpstreamProxy};

/// The upstream proxy, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Through {
    proxy: Option<Arc<UpstreamProxy>>,
    /// Names with configured addresses: those are dialled directly.
    straight: Arc<[String]>,
}

impl Through {
    pub(super) fn new(proxy: Option<Arc<UpstreamProxy>>, straight: impl IntoIterator<Item = String>) -> Self {
        Self { proxy, straight: straight.into_iter().collect() }
    }

    /// The proxy through which a name is reached; `None` if it is dialled directly.
    fn proxy(&self, name: &str) -> Option<&UpstreamProxy> {
        let proxy = self.proxy.as_deref()?;
        let given = self.straight.iter().any(|given| given.eq_ignore_ascii_case(name));
        (!given && proxy.covers(&https(name))).then_some(proxy)
    }

    /// Whether a name is reached through the proxy.
    pub(super) fn is_for(&self, name: &str) -> bool {
        self.proxy(name).is_some()
    }

    /// The proxy's addresses, if calls to a name of a destination go through it. A destination whose addresses must
    /// be private is dialled directly: only then are its addresses known.
    pub(super) async fn addresses(&self, name: &str, destination: &Destination) -> Option<io::Result<Vec<SocketAddr>>> {
        match self.proxy(name) {
            Some(proxy) if !destination.require_private => Some(proxy.addresses().await),
            Some(_) | None => None,
        }
    }

    /// Connects to a candidate: to its address, or to its name through the proxy at that address.
    ///
    /// # Errors
    /// The error of the kernel or the proxy.
    pub(super) async fn connect(&self, candidate: &Candidate, limit: Duration) -> io::Result<Wire> {
        match self.proxy(&candidate.name) {
            Some(proxy) if candidate.is_proxied => {
                let asked = proxy.connect_by(candidate.address, &https(&candidate.name)).await;
                asked.map(Wire::over).map_err(io::Error::other)
            }
            Some(_) | None => Wire::connect(candidate.address, limit).await,
        }
    }
}

fn https(name: &str) -> Authority {
    Authority { host: Host::Name(name.to_ascii_lowercase()), port: 443 }
}
