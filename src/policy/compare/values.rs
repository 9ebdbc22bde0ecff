//! Values of condition keys to try: at, below and above each boundary that a policy has, and outside all of them.

use std::net::IpAddr;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::automaton::{Ends, Machine};
use super::texts;
use crate::aws::condition_keys::{Source, global_key};
use crate::policy::value::{Instant, Network};
use crate::policy::{Comparison, Condition, Context, Lookup, Version};

/// The value of a key in a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// One value.
    One(String),
    /// Several values.
    Many(Vec<String>),
    /// No value.
    Absent,
}

impl KeyValue {
    /// The value as a context returns it.
    #[must_use]
    pub fn lookup(&self) -> Lookup<'_> {
        match self {
            Self::One(value) => Lookup::One(value),
            Self::Many(values) => Lookup::Many(values),
            Self::Absent => Lookup::Absent,
        }
    }
}

/// The value of a key that is the same, or absent, in every call that leaves the proxy.
fn constant(key: &str) -> Option<KeyValue> {
    match global_key(key)?.source {
        Source::Constant(value) | Source::Direct(Some(value)) => Some(KeyValue::One(value.to_owned())),
        Source::Absent | Source::AbsentThroughEndpoint | Source::Direct(None) => Some(KeyValue::Absent),
        Source::Request | Source::Caller | Source::Session | Source::Endpoint | Source::Resource | Source::NotKnown => {
            None
        }
    }
}

/// The values to try for a key, realistic ones first.
pub(super) fn of_key(key: &str, conditions: &[(&Condition, Version)], context: &dyn Context) -> Vec<KeyValue> {
    if let Some(constant) = constant(key) {
        return vec![constant];
    }
    let mut single: Vec<String> = match key {
        "aws:requestedregion" => super::resources::REGIONS.map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    let mut patterns = Vec::new();
    let mut numbers: Vec<f64> = Vec::new();
    for (condition, version) in conditions {
        let written = || condition.values().iter().map(|value| value.as_str());
        match condition.operator().comparison() {
            Comparison::NumericEquals
            | Comparison::NumericNotEquals
            | Comparison::NumericLessThan
            | Comparison::NumericLessThanEquals
            | Comparison::NumericGreaterThan
            | Comparison::NumericGreaterThanEquals => {
                single.extend(written().map(str::to_owned));
                numbers.extend(written().filter_map(|number| number.parse::<f64>().ok()));
            }
            Comparison::DateEquals
            | Comparison::DateNotEquals
            | Comparison::DateLessThan
            | Comparison::DateLessThanEquals
            | Comparison::DateGreaterThan
            | Comparison::DateGreaterThanEquals => single.extend(written().flat_map(around_date)),
            Comparison::Bool => single.extend(["true".to_owned(), "false".to_owned()]),
            Comparison::BinaryEquals => single.extend(written().map(str::to_owned).chain(["d2l0bmVzcw==".to_owned()])),
            Comparison::IpAddress | Comparison::NotIpAddress => single.extend(written().flat_map(around_network)),
            Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
                single.extend(written().flat_map(|text| [text.to_owned(), swapped(text)]));
                patterns.extend(texts::of_condition(condition, *version, context));
            }
            Comparison::StringEquals
            | Comparison::StringNotEquals
            | Comparison::StringLike
            | Comparison::StringNotLike
            | Comparison::ArnEquals
            | Comparison::ArnNotEquals
            | Comparison::ArnLike
            | Comparison::ArnNotLike => patterns.extend(texts::of_condition(condition, *version, context)),
            Comparison::Null => {}
        }
    }
    single.extend(around_numbers(numbers));
    single.extend(Machine::new(patterns).texts("", Ends::Anything));
    if single.iter().all(String::is_empty) {
        single.push("witness".to_owned());
    }
    let multivalued = |condition: &Condition| condition.operator().set().is_some() || condition.key().is_multivalued();
    if conditions.iter().any(|(condition, _)| multivalued(condition)) {
        return lists(&single);
    }
    // An empty text is equivalent to no value, and less realistic.
    let (empty, filled): (Vec<String>, Vec<String>) = single.into_iter().partition(String::is_empty);
    let one = |values: Vec<String>| values.into_iter().map(KeyValue::One);
    one(filled).chain([KeyValue::Absent]).chain(one(empty)).collect()
}

/// Each value alone, each pair, all of them, none.
fn lists(single: &[String]) -> Vec<KeyValue> {
    let filled: Vec<&String> = single.iter().filter(|value| !value.is_empty()).collect();
    let mut lists: Vec<KeyValue> = filled.iter().map(|value| KeyValue::Many(vec![(*value).clone()])).collect();
    for (at, one) in filled.iter().enumerate().take(MOST_PAIRED) {
        for other in filled.iter().skip(at + 1).take(MOST_PAIRED) {
            lists.push(KeyValue::Many(vec![(*one).clone(), (*other).clone()]));
        }
    }
    lists.push(KeyValue::Many(filled.into_iter().cloned().collect()));
    lists.push(KeyValue::Absent);
    lists
}

/// Maximum number of values of which all pairs are tried.
const MOST_PAIRED: usize = 24;

fn swapped(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    text.chars().map(swap).collect()
}

/// A number between each two adjacent ones, one below the least and one above the greatest.
fn around_numbers(mut numbers: Vec<f64>) -> Vec<String> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let (Some(least), Some(greatest)) = (numbers.first(), numbers.last()) else { return Vec::new() };
    let between = numbers.iter().zip(numbers.iter().skip(1)).map(|(a, b)| f64::midpoint(*a, *b));
    between.chain([least - 1.0, greatest + 1.0]).map(|number| number.to_string()).collect()
}

/// A second before, the moment, a second after.
fn around_date(text: &str) -> Vec<String> {
    let Some(seconds) = Instant::parse(text).map(Instant::whole_seconds) else { return Vec::new() };
    let near = [seconds - 1, seconds, seconds + 1].into_iter();
    near.filter_map(|at| OffsetDateTime::from_unix_timestamp(at).ok()?.format(&Rfc3339).ok()).collect()
}

/// The first address of a range, and the one after its last: every set composed of ranges begins at one of these.
fn around_network(text: &str) -> Vec<String> {
    let Some(network) = Network::parse(text) else { return Vec::new() };
    let (first, behind) = match network {
        Network::V4 { bits, mask } => {
            (IpAddr::V4(bits.into()), (bits | !mask).checked_add(1).map(|behind| IpAddr::V4(behind.into())))
        }
        Network::V6 { bits, mask } => {
            (IpAddr::V6(bits.into()), (bits | !mask).checked_add(1).map(|behind| IpAddr::V6(behind.into())))
        }
    };
    let zero = ["0.0.0.0", "::"].map(str::to_owned);
    [Some(first), behind].into_iter().flatten().map(|address| address.to_string()).chain(zero).collect()
}
