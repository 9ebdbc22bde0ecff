//! IAM roles for service accounts: exchanges a token in a file for credentials at STS.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Assume role with web identity".

use std::fs;

use super::{
    Credentials, Error, Settings,
    http::Http,
    sts::{Assume, Sts},
};

const SOURCE: &str = "web identity";

/// The credentials of `AWS_ROLE_ARN`, if the environment names a token file.
pub(super) async fn credentials(settings: &Settings, http: &Http) -> Result<Option<Credentials>, Error> {
    let environment = &settings.environment;
    let Some(file) = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") else { return Ok(None) };
    let role = environment.get("AWS_ROLE_ARN").ok_or(Error::Missing { asked: SOURCE, what: "AWS_ROLE_ARN".into() })?;
    let session = environment.get("AWS_ROLE_SESSION_NAME").unwrap_or("rds-guard");
    by_token(settings, http, None, (file, role, session)).await.map(Some)
}

/// The credentials of a role, assumed with the token in a file. The file is read again each time, since it is
/// renewed.
pub(super) async fn by_token(
    settings: &Settings,
    http: &Http,
    region: Option<&str>,
    (file, role, session): (&str, &str, &str),
) -> Result<Credentials, Error> {
    let assume = Assume {
        role: role
            .parse()
            .map_err(|_| Error::Malformed { asked: SOURCE, what: format!("`{role}` is not the ARN of a role") })?,
        session_name: session.to_owned(),
        external_id: None,
        seconds: None,
    };
    let token = fs::read_to_string(file).map_err(|why| Error::Unreadable {
        asked: SOURCE,
        path: file.to_owned(),
        why: why.to_string(),
    })?;
    let token = token.trim();
    if token.is_empty() {
        return Err(Error::Missing { asked: SOURCE, what: format!("the token in `{file}`") });
    }
    Sts::new(settings, http, region).assume_role_with_web_identity(token, &assume).await
}
