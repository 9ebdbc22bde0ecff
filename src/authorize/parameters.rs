//! The parameters of a call as `guard:Param/NAME` compares them: as RDS would read them, and found by their name.

use std::collections::HashMap;

use crate::{
    aws::rds::{Operation, list_name, parameter_of, readings},
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
                Some(text) if listed => Given::Many(vec![texts(readings(known, text, engine))]),
                Some(text) => Given::One(texts(readings(known, text, engine))),
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

fn texts(readings: Vec<String>) -> Vec<Reading> {
    readings.into_iter().map(Reading::Text).collect()
}
