//! What becomes of a target: intercepted, tunnelled or refused.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, RwLock},
};

use super::{AddressClass, Authority, Host, Refusal, TunnelSettings, canonical_address, is_own_address};
use crate::aws::endpoint::{RdsHost, Recognised, recognise};

/// What becomes of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is for the RDS API: terminate TLS here and judge what is asked.
    Intercept(RdsHost),
    /// It is for another host: let its bytes pass.
    Tunnel(Authority),
}

/// The addresses that at this moment belong to a configured endpoint or to a name of the RDS API that was resolved.
///
/// Written by whoever resolves names for forwarding, read by every tunnel: a tunnel to one of them would carry RDS API
/// calls past the policy.
#[derive(Clone, Debug, Default)]
pub struct EndpointAddresses(Arc<RwLock<HashSet<IpAddr>>>);

impl EndpointAddresses {
    /// Adds what a name resolved to.
    pub fn add(&self, addresses: impl IntoIterator<Item = IpAddr>) {
        let mut set = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        set.extend(addresses.into_iter().map(canonical_address));
    }

    /// Whether an address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains(&canonical_address(address))
    }
}

/// Decides what becomes of targets.
#[derive(Clone, Debug)]
pub struct Router {
    /// Further names of the RDS API.
    hosts: Arc<[RdsHost]>,
    tunnel: Arc<TunnelSettings>,
    endpoints: EndpointAddresses,
}

impl Router {
    /// A router for the names that AWS gives the RDS API and these further ones.
    #[must_use]
    pub fn new(hosts: Vec<RdsHost>, tunnel: TunnelSettings, endpoints: EndpointAddresses) -> Self {
        Self { hosts: hosts.into(), tunnel: Arc::new(tunnel), endpoints }
    }

    /// The tunnel policy.
    #[must_use]
    pub fn tunnel(&self) -> &TunnelSettings {
        &self.tunnel
    }

    /// What a canonical name is.
    #[must_use]
    pub fn recognise(&self, name: &str) -> Recognised {
        let configured = self.hosts.iter().find(|host| host.name() == name);
        configured.map_or_else(|| recognise(name), |host| Recognised::Rds(host.clone()))
    }

    /// Decides on the target of a CONNECT.
    ///
    /// # Errors
    /// The refusal, where it goes nowhere.
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

    /// Decides whether a tunnel may reach an address that its name resolved to.
    ///
    /// # Errors
    /// The refusal, where it may not.
    pub fn check_resolved(&self, target: &Authority, address: IpAddr) -> Result<(), Refusal> {
        self.check_address(address)?;
        self.tunnel.judge_address(target, canonical_address(address))
    }

    /// Decides whether the server name inside a tunnel fits the tunnel.
    ///
    /// # Errors
    /// [`Refusal::SniMismatch`] where it names the RDS API, [`Refusal::Lookalike`] where it looks like it.
    pub fn check_server_name(&self, name: &str) -> Result<(), Refusal> {
        let Ok(Host::Name(name)) = Host::parse(name) else { return Ok(()) };
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
