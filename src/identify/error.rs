//! Why a request has no caller: one variant per misdeed, in AWS's words.

use time::{Duration, OffsetDateTime};

use super::{
    Trust,
    sigv4::{ScopeError, SignedHeaders, SignedHeadersError, timestamp::format_amz},
};
use crate::aws::Region;

/// Why a request has no caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither an `Authorization` header nor a presigned query.
    #[error("the request is not signed: it has neither an `Authorization` header nor `X-Amz-Signature` in its query")]
    Unsigned,
    /// More than one signature: which of them AWS would check is not known.
    #[error("the request has two signatures: {}", .0.as_str())]
    SignatureRepeated(Places),
    /// Signed by Signature Version 4A, which RDS does not take (its SDK model offers `sigv4` only).
    #[error("the request is signed by SigV4A (`AWS4-ECDSA-P256-SHA256`), and RDS takes `AWS4-HMAC-SHA256` only")]
    SigV4A,
    /// Another algorithm, or another scheme of `Authorization`.
    #[error("the signature's algorithm is {}, and RDS takes `AWS4-HMAC-SHA256` only", quoted(*.found))]
    Algorithm {
        /// Its name, where it is a known one. Anything else may be a secret that was sent without a scheme.
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
    /// The access key id in `Credential` is none.
    #[error("the `Credential` has no access key id of 16 to 128 letters, digits and underscores")]
    AccessKeyId,
    /// The scope in `Credential` is none.
    #[error("the `Credential` is not of the form `KEY/YYYYMMDD/REGION/rds/aws4_request`: {0}")]
    CredentialMalformed(ScopeError),
    /// The list of signed headers is none.
    #[error("`SignedHeaders` is malformed: {0}")]
    SignedHeadersMalformed(SignedHeadersError),
    /// The signature's value is none.
    #[error("the signature is not 64 hexadecimal digits in lower case")]
    SignatureMalformed,
    /// No date.
    #[error("the request has no `X-Amz-Date`, and no `Date` header instead")]
    DateMissing,
    /// A date that cannot be read.
    #[error("`{name}` is not a date of the form `20261123T225104Z`")]
    DateMalformed {
        /// Where it stands.
        name: &'static str,
    },
    /// Something that a signature has one of stands twice.
    #[error("`{name}` stands twice")]
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// The life of a presigned request is not a number.
    #[error("`X-Amz-Expires` is not a number of seconds")]
    ExpiresMalformed,
    /// `host` is not signed, so the request could be sent to any service.
    #[error("the `host` header is not signed, only `{signed}`")]
    HostUnsigned {
        /// What is signed.
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
    /// Signed with the key of another day.
    #[error("the date in the credential's scope is `{found}`, and the request's is `{date}`")]
    ScopeDate {
        /// The scope's day.
        found: String,
        /// The request's date.
        date: String,
    },
    /// The life of a presigned request is too long, or nothing.
    #[error("`X-Amz-Expires` is {seconds}, and must be 1 to 604800")]
    Expires {
        /// The seconds asked for.
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
        /// Our clock.
        now: OffsetDateTime,
        /// How old it may be.
        limit: Duration,
    },
    /// Signed in what is the future here: the signer's clock is ahead, or ours is behind.
    #[error(
        "Signature expired: {} is still later than {} ({} + {} min.), so the signer's clock is ahead",
        format_amz(*.signed_at), format_amz(.now.saturating_add(*.limit)), format_amz(*.now), .limit.whole_minutes()
    )]
    NotYetCurrent {
        /// The request's date.
        signed_at: OffsetDateTime,
        /// Our clock.
        now: OffsetDateTime,
        /// How far ahead it may be.
        limit: Duration,
    },
    /// The body is not covered by the signature.
    #[error("`x-amz-content-sha256` is `{found}`, so the body is not signed")]
    PayloadUnsigned {
        /// What stands there instead of a hash.
        found: String,
    },
    /// A presigned request covers an empty body only.
    #[error("a presigned request has a body, which its signature does not cover")]
    PresignedBody,
    /// The request in a `PreSignedUrl` is not signed by the caller for where it goes.
    #[error("the request in `PreSignedUrl` is not the caller's own: {why}")]
    PresignedUrl {
        /// What is wrong with its signature.
        why: &'static str,
    },
    /// The signature in a `PreSignedUrl` was computed again with the secret and differs, or its session token is another.
    #[error(
        "the signature of the request in `PreSignedUrl` does not match the one we calculated; check your AWS secret access \
         key and signing method"
    )]
    PresignedUrlSignature,
    /// The hash of the body that was signed is not that of the body that came.
    #[error("`x-amz-content-sha256` is not the SHA-256 of the body")]
    PayloadHash,
    /// The signature was computed again with the secret and differs.
    #[error(
        "the request signature we calculated does not match the signature you provided; check your AWS secret access key \
         and signing method"
    )]
    SignatureWrong,
    /// The session token is not the one that goes with the access key.
    #[error("the security token included in the request is not the one of its access key")]
    TokenWrong,
    /// Signed with a key of the broker's that has ended, or that a process before this one handed out.
    #[error("the security token included in the request is expired: ask the broker for new credentials")]
    LocalKeyEnded,
    /// Signed with a key that the broker did not hand out.
    #[error(
        "the access key was not handed out by the credential broker, and `broker.foreign` refuses others: let the client \
         take its credentials from AWS_CONTAINER_CREDENTIALS_FULL_URI"
    )]
    Foreign,
    /// Signed with the local key of another workload than the one that is known by its listener, token or uid.
    #[error("the access key was handed out to the workload `{workload}`, which is not the one that calls")]
    OtherWorkload {
        /// Whose key it is.
        workload: String,
    },
    /// Not the workload that the connection should be of.
    #[error("the caller is not the workload that it should be: {why}")]
    Stranger {
        /// What speaks against it.
        why: &'static str,
    },
    /// Not believed far enough.
    #[error("the caller's identity is {trust}, and `identity.require` asks for {required}")]
    Trust {
        /// How far it is believed.
        trust: Trust,
        /// How far it must be.
        required: Trust,
    },
}

fn quoted(name: Option<&str>) -> String {
    name.map_or_else(|| "not a known one".to_owned(), |name| format!("`{name}`"))
}

/// Where two signatures stand.
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

/// What sort of misdeed an [`Error`] is: what the client is told by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no signature.
    Missing,
    /// There is one, but it does not cover what it must, or cannot be read.
    Incomplete,
    /// It was checked and is wrong.
    Mismatch,
    /// It is too old, or from the future.
    Expired,
    /// Its key has ended: a client with new credentials may go on.
    KeyEnded,
    /// It may be good, but the caller is not known well enough.
    Trust,
}

impl Error {
    /// What sort of misdeed it is.
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

    /// Whether it leaves open who calls, or what AWS would check: two signatures, one that cannot be read, one that is
    /// good for any host. Such a request is refused in audit mode too.
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
            // AWS does not know the key, and a client that is told so goes for another.
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
