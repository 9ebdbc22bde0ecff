//! The error that the client sees when a stage refuses: the one place that maps causes to statuses, codes and
//! messages.
//!
//! Every answer of the proxy is an error document of the RDS Query protocol, so that SDKs display it. No refusal that
//! a policy caused has a status that SDKs retry.

mod document;

use std::borrow::Cow;

pub use document::render;

use crate::{
    authorize::{Denied, Why},
    decode::{self, ArnFault},
    error::Error,
    forward, http1,
    identify::{self, ErrorKind},
    intercept::ReadError,
    sign,
};

/// Who is at fault, in the terms of the Query protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller: 4xx.
    Sender,
    /// The service, or the path to it: 5xx.
    Receiver,
}

/// An error document before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status code.
    pub status: u16,
    /// The error code, which SDKs map to exceptions.
    pub code: &'static str,
    /// The reason, as written to the record and to `x-rds-guard-reason`.
    pub reason: &'static str,
    /// The message, ending in ` [rds-guard]`. Printable ASCII: anything quoted from the request is escaped.
    pub message: String,
    /// Whether the connection is closed after this response.
    pub close: bool,
}

impl Fault {
    /// Whether the caller or the service is at fault.
    #[must_use]
    pub fn side(&self) -> Side {
        if self.status < 500 { Side::Sender } else { Side::Receiver }
    }

    fn new(status: u16, code: &'static str, reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = format!("{} [rds-guard]", printable(&message.into()));
        Self { status, code, reason, message, close: false }
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        match error {
            Error::Read(error) => Self { close: true, ..read(error) },
            Error::Misdirected { .. } => Self::new(421, "MisdirectedRequest", "misdirected", capital(error)),
            // Responses to some methods, notably HEAD, have no body: the body sent here would be misread as the next
            // response.
            Error::Decode(error @ decode::Error::Method { .. }) => Self { close: true, ..decoded(error) },
            Error::Decode(error) => decoded(error),
            Error::Identify(error) => identified(error),
            Error::Denied(Denied { why: Why::Blank { parameter }, .. }) => {
                let message = format!(
                    "the value of {parameter} begins or ends with a blank, and a policy compares it: send it without"
                );
                Self::new(400, "InvalidParameterValue", "malformed", capital(&message))
            }
            Error::Denied(denied) => Self::new(403, "AccessDenied", denied.reason(), sentence(denied)),
            Error::RateLimited(error) => Self::new(400, "Throttling", "rate_limited", capital(error)),
            Error::Sign(error) => unsigned(error),
            Error::Forward(error) => forwarded(error),
            Error::Overload { .. } | Error::Unrecorded => Self::new(400, "Throttling", "overload", capital(error)),
        }
    }
}

fn read(error: &ReadError) -> Fault {
    use http1::Error as Http;
    let (status, code) = match error {
        ReadError::Malformed(Http::HeadTooLong { .. } | Http::TooManyHeaders { .. }) => (431, "MalformedQueryString"),
        ReadError::Malformed(Http::BodyTooLarge { .. }) => (413, "MalformedQueryString"),
        ReadError::Malformed(Http::TransferEncoding) => (411, "MalformedQueryString"),
        ReadError::Malformed(Http::ContentEncoding) => (415, "MalformedQueryString"),
        ReadError::Malformed(
            Http::BareLineFeed
            | Http::BareCarriageReturn
            | Http::FoldedHeader
            | Http::Http2Preface
            | Http::RequestLine
            | Http::HeaderLine
            | Http::Version
            | Http::Target
            | Http::HostMissing
            | Http::HostRepeated
            | Http::ContentLengthRepeated
            | Http::ContentLengthInvalid
            | Http::LengthBesideTransferEncoding
            | Http::Upgrade
            | Http::Expectation
            | Http::ConnectionOption { .. }
            | Http::BodyLength { .. },
        )
        | ReadError::Truncated => (400, "MalformedQueryString"),
        ReadError::SlowHead { .. } | ReadError::SlowBody { .. } => (400, "RequestTimeout"),
        ReadError::Overload => return Fault::new(400, "Throttling", "overload", capital(error)),
    };
    Fault::new(status, code, "malformed", capital(error))
}

fn decoded(error: &decode::Error) -> Fault {
    use decode::Error as D;
    let (status, code) = match error {
        D::SignatureVersion2 { .. } => {
            return Fault::new(403, "MissingAuthenticationToken", "unauthenticated", capital(error));
        }
        D::ContentType | D::OtherProtocol { .. } => (415, "MalformedQueryString"),
        D::Method { .. }
        | D::Path
        | D::ContentTypeMissing
        | D::ContentTypeRepeated
        | D::RawByte { .. }
        | D::Escape
        | D::Utf8
        | D::TooManyParameters { .. }
        | D::NameEmpty
        | D::NameCharacter { .. }
        | D::LogFileInstance
        | D::LogFileName => (400, "MalformedQueryString"),
        D::NameTooLong { .. } | D::ValueTooLong { .. } => (400, "MalformedQueryString"),
        D::QueryAndBody
        | D::Duplicate { .. }
        | D::AuthenticationParameter { .. }
        | D::LogFileParameters
        | D::ListLabels { .. }
        | D::EmptyList { .. }
        | D::DuplicateTagKey { .. } => (400, "InvalidParameterCombination"),
        D::ActionMissing => (400, "MissingAction"),
        D::ActionMalformed | D::ActionCase { .. } | D::ActionUnknown { .. } => (400, "InvalidAction"),
        D::VersionMissing | D::ParameterMissing { blank: false, .. } => (400, "MissingParameter"),
        D::Version { .. }
        | D::NearMiss { .. }
        | D::ParameterUnknown { .. }
        | D::ValueCharacter { .. }
        | D::TooManyResources { .. }
        | D::TooManyTags { .. }
        | D::Arn {
            why:
                ArnFault::Form
                | ArnFault::Partition
                | ArnFault::Service
                | ArnFault::Region
                | ArnFault::Account
                | ArnFault::ResourceType
                | ArnFault::Name,
            ..
        }
        | D::Boolean { .. }
        | D::Number { .. }
        | D::ParameterMissing { blank: true, .. }
        | D::PresignedUrl { .. } => (400, "InvalidParameterValue"),
    };
    Fault::new(status, code, "malformed", capital(error))
}

fn identified(error: &identify::Error) -> Fault {
    let (status, code, reason) = match error.kind() {
        ErrorKind::Missing => (403, "MissingAuthenticationToken", "unauthenticated"),
        ErrorKind::Incomplete => (400, "IncompleteSignature", "unauthenticated"),
        ErrorKind::Mismatch => (403, "SignatureDoesNotMatch", "bad_signature"),
        ErrorKind::Expired => (403, "SignatureDoesNotMatch", "expired"),
        // The code with which AWS reports that a session's credentials have expired.
        ErrorKind::KeyEnded => (403, "ExpiredToken", "expired"),
        ErrorKind::Trust => (403, "AccessDenied", "identity"),
    };
    Fault::new(status, code, reason, capital(error))
}

fn unsigned(error: &sign::Error) -> Fault {
    use sign::Error as S;
    let (status, code, reason) = match error {
        S::NotLocal => (403, "AccessDenied", "identity"),
        S::Unavailable(_) => (503, "ServiceUnavailable", "upstream_unreachable"),
        S::Sign(_) | S::Header { .. } | S::Written(_) => (400, "IncompleteSignature", "unauthenticated"),
    };
    // The source of the proxy's own credentials concerns the operator only: it is in the record.
    let message = match error {
        S::Unavailable(_) => "The proxy has no credentials to sign the call with. Nothing was sent".to_owned(),
        S::NotLocal | S::Sign(_) | S::Header { .. } | S::Written(_) => capital(error),
    };
    Fault::new(status, code, reason, message)
}

fn forwarded(error: &forward::Error) -> Fault {
    use forward::Error as F;
    let (status, code, reason) = match error {
        F::NoEndpoint { .. } | F::NoFipsEndpoint { .. } | F::NoPreviewEndpoint { .. } | F::NotPrivate { .. } => {
            (403, "AccessDenied", "no_endpoint")
        }
        F::HostNotAllowed { .. } => (403, "AccessDenied", "host_not_allowed"),
        F::Unreachable { .. } => (503, "ServiceUnavailable", "upstream_unreachable"),
        F::Lost { .. } => (502, "ServiceUnavailable", "upstream_lost"),
        F::Timeout { .. } => (504, "ServiceUnavailable", "upstream_timeout"),
    };
    // Addresses and TLS details concern the operator only: they are in the record.
    let message = match error {
        F::Unreachable { .. } => "The VPC endpoint cannot be reached. Nothing was sent".to_owned(),
        F::Lost { .. } => {
            "The connection to the VPC endpoint was lost before its answer. The call may have been acted on".to_owned()
        }
        F::NoEndpoint { .. }
        | F::NoFipsEndpoint { .. }
        | F::NoPreviewEndpoint { .. }
        | F::NotPrivate { .. }
        | F::HostNotAllowed { .. }
        | F::Timeout { .. } => capital(error),
    };
    Fault::new(status, code, reason, message)
}

/// The denial in AWS's own words (IAM User Guide, "Troubleshoot access denied error messages"), so that tools that
/// search for the phrase find it.
fn sentence(denied: &Denied) -> String {
    let Denied { user, action, resource, why, hint } = denied;
    let resource = resource.as_deref().map(|arn| format!(" on resource: {arn}")).unwrap_or_default();
    let because = match why {
        Why::Explicit { statement } => {
            format!("with an explicit deny in a VPC endpoint policy (statement {statement})")
        }
        Why::Implicit => format!("because no VPC endpoint policy allows the {action} action"),
        Why::Blank { parameter } => format!("because {parameter} begins or ends with a blank"),
        Why::Undetermined { keys } => {
            format!("because the VPC endpoint policy depends on {}, which is not known here", keys.join(", "))
        }
    };
    let hint = hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("User: {user} is not authorized to perform: {action}{resource} {because}{hint}")
}

/// Escapes everything but printable ASCII, as in `\u{e9}`. Clients fail on other characters: `str` of an error in
/// Python 2.7, the SDK for Ruby in the POSIX locale.
fn printable(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte);
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if letter.is_ascii() && plain(letter as u8) {
            escaped.push(letter);
        } else {
            escaped.extend(letter.escape_default());
        }
    }
    Cow::Owned(escaped)
}

/// The text of an error with its first letter capitalised.
fn capital(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
