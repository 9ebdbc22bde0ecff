//! Names under an AWS suffix that are not recognised but may be the RDS API: they are refused, never tunnelled.
//!
//! AWS can add names for the API at any time (`rds-preview` was in no endpoint table), so the rule is open too: every
//! label `rds` or `rds-…` in the position of a service name counts. The lists here are of the opposite: the services
//! known to be others, and the zones in which customers choose the first label.

use crate::aws::{Partition, Region};

/// Whether a canonical name that was not recognised may be the RDS API: under a suffix that AWS owns, its first label
/// or a label before `vpce` is `rds` or begins with `rds-`, in a position where AWS writes service names.
pub(super) fn resembles(name: &str) -> bool {
    let Some(labels) = labels_under_aws(name) else { return false };
    let Some((first, rest)) = labels.split_first() else { return false };
    let (mut before_vpce, endpoint) = match labels.iter().rposition(|label| *label == "vpce") {
        Some(at) => (labels.get(..at).unwrap_or_default(), true),
        None => ([].as_slice(), false),
    };
    // `BUCKET.bucket.vpce-….s3.REGION.vpce.…`: if the service is S3, the labels before `vpce-…` are the customer's.
    if let Some(at) = before_vpce.iter().position(|label| label.starts_with("vpce-"))
        && before_vpce.get(at + 1).is_some_and(|service| is_s3(service))
    {
        before_vpce = before_vpce.get(at..).unwrap_or_default();
    }
    before_vpce.iter().any(|label| may_be_rds(label)) || (!endpoint && may_be_rds(first) && !is_customers_zone(rest))
}

/// The labels before the longest AWS suffix of a name.
fn labels_under_aws(name: &str) -> Option<Vec<&str>> {
    let under = |suffix: &str| name.strip_suffix(suffix).and_then(|rest| rest.strip_suffix('.'));
    let of_partitions = Partition::ALL.into_iter().flat_map(|of| [of.dns_suffix(), of.dual_stack_suffix()]);
    let suffixes = OWNED_SUFFIXES.into_iter().chain(of_partitions);
    let rest = suffixes.filter_map(under).min_by_key(|rest| rest.len())?;
    Some(rest.split('.').collect())
}

/// Whether a label is the name of the RDS API, or may be another of its names.
fn may_be_rds(label: &str) -> bool {
    let service = label.strip_suffix("-fips").unwrap_or(label);
    (label == "rds" || label.starts_with("rds-")) && !OTHER_SERVICES.contains(&service)
}

/// Whether the labels after the first one are those of a zone in which customers choose the first label: any customer
/// may name a bucket, a load balancer or a database `rds-…`.
fn is_customers_zone(rest: &[&str]) -> bool {
    // SERVICE.REGION.SUFFIX, SERVICE.dualstack.REGION.SUFFIX, REGION.SERVICE.SUFFIX: the service is the last label
    // that is neither a region nor `dualstack`.
    let place = |label: &str| label.parse::<Region>().is_ok() || label == "dualstack";
    let Some(at) = rest.iter().rposition(|label| !place(label)) else { return false };
    let (Some(service), Some(before)) = (rest.get(at), rest.get(..at)) else { return false };
    if is_s3(service) {
        return true;
    }
    let zone = CUSTOMERS_ZONES.iter().find(|zone| zone.service == *service);
    zone.is_some_and(|zone| {
        let chosen = before.iter().filter(|label| !place(label)).collect::<Vec<_>>();
        chosen.len() >= zone.further_labels && zone.behind.is_none_or(|label| chosen.last() == Some(&&label))
    })
}

/// `s3`, `s3-REGION`, `s3-accelerate`, `s3-accesspoint`, `s3-control`, `s3-website-REGION`, `s3express-ZONE` and
/// similar names: Amazon S3 User Guide, "Amazon S3 endpoints and quotas" and "Virtual hosting of general purpose
/// buckets". A bucket name may contain dots.
fn is_s3(label: &str) -> bool {
    label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-")
}

/// Services whose names begin with `rds-` but that are not the RDS API: the RDS Data API (`rds-data`, botocore's
/// `endpoints.json`) and IAM database authentication (`rds-db`, Service Authorization Reference). Each may have a
/// FIPS name.
const OTHER_SERVICES: [&str; 2] = ["rds-data", "rds-db"];

/// A zone of AWS in which customers choose the first label.
struct Zone {
    /// The label of the service.
    service: &'static str,
    /// Minimum number of labels between the first one and the service, not counting a region.
    further_labels: usize,
    /// The last of those labels, if it is always the same.
    behind: Option<&'static str>,
}

const fn zone(service: &'static str, further_labels: usize) -> Zone {
    Zone { service, further_labels, behind: None }
}

/// Sources: the user guides of the services, on connecting to a resource by its DNS name. Databases have a generated
/// label after their own (`rds-prod.abcdefghijkl.us-east-1.rds.amazonaws.com`), which no name of the API has. Other
/// names have after the customer's label: with a workgroup of Redshift Serverless the account
/// (`WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com`), with a service of VPC Lattice the partition's id
/// (`NAME-ID.7d67968.vpc-lattice-svcs.REGION.on.aws`), with a node of MemoryDB or DAX the cluster's id
/// (`clustercfg.NAME.ID.memorydb.REGION.amazonaws.com`). An elastic cluster of DocumentDB has its account in the
/// first label (`NAME-ACCOUNT.REGION.docdb-elastic.amazonaws.com`), and so does a domain of CodeArtifact
/// (`DOMAIN-ACCOUNT.d.codeartifact.REGION.amazonaws.com`).
const CUSTOMERS_ZONES: [Zone; 15] = [
    zone("rds", 1),
    zone("rds-preview", 1),
    zone("neptune", 1),
    zone("docdb", 1),
    zone("docdb-elastic", 0),
    zone("redshift", 1),
    zone("redshift-serverless", 1),
    zone("cache", 1),
    zone("memorydb", 1),
    zone("dax-clusters", 1),
    zone("elb", 0),
    zone("execute-api", 0),
    Zone { service: "codeartifact", further_labels: 1, behind: Some("d") },
    Zone { service: "sagemaker", further_labels: 1, behind: Some("notebook") },
    zone("vpc-lattice-svcs", 1),
];

/// Suffixes that AWS owns: those of the partitions, shortened to the part that no one else can register under.
const OWNED_SUFFIXES: [&str; 18] = [
    "amazonaws.com",
    "amazonaws-us-gov.com",
    "amazonaws.cn",
    "amazonaws-eusc.eu",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "aws",
    "on.aws",
    "amazonwebservices.com",
    "amazonwebservices.com.cn",
    "amazonwebservices.eu",
    "c2s.ic.gov",
    "aws.ic.gov",
    "sc2s.sgov.gov",
    "aws.scloud",
    "cloud.adc-e.uk",
    "cloud-aws.adc-e.uk",
    "hci.ic.gov",
];

#[cfg(test)]
mod tests;
