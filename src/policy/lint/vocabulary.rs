//! What a linter must know of the service: its actions, resource types and condition keys. Plain data, given by the caller.

use crate::aws::rds::NameForm;

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
    /// Whether it is known what its calls act on.
    pub resources_known: bool,
    /// The prefixes of the resource types it is judged on, `db`; none for an action judged on `*`.
    pub resource_types: Vec<String>,
    /// Those of them that a call without an identifier is judged on as a whole, by the literal `…:db:*`.
    pub lists: Vec<String>,
    /// Whether a call of it can be judged on `*`.
    pub star: bool,
    /// What every call of it is judged on.
    pub required: Vec<Required>,
    /// Its condition keys that a request can answer; `${TagKey}` stands for any tag.
    pub keys: Vec<&'static str>,
    /// Its condition keys that only the stored resource answers.
    pub stored_keys: Vec<&'static str>,
    /// Its parameters; `#` stands for an index.
    pub parameters: Vec<&'static str>,
}

/// A resource that every call of an action is judged on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Required {
    /// The prefixes of its type; of several where one parameter names a resource of any of them.
    pub any_of: Vec<String>,
    /// Whether AWS does not say so and it is this program's reading.
    pub assumed: bool,
}

/// A resource type.
#[derive(Clone, Debug)]
pub struct KnownType {
    /// What stands before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are stored in lower case.
    pub lower_case: bool,
    /// What its names are like.
    pub names: NameForm,
}

/// How a condition key stands to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// Some request of the action has it.
    ByRequest,
    /// The action has it, and only AWS knows its value.
    ByStoredResource,
    /// The action does not have it.
    No,
    /// Nothing is said of it here.
    Untold,
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
    /// How a condition key, in lower case, stands to an action.
    pub(super) fn carried(&self, action: &KnownAction, key: &str) -> Carried {
        if let Some(parameter) = key.strip_prefix("guard:param/") {
            let has = action.parameters.iter().any(|known| is_parameter(known, parameter));
            return if has || !action.resources_known { Carried::ByRequest } else { Carried::No };
        }
        let by_action = |known: &KnownKey| is_of(&known.name, key);
        if !action.resources_known || !self.keys.iter().any(by_action) {
            return Carried::Untold;
        }
        if action.keys.iter().any(|known| is_of(known, key)) {
            Carried::ByRequest
        } else if action.stored_keys.iter().any(|known| is_of(known, key)) {
            Carried::ByStoredResource
        } else {
            Carried::No
        }
    }

    /// Whether the requests of some action answer the key, given in lower case.
    pub(super) fn is_answered_by_requests(&self, key: &str) -> bool {
        self.actions.iter().any(|action| action.keys.iter().any(|known| is_of(known, key)))
    }

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

/// Whether a name in lower case, as `guard:Param/` takes it, is that of a parameter: the parameter's own, with an index in
/// place of `#`, or that of a list or structure that the parameter is a part of.
pub(super) fn is_parameter(known: &str, name: &str) -> bool {
    let mut parts = known.split('.');
    name.split('.').all(|found| match parts.next() {
        Some("#") => !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit()),
        Some(part) => part.eq_ignore_ascii_case(found),
        None => false,
    })
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
