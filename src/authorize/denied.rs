//! A denial, and the message for the caller.

use crate::aws::AccessKeyId;

/// Why the policy does not let a call pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A Deny statement applies.
    Explicit {
        /// Its Sid, or its number counted from 1.
        statement: String,
    },
    /// No Allow statement applies.
    Implicit,
    /// The decision depends on condition keys whose values are not known here.
    Undetermined {
        /// The keys.
        keys: Vec<String>,
    },
    /// The decision depends on a parameter whose text begins or ends with a blank, which RDS may or may not remove.
    Blank {
        /// The parameter, as it was sent.
        parameter: String,
    },
}

/// A call that the policy does not let pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{user} may not perform {action}{}", on(resource.as_deref()))]
pub struct Denied {
    /// The principal's ARN, or a substitute if it is unknown.
    pub user: String,
    /// The denied action; may be a dependent action of the call.
    pub action: String,
    /// The first resource that was not allowed, or that the Deny matched.
    pub resource: Option<String>,
    /// The reason for the denial.
    pub why: Why,
    /// A hint, if the denial matches a common mistake in a first policy.
    pub hint: Option<Box<str>>,
}

/// The resource, after the action.
fn on(resource: Option<&str>) -> String {
    resource.map(|resource| format!(" on {resource}")).unwrap_or_default()
}

impl Denied {
    /// The reason in records and answers.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.why {
            Why::Explicit { .. } => "explicit_deny",
            Why::Implicit => "implicit_deny",
            Why::Undetermined { .. } => "undetermined",
            Why::Blank { .. } => "malformed",
        }
    }
}

/// An access key id as it is shown if no ARN is known: `access key AKIA...MPLE`.
pub(super) fn shortened(id: Option<&AccessKeyId>) -> String {
    let Some(text) = id.map(AccessKeyId::as_str) else { return "an unsigned request".to_owned() };
    let (start, end) =
        (text.get(..4).unwrap_or_default(), text.get(text.len().saturating_sub(4)..).unwrap_or_default());
    format!("access key {start}...{end}")
}
