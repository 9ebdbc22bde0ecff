//! Resource types, and how an action's resources are read from its parameters.

/// A type of resource with its own ARN format.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The name in the Service Authorization Reference, `proxy`.
    pub name: &'static str,
    /// The token in the ARN, `db-proxy`.
    pub prefix: &'static str,
    /// Whether its ARNs have no region.
    pub global: bool,
    /// How the service treats the letter case of names.
    pub folding: Folding,
    /// The condition keys whose values a stored resource of this type can provide.
    pub condition_keys: &'static [&'static str],
}

/// How the service treats the letter case of a resource's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    /// Documented: stored in lower case, so `PROD-db` acts on `prod-db`.
    Lower,
    /// Assumed to be stored in lower case, like similar types.
    LowerAssumed,
    /// Not documented: kept as sent.
    Kept,
    /// An id that the service generates: never changed.
    Generated,
}

impl ResourceType {
    /// Whether names of this type must be compared in lower case.
    #[must_use]
    pub const fn folds(&self) -> bool {
        matches!(self.folding, Folding::Lower | Folding::LowerAssumed)
    }
}

/// How resources of one type are read from a request.
#[derive(Debug)]
pub struct ResourceRule {
    /// The resource type.
    pub resource_type: RuleType,
    /// Whether the reference lists the type as required.
    pub required: bool,
    /// The parameters that name such a resource, in order.
    pub named_by: &'static [NamedBy],
    /// How the ARN's last part is composed, if it consists of several parameters.
    pub compose: Option<Compose>,
    /// What is judged if none of the parameters is present.
    pub absent: Absent,
    /// Whether judging `absent` is our interpretation: AWS's sources are silent or contradict each other.
    pub is_reading: bool,
}

/// A parameter that identifies a resource of the operation by something that is not in its ARN: by the id that the
/// service generated, or by the ARN of something created from it.
#[derive(Debug)]
pub struct Implied {
    /// Its name on the wire; `#` is a placeholder for a list index.
    pub parameter: &'static str,
    /// The types that it may identify.
    pub types: &'static [&'static ResourceType],
    /// The role of the resource in the action.
    pub role: Role,
    /// The form of its value.
    pub form: ImpliedForm,
}

/// The form of the value of an [`Implied`] parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpliedForm {
    /// An id of the resource: its name is unknown, unless the configuration contains it.
    Id,
    /// The ARN of an automated backup: account and region are the resource's, its name is unknown.
    ArnOfBackup,
    /// The ARN of the resource, or an id.
    ArnOrId,
}

/// The type of a [`ResourceRule`].
#[derive(Debug)]
pub enum RuleType {
    /// One type.
    One(&'static ResourceType),
    /// Any of these types, depending on the ARN (tagging).
    AnyOf(&'static [&'static ResourceType]),
    /// The action has no resource types: `*`.
    Star,
    /// `*`, unless another rule of the action found a resource.
    StarIfNone,
}

/// A parameter that names a resource.
#[derive(Debug)]
pub struct NamedBy {
    /// Its name on the wire; `#` is a placeholder for a list index.
    pub parameter: &'static str,
    /// The form of its value.
    pub form: Form,
    /// The role of the resource in the action.
    pub role: Role,
    /// Whether the API reference declares it required.
    pub required: bool,
    /// Set if several types share the parameter; the type in the ARN decides.
    pub by_arn: Option<BareName>,
}

/// The form of the value of a parameter that names a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A name; an ARN is accepted too.
    Name,
    /// An ARN.
    Arn,
    /// Documented as either.
    NameOrArn,
    /// A name, although the ARN contains an id that the service generates.
    Opaque,
}

/// How to interpret a name that is not an ARN, for a parameter that several types share.
#[derive(Debug)]
pub struct BareName {
    /// The types that share it; the first is used for an ARN of none of them.
    pub types: &'static [&'static ResourceType],
    /// The type of a bare name.
    pub bare: &'static ResourceType,
}

/// The role of a resource in the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The action acts on it.
    Target,
    /// The action reads from it.
    Source,
    /// The call creates it.
    Created,
    /// The action uses it.
    Reference,
    /// No role: `*`.
    None,
}

/// How a resource counts in the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obligation {
    /// It must be allowed, and must not be denied.
    Required,
    /// It must not be denied. An implicit deny has no effect: AWS may not evaluate it.
    DenyOnly,
}

impl Role {
    /// The name in JSON: `target`, `source`, `created`, `reference`, `-`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Source => "source",
            Self::Created => "created",
            Self::Reference => "reference",
            Self::None => "-",
        }
    }
}

/// An ARN's last part composed of several parameters, whose own last part the service generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compose {
    /// `ENGINE/VERSION/ID`, a custom engine version; an absent part can be anything.
    EngineVersion,
    /// `SNAPSHOT:ID`, the tenant databases of a snapshot; without a snapshot the call lists all.
    SnapshotTenant,
}

impl Compose {
    /// The parameters of which it is composed.
    #[must_use]
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::EngineVersion => &["Engine", "EngineVersion"],
            Self::SnapshotTenant => &["DBSnapshotIdentifier"],
        }
    }
}

/// What is judged if no parameter names the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The literal `PREFIX:*`, as for list calls.
    All,
    /// Nothing is judged.
    Omit,
    /// `*` is judged.
    Star,
    /// A resource of which nothing is known: the action is not in the reference.
    Unknown,
    /// A default group of the service.
    Default {
        /// Its name; `{Engine}` is the parameter of that name, `*` a part that the request does not contain.
        name: &'static str,
        /// If this parameter is present, the group is inherited and nothing is judged.
        unless: Option<&'static str>,
        /// If this parameter is present, the group is judged for a Deny only.
        deny_only_with: Option<&'static str>,
    },
    /// One resource whose id is unknown.
    UnknownId,
    /// The request is refused, because a required parameter is missing.
    Error,
    /// The name is composed, see [`Compose`].
    Composed,
}
