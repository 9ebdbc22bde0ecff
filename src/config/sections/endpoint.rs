//! `[[endpoint]]` and `[[host]]`: the VPC endpoints, and additional names of the RDS API.

use crate::{
    aws::{
        Region,
        endpoint::{VpcEndpointId, vpc_endpoint_id},
    },
    config::{
        Origin, PolicySource,
        dns_name::DnsName,
        policy_source::{self, PolicyText},
        problem::Misdeed,
        section::Section,
        sections::PolicyOptions,
        value::{Setting, Wrong, from_text, quoted},
        written::Node,
    },
};

/// `[[endpoint]]`: the interface VPC endpoint of a region.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The region whose requests are sent to it.
    pub region: Region,
    /// Its DNS names in order of preference. Never empty.
    pub dns: Vec<DnsName>,
    /// The policy for calls through this endpoint, in addition to the common one.
    pub policy: Option<PolicySource>,
    /// Whether it serves the FIPS hosts.
    pub fips: bool,
    /// The id of its VPC, for `aws:SourceVpc`.
    pub vpc: Option<String>,
    /// Its id, for `aws:SourceVpce`: as configured, or the one that all its DNS names contain.
    pub id: Option<VpcEndpointId>,
    /// Where it is configured.
    pub origin: Origin,
}

/// `[[host]]`: an additional name of the RDS API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The additional host name.
    pub name: DnsName,
    /// The region of the requests to this name.
    pub region: Region,
    /// The name to dial for it; the region's endpoint if not set.
    pub endpoint: Option<DnsName>,
    /// Where it is configured.
    pub origin: Origin,
}

impl Endpoint {
    pub(in crate::config) fn read(section: &mut Section<'_>, options: &PolicyOptions) -> Option<Self> {
        let (region, _) = section.require::<Region>("region");
        let (dns, dns_origin) = section.require::<Vec<DnsName>>("dns");
        let mut policy: Option<PolicyText> = None;
        let policy_origin = section.set("policy", &mut policy);
        let mut fips = false;
        section.set("fips", &mut fips);
        let mut vpc: Option<VpcId> = None;
        section.set("vpc", &mut vpc);
        let mut id: Option<VpcEndpointId> = None;
        let id_origin = section.set("id", &mut id);
        let policy = policy_source::load(section, policy, policy_origin, options);
        let (region, dns) = (region?, dns?);
        if dns.is_empty() {
            let misdeed = Misdeed::Missing { key: "endpoint.dns".to_owned(), expected: Vec::<DnsName>::EXPECTED };
            section.problem(dns_origin, misdeed);
            return None;
        }
        for name in &dns {
            if let Some(named) = named_region(name)
                && named != region
            {
                let contradiction = format!("`{name}` is a name of region `{named}`, not of `{region}`");
                section.problem(
                    dns_origin.clone(),
                    Misdeed::Contradiction { key: "endpoint.dns".to_owned(), contradiction },
                );
            }
        }
        let named = common_id(&dns);
        if let (Some(id), Some(named)) = (&id, &named)
            && id != named
        {
            let contradiction = format!("`{id}` is not the endpoint of its name, `{named}`");
            section.problem(id_origin, Misdeed::Contradiction { key: "endpoint.id".to_owned(), contradiction });
        }
        let id = id.or(named);
        Some(Self { region, dns, policy, fips, vpc: vpc.map(|VpcId(vpc)| vpc), id, origin: section.origin().clone() })
    }
}

impl Host {
    pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Self> {
        let (name, _) = section.require::<DnsName>("name");
        let (region, _) = section.require::<Region>("region");
        let mut endpoint = None;
        section.set("endpoint", &mut endpoint);
        Some(Self { name: name?, region: region?, endpoint, origin: section.origin().clone() })
    }
}

/// The endpoint id that all names contain, if it is the same in all of them.
fn common_id(names: &[DnsName]) -> Option<VpcEndpointId> {
    let mut ids = names.iter().map(|name| vpc_endpoint_id(name.as_str()));
    let first = ids.next()??;
    ids.all(|id| id.as_ref() == Some(&first)).then_some(first)
}

/// The region in the name of a VPC endpoint, `….rds.REGION.vpce.…`, with any first label.
fn named_region(name: &DnsName) -> Option<Region> {
    let labels: Vec<&str> = name.as_str().split('.').collect();
    match labels.as_slice() {
        [_, "rds" | "rds-fips", region, "vpce", ..] => region.parse().ok(),
        _ => None,
    }
}

/// The hexadecimal part of an EC2 resource id.
fn is_id_number(number: &str) -> bool {
    (8..=17).contains(&number.len()) && number.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

struct VpcId(String);

impl Setting for VpcId {
    const EXPECTED: &'static str = "the id of a VPC such as \"vpc-0123456789abcdef0\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.strip_prefix("vpc-").is_some_and(is_id_number).then(|| Self(text.to_owned())))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

impl Setting for VpcEndpointId {
    const EXPECTED: &'static str = "the id of a VPC endpoint such as \"vpce-0123456789abcdef0\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.parse().ok())
    }

    fn show(&self) -> String {
        quoted(self.as_str())
    }
}
