//! The facts about a request other than its action and resources: the condition keys.

use std::collections::HashMap;

use super::{ResourceOwner, pattern::Target};

/// The condition keys of one request.
///
/// Keys are looked up in lower case, since AWS compares their names case-insensitively ("IAM JSON policy elements:
/// Condition"). The result for a key must not change during a decision.
pub trait Context {
    /// Looks up `key`. For a key that differs between resources: the value that is the same for all of them.
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a>;

    /// Looks up `key` for a resource that `owner` owns. Called only for keys that describe the resource
    /// ([`Key::is_of_resource`](super::Key::is_of_resource)), since all others are the same for the whole request.
    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        let _ = owner;
        self.lookup(key)
    }
}

/// The condition keys of a request with the values for one of its resources.
pub(crate) struct OfResource<'c> {
    context: &'c dyn Context,
    target: &'c Target<'c>,
}

impl<'c> OfResource<'c> {
    pub(crate) fn new(context: &'c dyn Context, target: &'c Target<'c>) -> Self {
        Self { context, target }
    }
}

impl Context for OfResource<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        if super::key::is_of_resource(key) {
            self.context.lookup_for(key, ResourceOwner::of(self.target))
        } else {
            self.context.lookup(key)
        }
    }
}

/// The result of looking up a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The request has the key, with this value.
    One(&'a str),
    /// The request has the key, with these values: a multivalued key.
    Many(&'a [String]),
    /// The request has the key with one value, which is one of these; it is not known which.
    OneOf(&'a [Reading]),
    /// The request has the key with several values; each of them is one of its readings.
    ManyOf(&'a [Vec<Reading>]),
    /// The request has the key, but only AWS knows its value: only `Null` can be decided.
    Present,
    /// The request has the key, and its value is a point in time between these two, in seconds since 1970.
    Between(i64, i64),
    /// The request does not have the key.
    Absent,
    /// Only AWS knows. Never the same as absent: an absent key makes negated, `IfExists` and `ForAllValues`
    /// conditions true.
    Unknown,
}

/// A possible value of a key whose value is not certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Exactly this text.
    Text(String),
    /// Some text that begins with `before` and ends with `after`, with at least one character between them.
    Between {
        /// The known beginning.
        before: String,
        /// The known end.
        after: String,
    },
}

impl Reading {
    /// The number of bytes that are known.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Between { before, after } => before.len() + after.len(),
        }
    }
}

/// Condition keys in a table; a key that was neither inserted nor declared unknown is absent.
///
/// ```
/// use rds_guard::policy::{Context, Lookup, RequestContext};
///
/// let mut context = RequestContext::new();
/// context.insert("aws:RequestedRegion", "eu-west-1");
/// context.insert_unknown("aws:ResourceTag/*");
/// assert_eq!(context.lookup("aws:requestedregion"), Lookup::One("eu-west-1"));
/// assert_eq!(context.lookup("aws:resourcetag/env"), Lookup::Unknown);
/// assert_eq!(context.lookup("aws:sourceip"), Lookup::Absent);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    known: HashMap<Box<str>, Known>,
    /// Prefixes of key names: `aws:resourcetag/`.
    unknown_families: Vec<Box<str>>,
}

#[derive(Clone, Debug)]
enum Known {
    One(String),
    Many(Vec<String>),
    OneOf(Vec<Reading>),
    ManyOf(Vec<Vec<Reading>>),
    Present,
    Absent,
    Unknown,
}

impl RequestContext {
    /// Creates a context in which every key is absent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one value. The last value set is used.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.known.insert(key.to_ascii_lowercase().into(), Known::One(value.into()));
    }

    /// Sets a key to a list of values, as multivalued keys have.
    pub fn insert_list(&mut self, key: &str, values: Vec<String>) {
        self.known.insert(key.to_ascii_lowercase().into(), Known::Many(values));
    }

    /// Sets a key to one value that is one of these readings. A single text is a certain value.
    pub fn insert_readings(&mut self, key: &str, readings: Vec<Reading>) {
        let known = match <[Reading; 1]>::try_from(readings) {
            Ok([Reading::Text(text)]) => Known::One(text),
            Ok(one) => Known::OneOf(one.into()),
            Err(readings) => Known::OneOf(readings),
        };
        self.known.insert(key.to_ascii_lowercase().into(), known);
    }

    /// Sets a key to a list of values, each of which is one of its readings.
    pub fn insert_list_of_readings(&mut self, key: &str, values: Vec<Vec<Reading>>) {
        self.known.insert(key.to_ascii_lowercase().into(), Known::ManyOf(values));
    }

    /// Declares that the request has a key whose value only AWS knows.
    pub fn insert_present(&mut self, key: &str) {
        self.known.insert(key.to_ascii_lowercase().into(), Known::Present);
    }

    /// Declares that the request does not have a key, even if [`Self::insert_unknown`] named its family.
    pub fn insert_absent(&mut self, key: &str) {
        self.known.insert(key.to_ascii_lowercase().into(), Known::Absent);
    }

    /// Declares that only AWS knows a key, overriding earlier values.
    ///
    /// `aws:ResourceTag/*` and `aws:ResourceTag/${TagKey}` mean all keys with this prefix that have no entry of their
    /// own.
    pub fn insert_unknown(&mut self, key: &str) {
        let key = key.to_ascii_lowercase();
        let family = key.find("${").or_else(|| key.ends_with('*').then(|| key.len() - 1));
        match family.and_then(|end| key.get(..end)) {
            Some(beginning) => self.unknown_families.push(beginning.into()),
            None => {
                self.known.insert(key.into(), Known::Unknown);
            }
        }
    }
}

impl Context for RequestContext {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        match self.known.get(key) {
            Some(Known::One(value)) => Lookup::One(value),
            Some(Known::Many(values)) => Lookup::Many(values),
            Some(Known::OneOf(readings)) => Lookup::OneOf(readings),
            Some(Known::ManyOf(values)) => Lookup::ManyOf(values),
            Some(Known::Present) => Lookup::Present,
            Some(Known::Absent) => Lookup::Absent,
            Some(Known::Unknown) => Lookup::Unknown,
            None if self.unknown_families.iter().any(|beginning| key.starts_with(&**beginning)) => Lookup::Unknown,
            None => Lookup::Absent,
        }
    }
}
