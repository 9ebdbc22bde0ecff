//! The parameters of a call as `guard:Param/NAME` compares them: as RDS would read them, and found by their name.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    aws::rds::{Operation, Parameter, ParameterType, fold, list_name, parameter_of},
    decode::Value,
    policy::{Lookup, Reading},
};

/// The parameters of one call by their names without labels and indexes of lists, in lower case.
#[derive(Debug)]
pub(super) struct Parameters(HashMap<String, Given>);

/// What a call gives for a parameter.
#[derive(Debug)]
enum Given {
    One(Vec<Reading>),
    Many(Vec<Vec<Reading>>),
    /// A secret, or two parameters of one name: not to be compared.
    Hidden,
    /// A text that begins or ends with a blank or a control character, which RDS may or may not remove.
    Blank(String),
}

impl Parameters {
    pub(super) fn new<'c>(
        operation: Option<&'static Operation>,
        parameters: impl Iterator<Item = (&'c str, Value<'c>)> + Clone,
    ) -> Self {
        let engine = parameters.clone().find(|(name, _)| *name == "Engine").and_then(|(_, value)| value.plain());
        let mut all: HashMap<String, Given> = HashMap::new();
        for (name, value) in parameters {
            let base = list_name(name);
            let listed = base != name;
            let key = base.to_ascii_lowercase();
            let known = operation.and_then(|operation| Some((operation, parameter_of(operation, &base)?)));
            let given = match value.plain() {
                None => Given::Hidden,
                Some(text) if has_blank_end(text) => Given::Blank(name.to_owned()),
                Some(text) if listed => Given::Many(vec![readings(known, text, engine)]),
                Some(text) => Given::One(readings(known, text, engine)),
            };
            match all.get_mut(&key) {
                None => {
                    all.insert(key, given);
                }
                Some(before) => before.add(given),
            }
        }
        Self(all)
    }

    /// What the call has for the parameter of this name, in lower case.
    pub(super) fn lookup(&self, name: &str) -> Lookup<'_> {
        match self.0.get(name) {
            None => Lookup::Absent,
            Some(Given::One(readings)) => match readings.as_slice() {
                [Reading::Text(text)] => Lookup::One(text),
                readings => Lookup::OneOf(readings),
            },
            Some(Given::Many(values)) => Lookup::ManyOf(values),
            Some(Given::Hidden | Given::Blank(_)) => Lookup::Unknown,
        }
    }

    /// The parameter, as it was sent, whose text begins or ends with a blank, if that is why it cannot be compared.
    pub(super) fn with_blank_end(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Given::Blank(sent) => Some(sent),
            Given::One(_) | Given::Many(_) | Given::Hidden => None,
        }
    }
}

impl Given {
    fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Many(values), Self::Many(more)) => values.extend(more),
            (Self::Blank(_), _) => {}
            (_, blank @ Self::Blank(_)) => *self = blank,
            // Names compare without letter case: two new parameters that differ in it alone are one key, and undecided.
            (Self::One(_) | Self::Many(_) | Self::Hidden, Self::One(_) | Self::Many(_) | Self::Hidden) => {
                *self = Self::Hidden;
            }
        }
    }
}

/// What a server could remove from the ends of a text before it compares it.
fn has_blank_end(text: &str) -> bool {
    let blank = |character: char| character.is_whitespace() || character.is_control();
    text.starts_with(blank) || text.ends_with(blank)
}

/// The texts that a value may be to the service: as sent, as RDS folds it, and an ARN as the name in it too.
fn readings(known: Option<(&'static Operation, &'static Parameter)>, sent: &str, engine: Option<&str>) -> Vec<Reading> {
    let number = known.and_then(|(_, parameter)| canonical(parameter.value_type, sent));
    if let Some(number) = number {
        return vec![Reading::Text(number)];
    }
    let mut texts: Vec<Cow<'_, str>> = vec![sent.into()];
    texts.extend(name_in_arn(sent).map(Cow::from));
    if let Some((operation, parameter)) = known {
        let fold = fold(operation, parameter.name);
        let folded: Vec<_> = texts.iter().filter_map(|text| fold.folded(text, engine)).map(Cow::into_owned).collect();
        texts.extend(folded.into_iter().map(Cow::from));
    }
    texts.into_iter().map(|text| Reading::Text(text.into_owned())).collect()
}

/// The name in an ARN of RDS, `prod` in `arn:aws:rds:eu-west-1:123456789012:db:prod`.
fn name_in_arn(text: &str) -> Option<&str> {
    let (_, name) = text.strip_prefix("arn:")?.splitn(5, ':').nth(4)?.split_once(':')?;
    (text.split(':').nth(2) == Some("rds") && !name.is_empty()).then_some(name)
}

/// A number in the one spelling that it is compared in: without leading zeros, a plus sign or an exponent.
pub(super) fn canonical(kind: ParameterType, text: &str) -> Option<String> {
    match kind {
        ParameterType::Integer | ParameterType::Long => {
            let (minus, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let short = digits.trim_start_matches('0');
            number.then(|| if short.is_empty() { "0".to_owned() } else { format!("{minus}{short}") })
        }
        ParameterType::Double => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
            Some(if number == 0.0 { "0".to_owned() } else { number.to_string() })
        }
        ParameterType::Boolean => Some(text.to_ascii_lowercase()).filter(|text| text == "true" || text == "false"),
        ParameterType::String | ParameterType::Timestamp => None,
    }
}

/// The texts that the value of a condition key may be to the service, if that is not what was sent alone.
pub(super) fn key_readings(
    operation: &'static Operation,
    parameter: &str,
    sent: &str,
    engine: Option<&str>,
) -> Option<Vec<Reading>> {
    let known = operation.parameters.iter().find(|known| known.name == parameter)?;
    if let Some(number) = canonical(known.value_type, sent) {
        return (number != sent).then(|| vec![Reading::Text(number)]);
    }
    let folded = fold(operation, known.name).folded(sent, engine)?;
    Some(vec![Reading::Text(sent.to_owned()), Reading::Text(folded.into_owned())])
}

#[cfg(test)]
mod tests {
    use super::{ParameterType, canonical, name_in_arn};

    #[test]
    fn a_number_has_one_spelling() {
        use ParameterType::{Boolean, Double, Integer, Long, String};
        for (kind, sent, expected) in [
            (Integer, "010", Some("10")),
            (Integer, "+5", Some("5")),
            (Integer, "-0", Some("0")),
            (Integer, "-07", Some("-7")),
            (Integer, "000", Some("0")),
            (Integer, "5.0", None),
            (Integer, "", None),
            (Long, "9223372036854775807", Some("9223372036854775807")),
            (Double, "0.50", Some("0.5")),
            (Double, "1e+06", Some("1000000")),
            (Double, "5.0", Some("5")),
            (Double, "-0.0", Some("0")),
            (Boolean, "TRUE", Some("true")),
            (Boolean, "1", None),
            (String, "010", None),
        ] {
            assert_eq!(canonical(kind, sent).as_deref(), expected, "{kind:?} {sent}");
        }
    }

    #[test]
    fn the_name_is_what_follows_the_type_in_an_arn_of_the_service() {
        assert_eq!(name_in_arn("arn:aws:rds:eu-west-1:123456789012:db:prod"), Some("prod"));
        assert_eq!(name_in_arn("arn:aws:rds:eu-west-1:123456789012:snapshot:rds:prod-1"), Some("rds:prod-1"));
        for other in
            ["prod", "arn:aws:kms:eu-west-1:123456789012:key:1", "arn:aws:rds:eu-west-1:123456789012:db:", "arn:"]
        {
            assert_eq!(name_in_arn(other), None, "{other}");
        }
    }
}
