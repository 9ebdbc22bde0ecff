//! What a linter must know of the service: its actions, resource types and condition keys. Plain data, given by the caller.

/// The words of one service.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The service's prefix, `rds`.
    pub service: String,
    /// Its actions.
    pub actions: Vec<KnownAction>,
    /// Its resource types.
    pub resource_types: Vec<KnownType>,
    /// Its own condition keys and those of `aws:` that need no list here may be left out.
    pub keys: Vec<KnownKey>,
}

/// An action.
#[derive(Clone, Debug, Default)]
pub struct KnownAction {
    /// Its name with the prefix, `rds:CreateDBInstance`.
    pub name: String,
    /// The prefixes of the resource types it is judged on, `db`; none for an action judged on `*`.
    pub resource_types: Vec<String>,
    /// Those of them that every call has.
    pub required_types: Vec<String>,
}

/// A resource type.
#[derive(Clone, Debug, Default)]
pub struct KnownType {
    /// What stands before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are stored in lower case.
    pub lower_case: bool,
}

/// A condition key.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Its name; `${TagKey}` stands for any tag.
    pub name: String,
    /// What its values are.
    pub kind: KeyKind,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
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

/// The global condition keys and what their values are ("AWS global condition context keys").
const GLOBAL_KEYS: [(&str, KeyKind); 56] = [
    ("aws:AssumedRoot", KeyKind::Text),
    ("aws:CalledVia", KeyKind::Text),
    ("aws:CalledViaFirst", KeyKind::Text),
    ("aws:CalledViaLast", KeyKind::Text),
    ("aws:ChatbotSourceArn", KeyKind::Arn),
    ("aws:CurrentTime", KeyKind::Date),
    ("aws:Ec2InstanceSourcePrivateIPv4", KeyKind::Address),
    ("aws:Ec2InstanceSourceVpc", KeyKind::Text),
    ("aws:EpochTime", KeyKind::Date),
    ("aws:FederatedProvider", KeyKind::Text),
    ("aws:MultiFactorAuthAge", KeyKind::Number),
    ("aws:MultiFactorAuthPresent", KeyKind::Bool),
    ("aws:PrincipalAccount", KeyKind::Text),
    ("aws:PrincipalArn", KeyKind::Arn),
    ("aws:PrincipalIsAWSService", KeyKind::Bool),
    ("aws:PrincipalOrgID", KeyKind::Text),
    ("aws:PrincipalOrgPaths", KeyKind::Text),
    ("aws:PrincipalServiceName", KeyKind::Text),
    ("aws:PrincipalServiceNamesList", KeyKind::Text),
    ("aws:PrincipalTag/${TagKey}", KeyKind::Text),
    ("aws:PrincipalType", KeyKind::Text),
    ("aws:Referer", KeyKind::Text),
    ("aws:RequestTag/${TagKey}", KeyKind::Text),
    ("aws:RequestedRegion", KeyKind::Text),
    ("aws:ResourceAccount", KeyKind::Text),
    ("aws:ResourceOrgID", KeyKind::Text),
    ("aws:ResourceOrgPaths", KeyKind::Text),
    ("aws:ResourceTag/${TagKey}", KeyKind::Text),
    ("aws:SecureTransport", KeyKind::Bool),
    ("aws:SourceAccount", KeyKind::Text),
    ("aws:SourceArn", KeyKind::Arn),
    ("aws:SourceIdentity", KeyKind::Text),
    ("aws:SourceIp", KeyKind::Address),
    ("aws:SourceOrgID", KeyKind::Text),
    ("aws:SourceOrgPaths", KeyKind::Text),
    ("aws:SourceVpc", KeyKind::Text),
    ("aws:SourceVpcArn", KeyKind::Arn),
    ("aws:SourceVpce", KeyKind::Text),
    ("aws:TagKeys", KeyKind::Text),
    ("aws:TokenIssueTime", KeyKind::Date),
    ("aws:UserAgent", KeyKind::Text),
    ("aws:ViaAWSService", KeyKind::Bool),
    ("aws:VpcSourceIp", KeyKind::Address),
    ("aws:VpceAccount", KeyKind::Text),
    ("aws:VpceOrgID", KeyKind::Text),
    ("aws:VpceOrgPaths", KeyKind::Text),
    ("aws:userid", KeyKind::Text),
    ("aws:username", KeyKind::Text),
    ("aws:SignInSessionArn", KeyKind::Arn),
    ("aws:EC2InstanceSourceVpc", KeyKind::Text),
    ("aws:EC2InstanceSourcePrivateIPv4", KeyKind::Address),
    ("aws:IsMcpServiceAction", KeyKind::Bool),
    ("sts:ExternalId", KeyKind::Text),
    ("sts:RoleSessionName", KeyKind::Text),
    ("sts:SourceIdentity", KeyKind::Text),
    ("sts:TransitiveTagKeys", KeyKind::Text),
];

impl Vocabulary {
    /// The action with this name, in any letter case.
    pub(super) fn action(&self, name: &str) -> Option<&KnownAction> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// What a key's values are, if it is known, in any letter case.
    pub(super) fn key_kind(&self, key: &str) -> Option<KeyKind> {
        let own = self.keys.iter().map(|key| (key.name.as_str(), key.kind));
        own.chain(GLOBAL_KEYS).find(|(name, _)| is_of(name, key)).map(|(_, kind)| kind)
    }

    /// The names of all keys.
    pub(super) fn key_names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str()).chain(GLOBAL_KEYS.iter().map(|(name, _)| *name))
    }

    pub(super) fn resource_type(&self, prefix: &str) -> Option<&KnownType> {
        self.resource_types.iter().find(|known| known.prefix == prefix)
    }
}

/// Whether a key is the one named, or of the family named with `${TagKey}`.
fn is_of(name: &str, key: &str) -> bool {
    match name.split_once("${") {
        None => name.eq_ignore_ascii_case(key),
        Some((family, _)) => key
            .split_at_checked(family.len())
            .is_some_and(|(front, tag)| front.eq_ignore_ascii_case(family) && !tag.is_empty()),
    }
}
