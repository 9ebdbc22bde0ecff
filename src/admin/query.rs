//! Parses the query of a request, and rejects unknown parameters.

use std::{fmt::Display, str::FromStr};

use super::answer::Refusal;
use crate::aws::percent;

/// The decoded parameters of a query.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Parses a query that may have the parameters in `known`.
    ///
    /// # Errors
    /// A parameter is not in `known`, or is not percent-encoded UTF-8.
    pub(super) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let mut parameters = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).unwrap_or_else(|| name.to_owned());
            if !known.contains(&name.as_str()) {
                let detail = match known {
                    [] => "there are none here".to_owned(),
                    known => format!("there is no such parameter here, but {}", known.join(", ")),
                };
                return Err(Refusal::Query { parameter: name, detail });
            }
            let Some(value) = decoded(value) else {
                return Err(Refusal::Query { parameter: name, detail: "it is not percent-encoded UTF-8".to_owned() });
            };
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The single value of a parameter; `None` if it is missing or empty, like an unfilled field of a form.
    ///
    /// # Errors
    /// The parameter is given twice.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name).filter(|value| !value.is_empty());
        let value = values.next();
        if values.next().is_some() {
            return Err(Refusal::query(name, "it is given twice"));
        }
        Ok(value)
    }

    /// The single value of a parameter, parsed.
    ///
    /// # Errors
    /// The parameter is given twice, or cannot be parsed.
    pub(super) fn read<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = |value: &str| value.parse().map_err(|error: T::Err| Refusal::query(name, error.to_string()));
        self.text(name)?.map(read).transpose()
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(percent::decode_form(text)?).ok()
}
