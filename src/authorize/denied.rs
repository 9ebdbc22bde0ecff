//! A denial, with what the caller is told.

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
    /// It depends on condition keys that are not known here.
    Undetermined {
        /// The keys.
        keys: Vec<String>,
    },
    /// It depends on a parameter whose text begins or ends with a blank, which RDS may or may not remove.
    Blank {
        /// The parameter, as it was sent.
        parameter: String,
    },
}

/// A call that the policy does not let pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{user} may not perform {action}{}", on(resource.as_deref()))]
pub struct Denied {
    /// The principal's ARN, or what stands for it.
    pub user: String,
    /// The action, which may be one that the call's own depends on.
    pub action: String,
    /// The first resource that was not allowed, or that the Deny matched.
    pub resource: Option<String>,
    /// Why.
    pub why: Why,
    /// What to look at next, if this is a trap that many first policies fall into.
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

/// An access key id as it is shown where no ARN is known: `access key AKIA...MPLE`.
pub(super) fn shortened(id: Option<&AccessKeyId>) -> String {
    let Some(text) = id.map(AccessKeyId::as_str) else { return "an unsigned request".to_owned() };
    let (start, end) =
        (text.get(..4).unwrap_or_default(), text.get(text.len().saturating_sub(4)..).unwrap_or_default());
    format!("access key {start}...{end}")
}
