//! What `aws:PrincipalArn` is for a caller, also where the path of its role is not known.

use crate::aws::{PrincipalArn, PrincipalKind};

use super::Reading;

/// The texts that `aws:PrincipalArn` may be: one, but for a role whose path is not known.
///
/// AWS: "For IAM roles, the request context returns the ARN of the role, not the ARN of the user that assumed the role"
/// ("AWS global condition context keys", `aws:PrincipalArn`). A role's ARN has its path, a session's has not ("IAM
/// identifiers").
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
