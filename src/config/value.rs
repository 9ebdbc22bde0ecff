//! The types of keys: how each is parsed, what an error says was expected, and how a value is displayed.

use std::{
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use super::{
    Origin,
    quantity::{self, ByteSize},
    written::{Node, Value},
};
use crate::aws::{AccessKeyId, PrincipalArn, Region};

/// A part of a value that is not as expected.
pub(super) struct Wrong {
    pub(super) origin: Origin,
    pub(super) found: String,
    /// What was expected, if that is more specific than the key's type.
    pub(super) expected: Option<String>,
}

impl Wrong {
    /// The whole value is wrong.
    pub(super) fn whole(node: &Node) -> Self {
        Self { origin: node.origin.clone(), found: node.shown(), expected: None }
    }

    /// The whole value is wrong, with a specific description of what was expected.
    pub(super) fn because(node: &Node, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..Self::whole(node) }
    }
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// The accepted values, worded to follow "expected".
    const EXPECTED: &'static str;

    /// The word for an empty list, if this is the type of a list's items.
    const NONE_WORD: Option<&'static str> = None;

    /// Parses the written value.
    fn read(node: &Node) -> Result<Self, Vec<Wrong>>;

    /// The value in TOML syntax; empty if it is not set.
    fn show(&self) -> String;
}

/// Parses a type that is written as text.
pub(super) fn from_text<T>(node: &Node, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Vec<Wrong>> {
    node.text().and_then(parse).ok_or_else(|| vec![Wrong::whole(node)])
}

/// Parses a type whose own error explains what is wrong.
fn from_str<T: FromStr<Err: std::fmt::Display>>(node: &Node, expected: &str) -> Result<T, Vec<Wrong>> {
    let Some(text) = node.text().filter(|text| !text.is_empty()) else { return Err(vec![Wrong::whole(node)]) };
    text.parse().map_err(|error: T::Err| vec![Wrong::because(node, format!("{expected} ({error})"))])
}

/// A text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match &node.value {
            Value::Boolean(yes) => Ok(*yes),
            Value::Untyped(text) => text.parse().map_err(|_| vec![Wrong::whole(node)]),
            Value::Text(_) | Value::Number(_) | Value::Datetime(_) | Value::List(_) | Value::Table(_) => {
                Err(vec![Wrong::whole(node)])
            }
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for NonZeroUsize {
    const EXPECTED: &'static str = "a whole number from 1 on";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match &node.value {
            Value::Number(digits) | Value::Untyped(digits) => digits.parse().map_err(|_| vec![Wrong::whole(node)]),
            Value::Text(_) | Value::Boolean(_) | Value::Datetime(_) | Value::List(_) | Value::Table(_) => {
                Err(vec![Wrong::whole(node)])
            }
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    fn show(&self) -> String {
        quoted(self)
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a duration such as \"25s\", \"500ms\", \"15m\" or \"1h30m\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, quantity::duration)
    }

    fn show(&self) -> String {
        quoted(&quantity::show_duration(*self))
    }
}

impl Setting for ByteSize {
    const EXPECTED: &'static str = "a size such as \"1MiB\", \"64KiB\" or \"500B\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, quantity::size)
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";

    /// A relative path is resolved against the folder of the file that contains it.
    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let path = from_text(node, |text| (!text.is_empty()).then(|| Self::from(text)))?;
        Ok(node.origin.directory().map_or(path.clone(), |directory| directory.join(path)))
    }

    fn show(&self) -> String {
        quoted(&show_path(self))
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str = "an address with its port such as \"127.0.0.1:3128\" or \"[::1]:3128\", or \"off\"";
    const NONE_WORD: Option<&'static str> = Some("off");

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.parse().ok())
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Setting for Region {
    const EXPECTED: &'static str = "a region such as \"eu-west-1\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.parse().ok())
    }

    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl Setting for PrincipalArn {
    const EXPECTED: &'static str = "the ARN of a principal such as \"arn:aws:iam::123456789012:role/Orders\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_str(node, Self::EXPECTED)
    }

    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl Setting for AccessKeyId {
    const EXPECTED: &'static str = "an access key id such as \"AKIAIOSFODNN7EXAMPLE\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.parse().ok())
    }

    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        T::read(node).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

/// A list, or a single item. In a variable or a flag, items are separated by commas.
impl<T: Setting> Setting for Vec<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        if node.text().is_some_and(|text| T::NONE_WORD == Some(text)) {
            return Ok(Self::new());
        }
        let mut read = Self::new();
        let mut wrong = Vec::new();
        for item in items(node) {
            match T::read(&item) {
                Ok(value) => read.push(value),
                Err(more) => wrong.extend(more),
            }
        }
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }

    fn show(&self) -> String {
        match self.as_slice() {
            [one] => one.show(),
            list => format!("[{}]", list.iter().map(T::show).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// The items of a list as written.
fn items(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::List(nodes) => nodes.iter().flat_map(split).collect(),
        Value::Boolean(_)
        | Value::Number(_)
        | Value::Datetime(_)
        | Value::Text(_)
        | Value::Untyped(_)
        | Value::Table(_) => split(node),
    }
}

fn split(node: &Node) -> Vec<Node> {
    match &node.value {
        Value::Untyped(text) if text.trim().is_empty() => Vec::new(),
        Value::Untyped(text) => text.split(',').map(|item| Node::untyped(item.trim(), node.origin.clone())).collect(),
        Value::Boolean(_)
        | Value::Number(_)
        | Value::Datetime(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Table(_) => vec![node.clone()],
    }
}

/// A path as text. It is always UTF-8, because a configuration is.
fn show_path(path: &Path) -> String {
    path.to_str().unwrap_or_default().to_owned()
}
