//! JSON for policies: every value has its position, and repeated members are kept, not silently dropped.
//!
//! Our own parser, because `serde_json` silently keeps the last of two equal members: then `"Effect": "Deny", …,
//! "Effect": "Allow"` reads as an Allow.

mod parser;

pub use parser::SyntaxError;
pub(crate) use parser::parse;

/// A JSON value and its byte range in the text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// The offset after its last byte.
    pub(crate) end: usize,
    /// The value itself.
    pub(crate) value: Value,
}

/// The value of a [`Node`].
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written, without rounding.
    Number(String),
    /// A string, with escapes resolved.
    String(String),
    /// `[ … ]`.
    Array(Vec<Node>),
    /// `{ … }` in the order written, including repeated names.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The name, with escapes resolved.
    pub(crate) name: String,
    /// The offset of the name's opening quote.
    pub(crate) start: usize,
    /// Its value.
    pub(crate) node: Node,
}

impl Value {
    /// The type of the value, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl Node {
    /// The string, if it is one.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The members, if it is an object.
    pub(crate) fn as_object(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        }
    }

    /// The values, if it is a list.
    pub(crate) fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(nodes) => Some(nodes),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
        }
    }

    /// The values of a list, or a single value as a list of one.
    pub(crate) fn as_list(&self) -> &[Node] {
        self.as_array().unwrap_or(std::slice::from_ref(self))
    }

    /// The value of the first member with this name, if this is an object that has one.
    pub(crate) fn member(&self, name: &str) -> Option<&Node> {
        self.as_object()?.iter().find(|member| member.name == name).map(|member| &member.node)
    }
}
