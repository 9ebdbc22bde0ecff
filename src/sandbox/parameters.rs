//! The parameters of a Query request, as the service interprets them.

use std::collections::BTreeMap;

use super::answer::{Outcome, Refusal};

/// The parameters of a request, by name.
#[derive(Debug, Default)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Parses `application/x-www-form-urlencoded` text. If a name occurs twice, the first value counts.
    pub(super) fn parse(form: &[u8]) -> Outcome<Self> {
        let mut parameters = BTreeMap::new();
        for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            parameters.entry(name).or_insert(value);
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a required parameter.
    pub(super) fn required(&self, name: &str) -> Outcome<&str> {
        match self.value(name) {
            Some("") => Err(Refusal::blank(name)),
            Some(value) => Ok(value),
            None => Err(Refusal::missing_parameter(name)),
        }
    }

    /// Whether the parameter occurs in any form: as itself or as a list.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.0.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    }

    /// The value of a boolean parameter; false if it is missing.
    pub(super) fn flag(&self, name: &str) -> Outcome<bool> {
        match self.value(name) {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(Refusal::invalid_value(format!("Invalid value {text} for {name}: must be a boolean"))),
        }
    }

    /// The values of a list parameter, `PREFIX.1`, `PREFIX.2` and so on, up to the first gap.
    pub(super) fn list(&self, prefix: &str) -> Vec<&str> {
        (1..).map_while(|index| self.value(&format!("{prefix}.{index}"))).collect()
    }

    /// The members of a list of structures: for each member the values of these fields.
    pub(super) fn structures<const N: usize>(&self, prefix: &str, fields: [&str; N]) -> Vec<[Option<&str>; N]> {
        (1..)
            .map(|index| fields.map(|field| self.value(&format!("{prefix}.{index}.{field}"))))
            .take_while(|member| member.iter().any(Option::is_some))
            .collect()
    }

    /// The same parameters without this one.
    pub(super) fn without(&self, name: &str) -> Self {
        let others = self.0.iter().filter(|(other, _)| *other != name);
        Self(others.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// All parameters, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Independent of the proxy's decoder, so that the tests notice a form which the two read differently.
fn decode(text: &[u8]) -> Outcome<String> {
    let malformed = || Refusal::bad_request("MalformedQueryString", "The query string contains a syntax error.");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else { return Err(malformed()) };
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| malformed())?);
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}
