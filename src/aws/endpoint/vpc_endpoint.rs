//! The names of VPC endpoints, `vpce-ID-SUFFIX[-ZONE].rds.REGION.vpce.amazonaws.com`, and the ids in them.

use std::{fmt, str::FromStr, sync::Arc};

use super::{HostKind, Recognised, Region};

/// The id of a VPC endpoint, `vpce-` and 8 to 17 hexadecimal digits, as `aws:SourceVpce` compares it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VpcEndpointId(Arc<str>);

/// Why a text is not the id of a VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a VPC endpoint id such as `vpce-0123456789abcdef0`")]
pub struct VpcEndpointIdError {
    /// The rejected text, at most 64 characters of it.
    pub found: String,
}

impl VpcEndpointId {
    /// The id with its prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VpcEndpointId {
    type Err = VpcEndpointIdError;

    fn from_str(text: &str) -> Result<Self, VpcEndpointIdError> {
        let hexadecimal = |digits: &str| {
            (8..=17).contains(&digits.len()) && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        match text.strip_prefix("vpce-") {
            Some(digits) if hexadecimal(digits) => Ok(Self(text.into())),
            Some(_) | None => Err(VpcEndpointIdError { found: text.chars().take(64).collect() }),
        }
    }
}

impl fmt::Display for VpcEndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VpcEndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VpcEndpointId({})", self.0)
    }
}

/// The id in the DNS name of an RDS VPC endpoint; `None` for other names.
#[must_use]
pub fn vpc_endpoint_id(dns_name: &str) -> Option<VpcEndpointId> {
    match super::recognise(dns_name) {
        Recognised::Rds(host) => match host.kind() {
            HostKind::VpcEndpoint { id, .. } => Some(id.clone()),
            HostKind::Public { .. }
            | HostKind::ChinaEndpointName
            | HostKind::Global
            | HostKind::Preview
            | HostKind::Configured => None,
        },
        Recognised::Lookalike | Recognised::Other => None,
    }
}

/// The other names of the VPC endpoint with the given name: the regional name, and one for each Availability Zone
/// that the region may have. Names of zones without a network interface do not exist in DNS.
///
/// Source: AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint". No region has more than six
/// zones (`a` to `f`, EC2 User Guide, "Regions and Zones").
#[must_use]
pub fn names_of_vpc_endpoint(dns_name: &str) -> Vec<String> {
    let Recognised::Rds(host) = super::recognise(dns_name) else { return Vec::new() };
    let HostKind::VpcEndpoint { zone, .. } = host.kind() else { return Vec::new() };
    let Some((label, rest)) = host.name().split_once('.') else { return Vec::new() };
    let zone = zone.as_deref().map(|zone| format!("-{zone}")).unwrap_or_default();
    let Some(label) = label.strip_suffix(&zone) else { return Vec::new() };
    let zones = ('a'..='f').map(|zone| format!("{label}-{}{zone}.{rest}", host.region()));
    let names = std::iter::once(format!("{label}.{rest}")).chain(zones);
    names.filter(|name| name != host.name()).collect()
}

/// Parses a canonical name as that of a VPC endpoint.
pub(super) fn recognise(name: &str) -> Option<(Region, HostKind)> {
    let (endpoint, rest) = name.split_once('.')?;
    let (service, rest) = rest.split_once('.')?;
    let (region, suffix) = rest.split_once('.')?;
    let region: Region = region.parse().ok()?;
    if suffix.strip_prefix("vpce.")? != region.partition().dns_suffix() {
        return None;
    }
    let fips = match service {
        "rds" => false,
        "rds-fips" => true,
        _ => return None,
    };
    let (id, zone) = endpoint_label(endpoint, &region)?;
    Some((region, HostKind::VpcEndpoint { id, zone, fips }))
}

/// Splits `vpce-ID-SUFFIX[-ZONE]`; the zone must be one of the region's.
fn endpoint_label(label: &str, region: &Region) -> Option<(VpcEndpointId, Option<Arc<str>>)> {
    let (digits, rest) = label.strip_prefix("vpce-")?.split_once('-')?;
    let (suffix, zone) = match rest.split_once('-') {
        Some((suffix, zone)) => (suffix, Some(zone)),
        None => (rest, None),
    };
    let id = format!("vpce-{digits}").parse().ok()?;
    let lower = suffix.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    let ours = zone.is_none_or(|zone| zone.strip_prefix(region.as_str()).is_some_and(is_zone_suffix));
    (suffix.len() == 8 && lower && ours).then(|| (id, zone.map(Arc::from)))
}

/// Whether a text is the part of a zone's name after the region: a letter (`us-east-1a`), or a local zone
/// (`us-west-2-lax-1a`).
fn is_zone_suffix(text: &str) -> bool {
    let letter = |text: &str| matches!(text.as_bytes(), [b'a'..=b'z']);
    let local = || {
        let (place, number) = text.strip_prefix('-')?.split_once('-')?;
        let (digit, zone) = number.split_at_checked(1)?;
        Some(
            !place.is_empty()
                && place.bytes().all(|b| b.is_ascii_lowercase())
                && digit.bytes().all(|b| b.is_ascii_digit())
                && letter(zone),
        )
    };
    letter(text) || local().unwrap_or(false)
}
