//! The value of `aws:PrincipalArn` for a caller, including callers whose role path is not known.

use crate::aws::{PrincipalArn, PrincipalKind};

use super::Reading;

/// The possible values of `aws:PrincipalArn`: only one, except for a role whose path is not known.
///
/// AWS: "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the
/// role" ("AWS global condition context keys", `aws:PrincipalArn`). A role's ARN contains its path, a session's ARN
/// does not ("IAM identifiers").
#[must_use]
pub fn principal_arn_readings(principal: &PrincipalArn) -> Vec<Reading> {
    let known = Reading::Text(principal.without_session());
    match principal.name() {
        Some(name) if principal.has_unknown_path() && principal.kind() != PrincipalKind::User => {
            let before = format!("arn:{}:iam::{}:role/", principal.arn().partition(), principal.account());
            vec![known, Reading::Between { before, after: format!("/{name}") }]
        }
        Some(_) | None => vec![known],
    }
}
