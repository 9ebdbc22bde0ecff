//! JSON as a policy needs it: every value knows where it stands and duplicate members are kept, not silently dropped.
//!
//! A file of its own because `serde_json` keeps the last of two equal members without a word: then
//! `"Effect": "Deny", …, "Effect": "Allow"` reads as an Allow.

mod parser;

pub use parser::SyntaxError;
pub(crate) use parser::parse;

/// A JSON value and the byte range it fills in the text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The offset of its first byte.
    pub(crate) start: usize,
    /// The offset behind its last byte.
    pub(crate) end: usize,
    /// What it is.
    pub(crate) value: Value,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written: nothing is rounded.
    Number(String),
    /// A string, escapes resolved.
    String(String),
    /// `[ … ]`.
    Array(Vec<Node>),
    /// `{ … }` in the order written, repeated names included.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The name, escapes resolved.
    pub(crate) name: String,
    /// The offset of the name's opening quote.
    pub(crate) start: usize,
    /// What it holds.
    pub(crate) node: Node,
}

impl Value {
    /// What kind of value stands here, for messages.
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

    /// The values of a list, or the one value that stands for a list of one.
    pub(crate) fn as_list(&self) -> &[Node] {
        self.as_array().unwrap_or(std::slice::from_ref(self))
    }

    /// The value of the first member with this name, if this is an object that has it.
    pub(crate) fn member(&self, name: &str) -> Option<&Node> {
        self.as_object()?.iter().find(|member| member.name == name).map(|member| &member.node)
    }
}
