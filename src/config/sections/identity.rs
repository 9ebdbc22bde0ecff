//! `[identity]`, `[[principal]]` and `[broker]`: how callers are identified, and how far their identity is
//! trusted.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use crate::{
    aws::{AccessKeyId, PrincipalArn, PrincipalKind},
    config::{Origin, choice::choice, problem::Misdeed, section::Section, value::Setting},
};

/// The values of `[identity]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The minimum trust in a caller's identity.
    pub require: RequiredTrust,
    /// The principal of a caller whose key identifies no one.
    pub default_principal: Option<PrincipalArn>,
    /// How to identify a caller whose access key belongs to the proxy's own account.
    pub same_account: SameAccount,
    /// Whether principals are taken from observed STS responses.
    pub observe_sts: bool,
    /// Maximum deviation of a signature's date.
    pub clock_skew: Duration,
    /// Whether the proxy obtains its own credentials, to recognise their keys in requests.
    pub own_credentials: bool,
    /// Roles with their paths, which the ARN of a session does not contain.
    pub roles: Vec<PrincipalArn>,
}

/// `[[principal]]`: the principal that an access key id belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The id of the access key.
    pub access_key_id: AccessKeyId,
    /// The ARN of its principal.
    pub arn: PrincipalArn,
    /// The principal's tags, for `aws:PrincipalTag/…`.
    pub tags: BTreeMap<String, String>,
    /// The file with the secret for verifying its signatures.
    pub secret_access_key_file: Option<PathBuf>,
    /// The file with the session token for that secret.
    pub session_token_file: Option<PathBuf>,
    /// Where it is configured.
    pub origin: Origin,
}

/// The values of `[broker]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// The addresses where local keys are handed out; empty if the broker is off.
    pub listen: Vec<SocketAddr>,
    /// The file with the token that a client must show.
    pub token_file: Option<PathBuf>,
    /// How long a local key is valid.
    pub lifetime: Duration,
    /// How to treat a request signed with another key.
    pub foreign: Foreign,
}

choice! {
    /// Levels of trust in a caller's identity, lowest first.
    RequiredTrust, "\"none\", \"claimed\", \"assumed\", \"known\" or \"verified\"" {
        /// Nothing is required.
        None = "none",
        /// The access key id gives an account.
        Claimed = "claimed",
        /// A configured default applies.
        Assumed = "assumed",
        /// The access key id belongs to a known principal.
        Known = "known",
        /// The signature was verified.
        Verified = "verified",
    }
}

choice! {
    /// How to identify a caller whose access key belongs to the proxy's own account.
    SameAccount, "\"unknown\" or \"own-role\"" {
        /// The caller stays unknown.
        Unknown = "unknown",
        /// As the proxy's own role.
        OwnRole = "own-role",
    }
}

choice! {
    /// How to treat a request whose key was not handed out by the broker.
    Foreign, "\"deny\" or \"pass\"" {
        /// It is refused.
        Deny = "deny",
        /// It is evaluated like any other request, and forwarded unchanged.
        Pass = "pass",
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            require: RequiredTrust::None,
            default_principal: None,
            same_account: SameAccount::Unknown,
            observe_sts: false,
            clock_skew: Duration::from_mins(15),
            own_credentials: true,
            roles: Vec::new(),
        }
    }
}

impl Default for Broker {
    fn default() -> Self {
        Self { listen: Vec::new(), token_file: None, lifetime: Duration::from_mins(15), foreign: Foreign::Deny }
    }
}

impl Identity {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut identity = Self::default();
        section.set("require", &mut identity.require);
        section.set("default_principal", &mut identity.default_principal);
        section.set("same_account", &mut identity.same_account);
        section.set("observe_sts", &mut identity.observe_sts);
        section.set("clock_skew", &mut identity.clock_skew);
        section.set("own_credentials", &mut identity.own_credentials);
        let origin = section.set("roles", &mut identity.roles);
        if let Some(other) = identity.roles.iter().find(|arn| arn.kind() != PrincipalKind::Role) {
            let misdeed = Misdeed::Value {
                key: "identity.roles".to_owned(),
                found: format!("`{other}`"),
                expected: "ARNs of roles such as \"arn:aws:iam::123456789012:role/team/Orders\"".to_owned(),
            };
            section.problem(origin, misdeed);
        }
        section.finish();
        identity
    }
}

impl Principal {
    pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Self> {
        let (access_key_id, _) = section.require::<AccessKeyId>("access_key_id");
        let (arn, arn_origin) = section.require::<PrincipalArn>("arn");
        let tags = tags(section.section("tags"));
        let mut secret_access_key_file = None;
        section.set("secret_access_key_file", &mut secret_access_key_file);
        let mut session_token_file = None;
        let token_origin = section.set("session_token_file", &mut session_token_file);
        if session_token_file.is_some() && secret_access_key_file.is_none() {
            let contradiction = "stands alone: it goes with a `secret_access_key_file`".to_owned();
            let key = "principal.session_token_file".to_owned();
            section.problem(token_origin, Misdeed::Contradiction { key, contradiction });
        }
        let origin = section.origin().clone();
        let (access_key_id, arn) = (access_key_id?, arn?);
        if let Some(account) = access_key_id.account()
            && account != arn.account()
        {
            let contradiction =
                format!("is of account `{}`, but `{access_key_id}` is a key of account `{account}`", arn.account());
            section.problem(arn_origin, Misdeed::Contradiction { key: "principal.arn".to_owned(), contradiction });
        }
        Some(Self { access_key_id, arn, tags, secret_access_key_file, session_token_file, origin })
    }
}

impl Broker {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut broker = Self::default();
        section.set("listen", &mut broker.listen);
        section.set("token_file", &mut broker.token_file);
        section.set("lifetime", &mut broker.lifetime);
        section.set("foreign", &mut broker.foreign);
        section.finish();
        broker
    }
}

fn tags(mut section: Section<'_>) -> BTreeMap<String, String> {
    let keys = section.free_keys();
    keys.into_iter()
        .filter_map(|(name, node)| {
            let origin = node.origin.clone();
            let value = section.note::<String>(&name, String::read(&node), origin)?;
            Some((name, value))
        })
        .collect()
}
