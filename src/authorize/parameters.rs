//! The parameters of a call as `guard:Param/NAME` compares them: as RDS would read them, and found by their name.

use std::{
    cell::OnceCell,
    collections::{HashMap, hash_map::Entry},
};

use crate::{
    aws::rds::{Operation, list_name, parameter_of, readings},
    decode::Value,
    policy::{Lookup, Reading},
};

/// The parameters of one call by their names without labels and indexes of lists, in lower case.
#[derive(Debug)]
pub(super) struct Parameters<'c> {
    operation: Option<&'static Operation>,
    engine: Option<&'c str>,
    by_name: HashMap<String, Named<'c>>,
}

/// All parameters of one name.
#[derive(Debug)]
struct Named<'c> {
    first: Sent<'c>,
    others: Vec<Sent<'c>>,
    /// What they give, once that is looked up.
    given: OnceCell<Given>,
}

/// A parameter as it was sent.
#[derive(Clone, Copy, Debug)]
struct Sent<'c> {
    name: &'c str,
    value: Value<'c>,
    is_listed: bool,
}

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

impl<'c> Parameters<'c> {
    pub(super) fn new(
        operation: Option<&'static Operation>,
        parameters: impl Iterator<Item = (&'c str, Value<'c>)>,
    ) -> Self {
        let mut all = Self { operation, engine: None, by_name: HashMap::with_capacity(parameters.size_hint().0) };
        for (name, value) in parameters {
            if name == "Engine" {
                all.engine = value.plain();
            }
            let base = list_name(name);
            let sent = Sent { name, value, is_listed: base != name };
            match all.by_name.entry(base.to_ascii_lowercase()) {
                Entry::Vacant(place) => {
                    place.insert(Named { first: sent, others: Vec::new(), given: OnceCell::new() });
                }
                Entry::Occupied(mut place) => place.get_mut().others.push(sent),
            }
        }
        all
    }

    /// What the call has for the parameter of this name, in lower case.
    pub(super) fn lookup(&self, name: &str) -> Lookup<'_> {
        match self.given(name) {
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
        match self.given(name)? {
            Given::Blank(sent) => Some(sent),
            Given::One(_) | Given::Many(_) | Given::Hidden => None,
        }
    }

    fn given(&self, name: &str) -> Option<&Given> {
        let named = self.by_name.get(name)?;
        Some(named.given.get_or_init(|| {
            let mut given = self.read(name, named.first);
            named.others.iter().for_each(|other| given.add(self.read(name, *other)));
            given
        }))
    }

    /// What one parameter gives, whose name without labels and indexes is `name` in lower case.
    fn read(&self, name: &str, sent: Sent<'_>) -> Given {
        let known = self.operation.and_then(|operation| Some((operation, parameter_of(operation, name)?)));
        match sent.value.plain() {
            None => Given::Hidden,
            Some(text) if has_blank_end(text) => Given::Blank(sent.name.to_owned()),
            Some(text) if sent.is_listed => Given::Many(vec![texts(readings(known, text, self.engine))]),
            Some(text) => Given::One(texts(readings(known, text, self.engine))),
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
