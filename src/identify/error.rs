//! Why a request has no caller: one variant per error, in AWS's words.

use time::{Duration, OffsetDateTime};

use super::{
    Trust,
    sigv4::{ScopeError, SignedHeaders, SignedHeadersError, timestamp::format_amz},
};
use crate::aws::Region;

/// Why a request has no caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has neither an `Authorization` header nor a presigned query.
    #[error("the request is not signed: it has neither an `Authorization` header nor `X-Amz-Signature` in its query")]
    Unsigned,
    /// It has more than one signature: which of them AWS would check is not known.
    #[error("the request has two signatures: {}", .0.as_str())]
    SignatureRepeated(Places),
    /// It is signed by Signature Version 4A, which RDS does not accept (its SDK model offers `sigv4` only).
    #[error("the request is signed by SigV4A (`AWS4-ECDSA-P256-SHA256`), and RDS takes `AWS4-HMAC-SHA256` only")]
    SigV4A,
    /// Another algorithm, or another scheme of `Authorization`.
    #[error("the signature's algorithm is {}, and RDS takes `AWS4-HMAC-SHA256` only", quoted(*.found))]
    Algorithm {
        /// Its name, if it is a known one. Anything else may be a secret that was sent without a scheme.
        found: Option<&'static str>,
    },
    /// The `Authorization` header is not a list of `Credential`, `SignedHeaders` and `Signature`, each once.
    #[error(
        "the `Authorization` header is not of the form `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`"
    )]
    AuthorizationMalformed,
    /// A part of the signature is missing.
    #[error("the signature lacks `{name}`")]
    PartMissing {
        /// Its name in the header or the query.
        name: &'static str,
    },
    /// The access key id in `Credential` is invalid.
    #[error("the `Credential` has no access key id of 16 to 128 letters, digits and underscores")]
    AccessKeyId,
    /// The scope in `Credential` is invalid.
    #[error("the `Credential` is not of the form `KEY/YYYYMMDD/REGION/rds/aws4_request`: {0}")]
    CredentialMalformed(ScopeError),
    /// The list of signed headers is invalid.
    #[error("`SignedHeaders` is malformed: {0}")]
    SignedHeadersMalformed(SignedHeadersError),
    /// The signature's value is invalid.
    #[error("the signature is not 64 hexadecimal digits in lower case")]
    SignatureMalformed,
    /// There is no date.
    #[error("the request has no `X-Amz-Date`, and no `Date` header instead")]
    DateMissing,
    /// The date cannot be parsed.
    #[error("`{name}` is not a date of the form `20261123T225104Z`")]
    DateMalformed {
        /// The header or parameter that contains it.
        name: &'static str,
    },
    /// A part that must occur once occurs twice.
    #[error("`{name}` stands twice")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// The validity of a presigned request is not a number.
    #[error("`X-Amz-Expires` is not a number of seconds")]
    ExpiresMalformed,
    /// `host` is not signed, so the request could be sent to any service.
    #[error("the `host` header is not signed, only `{signed}`")]
    HostUnsigned {
        /// The headers that are signed.
        signed: SignedHeaders,
    },
    /// The signature names a header that was not sent.
    #[error("the header `{name}` is signed but was not sent")]
    SignedHeaderMissing {
        /// The name.
        name: String,
    },
    /// An `x-amz-*` header is not signed.
    #[error("the header `{name}` must be signed")]
    HeaderUnsigned {
        /// The name in lower case.
        name: String,
    },
    /// Signed for another service.
    #[error("the credential is scoped to the service `{found}`, not to `rds`")]
    ScopeService {
        /// That service.
        found: String,
    },
    /// Signed for another region.
    #[error("the credential is scoped to the region `{found}`, not to `{expected}`, where the host is")]
    ScopeRegion {
        /// That region.
        found: String,
        /// The host's.
        expected: Region,
    },
    /// Signed with the signing key of another day.
    #[error("the date in the credential's scope is `{found}`, and the request's is `{date}`")]
    ScopeDate {
        /// The scope's day.
        found: String,
        /// The request's date.
        date: String,
    },
    /// The validity of a presigned request is too long, or zero.
    #[error("`X-Amz-Expires` is {seconds}, and must be 1 to 604800")]
    Expires {
        /// The requested seconds.
        seconds: u64,
    },
    /// Signed too long ago. AWS's own words, with both clocks.
    #[error(
        "Signature expired: {} is now earlier than {} ({} - {} min.)",
        format_amz(*.signed_at), format_amz(.now.saturating_sub(*.limit)), format_amz(*.now), .limit.whole_minutes()
    )]
    Expired {
        /// The request's date.
        signed_at: OffsetDateTime,
        /// The local clock.
        now: OffsetDateTime,
        /// The maximum age.
        limit: Duration,
    },
    /// Signed in the future by the local clock: the signer's clock is ahead, or the local one is behind.
    #[error(
        "Signature expired: {} is still later than {} ({} + {} min.), so the signer's clock is ahead",
        format_amz(*.signed_at), format_amz(.now.saturating_add(*.limit)), format_amz(*.now), .limit.whole_minutes()
    )]
    NotYetCurrent {
        /// The request's date.
        signed_at: OffsetDateTime,
        /// The local clock.
        now: OffsetDateTime,
        /// The maximum time ahead.
        limit: Duration,
    },
    /// The body is not covered by the signature.
    #[error("`x-amz-content-sha256` is `{found}`, so the body is not signed")]
    PayloadUnsigned {
        /// The value in place of a hash.
        found: String,
    },
    /// A presigned request covers an empty body only.
    #[error("a presigned request has a body, which its signature does not cover")]
    PresignedBody,
    /// The request in a `PreSignedUrl` is not signed by the caller for its destination.
    #[error("the request in `PreSignedUrl` is not the caller's own: {why}")]
    PresignedUrl {
        /// What is wrong with its signature.
        why: &'static str,
    },
    /// The signature in a `PreSignedUrl` was recomputed with the secret and differs, or its session token is
    /// different.
    #[error(
        "the signature of the request in `PreSignedUrl` does not match the one we calculated; check your AWS secret access \
         key and signing method"
    )]
    PresignedUrlSignature,
    /// The signed hash of the body is not that of the received body.
    #[error("`x-amz-content-sha256` is not the SHA-256 of the body")]
    PayloadHash,
    /// The signature was recomputed with the secret and differs.
    #[error(
        "the request signature we calculated does not match the signature you provided; check your AWS secret access key \
         and signing method"
    )]
    SignatureWrong,
    /// The session token does not belong to the access key.
    #[error("the security token included in the request is not the one of its access key")]
    TokenWrong,
    /// Signed with a key of the broker that has expired, or that an earlier process issued.
    #[error("the security token included in the request is expired: ask the broker for new credentials")]
    LocalKeyEnded,
    /// Signed with a key that the broker did not issue.
    #[error(
        "the access key was not handed out by the credential broker, and `broker.foreign` refuses others: let the client \
         take its credentials from AWS_CONTAINER_CREDENTIALS_FULL_URI"
    )]
    Foreign,
    /// Signed with the local key of a workload other than the one identified by listener, token or uid.
    #[error("the access key was handed out to the workload `{workload}`, which is not the one that calls")]
    OtherWorkload {
        /// The workload that the key belongs to.
        workload: String,
    },
    /// The client is not the workload expected on this connection.
    #[error("the caller is not the workload that it should be: {why}")]
    Stranger {
        /// The reason.
        why: &'static str,
    },
    /// The caller is not trusted enough.
    #[error("the caller's identity is {trust}, and `identity.require` asks for {required}")]
    Trust {
        /// The caller's trust.
        trust: Trust,
        /// The required trust.
        required: Trust,
    },
}

fn quoted(name: Option<&str>) -> String {
    name.map_or_else(|| "not a known one".to_owned(), |name| format!("`{name}`"))
}

/// Where two signatures are located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Two `Authorization` headers.
    TwoHeaders,
    /// The header and the query.
    HeaderAndQuery,
}

impl Places {
    const fn as_str(self) -> &'static str {
        match self {
            Self::TwoHeaders => "two `Authorization` headers",
            Self::HeaderAndQuery => "one in the `Authorization` header, one in the query",
        }
    }
}

/// The kind of an [`Error`], which determines the answer to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no signature.
    Missing,
    /// There is one, but it does not cover what it must, or cannot be read.
    Incomplete,
    /// It was checked and is wrong.
    Mismatch,
    /// It is too old, or in the future.
    Expired,
    /// Its key has expired: a client can continue with new credentials.
    KeyEnded,
    /// It may be valid, but the caller is not trusted enough.
    Trust,
}

impl Error {
    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unsigned => ErrorKind::Missing,
            Self::SignatureRepeated(_)
            | Self::SigV4A
            | Self::Algorithm { .. }
            | Self::AuthorizationMalformed
            | Self::PartMissing { .. }
            | Self::AccessKeyId
            | Self::CredentialMalformed(_)
            | Self::SignedHeadersMalformed(_)
            | Self::SignatureMalformed
            | Self::DateMissing
            | Self::DateMalformed { .. }
            | Self::Repeated { .. }
            | Self::ExpiresMalformed
            | Self::HostUnsigned { .. }
            | Self::SignedHeaderMissing { .. }
            | Self::HeaderUnsigned { .. }
            | Self::ScopeService { .. }
            | Self::ScopeRegion { .. }
            | Self::ScopeDate { .. }
            | Self::Expires { .. }
            | Self::PayloadUnsigned { .. }
            | Self::PresignedUrl { .. }
            | Self::PresignedBody => ErrorKind::Incomplete,
            Self::PayloadHash | Self::SignatureWrong | Self::TokenWrong | Self::PresignedUrlSignature => {
                ErrorKind::Mismatch
            }
            Self::Expired { .. } | Self::NotYetCurrent { .. } => ErrorKind::Expired,
            Self::LocalKeyEnded => ErrorKind::KeyEnded,
            Self::Foreign | Self::OtherWorkload { .. } | Self::Stranger { .. } | Self::Trust { .. } => ErrorKind::Trust,
        }
    }

    /// Whether it makes it ambiguous who calls, or what AWS would check: two signatures, one that cannot be parsed,
    /// one that is valid for any host. Such a request is refused in audit mode too.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::SignatureRepeated(_)
            | Self::Algorithm { .. }
            | Self::AuthorizationMalformed
            | Self::PartMissing { .. }
            | Self::AccessKeyId
            | Self::CredentialMalformed(_)
            | Self::SignedHeadersMalformed(_)
            | Self::SignatureMalformed
            | Self::DateMalformed { .. }
            | Self::Repeated { .. }
            | Self::ExpiresMalformed
            | Self::PresignedUrl { .. }
            // AWS does not know the key; with this answer, a client obtains another key.
            | Self::LocalKeyEnded
            | Self::Stranger { .. }
            | Self::HostUnsigned { .. } => true,
            Self::Unsigned
            | Self::SigV4A
            | Self::DateMissing
            | Self::SignedHeaderMissing { .. }
            | Self::HeaderUnsigned { .. }
            | Self::ScopeService { .. }
            | Self::ScopeRegion { .. }
            | Self::ScopeDate { .. }
            | Self::Expires { .. }
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::PayloadUnsigned { .. }
            | Self::PresignedBody
            | Self::PayloadHash
            | Self::SignatureWrong
            | Self::PresignedUrlSignature
            | Self::TokenWrong
            | Self::Foreign
            | Self::OtherWorkload { .. }
            | Self::Trust { .. } => false,
        }
    }
}
