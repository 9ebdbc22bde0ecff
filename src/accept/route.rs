//! How to handle a target: intercept it, tunnel it or refuse it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use super::{
    AddressClass, Authority, EndpointAddresses, Host, OwnConnections, Refusal, TunnelSettings, UpstreamProxy,
    address::readings, canonical_address, is_own_address,
};
use crate::aws::endpoint::{RdsHost, Recognised, recognise};

/// How to handle a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is for the RDS API: terminate TLS here and judge its requests.
    Intercept(RdsHost),
    /// It is for another host: pass its bytes through.
    Tunnel(Authority),
}

/// Decides how targets are handled.
#[derive(Clone, Debug)]
pub struct Router {
    /// Additional names of the RDS API.
    hosts: Arc<[RdsHost]>,
    tunnel: Arc<TunnelSettings>,
    endpoints: EndpointAddresses,
    own: OwnConnections,
    upstream_proxy: Option<Arc<UpstreamProxy>>,
    /// Names with configured addresses: host, port, address.
    overrides: Arc<[(String, u16, SocketAddr)]>,
}

impl Router {
    /// Creates a router for the names that AWS gives the RDS API and for additional ones.
    #[must_use]
    pub fn new(hosts: Vec<RdsHost>, tunnel: TunnelSettings, endpoints: EndpointAddresses) -> Self {
        let (own, overrides) = (OwnConnections::default(), Arc::default());
        Self { hosts: hosts.into(), tunnel: Arc::new(tunnel), endpoints, own, upstream_proxy: None, overrides }
    }

    /// Adds names with configured addresses. They are judged like any other name.
    #[must_use]
    pub fn with_overrides(self, overrides: Vec<(String, u16, SocketAddr)>) -> Self {
        Self { overrides: overrides.into(), ..self }
    }

    /// Adds an upstream proxy for tunnels.
    #[must_use]
    pub fn with_upstream_proxy(self, upstream_proxy: Option<Arc<UpstreamProxy>>) -> Self {
        Self { upstream_proxy, ..self }
    }

    /// The proxy that a tunnel goes through; `None` if it goes directly, as it does to a configured address.
    pub(super) fn upstream_proxy(&self, target: &Authority) -> Option<&UpstreamProxy> {
        let given = matches!(&target.host, Host::Name(name) if !self.overridden(name, target.port).is_empty());
        self.upstream_proxy.as_deref().filter(|proxy| !given && proxy.covers(target))
    }

    /// The configured addresses of a name and a port.
    pub(super) fn overridden(&self, name: &str, port: u16) -> Vec<SocketAddr> {
        let given = self.overrides.iter().filter(|(host, at, _)| *at == port && host.eq_ignore_ascii_case(name));
        given.map(|(_, _, address)| *address).collect()
    }

    /// The tunnel policy.
    #[must_use]
    pub fn tunnel(&self) -> &TunnelSettings {
        &self.tunnel
    }

    /// The open connections of tunnels.
    #[must_use]
    pub fn own_connections(&self) -> &OwnConnections {
        &self.own
    }

    /// The addresses that no tunnel may reach.
    #[must_use]
    pub fn endpoints(&self) -> &EndpointAddresses {
        &self.endpoints
    }

    /// Classifies a canonical name.
    #[must_use]
    pub fn recognise(&self, name: &str) -> Recognised {
        let configured = self.hosts.iter().find(|host| host.name() == name);
        configured.map_or_else(|| recognise(name), |host| Recognised::Rds(host.clone()))
    }

    /// Decides how the target of a CONNECT is handled.
    ///
    /// # Errors
    /// The refusal, if it may not be reached.
    pub fn route(&self, target: Authority) -> Result<Route, Refusal> {
        match &target.host {
            Host::Name(name) => match self.recognise(name) {
                Recognised::Rds(host) if target.port == 443 => return Ok(Route::Intercept(host)),
                Recognised::Rds(_) => return Err(Refusal::RdsPort { port: target.port }),
                Recognised::Lookalike => return Err(Refusal::Lookalike { host: name.clone() }),
                Recognised::Other => {}
            },
            Host::Address(address) => {
                let text = address.to_string();
                if let Some(host) = self.hosts.iter().find(|host| host.name() == text) {
                    return if target.port == 443 {
                        Ok(Route::Intercept(host.clone()))
                    } else {
                        Err(Refusal::RdsPort { port: target.port })
                    };
                }
                self.check_address(*address)?;
            }
        }
        self.tunnel.judge(&target)?;
        Ok(Route::Tunnel(target))
    }

    /// Checks whether a tunnel may reach an address that its name resolved to.
    ///
    /// # Errors
    /// The refusal, if it may not.
    pub fn check_resolved(&self, target: &Authority, address: IpAddr) -> Result<(), Refusal> {
        for reading in readings(address) {
            self.check_address(reading)?;
            self.tunnel.judge_address(target, reading)?;
        }
        Ok(())
    }

    /// Checks whether the server name inside a tunnel is permitted there.
    ///
    /// # Errors
    /// [`Refusal::SniMismatch`] if it names the RDS API, [`Refusal::Lookalike`] if it resembles such a name.
    pub fn check_server_name(&self, name: &str) -> Result<(), Refusal> {
        let name = match Host::parse(name) {
            Ok(Host::Name(name)) => name,
            Ok(Host::Address(_)) => return Ok(()),
            // A name that is invalid to this proxy may be valid to another server.
            Err(_) => return Err(Refusal::ClientHello),
        };
        match self.recognise(&name) {
            Recognised::Rds(_) => Err(Refusal::SniMismatch { name }),
            Recognised::Lookalike => Err(Refusal::Lookalike { host: name }),
            Recognised::Other => Ok(()),
        }
    }

    fn check_address(&self, address: IpAddr) -> Result<(), Refusal> {
        let address = canonical_address(address);
        match AddressClass::of(address) {
            AddressClass::Metadata => Err(Refusal::Metadata { address }),
            AddressClass::Loopback => Err(Refusal::Loopback { address }),
            AddressClass::Private | AddressClass::Public if self.endpoints.contains(address) => {
                Err(Refusal::EndpointAddress { address })
            }
            AddressClass::Private | AddressClass::Public if is_own_address(address) => {
                Err(Refusal::OwnAddress { address })
            }
            AddressClass::Private | AddressClass::Public => Ok(()),
        }
    }
}
