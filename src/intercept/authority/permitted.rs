//! The names an authority may sign for: derived from the configuration, written into its certificates, and read
//! back.

use std::collections::BTreeSet;

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

use super::{Constrain, Error};
use crate::aws::{Partition, Region};

/// The DNS names, each including all names below it, that an authority may sign for; `None` permits any name.
///
/// Without a leading dot: RFC 5280, 4.2.1.10, defines a leading dot for URIs only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PermittedNames(Option<BTreeSet<String>>);

impl PermittedNames {
    /// The configured names: AWS's suffixes, or only the RDS names of the regions, and the additional hosts.
    pub(super) fn wanted(constrain: Constrain, regions: &[Region], hosts: &[String]) -> Result<Self, Error> {
        let mut names: BTreeSet<String> = match constrain {
            Constrain::Suffixes => {
                Partition::ALL.iter().flat_map(|p| [p.dns_suffix(), p.dual_stack_suffix()]).map(String::from).collect()
            }
            Constrain::Regions => regions.iter().flat_map(rds_names).collect(),
        };
        for host in hosts {
            names.insert(canonical_host(host)?);
        }
        // An empty list of permitted names would permit every name (RFC 5280, 4.2.1.10).
        if names.is_empty() {
            return Err(Error::NothingPermitted);
        }
        Ok(Self(Some(names)))
    }

    /// The names that a certificate's name constraints permit.
    pub(super) fn of_certificate(certificate: &X509Certificate<'_>) -> Self {
        let permitted =
            certificate.name_constraints().ok().flatten().and_then(|ext| ext.value.permitted_subtrees.as_ref());
        let names: Option<BTreeSet<String>> = permitted.map(|subtrees| {
            let dns = subtrees.iter().filter_map(|subtree| {
                let GeneralName::DNSName(name) = &subtree.base else { return None };
                Some(name.trim_start_matches('.').to_ascii_lowercase())
            });
            dns.collect()
        });
        // Constraints of other kinds only (such as e-mail domains) leave DNS names unconstrained.
        Self(names.filter(|names| !names.is_empty()))
    }

    /// Returns whether a canonical host name is one of the names or below one.
    pub(super) fn covers(&self, host: &str) -> bool {
        let Some(names) = &self.0 else { return true };
        let below = host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..));
        std::iter::once(host).chain(below).any(|name| names.contains(name))
    }

    /// Returns the first name that `self` permits and `other` does not.
    pub(super) fn first_beyond(&self, other: &Self) -> Option<&str> {
        self.0.iter().flatten().map(String::as_str).find(|name| !other.covers(name))
    }

    /// A permitted name, for testing the authority.
    ///
    /// It is below a permitted name, since a constraint with a leading dot does not permit the name itself.
    pub(super) fn specimen(&self) -> String {
        let shortest = self.0.iter().flatten().min_by_key(|name| name.len());
        format!("rds-guard.{}", shortest.map_or("amazonaws.com", String::as_str))
    }

    /// The extension: permits these names and excludes every IP address, because a list of permitted DNS names does
    /// not constrain IP addresses (RFC 5280, 4.2.1.10: each kind of name is constrained separately).
    pub(super) fn extension(&self) -> NameConstraints {
        NameConstraints {
            permitted_subtrees: self.0.iter().flatten().cloned().map(GeneralSubtree::DnsName).collect(),
            excluded_subtrees: vec![
                GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)),
                GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)),
            ],
        }
    }
}

/// The names of the RDS API in one region, in every form that clients use: plain, FIPS, dual-stack, and the names
/// of VPC endpoints, which begin with the endpoint's id. Source: the SDK endpoint rules for RDS; AWS PrivateLink
/// guide.
///
/// OURS: the database endpoints of all commercial regions are below `rds.amazonaws.com`, the AWS CLI v1's name for
/// us-east-1, and name constraints cannot separate them.
fn rds_names(region: &Region) -> Vec<String> {
    let (suffix, dual) = (region.partition().dns_suffix(), region.partition().dual_stack_suffix());
    let mut names = Vec::new();
    for service in ["rds", "rds-fips"] {
        names.push(format!("{service}.{region}.{suffix}"));
        names.push(format!("{service}.{region}.{dual}"));
        names.push(format!("{service}.{region}.vpce.{suffix}"));
    }
    if region.partition() == Partition::AwsCn {
        names.push(format!("rds-api.{region}.{suffix}"));
    }
    if region.as_str() == "us-east-1" {
        names.push("rds.amazonaws.com".into());
    }
    names
}

/// The host name as in certificates: lower case, no trailing dot, labels of 1 to 63 letters, digits and hyphens,
/// 253 characters in all (RFC 1123, 2.1; RFC 1035, 2.3.4). Underscores are accepted, because private names have
/// them; Java refuses those.
pub(super) fn canonical_host(host: &str) -> Result<String, Error> {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // The last label of a host name is never a number, or it could be an IPv4 address.
    let numeric = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if name.len() <= 253 && name.split('.').all(label) && !numeric {
        Ok(name)
    } else {
        Err(Error::Host { host: host.chars().take(260).collect() })
    }
}
