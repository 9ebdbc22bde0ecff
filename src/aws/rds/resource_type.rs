//! Resource types, and how an action's resources are read from its parameters.

/// A type of resource with an ARN of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The name in the Service Authorization Reference, `proxy`.
    pub name: &'static str,
    /// The token in the ARN, `db-proxy`.
    pub prefix: &'static str,
    /// Its ARNs have no region.
    pub global: bool,
    /// What the service does with the letter case of names.
    pub folding: Folding,
    /// The condition keys that a stored resource of this type can answer.
    pub condition_keys: &'static [&'static str],
}

/// What the service does with the letter case of a resource's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    /// Documented: stored in lower case, so `PROD-db` acts on `prod-db`.
    Lower,
    /// Assumed to be stored in lower case, as its kin are.
    LowerAssumed,
    /// Not documented: kept as sent.
    Kept,
    /// An id that the service generates: never changed.
    Generated,
}

impl ResourceType {
    /// Whether names of this type are to be compared in lower case.
    #[must_use]
    pub const fn folds(&self) -> bool {
        matches!(self.folding, Folding::Lower | Folding::LowerAssumed)
    }
}

/// How one type of resource is read from a request.
#[derive(Debug)]
pub struct ResourceRule {
    /// Which type.
    pub resource_type: RuleType,
    /// The reference lists the type as required.
    pub required: bool,
    /// The parameters that name such a resource, in order.
    pub named_by: &'static [NamedBy],
    /// The ARN's tail is made of several parameters.
    pub compose: Option<Compose>,
    /// What is judged when none of the parameters is present.
    pub absent: Absent,
    /// That `absent` is judged rests on our reading: AWS's sources are silent or contradict each other.
    pub is_reading: bool,
}

/// A parameter that names a resource of the operation by something else than what its ARN has: by the id that the service
/// made, or by the ARN of what was made of it.
#[derive(Debug)]
pub struct Implied {
    /// Its name on the wire; `#` stands for a list index.
    pub parameter: &'static str,
    /// The types that it may name.
    pub types: &'static [&'static ResourceType],
    /// What the resource is to the action.
    pub role: Role,
    /// What its value is.
    pub form: ImpliedForm,
}

/// What the value of an [`Implied`] parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpliedForm {
    /// An id of the resource: its name is not told, unless the configuration knows it.
    Id,
    /// The ARN of an automated backup: account and region are the resource's, its name is not told.
    ArnOfBackup,
    /// The ARN of the resource, or an id.
    ArnOrId,
}

/// The type of a [`ResourceRule`].
#[derive(Debug)]
pub enum RuleType {
    /// One type.
    One(&'static ResourceType),
    /// Any of these, told by the ARN (tagging).
    AnyOf(&'static [&'static ResourceType]),
    /// The action has no resource types: `*`.
    Star,
    /// `*`, unless another rule of the action found something.
    StarIfNone,
}

/// A parameter that names a resource.
#[derive(Debug)]
pub struct NamedBy {
    /// Its name on the wire; `#` stands for a list index.
    pub parameter: &'static str,
    /// What its value is.
    pub form: Form,
    /// What the resource is to the action.
    pub role: Role,
    /// The API reference says that it must be there.
    pub required: bool,
    /// Several types share the parameter; the ARN's own type decides.
    pub by_arn: Option<BareName>,
}

/// What the value of a parameter that names a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A name; an ARN is understood all the same.
    Name,
    /// An ARN.
    Arn,
    /// Documented as either.
    NameOrArn,
    /// A name, where the ARN holds an id that the service generates.
    Opaque,
}

/// What a name that is no ARN means for a parameter that several types share.
#[derive(Debug)]
pub struct BareName {
    /// The types that share it; the first takes an ARN of none of them.
    pub types: &'static [&'static ResourceType],
    /// The type that a bare name is of.
    pub bare: &'static ResourceType,
}

/// What a resource is to the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Acted on.
    Target,
    /// Read from.
    Source,
    /// Made by the call.
    Created,
    /// Made use of.
    Reference,
    /// No role: `*`.
    None,
}

/// How a resource counts in the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obligation {
    /// It must be allowed, and must not be denied.
    Required,
    /// It must not be denied. That no statement allows it changes nothing: AWS may not look at it.
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

/// An ARN tail made of several parameters, whose last part the service generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compose {
    /// `ENGINE/VERSION/ID`, a custom engine version; a part that is absent is any.
    EngineVersion,
    /// `SNAPSHOT:ID`, the tenant databases of a snapshot; without a snapshot the call lists all.
    SnapshotTenant,
}

impl Compose {
    /// The parameters that the tail is made of.
    #[must_use]
    pub const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::EngineVersion => &["Engine", "EngineVersion"],
            Self::SnapshotTenant => &["DBSnapshotIdentifier"],
        }
    }
}

/// What is judged when no parameter names the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The literal `PREFIX:*`, as list calls are.
    All,
    /// Nothing.
    Omit,
    /// `*`.
    Star,
    /// A resource nothing is known of: the reference lacks the action.
    Unknown,
    /// A default group of the service.
    Default {
        /// Its name; `{Engine}` is the parameter of that name, `*` a part that the request does not tell.
        name: &'static str,
        /// With this parameter the group is inherited, and nothing is judged.
        unless: Option<&'static str>,
        /// With this parameter the group is judged for a Deny only.
        deny_only_with: Option<&'static str>,
    },
    /// One resource whose id is unknown.
    UnknownId,
    /// A required parameter is missing.
    Error,
    /// See [`Compose`].
    Composed,
}
