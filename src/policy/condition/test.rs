//! The values of a condition, prepared for comparison when the policy is parsed.

use std::cmp::Ordering;
use std::net::IpAddr;

use crate::policy::pattern::{Pattern, Resolved, Variable, VariableError, Variables, Wildcards};
use crate::policy::value::{Binary, Decimal, Instant, Network};
use crate::policy::{Context, Reading, Truth, steps};

use super::arn_pattern::ArnPattern;
use super::operator::Comparison;

/// The policy's values for a condition, in the form that its comparison needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Text(TextSet),
    TextIgnoringCase(Box<[Pattern]>),
    Like(Box<[Pattern]>),
    Arn(Box<[ArnPattern]>),
    Number(Order, Box<[Box<str>]>),
    Date(Order, Box<[Instant]>),
    Bool(Box<[bool]>),
    Binary(Box<[Box<str>]>),
    Address(Box<[Network]>),
    /// Whether the key may be null (`true`) or present (`false`).
    Null(Box<[bool]>),
}

/// A set of texts for equality comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextSet {
    /// The texts without variables, sorted.
    literals: Box<[Box<str>]>,
    templates: Box<[Pattern]>,
}

/// The required relation of the request's number or date to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Why a condition's value cannot be compared by its operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A policy variable is malformed.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// A value of a `Numeric…` operator that is not a number.
    #[error("`{found}` is not a number such as `100` or `-2.5`")]
    Number {
        /// The value in the policy.
        found: String,
    },
    /// A value of a `Date…` operator that is not a date.
    #[error(
        "`{found}` is not a date: expected `2026-12-31`, `2026-12-31T23:59:59Z`, an offset such as `+01:00`, or seconds \
         since 1970"
    )]
    Date {
        /// The value in the policy.
        found: String,
    },
    /// A value of `Bool` or `Null` that is not a boolean.
    #[error("`{found}` is neither `true` nor `false`")]
    Bool {
        /// The value in the policy.
        found: String,
    },
    /// A value of `BinaryEquals` that is not base64.
    #[error("`{found}` is not base64")]
    Binary {
        /// The value in the policy.
        found: String,
    },
    /// A value of `IpAddress` or `NotIpAddress` that is not an address range.
    #[error("`{found}` is neither an IP address nor a range such as `10.0.0.0/8`")]
    Address {
        /// The value in the policy.
        found: String,
    },
}

impl Order {
    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// Whether every instant between two has this relation to `date`, or none does.
    fn admits_between(self, (from, until): (Instant, Instant), date: Instant) -> Truth {
        let inside = from < date && date < until;
        match (self.admits(from.cmp(&date)), self.admits(until.cmp(&date))) {
            // One of the instants in between is equal to it.
            (false, false) if inside => Truth::Unknown,
            (one, other) if one == other => one.into(),
            (_, _) => Truth::Unknown,
        }
    }
}

/// Prepares each value, and collects errors with the value's index.
fn prepare<T>(
    values: &[&str],
    read: impl Fn(&str) -> Result<T, ValueError>,
) -> Result<Box<[T]>, Vec<(usize, ValueError)>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        match read(value) {
            Ok(value) => good.push(value),
            Err(error) => bad.push((index, error)),
        }
    }
    if bad.is_empty() { Ok(good.into()) } else { Err(bad) }
}

fn read_bool(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") { Some(true) } else { is("false").then_some(false) }
}

impl Test {
    /// Prepares the values of a condition.
    ///
    /// # Errors
    /// Each value that the comparison cannot parse, with its index.
    pub(crate) fn new(
        comparison: Comparison,
        values: &[&str],
        variables: Variables,
    ) -> Result<Self, Vec<(usize, ValueError)>> {
        let patterns =
            |wildcards| prepare(values, |text| Pattern::parse(text, variables, wildcards).map_err(Into::into));
        let numbers = |order| Ok(Self::Number(order, prepare(values, read_number)?));
        let dates = |order| Ok(Self::Date(order, prepare(values, read_date)?));
        let booleans =
            || prepare(values, |text| read_bool(text).ok_or_else(|| ValueError::Bool { found: text.into() }));
        match comparison {
            Comparison::StringEquals | Comparison::StringNotEquals => {
                Ok(Self::Text(TextSet::new(patterns(Wildcards::Literal)?)))
            }
            Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
                Ok(Self::TextIgnoringCase(patterns(Wildcards::Literal)?))
            }
            Comparison::StringLike | Comparison::StringNotLike => Ok(Self::Like(patterns(Wildcards::Live)?)),
            Comparison::ArnEquals | Comparison::ArnLike | Comparison::ArnNotEquals | Comparison::ArnNotLike => {
                Ok(Self::Arn(prepare(values, |text| ArnPattern::parse(text, variables).map_err(Into::into))?))
            }
            Comparison::NumericEquals | Comparison::NumericNotEquals => numbers(Order::Equal),
            Comparison::NumericLessThan => numbers(Order::Less),
            Comparison::NumericLessThanEquals => numbers(Order::LessOrEqual),
            Comparison::NumericGreaterThan => numbers(Order::Greater),
            Comparison::NumericGreaterThanEquals => numbers(Order::GreaterOrEqual),
            Comparison::DateEquals | Comparison::DateNotEquals => dates(Order::Equal),
            Comparison::DateLessThan => dates(Order::Less),
            Comparison::DateLessThanEquals => dates(Order::LessOrEqual),
            Comparison::DateGreaterThan => dates(Order::Greater),
            Comparison::DateGreaterThanEquals => dates(Order::GreaterOrEqual),
            Comparison::Bool => Ok(Self::Bool(booleans()?)),
            Comparison::Null => Ok(Self::Null(booleans()?)),
            Comparison::BinaryEquals => Ok(Self::Binary(prepare(values, read_binary)?)),
            Comparison::IpAddress | Comparison::NotIpAddress => Ok(Self::Address(prepare(values, read_address)?)),
        }
    }

    /// Whether a request's value fits one of the policy's. OURS: a value that cannot be parsed as number, date,
    /// boolean, base64 or address leaves this undetermined.
    pub(crate) fn fits(&self, value: &str, context: &dyn Context) -> Truth {
        steps::spend(4 + value.len() / 16);
        match self {
            Self::Text(set) => set.contains(value, context),
            Self::TextIgnoringCase(patterns) => {
                Truth::any(patterns.iter().map(|pattern| equal_ignoring_case(pattern, value, context)))
            }
            Self::Like(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(value, context))),
            Self::Arn(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(value, context))),
            Self::Number(order, numbers) => decided(Decimal::parse(value), |value| {
                let fits = |number: &str| Decimal::parse(number).is_some_and(|n| order.admits(value.compare(&n)));
                numbers.iter().any(|number| counted(number.len()) && fits(number))
            }),
            Self::Date(order, dates) => decided(Instant::parse(value), |value| {
                dates.iter().any(|date| counted(1) && order.admits(value.cmp(date)))
            }),
            Self::Bool(wanted) => decided(read_bool(value), |value| wanted.contains(&value)),
            Self::Binary(values) => decided(Binary::parse(value), |value| {
                values.iter().any(|wanted| {
                    counted(2 * wanted.len()) && Binary::parse(wanted).is_some_and(|wanted| wanted.same_bytes(&value))
                })
            }),
            Self::Address(networks) => decided(value.parse::<IpAddr>().ok(), |value| {
                networks.iter().any(|network| counted(1) && network.contains(value))
            }),
            Self::Null(wanted) => wanted.contains(&value.is_empty()).into(),
        }
    }

    /// Whether a value fits one of the policy's. Undetermined if the result is not the same for all texts of the
    /// reading.
    pub(crate) fn fits_reading(&self, reading: &Reading, context: &dyn Context) -> Truth {
        let (before, after) = match reading {
            Reading::Text(text) => return self.fits(text, context),
            Reading::Between { before, after } => (before.as_str(), after.as_str()),
        };
        match self {
            Self::Text(set) => set.meets_between(before, after, context),
            Self::Like(patterns) => {
                Truth::any(patterns.iter().map(|pattern| pattern.matches_between(before, after, context)))
            }
            Self::Arn(patterns) => {
                Truth::any(patterns.iter().map(|pattern| pattern.matches_between(before, after, context)))
            }
            Self::TextIgnoringCase(_)
            | Self::Number(..)
            | Self::Date(..)
            | Self::Bool(_)
            | Self::Binary(_)
            | Self::Address(_)
            | Self::Null(_) => Truth::Unknown,
        }
    }

    /// Whether a point in time between these two fits one of the policy's. Undetermined if the result is not the same
    /// for all of them, or if the comparison is not one of dates.
    pub(crate) fn fits_between(&self, from: i64, until: i64) -> Truth {
        match self {
            Self::Date(order, dates) => {
                let (from, until) = (Instant::of_seconds(from), Instant::of_seconds(until));
                Truth::any(dates.iter().map(|date| order.admits_between((from, until), *date)))
            }
            Self::Text(_)
            | Self::TextIgnoringCase(_)
            | Self::Like(_)
            | Self::Arn(_)
            | Self::Number(..)
            | Self::Bool(_)
            | Self::Binary(_)
            | Self::Address(_)
            | Self::Null(_) => Truth::Unknown,
        }
    }

    /// Whether values are compared as a whole, so that long ones take no longer.
    pub(crate) fn is_of_whole_texts(&self) -> bool {
        match self {
            Self::Text(set) => set.templates.is_empty(),
            Self::Null(_) | Self::Bool(_) => true,
            Self::TextIgnoringCase(_)
            | Self::Like(_)
            | Self::Arn(_)
            | Self::Number(..)
            | Self::Date(..)
            | Self::Binary(_)
            | Self::Address(_) => false,
        }
    }

    pub(crate) fn variables(&self) -> Box<dyn Iterator<Item = &Variable> + '_> {
        match self {
            Self::Text(set) => Box::new(set.templates.iter().flat_map(Pattern::variable_pieces)),
            Self::TextIgnoringCase(patterns) | Self::Like(patterns) => {
                Box::new(patterns.iter().flat_map(Pattern::variable_pieces))
            }
            Self::Arn(patterns) => Box::new(patterns.iter().flat_map(ArnPattern::variables)),
            Self::Number(..) | Self::Date(..) | Self::Bool(_) | Self::Binary(_) | Self::Address(_) | Self::Null(_) => {
                Box::new(std::iter::empty())
            }
        }
    }
}

/// Charges the cost of comparing one of the policy's values.
fn counted(steps: usize) -> bool {
    steps::spend(4 + steps);
    true
}

fn decided<T>(value: Option<T>, fits: impl FnOnce(T) -> bool) -> Truth {
    value.map_or(Truth::Unknown, |value| fits(value).into())
}

fn read_number(text: &str) -> Result<Box<str>, ValueError> {
    Decimal::parse(text).map(|_| text.into()).ok_or_else(|| ValueError::Number { found: text.into() })
}

fn read_date(text: &str) -> Result<Instant, ValueError> {
    Instant::parse(text).ok_or_else(|| ValueError::Date { found: text.into() })
}

fn read_binary(text: &str) -> Result<Box<str>, ValueError> {
    Binary::parse(text).map(|_| text.into()).ok_or_else(|| ValueError::Binary { found: text.into() })
}

fn read_address(text: &str) -> Result<Network, ValueError> {
    Network::parse(text).ok_or_else(|| ValueError::Address { found: text.into() })
}

impl TextSet {
    fn new(patterns: Box<[Pattern]>) -> Self {
        let mut literals: Vec<Box<str>> = patterns.iter().filter_map(|p| p.as_literal().map(Into::into)).collect();
        literals.sort_unstable();
        literals.dedup();
        let templates = patterns.into_iter().filter(|pattern| pattern.as_literal().is_none()).collect();
        Self { literals: literals.into(), templates }
    }

    fn contains(&self, value: &str, context: &dyn Context) -> Truth {
        let listed = match &*self.literals {
            few if few.len() <= 8 => few.iter().any(|literal| **literal == *value),
            many => many.binary_search_by(|literal| (**literal).cmp(value)).is_ok(),
        };
        if listed {
            return Truth::True;
        }
        Truth::any(self.templates.iter().map(|template| template.matches(value, context)))
    }

    /// Whether a value that begins with `before` and ends with `after` is in the set. No set contains all such
    /// values.
    fn meets_between(&self, before: &str, after: &str, context: &dyn Context) -> Truth {
        let least = before.len() + after.len();
        let may_be = |literal: &str| literal.len() > least && literal.starts_with(before) && literal.ends_with(after);
        if self.literals.iter().any(|literal| may_be(literal)) {
            return Truth::Unknown;
        }
        Truth::any(self.templates.iter().map(|template| template.matches_between(before, after, context)))
    }
}

/// Whether two texts are equal except for letter case.
///
/// OURS: AWS does not say how letters beyond ASCII are folded, so a pair that differs only in their case is
/// undetermined.
fn equal_ignoring_case(pattern: &Pattern, value: &str, context: &dyn Context) -> Truth {
    steps::spend(10 + (value.len() + pattern.as_str().len()) / 4);
    if steps::are_used_up() {
        return Truth::Unknown;
    }
    let mut rest = value;
    let mut ascii = Truth::True;
    for part in pattern.plain_parts() {
        let part = match part {
            Ok(literal) => literal,
            Err(variable) => match variable.resolve(context) {
                Resolved::Text(text) => text,
                Resolved::NoValue => return unless_unknown(pattern, context, Truth::False),
                Resolved::Unknown => return Truth::Unknown,
            },
        };
        match rest.split_at_checked(part.len()) {
            Some((front, behind)) if front.eq_ignore_ascii_case(part) => rest = behind,
            _ => ascii = Truth::False,
        }
    }
    let ascii = ascii.and(rest.is_empty().into());
    let all_ascii = value.is_ascii() && pattern.as_str().is_ascii();
    let beyond_ascii = ascii == Truth::False && !all_ascii && {
        steps::spend(8 * value.len());
        let wanted = pattern.plain_parts().flat_map(|part| text_of(part, context).chars());
        wanted.flat_map(char::to_lowercase).eq(value.chars().flat_map(char::to_lowercase))
    };
    if beyond_ascii { Truth::Unknown } else { unless_unknown(pattern, context, ascii) }
}

fn text_of<'a>(part: Result<&'a str, &'a Variable>, context: &'a dyn Context) -> &'a str {
    match part.map_err(|variable| variable.resolve(context)) {
        Ok(text) | Err(Resolved::Text(text)) => text,
        Err(Resolved::NoValue | Resolved::Unknown) => "",
    }
}

/// Returns `otherwise`, unless a variable with an unknown key leaves the value undetermined.
fn unless_unknown(pattern: &Pattern, context: &dyn Context, otherwise: Truth) -> Truth {
    let unknown = pattern.variable_pieces().any(|variable| variable.resolve(context) == Resolved::Unknown);
    if unknown { Truth::Unknown } else { otherwise }
}
