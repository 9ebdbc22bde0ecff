//! A statement's conditions: an operator, a key, and the values with which it is compared.

mod arn_pattern;
mod operator;
mod test;

use super::{Context, Key, Lookup, Place, Reading, Truth, steps};

pub(crate) use operator::NotAnOperator;
pub use operator::{Comparison, Existence, Operator, SetOperator};
pub(crate) use test::Test;
pub use test::ValueError;

/// One operator on one key. A statement matches only if all its conditions hold; a condition holds if any of its
/// values fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub(crate) operator: Operator,
    pub(crate) key: Key,
    pub(crate) values: Box<[Value]>,
    pub(crate) test: Test,
    /// Whether the condition can hold for one resource of a request and not for another.
    pub(crate) depends_on_resource: bool,
    pub(crate) place: Place,
}

/// A value as written in the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub(crate) text: Box<str>,
    pub(crate) place: Place,
}

impl Value {
    /// The value's text; numbers and booleans as they are written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }
}

impl Condition {
    pub(crate) fn new(operator: Operator, key: Key, values: Vec<Value>, test: Test, place: Place) -> Self {
        let depends_on_resource =
            key.is_of_resource() || test.variables().any(|variable| variable.key.is_of_resource());
        Self { operator, key, values: values.into(), test, depends_on_resource, place }
    }

    /// The operator, including its set prefix and `IfExists`.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The key whose value is compared.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The values of the policy.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The key's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the condition holds.
    ///
    /// A key that is not known leaves every operator undetermined, including `Null`, `…IfExists` and `ForAllValues`,
    /// which hold for a key that is absent.
    #[must_use]
    pub fn truth(&self, context: &dyn Context) -> Truth {
        if steps::are_used_up() {
            return Truth::Unknown;
        }
        self.truth_of(context.lookup(self.key.lower()), context)
    }

    /// Whether the condition holds if the lookup of the key gives `found`.
    pub(crate) fn truth_of(&self, found: Lookup<'_>, context: &dyn Context) -> Truth {
        steps::condition();
        if found == Lookup::Unknown {
            return Truth::Unknown;
        }
        if let Test::Null(wanted) = &self.test {
            return wanted.contains(&is_null(found)).into();
        }
        if self.is_too_much(found) {
            return Truth::Unknown;
        }
        match self.operator.set() {
            Some(set) => self.truth_of_set(set, found, context),
            None => self.truth_of_one(found, context),
        }
    }

    /// Whether comparing the request's values would take too long. OURS: AWS states no limits; the values of real API
    /// requests are far below these.
    fn is_too_much(&self, found: Lookup<'_>) -> bool {
        match found {
            Lookup::One(value) => value.len() > MOST_BYTES && !self.test.is_of_whole_texts(),
            Lookup::Many(values) => values.len() > MOST_VALUES || values.iter().any(|value| value.len() > MOST_BYTES),
            Lookup::OneOf(readings) => readings.iter().any(|reading| reading.length() > MOST_BYTES),
            Lookup::ManyOf(values) => {
                let is_long = |reading: &Reading| reading.length() > MOST_BYTES;
                values.len() > MOST_VALUES || values.iter().any(|readings| readings.iter().any(is_long))
            }
            Lookup::Present | Lookup::Between(..) | Lookup::Absent | Lookup::Unknown => false,
        }
    }

    fn truth_of_one(&self, found: Lookup<'_>, context: &dyn Context) -> Truth {
        // OURS: a multivalued key without a set operator is undetermined; AWS says that it needs one, but not what
        // happens without it.
        if self.key.is_multivalued() {
            return Truth::Unknown;
        }
        match found {
            Lookup::One(value) => self.compare(value, context),
            Lookup::Many([value]) => self.compare(value, context),
            Lookup::OneOf(readings) => self.compare_readings(readings, context),
            Lookup::ManyOf([readings]) => self.compare_readings(readings, context),
            Lookup::Many([]) | Lookup::ManyOf([]) | Lookup::Absent => self.truth_if_absent(),
            Lookup::Between(from, until) => self.compare_between(from, until),
            Lookup::Many(_) | Lookup::ManyOf(_) | Lookup::Present | Lookup::Unknown => Truth::Unknown,
        }
    }

    /// AWS: without the key a positive comparison does not hold, a negated one does, and one with `IfExists` does.
    fn truth_if_absent(&self) -> Truth {
        (self.operator.comparison().is_negated() || self.operator.existence() == Existence::IfExists).into()
    }

    /// AWS: `ForAllValues` holds for a key that is absent or resolves to nothing; `ForAnyValue` does not.
    fn truth_of_set(&self, set: SetOperator, found: Lookup<'_>, context: &dyn Context) -> Truth {
        let absent_is_fine = found == Lookup::Absent && self.operator.existence() == Existence::IfExists;
        if is_null(found) {
            return (absent_is_fine || set == SetOperator::ForAllValues).into();
        }
        let compare = |value: &str| self.compare(value, context);
        let compare_readings = |readings: &[Reading]| self.compare_readings(readings, context);
        match (found, set) {
            (Lookup::One(value), _) => compare(value),
            (Lookup::Many(values), SetOperator::ForAllValues) => Truth::all(values.iter().map(|value| compare(value))),
            (Lookup::Many(values), SetOperator::ForAnyValue) => Truth::any(values.iter().map(|value| compare(value))),
            (Lookup::OneOf(readings), _) => compare_readings(readings),
            (Lookup::ManyOf(values), SetOperator::ForAllValues) => {
                Truth::all(values.iter().map(|readings| compare_readings(readings)))
            }
            (Lookup::ManyOf(values), SetOperator::ForAnyValue) => {
                Truth::any(values.iter().map(|readings| compare_readings(readings)))
            }
            (Lookup::Between(from, until), _) => self.compare_between(from, until),
            (Lookup::Absent | Lookup::Present | Lookup::Unknown, _) => Truth::Unknown,
        }
    }

    /// AWS: a comparison holds if one of the policy's values fits; a negated one if none does.
    fn compare(&self, value: &str, context: &dyn Context) -> Truth {
        if steps::are_used_up() {
            return Truth::Unknown;
        }
        self.test.fits(value, context).negated_if(self.operator.comparison().is_negated())
    }

    /// A comparison has a definite result if the result is the same for every reading of the value.
    fn compare_readings(&self, readings: &[Reading], context: &dyn Context) -> Truth {
        if steps::are_used_up() {
            return Truth::Unknown;
        }
        let negated = self.operator.comparison().is_negated();
        let mut truths = readings.iter().map(|reading| self.test.fits_reading(reading, context).negated_if(negated));
        let Some(first) = truths.next() else { return Truth::Unknown };
        if truths.all(|truth| truth == first) { first } else { Truth::Unknown }
    }

    fn compare_between(&self, from: i64, until: i64) -> Truth {
        self.test.fits_between(from, until).negated_if(self.operator.comparison().is_negated())
    }

    /// Passes to `name` the keys that leave the condition undetermined, as written in the policy.
    pub(crate) fn undetermined_keys(&self, context: &dyn Context, name: &mut dyn FnMut(&str)) {
        let found = context.lookup(self.key.lower());
        if self.truth_of(found, context) != Truth::Unknown || steps::are_used_up() {
            return;
        }
        let unknown_variables: Vec<&str> = self
            .test
            .variables()
            .filter(|variable| variable.resolve(context) == super::pattern::Resolved::Unknown)
            .map(|variable| variable.key.as_str())
            .collect();
        let value_is_known = match found {
            Lookup::One(_) | Lookup::Many(_) | Lookup::Absent => true,
            Lookup::OneOf(_) | Lookup::ManyOf(_) | Lookup::Present | Lookup::Between(..) | Lookup::Unknown => false,
        };
        if !value_is_known || unknown_variables.is_empty() {
            name(self.key.as_str());
        }
        if value_is_known {
            unknown_variables.into_iter().for_each(name);
        }
    }
}

/// Maximum number of values of a list that are compared. A resource has at most 50 tags (RDS User Guide, "Quotas and
/// constraints for Amazon RDS", "Tags per resource"), and a list names at most 100 resources.
const MOST_VALUES: usize = 100;

/// Maximum length in bytes of a value that is compared, except for plain equality. The value of a tag has at most 256
/// characters (RDS API Reference, "Tag").
const MOST_BYTES: usize = 4_096;

/// AWS: a key is null if it is absent or resolves to an empty data set, such as an empty string.
fn is_null(found: Lookup<'_>) -> bool {
    match found {
        Lookup::One(value) => value.is_empty(),
        Lookup::Many(values) => values.iter().all(String::is_empty),
        Lookup::OneOf(readings) => are_empty(readings),
        Lookup::ManyOf(values) => values.iter().all(|readings| are_empty(readings)),
        Lookup::Absent => true,
        Lookup::Present | Lookup::Between(..) | Lookup::Unknown => false,
    }
}

fn are_empty(readings: &[Reading]) -> bool {
    readings.iter().all(|reading| matches!(reading, Reading::Text(text) if text.is_empty()))
}
