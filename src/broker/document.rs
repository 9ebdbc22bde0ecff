//! The JSON documents of the container credentials protocol.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use crate::identify::{Holder, LocalKey};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'k> {
    access_key_id: &'k str,
    secret_access_key: &'k str,
    token: &'k str,
    expiration: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<&'k str>,
}

#[derive(Serialize)]
struct Refusal<'r> {
    code: &'r str,
    message: &'r str,
}

/// A key in the JSON form that SDKs parse.
pub(super) fn credentials(key: &LocalKey, holder: &Holder) -> Zeroizing<String> {
    let whole_seconds = key.expires.replace_nanosecond(0).unwrap_or(key.expires).to_offset(time::UtcOffset::UTC);
    let document = Credentials {
        access_key_id: key.access_key_id.as_str(),
        secret_access_key: key.secret.secret_access_key.reveal(),
        token: key.secret.session_token.as_ref().map_or("", |token| token.reveal()),
        expiration: date(whole_seconds),
        role_arn: holder.principal.as_ref().map(crate::aws::PrincipalArn::as_str),
    };
    Zeroizing::new(serde_json::to_string(&document).unwrap_or_default())
}

/// An error in the JSON form that SDKs show to their users.
pub(super) fn refusal(code: &str, message: &str) -> String {
    serde_json::to_string(&Refusal { code, message }).unwrap_or_default()
}

fn date(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
