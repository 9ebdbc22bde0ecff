//! Where a call goes: the VPC endpoint of its region, or the service's own name.

use std::sync::Arc;

use super::Error;
use crate::aws::{
    Region,
    endpoint::{HostKind, RdsHost, VpcEndpointId, fips_name, private_dns_name, service_name},
};

/// A configured VPC endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its region.
    pub region: Region,
    /// Its DNS names, the preferred one first.
    pub dns: Vec<String>,
    /// Whether it is an endpoint of the FIPS service.
    pub fips: bool,
    /// Its id, for `aws:SourceVpce`.
    pub id: Option<VpcEndpointId>,
    /// Its VPC, for `aws:SourceVpc`.
    pub vpc: Option<String>,
}

/// How to route calls to a region without an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// To the service's name, if all its addresses are private.
    PrivateDns,
    /// Refuse the call.
    Deny,
    /// To the service's name, whatever it resolves to.
    Public,
}

/// How to route calls to a FIPS name whose region has no FIPS endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FipsRouting {
    /// To the region's other endpoint; the record shows it.
    SameEndpoint,
    /// Refuse the call.
    Deny,
}

/// The destination of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The names to dial, the preferred one first.
    pub names: Vec<String>,
    /// The region of the call.
    pub region: Region,
    /// The region's service name: a certificate for it is accepted too, since clients see it with private DNS.
    pub service_name: String,
    /// Whether every address must be private.
    pub require_private: bool,
    /// The id of the VPC endpoint; `None` if the destination is not a VPC endpoint or its id is not configured.
    pub endpoint_id: Option<VpcEndpointId>,
    /// The VPC of the endpoint, if the configuration names it.
    pub vpc: Option<String>,
    /// Whether a call to a FIPS name goes to an endpoint that is not declared FIPS.
    pub fips_downgraded: bool,
    /// Whether the call may go to the service's public addresses: by a name of the service, whatever it resolves to.
    pub public: bool,
}

impl Destination {
    /// A destination with one name of a region.
    pub(super) fn named(name: &str, region: &Region) -> Self {
        Self {
            names: vec![name.to_owned()],
            region: region.clone(),
            service_name: service_name(region),
            require_private: false,
            endpoint_id: None,
            vpc: None,
            fips_downgraded: false,
            public: false,
        }
    }

    /// Whether a connection made for one can be used for the other: same addresses, and the same certificates.
    pub(super) fn is_same_way(&self, other: &Self) -> bool {
        (&self.names, &self.service_name, self.require_private)
            == (&other.names, &other.service_name, other.require_private)
    }
}

/// The destinations of calls, by host.
#[derive(Clone, Debug)]
pub struct Destinations {
    /// The configured endpoints.
    pub endpoints: Vec<Endpoint>,
    /// `[[host]]` names with their own endpoint.
    pub hosts: Vec<(String, String)>,
    /// The routing for regions without an endpoint.
    pub unmapped: Unmapped,
    /// The routing for FIPS names without a FIPS endpoint.
    pub fips: FipsRouting,
}

impl Destinations {
    /// Returns the destination of a call to this host.
    ///
    /// # Errors
    /// [`Error::HostNotAllowed`], [`Error::NoEndpoint`], [`Error::NoFipsEndpoint`], [`Error::NoPreviewEndpoint`].
    pub fn find(&self, host: &RdsHost) -> Result<Arc<Destination>, Error> {
        let region = host.region();
        let is_preview = *host.kind() == HostKind::Preview;
        let to = |names: Vec<String>, id: Option<VpcEndpointId>| Destination {
            names,
            endpoint_id: id,
            // The certificate of the region's own API is none of the preview environment's.
            service_name: if is_preview { host.name().to_owned() } else { service_name(region) },
            ..Destination::named(host.name(), region)
        };
        if let Some((_, endpoint)) = self.hosts.iter().find(|(name, _)| name == host.name()) {
            return Ok(Arc::new(to(vec![endpoint.clone()], crate::aws::endpoint::vpc_endpoint_id(endpoint))));
        }
        if is_preview {
            // The VPC endpoints of its region serve another API, with other databases.
            return match self.unmapped {
                Unmapped::PrivateDns | Unmapped::Deny => {
                    Err(Error::NoPreviewEndpoint { host: host.name().into(), region: region.clone() })
                }
                Unmapped::Public => Ok(Arc::new(to(vec![host.name().to_owned()], None))),
            };
        }
        let here = || self.endpoints.iter().filter(|endpoint| endpoint.region == *region);
        if let HostKind::VpcEndpoint { id, .. } = host.kind() {
            let own = here().find(|endpoint| {
                endpoint.id.as_ref() == Some(id) || endpoint.dns.iter().any(|name| name == host.name())
            });
            let own = own.ok_or_else(|| Error::HostNotAllowed { host: host.name().into(), region: region.clone() })?;
            return Ok(Arc::new(Destination { vpc: own.vpc.clone(), ..to(own.dns.clone(), own.id.clone()) }));
        }
        let wants_fips = host.is_fips();
        let exact = here().find(|endpoint| endpoint.fips == wants_fips);
        if let Some(endpoint) = exact {
            let found = to(endpoint.dns.clone(), endpoint.id.clone());
            return Ok(Arc::new(Destination { vpc: endpoint.vpc.clone(), ..found }));
        }
        if let Some(endpoint) = here().next() {
            // A plain name may go to a FIPS endpoint; the reverse is a downgrade.
            if wants_fips && self.fips == FipsRouting::Deny {
                return Err(Error::NoFipsEndpoint { region: region.clone() });
            }
            let found = to(endpoint.dns.clone(), endpoint.id.clone());
            return Ok(Arc::new(Destination { fips_downgraded: wants_fips, vpc: endpoint.vpc.clone(), ..found }));
        }
        let name = if wants_fips { fips_name(region) } else { private_dns_name(region) };
        match self.unmapped {
            Unmapped::Deny => Err(Error::NoEndpoint { region: region.clone() }),
            Unmapped::PrivateDns => Ok(Arc::new(Destination { require_private: true, ..to(vec![name], None) })),
            Unmapped::Public => {
                let own = matches!(host.kind(), HostKind::Public { .. });
                let name = if own { host.name().to_owned() } else { service_name(region) };
                Ok(Arc::new(Destination { public: true, ..to(vec![name], None) }))
            }
        }
    }
}
