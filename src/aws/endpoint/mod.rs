//! Recognises the host names of the RDS API: every partition, FIPS, dual-stack, China's second name, VPC endpoint
//! names.
//!
//! A grammar, not a list: a new region is recognised as soon as its name has the form of one. A name that the grammar
//! does not cover but that resembles the API under an AWS suffix is classified separately, so that it is never
//! tunnelled unread. Source of the forms: the endpoint rules of botocore 1.43.11 (`rds`, `neptune`, `docdb`) and the
//! RDS User Guide, "Amazon RDS API and interface VPC endpoints (AWS PrivateLink)".

use std::{fmt, sync::Arc};

use super::{Partition, Region};

mod lookalike;
mod vpc_endpoint;

pub use vpc_endpoint::{VpcEndpointId, VpcEndpointIdError, names_of_vpc_endpoint, vpc_endpoint_id};

/// The classification of a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// A name of the RDS API.
    Rds(RdsHost),
    /// Not a known name of the RDS API, but one that resembles it, or not a DNS name at all: to be refused, never
    /// tunnelled.
    Lookalike,
    /// Any other DNS name, or an IPv4 address.
    Other,
}

/// A name of the RDS API, its region and its kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RdsHost {
    name: Arc<str>,
    region: Region,
    kind: HostKind,
}

/// The kind of a name of the RDS API.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostKind {
    /// `rds.REGION.SUFFIX` and its FIPS and dual-stack forms.
    Public {
        /// `rds-fips.…`. GovCloud's plain name is a FIPS endpoint too, but the name does not request it.
        fips: bool,
        /// Under the dual-stack suffix, `api.aws` in the commercial partition.
        dual_stack: bool,
    },
    /// China's `rds-api.REGION.amazonaws.com.cn`, the private DNS name of a VPC endpoint there.
    ChinaEndpointName,
    /// `rds.amazonaws.com`, which means us-east-1 (the AWS CLI v1 uses it for calls there).
    Global,
    /// `rds-preview.us-east-2.amazonaws.com`, the API of the Database Preview environment. It has its own databases,
    /// which no VPC endpoint serves.
    Preview,
    /// The name of a VPC endpoint.
    VpcEndpoint {
        /// The endpoint's id.
        id: VpcEndpointId,
        /// The Availability Zone of a zonal name.
        zone: Option<Arc<str>>,
        /// Whether `.rds-fips.` precedes the region.
        fips: bool,
    },
    /// A further name that the configuration declares to be the RDS API.
    Configured,
}

/// Classifies a host name, in any letter case, with or without one trailing dot.
///
/// The name has no port. A text that is not a DNS name (an invalid byte, an empty label, more than 253 characters) is
/// a [`Recognised::Lookalike`]: nothing may be dialled by it. IPv4 literals are [`Recognised::Other`]; IPv6 literals
/// are not names and must not be passed to this function.
#[must_use]
pub fn recognise(name: &str) -> Recognised {
    let Some(name) = canonical(name) else { return Recognised::Lookalike };
    let found = fixed(&name).or_else(|| public(&name)).or_else(|| vpc_endpoint::recognise(&name));
    match found {
        Some((region, kind)) => Recognised::Rds(RdsHost { name: name.into(), region, kind }),
        None if lookalike::resembles(&name) => Recognised::Lookalike,
        None => Recognised::Other,
    }
}

impl RdsHost {
    /// A name that the configuration declares to be the RDS API of a region; an IP address is accepted too.
    ///
    /// `None` if the text is neither a DNS name nor an IP address.
    #[must_use]
    pub fn configured(name: &str, region: Region) -> Option<Self> {
        let address = name.parse::<std::net::IpAddr>().ok().map(|address| address.to_string());
        let name = address.or_else(|| canonical(name))?;
        // The configuration does not change which service AWS serves under this name.
        let kind = if name == PREVIEW_NAME { HostKind::Preview } else { HostKind::Configured };
        Some(Self { name: name.into(), region, kind })
    }

    /// The name in lower case, without a trailing dot.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The region that the name refers to.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The kind of the name.
    #[must_use]
    pub fn kind(&self) -> &HostKind {
        &self.kind
    }

    /// Whether the name requests a FIPS endpoint.
    #[must_use]
    pub fn is_fips(&self) -> bool {
        match &self.kind {
            HostKind::Public { fips, .. } | HostKind::VpcEndpoint { fips, .. } => *fips,
            HostKind::ChinaEndpointName | HostKind::Global | HostKind::Preview | HostKind::Configured => false,
        }
    }
}

impl fmt::Display for RdsHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for RdsHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RdsHost({}, {}, {:?})", self.name, self.region, self.kind)
    }
}

/// The public name of a region's service, `rds.REGION.SUFFIX`.
#[must_use]
pub fn service_name(region: &Region) -> String {
    format!("rds.{region}.{}", region.partition().dns_suffix())
}

/// The private DNS name of a VPC endpoint: the service's own name, in China `rds-api.REGION.…`.
///
/// Source: RDS User Guide, "Considerations for VPC endpoints": in the China Regions the private name is `rds-api.…`.
#[must_use]
pub fn private_dns_name(region: &Region) -> String {
    if region.partition() == Partition::AwsCn {
        format!("rds-api.{region}.{}", region.partition().dns_suffix())
    } else {
        service_name(region)
    }
}

/// The FIPS name of a region's service: `rds-fips.REGION.SUFFIX`, or in GovCloud the plain name, which is FIPS
/// already.
#[must_use]
pub fn fips_name(region: &Region) -> String {
    if region.partition() == Partition::AwsUsGov {
        service_name(region)
    } else {
        format!("rds-fips.{region}.{}", region.partition().dns_suffix())
    }
}

/// Every name that AWS gives the RDS API of a region: plain, FIPS, dual-stack, China's second name, the global name
/// in us-east-1, the Database Preview environment in us-east-2.
#[must_use]
pub fn names_of_region(region: &Region) -> Vec<String> {
    let (suffix, dual_stack) = (region.partition().dns_suffix(), region.partition().dual_stack_suffix());
    let mut names: Vec<String> = [suffix, dual_stack]
        .iter()
        .flat_map(|suffix| ["rds", "rds-fips"].map(|service| format!("{service}.{region}.{suffix}")))
        .collect();
    if region.partition() == Partition::AwsCn {
        names.push(private_dns_name(region));
    }
    for (fixed, of) in [(GLOBAL_NAME, GLOBAL_REGION), (PREVIEW_NAME, PREVIEW_REGION)] {
        if region.as_str() == of {
            names.push(fixed.to_owned());
        }
    }
    names
}

/// The name of the PrivateLink service to create an endpoint for, `com.amazonaws.REGION.rds`.
///
/// China has two: the RDS User Guide's page gives `com.amazonaws.REGION.rds`, the AWS CDK's table of exceptions
/// (`aws-ec2`, `InterfaceVpcEndpointAwsService`) `cn.com.amazonaws.REGION.rds`. This function follows the page, and
/// [`private_link_alternative`] gives the other.
#[must_use]
pub fn private_link_service(region: &Region) -> String {
    format!("com.amazonaws.{region}.rds")
}

/// The second name of China's PrivateLink service; `None` elsewhere.
#[must_use]
pub fn private_link_alternative(region: &Region) -> Option<String> {
    (region.partition() == Partition::AwsCn).then(|| format!("cn.com.amazonaws.{region}.rds"))
}

/// The global name, and the region that it refers to.
const GLOBAL_NAME: &str = "rds.amazonaws.com";
const GLOBAL_REGION: &str = "us-east-1";

/// The API of the Database Preview environment, and its region. Source: RDS User Guide, "Creating a new DB instance in
/// the Database Preview environment".
const PREVIEW_NAME: &str = "rds-preview.us-east-2.amazonaws.com";
const PREVIEW_REGION: &str = "us-east-2";

/// The name in lower case and without its trailing dot; `None` if it is not a DNS name.
fn canonical(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (name.len() <= 253 && name.split('.').all(label)).then(|| name.to_ascii_lowercase())
}

/// The names that follow no pattern, with the one region of each.
fn fixed(name: &str) -> Option<(Region, HostKind)> {
    let (region, kind) = match name {
        GLOBAL_NAME => (GLOBAL_REGION, HostKind::Global),
        PREVIEW_NAME => (PREVIEW_REGION, HostKind::Preview),
        _ => return None,
    };
    Some((region.parse().ok()?, kind))
}

/// `rds.REGION.SUFFIX`, `rds-fips.REGION.SUFFIX` and China's `rds-api.REGION.SUFFIX`.
fn public(name: &str) -> Option<(Region, HostKind)> {
    let (service, rest) = name.split_once('.')?;
    let (region, suffix) = rest.split_once('.')?;
    let region: Region = region.parse().ok()?;
    // The suffix must belong to the region's own partition.
    let partition = region.partition();
    let dual_stack = match suffix {
        _ if suffix == partition.dns_suffix() => false,
        _ if suffix == partition.dual_stack_suffix() => true,
        _ => return None,
    };
    let kind = match service {
        "rds" => HostKind::Public { fips: false, dual_stack },
        "rds-fips" => HostKind::Public { fips: true, dual_stack },
        "rds-api" if partition == Partition::AwsCn && !dual_stack => HostKind::ChinaEndpointName,
        _ => return None,
    };
    Some((region, kind))
}

#[cfg(test)]
mod tests;
