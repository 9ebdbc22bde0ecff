//! Signature Version 4, as far as it can be parsed without a secret.
//!
//! The result must be what AWS will authenticate: anything that AWS might parse differently is refused. Source: IAM
//! User Guide, "Create a signed AWS API request" and "Elements of an AWS API request signature".

mod credential_scope;
mod header;
mod presigned;
mod signed_headers;
pub(crate) mod timestamp;

use std::{fmt, time::Duration};

use time::OffsetDateTime;

pub use credential_scope::{CredentialScope, ScopeError};
pub use signed_headers::{SignedHeaders, SignedHeadersError};

use super::{Error, Places, SessionToken};
use crate::{
    aws::{AccessKeyId, Region},
    http1::Request,
};

/// The signature of a request, parsed but not verified.
#[derive(Clone, Debug)]
pub struct Signature {
    access_key_id: AccessKeyId,
    scope: CredentialScope,
    signed_headers: SignedHeaders,
    signed_at: OffsetDateTime,
    location: Location,
    session_token: Option<SessionToken>,
    value: SignatureValue,
}

/// Where a signature is located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned request.
    Query {
        /// How long it is valid from its date on.
        expires: Duration,
    },
}

/// The 64 hexadecimal digits. With them a request can be replayed, so `Debug` shows nothing.
#[derive(Clone)]
pub(super) struct SignatureValue(Box<str>);

/// The three texts that every signature has.
struct Parts<'r> {
    credential: &'r str,
    signed_headers: &'r str,
    signature: &'r str,
}

impl Signature {
    /// Reads the only signature of a request. `query` yields the `X-Amz-*` parameters of its query, decoded, each
    /// at most once.
    ///
    /// # Errors
    /// There is no signature, more than one, or one that cannot be parsed.
    pub fn read<'q>(request: &Request, query: impl Iterator<Item = (&'q str, &'q str)>) -> Result<Self, Error> {
        let mut query = query.peekable();
        let mut headers = request.header_values("authorization");
        match (headers.next(), headers.next(), query.peek()) {
            (None, _, None) => Err(Error::Unsigned),
            (Some(authorization), None, None) => header::read(request, authorization),
            (None, _, Some(_)) => presigned::read(request, query),
            (Some(_), Some(_), _) => Err(Error::SignatureRepeated(Places::TwoHeaders)),
            (Some(_), None, Some(_)) => Err(Error::SignatureRepeated(Places::HeaderAndQuery)),
        }
    }

    fn new(
        parts: &Parts<'_>,
        signed_at: OffsetDateTime,
        location: Location,
        session_token: Option<SessionToken>,
    ) -> Result<Self, Error> {
        let (key, scope) = parts.credential.split_once('/').ok_or(Error::CredentialMalformed(ScopeError::Parts))?;
        let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if parts.signature.len() != 64 || !parts.signature.bytes().all(hexadecimal) {
            return Err(Error::SignatureMalformed);
        }
        Ok(Self {
            access_key_id: key.parse().map_err(|_| Error::AccessKeyId)?,
            scope: scope.parse().map_err(Error::CredentialMalformed)?,
            signed_headers: parts.signed_headers.parse().map_err(Error::SignedHeadersMalformed)?,
            signed_at,
            location,
            session_token,
            value: SignatureValue(parts.signature.into()),
        })
    }

    /// The access key that the request claims to be signed with.
    #[must_use]
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// The scope that the signature is valid for.
    #[must_use]
    pub fn scope(&self) -> &CredentialScope {
        &self.scope
    }

    /// The headers that it covers.
    #[must_use]
    pub fn signed_headers(&self) -> &SignedHeaders {
        &self.signed_headers
    }

    /// When the request was signed, by the signer's clock.
    #[must_use]
    pub fn signed_at(&self) -> OffsetDateTime {
        self.signed_at
    }

    /// Where the signature is located.
    #[must_use]
    pub fn location(&self) -> Location {
        self.location
    }

    /// The session token that was sent with it.
    #[must_use]
    pub fn session_token(&self) -> Option<&SessionToken> {
        self.session_token.as_ref()
    }

    pub(super) fn value(&self) -> &str {
        &self.value.0
    }
}

/// The region that a request claims to be signed for; `None` if it names no region. Only used to find the host if
/// the request names none: the value is checked afterwards with the rest of the signature.
#[must_use]
pub fn claimed_region(request: &Request) -> Option<Region> {
    let header = request.header("authorization").and_then(|value| std::str::from_utf8(value).ok());
    let credential = match header {
        Some(header) => header.split("Credential=").nth(1)?.split(',').next()?.to_owned(),
        None => {
            let of = |pair: &str| pair.strip_prefix("X-Amz-Credential=").map(str::to_owned);
            request.query()?.split('&').find_map(of)?.replace("%2F", "/").replace("%2f", "/")
        }
    };
    credential.split('/').nth(2)?.parse().ok()
}

/// Schemes of `Authorization` that clients send by mistake: those in use from IANA's registry "HTTP Authentication
/// Schemes", and those of AWS. Any other text may be a secret without a scheme, so no part of it is shown.
const SCHEMES: [&str; 12] = [
    "AWS",
    "AWS3",
    "AWS3-HTTPS",
    "AWS4-HMAC-SHA1",
    "AWS4-HMAC-SHA512",
    "Basic",
    "Bearer",
    "Digest",
    "DPoP",
    "HOBA",
    "Negotiate",
    "NTLM",
];

fn algorithm(name: &str) -> Result<(), Error> {
    match name {
        "AWS4-HMAC-SHA256" => Ok(()),
        "AWS4-ECDSA-P256-SHA256" => Err(Error::SigV4A),
        other => {
            let known = SCHEMES.into_iter().find(|scheme| scheme.eq_ignore_ascii_case(other));
            Err(Error::Algorithm { found: known })
        }
    }
}

/// The only value of a header that must not be repeated.
fn only<'r>(request: &'r Request, name: &'static str) -> Result<Option<&'r [u8]>, Error> {
    let mut values = request.header_values(name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Error::Repeated { name }),
    }
}

/// `X-Amz-Date`, or else `Date`, in the same order as AWS.
fn date_of_headers(request: &Request) -> Result<OffsetDateTime, Error> {
    let text = |value| std::str::from_utf8(value).ok();
    if let Some(value) = only(request, "x-amz-date")? {
        return text(value).and_then(timestamp::parse_amz).ok_or(Error::DateMalformed { name: "x-amz-date" });
    }
    let value = only(request, "date")?.ok_or(Error::DateMissing)?;
    text(value).and_then(timestamp::parse_http).ok_or(Error::DateMalformed { name: "date" })
}

impl fmt::Debug for SignatureValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignatureValue(..)")
    }
}
