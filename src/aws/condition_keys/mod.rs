//! The catalogue of condition keys: what each key holds, and where a call gets its value from.
//!
//! A key that the catalogue lacks is one of which nothing is known here: it is never taken for absent. RDS's own keys
//! (`rds:…`) differ from action to action and are in the authorization table (`aws::rds`).

mod global;
mod names;

pub use global::GLOBAL;
pub use names::{KeyNames, is_of};

use std::sync::LazyLock;

/// A condition key, or a family of keys, with where its value comes from.
#[derive(Debug)]
pub struct KnownKey {
    /// The name as AWS writes it; `${TagKey}` stands for any tag key.
    pub name: &'static str,
    /// What its values are.
    pub kind: ValueKind,
    /// Whether it has several values.
    pub multivalued: bool,
    /// Where its value comes from.
    pub source: Source,
    /// What AWS says of when the key is there.
    pub because: &'static str,
}

/// What the values of a condition key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Bool,
    /// Numbers.
    Number,
    /// Dates.
    Date,
    /// IP addresses.
    Address,
    /// ARNs.
    Arn,
}

/// Where the value of a condition key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the request itself, which has it or has it not.
    Request,
    /// The same for every call that leaves here.
    Constant(&'static str),
    /// The same, or absent, for every call that the principal makes itself; not known of a call that RDS makes with a
    /// signature of the principal's (`PreSignedUrl`).
    Direct(Option<&'static str>),
    /// From who the caller is, where that is known.
    Caller,
    /// Absent for long-lived credentials, and known to AWS alone for temporary ones.
    Session,
    /// From the endpoint that the call goes through, where the configuration knows it.
    Endpoint,
    /// Absent for calls through a VPC endpoint, and not known of others.
    AbsentThroughEndpoint,
    /// From each resource.
    Resource,
    /// No call that leaves here has it.
    Absent,
    /// Only AWS knows it; the configuration may.
    NotKnown,
}

/// The entry of the catalogue for a key, in any letter case.
#[must_use]
pub fn global_key(key: &str) -> Option<&'static KnownKey> {
    static NAMES: LazyLock<KeyNames> = LazyLock::new(|| KeyNames::new(GLOBAL.iter().map(|known| known.name)));
    GLOBAL.get(NAMES.find(key)?)
}

/// Whether a key, in lower case, says something of the principal or of its session, rather than of the request, of the
/// way it takes or of a resource. A key of another service does: it is embedded in the token of a session.
#[must_use]
pub fn describes_principal(key: &str) -> bool {
    match key.split_once(':') {
        Some(("aws", name)) => {
            name.starts_with("principal")
                || matches!(
                    name,
                    "assumedroot"
                        | "chatbotsourcearn"
                        | "ec2instancesourceprivateipv4"
                        | "ec2instancesourcevpc"
                        | "federatedprovider"
                        | "multifactorauthage"
                        | "multifactorauthpresent"
                        | "signinsessionarn"
                        | "sourceidentity"
                        | "tokenissuetime"
                        | "userid"
                        | "username"
                )
        }
        Some(("rds" | "guard", _)) => false,
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{GLOBAL, Source, describes_principal, global_key};

    #[test]
    fn each_key_stands_once_in_the_catalogue_and_is_found_in_any_letter_case() {
        for (at, known) in GLOBAL.iter().enumerate() {
            let twice = GLOBAL.iter().skip(at + 1).any(|other| other.name.eq_ignore_ascii_case(known.name));
            assert!(!twice && !known.because.is_empty(), "{}", known.name);
            let key = known.name.replace("${TagKey}", "team").to_ascii_uppercase();
            assert_eq!(global_key(&key).map(|found| found.name), Some(known.name));
        }
        assert!(global_key("aws:PrincipalTag/").is_none() && global_key("aws:SomethingNew").is_none());
    }

    #[test]
    fn keys_of_principals_and_sessions_are_told_from_those_of_requests_and_resources() {
        for known in GLOBAL {
            let key = known.name.to_ascii_lowercase();
            let is_of_session = known.because.contains("role session") || known.because.contains("AWS STS");
            let expected = is_of_session
                || matches!(known.source, Source::Caller | Source::Session)
                || key.starts_with("aws:principal");
            assert_eq!(describes_principal(&key), expected, "{key}");
        }
        assert!(describes_principal("token.actions.githubusercontent.com:sub") && !describes_principal("rds:vpc"));
    }

    #[test]
    fn no_key_of_another_service_is_known_to_be_absent() {
        for known in GLOBAL.iter().filter(|known| !known.name.starts_with("aws:")) {
            assert_eq!(known.source, Source::NotKnown, "{}", known.name);
        }
    }
}
