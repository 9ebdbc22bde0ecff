//! Names to addresses: asked of the servers in resolv.conf, never of the hosts file or of a built-in public server.
//!
//! The hosts file is left out because the direct way in puts the service's names there, pointing at this proxy.

use std::{
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
    time::Duration,
};

use hickory_resolver::{TokioResolver, config::ResolveHosts};
use ipnet::IpNet;
use tokio::time::timeout;

use super::{Destination, Error};
use crate::accept::{AddressClass, EndpointAddresses, canonical_address, is_own_address};

/// How long a name may take to resolve: long enough for a second try at another server.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// One `--resolve HOST:PORT:ADDR[:PORT2]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveOverride {
    /// The name, lower case.
    pub host: String,
    /// The port that would be dialled.
    pub port: u16,
    /// What is dialled instead.
    pub to: SocketAddr,
}

/// Resolves the names of endpoints.
#[derive(Debug)]
pub struct Resolver {
    overrides: Vec<ResolveOverride>,
    private: Vec<IpNet>,
    known: EndpointAddresses,
    dns: OnceLock<Result<TokioResolver, String>>,
}

impl Resolver {
    /// A resolver that tells `known` what it finds. `private` lists further networks that count as private.
    #[must_use]
    pub fn new(overrides: Vec<ResolveOverride>, private: Vec<IpNet>, known: EndpointAddresses) -> Self {
        Self { overrides, private, known, dns: OnceLock::new() }
    }

    /// The addresses of one of the destination's names on port 443, in the order of the answer.
    ///
    /// # Errors
    /// [`Error::Unreachable`] where there is none or one must not be dialled, [`Error::NotPrivate`].
    pub async fn addresses(&self, name: &str, destination: &Destination) -> Result<Vec<SocketAddr>, Error> {
        let given: Vec<SocketAddr> = self
            .overrides
            .iter()
            .filter(|entry| entry.port == 443 && entry.host.eq_ignore_ascii_case(name))
            .map(|entry| entry.to)
            .collect();
        if !given.is_empty() {
            self.known.add(given.iter().map(SocketAddr::ip));
            return Ok(given);
        }
        let found = self.ask(name).await.map_err(|detail| Error::Unreachable { detail })?;
        for address in &found {
            self.check(name, *address, destination)?;
        }
        self.known.add(found.iter().copied());
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 443)).collect())
    }

    async fn ask(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        let dns = self.dns.get_or_init(|| {
            let mut builder = TokioResolver::builder_tokio().map_err(|error| format!("/etc/resolv.conf: {error}"))?;
            builder.options_mut().use_hosts_file = ResolveHosts::Never;
            builder.build().map_err(|error| error.to_string())
        });
        let dns = dns.as_ref().map_err(Clone::clone)?;
        // The trailing dot keeps search domains out: the name is a whole one.
        let answer = timeout(ANSWER_TIME, dns.lookup_ip(format!("{name}.")))
            .await
            .map_err(|_| format!("{name}: no answer from DNS within {} s", ANSWER_TIME.as_secs()))?
            .map_err(|error| format!("{name}: {error}"))?;
        let found: Vec<IpAddr> = answer.iter().map(canonical_address).collect();
        if found.is_empty() { Err(format!("{name} has no address")) } else { Ok(found) }
    }

    fn check(&self, name: &str, address: IpAddr, destination: &Destination) -> Result<(), Error> {
        let class = AddressClass::of(address);
        if matches!(class, AddressClass::Loopback | AddressClass::Metadata) || is_own_address(address) {
            let detail = format!("{name} resolves to {address}, which leads back to this host and not to the service");
            return Err(Error::Unreachable { detail });
        }
        let private = class == AddressClass::Private || self.private.iter().any(|net| net.contains(&address));
        if destination.require_private && !private {
            let region = destination.region.clone();
            return Err(Error::NotPrivate { region, name: name.to_owned(), address });
        }
        Ok(())
    }
}
