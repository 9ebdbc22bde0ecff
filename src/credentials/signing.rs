//! Signing with real credentials: crate `aws-sigv4`, told exactly what to sign.

use std::time::Duration;

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign as sign_request},
    sign::v4,
};
use time::OffsetDateTime;

use super::{Credentials, SignError};

/// Where a signature goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Into the `Authorization` header.
    Header,
    /// Into the query, good for this long.
    Query(Duration),
}

/// A request before it is signed.
#[derive(Clone, Debug)]
pub struct ToSign<'r> {
    /// The method.
    pub method: &'r str,
    /// The whole URL, without any part of a signature.
    pub url: String,
    /// The headers to sign, `host` among them, none twice, without `x-amz-date` and `x-amz-security-token`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: &'r [u8],
    /// The region of the scope.
    pub region: &'r str,
    /// The service of the scope.
    pub service: &'static str,
    /// Where the signature goes.
    pub placement: Placement,
}

/// What a signature adds to a request.
#[derive(Clone)]
pub struct Signed {
    /// Headers to add.
    pub headers: Vec<(String, String)>,
    /// Query parameters to add, not escaped.
    pub query: Vec<(String, String)>,
}

impl std::fmt::Debug for Signed {
    /// A signature lets a request be sent again, so nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed(..)")
    }
}

/// Signs a request as of this time.
///
/// # Errors
/// A URL or a header that the signer does not take.
pub fn sign(credentials: &Credentials, request: &ToSign<'_>, now: OffsetDateTime) -> Result<Signed, SignError> {
    let wrong = |error: &dyn std::fmt::Display| SignError(error.to_string());
    let token = credentials.secret.session_token.as_ref().map(|token| token.reveal().to_owned());
    let secret = credentials.secret.secret_access_key.reveal();
    let identity = SdkCredentials::new(credentials.access_key_id.as_str(), secret, token, None, "rds-guard").into();
    let mut settings = SigningSettings::default();
    // By default some headers are left out without a word; only what is to be signed is handed over here.
    settings.excluded_headers = None;
    if let Placement::Query(expires) = request.placement {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires);
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(request.region)
        .name(request.service)
        .time(now.into())
        .settings(settings)
        .build()
        .map_err(|error| wrong(&error))?;
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(request.body);
    let signable =
        SignableRequest::new(request.method, request.url.as_str(), headers, body).map_err(|error| wrong(&error))?;
    let (instructions, _) = sign_request(signable, &params.into()).map_err(|error| wrong(&error))?.into_parts();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(Signed {
        headers: instructions.headers().map(owned).collect(),
        query: instructions.params().iter().map(|(name, value)| owned((name, value))).collect(),
    })
}
