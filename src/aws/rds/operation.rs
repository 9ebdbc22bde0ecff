//! One operation of the API with its parameters and rules.

use super::{Implied, KeyRule, ResourceRule, ResourceType};

/// An operation of the RDS API and the action of the same name.
#[derive(Debug)]
pub struct Operation {
    /// The name, `CreateDBInstance`.
    pub name: &'static str,
    /// The access level in the Service Authorization Reference.
    pub access: AccessLevel,
    /// The SDK models that contain it.
    pub models: &'static [Model],
    /// Whether the Service Authorization Reference lists the action.
    pub in_reference: bool,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether repeating it has no further effect.
    pub idempotent: bool,
    /// All parameters by their names on the wire, in the order of [`str`]; `#` is a placeholder for a list index.
    pub parameters: &'static [Parameter],
    /// The parameters that the API reference declares required, without the parts after the first dot.
    pub required: &'static [&'static str],
    /// How its resources are read, in the table's order.
    pub resources: &'static [ResourceRule],
    /// The parameters that identify a resource by something other than its name or ARN.
    pub implied: &'static [Implied],
    /// The types of which the call reads one resource: if no parameter names it, it is one of unknown name.
    pub source_required: &'static [&'static ResourceType],
    /// How its condition values are read, by key.
    pub keys: &'static [KeyRule],
    /// The keys whose values only the stored resource has, by name.
    pub unknown_keys: &'static [&'static str],
    /// Further actions that the caller must be allowed.
    pub dependents: &'static [Dependent],
    /// The type of resource that its tags are put on, if that requires a dependent action.
    pub tags_on: Option<&'static ResourceType>,
    /// The parameter that contains a signed request to another region, if there is one.
    pub presigned_url: Option<&'static str>,
    /// Parameters that name something that is not a resource of the action, and why.
    pub unevaluated: &'static [(&'static str, &'static str)],
    /// Points on which AWS's documentation is ambiguous, and the interpretation chosen.
    pub ambiguities: &'static [&'static str],
}

/// A parameter of an operation.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire; `#` is a placeholder for a list index.
    pub name: &'static str,
    /// The type of its value.
    pub value_type: ParameterType,
    /// Whether its value may be shown.
    pub sensitivity: Sensitivity,
}

/// Whether the value of a parameter may appear in records, logs, errors and conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// It may be shown.
    Plain,
    /// It is a secret, or may contain one: it never appears anywhere.
    Secret,
}

/// The type of a parameter's value in the SDK model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// A text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Long,
    /// A decimal number.
    Double,
    /// A point in time.
    Timestamp,
}

/// The access level of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLevel {
    /// Reads the contents of resources.
    Read,
    /// Lists resources.
    List,
    /// Creates, changes or deletes resources.
    Write,
    /// Changes tags only.
    Tagging,
    /// Grants access to others.
    Permissions,
}

impl AccessLevel {
    /// The name in the Service Authorization Reference.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::List => "List",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::Permissions => "Permissions",
        }
    }
}

/// An SDK model. Neptune and DocumentDB are managed through the RDS API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Amazon RDS.
    Rds,
    /// Amazon Neptune.
    Neptune,
    /// Amazon DocumentDB.
    DocDb,
}

impl Model {
    /// The name of the model in the SDKs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rds => "rds",
            Self::Neptune => "neptune",
            Self::DocDb => "docdb",
        }
    }
}

/// An action that the caller of another action must be allowed too.
#[derive(Debug)]
pub struct Dependent {
    /// The action with its service prefix.
    pub action: &'static str,
    /// The parameters of which one must be present; empty if no parameter determines it.
    pub when: &'static [&'static str],
}
