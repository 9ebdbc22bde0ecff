//! A call as a record of it shows it: its action, the names of its parameters, and of some the values.
//!
//! What such a call resolves to is told by the same table as for a request; what hangs on a value that the record does not
//! show has [`UNTOLD`] in it.

use crate::aws::{
    UNTOLD,
    rds::{self, Operation},
};

use super::{Resolution, Scope, form::Form, lists, names};

/// A call that was recorded.
pub struct RememberedCall {
    operation: &'static Operation,
    form: Form,
}

impl RememberedCall {
    /// A call of an action, named without its prefix; a parameter without a value is one whose value is not shown.
    ///
    /// `None` for an action that the table lacks, and for parameters that no request can have had.
    #[must_use]
    pub fn new(action: &str, parameters: &[(String, Option<String>)]) -> Option<Self> {
        let download = || Some(&rds::LOG_FILE_DOWNLOAD).filter(|download| download.name == action);
        let operation = rds::operation(action).or_else(download)?;
        // Each its own, since two that are equal could name one resource.
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

    /// What the table knows of the action.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// What the call acts on, and its condition values, as far as they are told.
    #[must_use]
    pub fn resolve(&self, scope: &Scope<'_>) -> Resolution<'_> {
        Resolution::of(self.operation, &self.form, scope)
    }
}
