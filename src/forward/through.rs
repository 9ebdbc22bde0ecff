//! A corporate proxy before the endpoints: which names are asked of it, and a connection through it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use super::{Destination, health::Candidate, wire::Wire};
use crate::accept::{Authority, Host, UpstreamProxy};

/// The way through a corporate proxy, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Through {
    proxy: Option<Arc<UpstreamProxy>>,
    /// Names whose addresses are given by hand: those are dialled.
    straight: Arc<[String]>,
}

impl Through {
    pub(super) fn new(proxy: Option<Arc<UpstreamProxy>>, straight: impl IntoIterator<Item = String>) -> Self {
        Self { proxy, straight: straight.into_iter().collect() }
    }

    /// The proxy that gives connections to a name; `None` where it is dialled straight.
    fn proxy(&self, name: &str) -> Option<&UpstreamProxy> {
        let proxy = self.proxy.as_deref()?;
        let given = self.straight.iter().any(|given| given.eq_ignore_ascii_case(name));
        (!given && proxy.covers(&https(name))).then_some(proxy)
    }

    /// Whether connections to a name are asked of the proxy.
    pub(super) fn is_for(&self, name: &str) -> bool {
        self.proxy(name).is_some()
    }

    /// The proxy's addresses, where calls to a name of a destination go through it. A destination whose addresses must be
    /// private is dialled straight: only then are they known.
    pub(super) async fn addresses(&self, name: &str, destination: &Destination) -> Option<io::Result<Vec<SocketAddr>>> {
        match self.proxy(name) {
            Some(proxy) if !destination.require_private => Some(proxy.addresses().await),
            Some(_) | None => None,
        }
    }

    /// A connection to a candidate: to its address, or by way of the proxy that is there to its name.
    ///
    /// # Errors
    /// What the kernel or the proxy says.
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
