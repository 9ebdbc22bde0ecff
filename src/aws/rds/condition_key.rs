//! Condition keys, and where an action's request has their values.

/// A condition key of the service's reference.
#[derive(Debug)]
pub struct ConditionKey {
    /// Its name; `${TagKey}` stands for any tag key.
    pub name: &'static str,
    /// The type of its values.
    pub value_type: ValueType,
    /// Where its values come from, over all actions.
    pub source: KeySource,
}

/// Where the values of a condition key come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// From parameters.
    Request,
    /// From the tags in the request.
    RequestTags,
    /// From the stored resource, which a request does not show.
    StoredResource,
    /// Neither.
    NotInRequest,
}

/// The type of a condition key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A decimal number.
    Numeric,
    /// Several texts.
    ArrayOfString,
}

/// How one condition key gets its values from the requests of an action.
#[derive(Debug)]
pub enum KeyRule {
    /// Always this value.
    Constant {
        /// The key.
        key: &'static str,
        /// The value.
        value: &'static str,
    },
    /// The tags of the request: `aws:TagKeys` lists their keys, the others have one key for each tag.
    Tags {
        /// The key; `${TagKey}` stands for the tag's key.
        key: &'static str,
        /// Where tags stand.
        tags: &'static [TagParameter],
        /// The reference lists the key for the action.
        is_listed: bool,
    },
    /// The value of a parameter.
    Parameter {
        /// The key.
        key: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The type of the value.
        value_type: ValueType,
        /// What it means that the parameter is absent.
        absent: AbsentValue,
    },
}

impl KeyRule {
    /// The condition key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Constant { key, .. } | Self::Tags { key, .. } | Self::Parameter { key, .. } => key,
        }
    }
}

/// The parameters that hold a list of tags; `#` stands for an index.
#[derive(Debug)]
pub struct TagParameter {
    /// The parameter of a tag's key.
    pub key: &'static str,
    /// The parameter of its value.
    pub value: Option<&'static str>,
}

/// What it means for a condition key that its parameter is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentValue {
    /// The service's default.
    Default {
        /// The default.
        value: &'static str,
        /// With one of these parameters the value is inherited instead, and unknown.
        unless: &'static [&'static str],
    },
    /// The key is not there.
    Missing,
    /// The stored resource's value counts, or a default that is not documented: unknown.
    Unknown,
}
