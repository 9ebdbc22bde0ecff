//! Condition keys, and where the requests of an action contain their values.

/// A condition key of the service's reference.
#[derive(Debug)]
pub struct ConditionKey {
    /// Its name; `${TagKey}` is a placeholder for any tag key.
    pub name: &'static str,
    /// The type of its values.
    pub value_type: ValueType,
    /// Where its values come from, across all actions.
    pub source: KeySource,
}

/// Where the values of a condition key come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// From parameters.
    Request,
    /// From the tags in the request.
    RequestTags,
    /// From the stored resource, which is not visible in a request.
    StoredResource,
    /// None of these.
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
    /// The key has this value in every request.
    Constant {
        /// The condition key's name.
        key: &'static str,
        /// The value in every request.
        value: &'static str,
    },
    /// The tags of the request: `aws:TagKeys` lists their keys; the other keys exist once for each tag.
    Tags {
        /// The key; `${TagKey}` is a placeholder for the tag's key.
        key: &'static str,
        /// The parameters that contain the tags.
        tags: &'static [TagParameter],
        /// Whether the reference lists the key for the action.
        is_listed: bool,
    },
    /// The value of a parameter.
    Parameter {
        /// The condition key's name.
        key: &'static str,
        /// The parameter's name on the wire.
        parameter: &'static str,
        /// The type of the value.
        value_type: ValueType,
        /// The meaning of an absent parameter.
        absent: AbsentValue,
    },
}

impl KeyRule {
    /// The name of the rule's condition key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Constant { key, .. } | Self::Tags { key, .. } | Self::Parameter { key, .. } => key,
        }
    }
}

/// The parameters that contain a list of tags; `#` is a placeholder for an index.
#[derive(Debug)]
pub struct TagParameter {
    /// The parameter with a tag's key.
    pub key: &'static str,
    /// The parameter with its value, if there is one.
    pub value: Option<&'static str>,
}

/// What the absence of a parameter means for its condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentValue {
    /// The service's default applies.
    Default {
        /// The default value.
        value: &'static str,
        /// If one of these parameters is present, the value is inherited instead, and unknown.
        unless: &'static [&'static str],
    },
    /// The key is absent.
    Missing,
    /// The stored resource's value applies, or an undocumented default: unknown.
    Unknown,
}
