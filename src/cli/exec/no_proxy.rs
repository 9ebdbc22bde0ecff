//! `NO_PROXY` as clients interpret it: which of its entries would make calls of the RDS API bypass the proxy.

use crate::aws::endpoint::{Recognised, recognise};

/// The entries of a `NO_PROXY`, in two groups.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sifted<'a> {
    /// The entries that match no name of the RDS API.
    pub(super) kept: Vec<&'a str>,
    /// The entries that match one.
    pub(super) taken_out: Vec<&'a str>,
}

/// What precedes a suffix in the names of the RDS API. The last ones are those of a VPC endpoint.
const BEFORE: [&str; 8] = [
    "",
    "rds.",
    "rds-fips.",
    "rds.us-east-1.",
    "rds-api.cn-north-1.",
    "vpce-0123456789abcdef0-abcdefgh.",
    "vpce-0123456789abcdef0-abcdefgh.rds.",
    "vpce-0123456789abcdef0-abcdefgh.rds.us-east-1.",
];

/// A name under each DNS suffix of AWS, for entries such as `com`.
const UNDER_EACH_SUFFIX: [&str; 5] = [
    "rds.us-east-1.amazonaws.com",
    "rds.cn-north-1.amazonaws.com.cn",
    "rds.us-east-1.api.aws",
    "rds.eusc-de-east-1.amazonaws.eu",
    "rds.us-iso-east-1.c2s.ic.gov",
];

/// Splits a `NO_PROXY` into the two groups. `further` are additional names of the RDS API.
pub(super) fn sift<'a>(value: &'a str, further: &[&str]) -> Sifted<'a> {
    // Some clients separate entries at commas, some also at blanks.
    let entries = value.split([',', ' ', '\t']).map(str::trim).filter(|entry| !entry.is_empty());
    let (taken_out, kept) = entries.partition(|entry| covers_the_api(entry, further));
    Sifted { kept, taken_out }
}

/// Whether some client would consider a name of the RDS API covered: as a suffix with or without a leading dot, as
/// a pattern, with a port, in any letter case.
fn covers_the_api(entry: &str, further: &[&str]) -> bool {
    let entry = entry.to_ascii_lowercase();
    let name = entry.trim_start_matches(['*', '.']);
    let name = name
        .rsplit_once(':')
        .map_or(name, |(name, port)| if port.parse::<u16>().is_ok() { name } else { entry.as_str() });
    if name.is_empty() {
        return true;
    }
    let is_under = |host: &str| host == name || host.strip_suffix(name).is_some_and(|front| front.ends_with('.'));
    let is_api = |front: &&str| match recognise(&format!("{front}{name}")) {
        Recognised::Rds(_) => true,
        Recognised::Lookalike | Recognised::Other => false,
    };
    UNDER_EACH_SUFFIX.iter().chain(further).any(|host| is_under(&host.to_ascii_lowercase()))
        || BEFORE.iter().any(is_api)
}
