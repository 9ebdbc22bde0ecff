//! The texts as which RDS may read the value of a parameter.

use std::borrow::Cow;

use super::{Operation, Parameter, ParameterType, fold};

/// The possible readings of a value: as sent, as RDS folds it, and, for an ARN, also the name in it.
#[must_use]
pub fn readings(
    known: Option<(&'static Operation, &'static Parameter)>,
    sent: &str,
    engine: Option<&str>,
) -> Vec<String> {
    let number = known.and_then(|(_, parameter)| canonical(parameter.value_type, sent));
    if let Some(number) = number {
        return vec![number];
    }
    let mut texts: Vec<Cow<'_, str>> = vec![sent.into()];
    texts.extend(name_in_arn(sent).map(Cow::from));
    if let Some((operation, parameter)) = known {
        let fold = fold(operation, parameter.name);
        let folded: Vec<_> = texts.iter().filter_map(|text| fold.folded(text, engine)).map(Cow::into_owned).collect();
        texts.extend(folded.into_iter().map(Cow::from));
    }
    texts.into_iter().map(Cow::into_owned).collect()
}

/// The name in an ARN of RDS, `prod` in `arn:aws:rds:eu-west-1:123456789012:db:prod`.
fn name_in_arn(text: &str) -> Option<&str> {
    let (_, name) = text.strip_prefix("arn:")?.splitn(5, ':').nth(4)?.split_once(':')?;
    (text.split(':').nth(2) == Some("rds") && !name.is_empty()).then_some(name)
}

/// A number in its canonical spelling for comparisons: without leading zeros, a plus sign or an exponent.
#[must_use]
pub fn canonical(kind: ParameterType, text: &str) -> Option<String> {
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
