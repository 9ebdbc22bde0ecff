//! Signs with real credentials, using crate `aws-sigv4` with explicit settings.

use std::time::Duration;

use aws_credential_types::Credentials as SdkCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign as sign_request},
    sign::v4,
};
use time::OffsetDateTime;

use super::{Credentials, SignError};

/// Where to put a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Into the `Authorization` header.
    Header,
    /// Into the query, valid for this duration.
    Query(Duration),
}

/// A request to sign.
#[derive(Clone, Debug)]
pub struct ToSign<'r> {
    /// The HTTP method.
    pub method: &'r str,
    /// The complete URL, without the parameters of a signature.
    pub url: String,
    /// The headers to sign, including `host`, without duplicates, and without `x-amz-date` and
    /// `x-amz-security-token`.
    pub headers: Vec<(String, String)>,
    /// The body of the request.
    pub body: &'r [u8],
    /// The region of the credential scope.
    pub region: &'r str,
    /// The service of the credential scope.
    pub service: &'static str,
    /// Where to put the signature.
    pub placement: Placement,
}

/// The headers and parameters that a signature adds to a request.
#[derive(Clone)]
pub struct Signed {
    /// Headers to add.
    pub headers: Vec<(String, String)>,
    /// Query parameters to add, not yet escaped.
    pub query: Vec<(String, String)>,
}

impl std::fmt::Debug for Signed {
    /// Hides the signature, which would allow a request to be replayed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed(..)")
    }
}

/// Signs a request as of this time.
///
/// # Errors
/// The signer rejects the URL or a header.
pub fn sign(credentials: &Credentials, request: &ToSign<'_>, now: OffsetDateTime) -> Result<Signed, SignError> {
    let wrong = |error: &dyn std::fmt::Display| SignError(error.to_string());
    let token = credentials.secret.session_token.as_ref().map(|token| token.reveal().to_owned());
    let secret = credentials.secret.secret_access_key.reveal();
    let identity = SdkCredentials::new(credentials.access_key_id.as_str(), secret, token, None, "rds-guard").into();
    let mut settings = SigningSettings::default();
    // By default the signer silently skips some headers. Only headers that must be signed are passed here.
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
