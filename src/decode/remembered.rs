//! A call as its record shows it: its action, the names of its parameters, and the values of some.
//!
//! Such a call is resolved with the same table as a request. Anything that depends on a value that the record does
//! not show contains [`UNTOLD`].

use crate::aws::{
    UNTOLD,
    rds::{self, Operation},
};

use super::{Resolution, Scope, form::Form, lists, names};

/// A call read from a record.
pub struct RememberedCall {
    operation: &'static Operation,
    form: Form,
}

impl RememberedCall {
    /// Creates a call of an action, named without its prefix. A parameter without a value is one whose value is not
    /// shown.
    ///
    /// `None` for an action that is not in the table, and for parameters that no request can have had.
    #[must_use]
    pub fn new(action: &str, parameters: &[(String, Option<String>)]) -> Option<Self> {
        let download = || Some(&rds::LOG_FILE_DOWNLOAD).filter(|download| download.name == action);
        let operation = rds::operation(action).or_else(download)?;
        // A different text for each, since two equal ones could name one resource.
        let untold = |(at, (_, value)): (usize, &(String, Option<String>))| {
            value.clone().unwrap_or_else(|| format!("{UNTOLD}-{at}"))
        };
        let values: Vec<String> = parameters.iter().enumerate().map(untold).collect();
        let pairs = parameters.iter().zip(&values).map(|((name, _), value)| (name.as_str(), value.as_str()));
        let mut form = Form::of(&pairs.collect::<Vec<_>>()).ok()?;
        lists::normalise(operation, &mut form).ok()?;
        form.look_up(|name| names::find(operation, name));
        Some(Self { operation, form })
    }

    /// The action's entry in the table.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Resolves the resources and condition values of the call, as far as they are known.
    #[must_use]
    pub fn resolve(&self, scope: &Scope<'_>) -> Resolution<'_> {
        Resolution::of(self.operation, &self.form, scope)
    }
}
