//! The claims of a request's signature, in the Authorization header or in the query.

use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc2822},
    macros::format_description,
};

use super::canonical;
use crate::sandbox::answer::{Outcome, Refusal};

/// The format `20261124T093000Z`.
const TIMESTAMP: &[BorrowedFormatItem<'static>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// A signature and everything that it claims to cover.
pub(super) struct Claim {
    pub(super) place: Place,
    pub(super) access_key_id: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) time: OffsetDateTime,
    pub(super) session_token: Option<String>,
}

/// Where the signature is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In the Authorization header.
    Header,
    /// In the query of a presigned request, which is valid for a limited time.
    Query {
        /// The value of `X-Amz-Expires`.
        expires: Duration,
    },
}

impl Claim {
    /// Parses the single signature of a request.
    pub(super) fn read(parts: &Parts) -> Outcome<Self> {
        let query = canonical::query_pairs(parts.uri.query().unwrap_or_default());
        let in_query = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        match (parts.headers.contains_key(AUTHORIZATION), in_query("X-Amz-Signature")) {
            (false, None) => {
                Err(Refusal::forbidden("MissingAuthenticationToken", "Request is missing Authentication Token"))
            }
            (true, Some(_)) => Err(incomplete("a signature in the header and one in the query")),
            (true, None) => Self::from_header(&parts.headers),
            (false, Some(signature)) => Self::from_query(in_query, signature),
        }
    }

    /// The time in the form of the string to sign.
    pub(super) fn timestamp(&self) -> String {
        timestamp(self.time)
    }

    fn from_header(headers: &HeaderMap) -> Outcome<Self> {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(incomplete("more than one Authorization header"));
        };
        let line = line.to_str().map_err(|_| incomplete("an Authorization header that is not text"))?;
        let rest = line.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(|| incomplete("an unknown algorithm"))?;
        let field = |name: &str| {
            let found = rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
            found.map(str::to_owned).ok_or_else(|| incomplete(&format!("no '{name}' parameter")))
        };
        let time = match (text(headers, "x-amz-date"), text(headers, "date")) {
            (Some(stamp), _) => parse_timestamp(stamp)?,
            (None, Some(date)) => {
                OffsetDateTime::parse(date, &Rfc2822).map_err(|_| incomplete("a Date that is none"))?
            }
            (None, None) => return Err(incomplete("no 'X-Amz-Date' or 'Date' header")),
        };
        let token = text(headers, "x-amz-security-token").map(str::to_owned);
        Self::assemble(
            Place::Header,
            &field("Credential")?,
            &field("SignedHeaders")?,
            (field("Signature")?, time, token),
        )
    }

    fn from_query(value: impl Fn(&str) -> Option<String>, signature: String) -> Outcome<Self> {
        let field = |name: &str| value(name).ok_or_else(|| incomplete(&format!("no '{name}' parameter")));
        if field("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return Err(incomplete("an unknown algorithm"));
        }
        let seconds = field("X-Amz-Expires")?.parse().ok().filter(|seconds| (1..=604_800).contains(seconds));
        let expires = Duration::seconds(seconds.ok_or_else(|| incomplete("X-Amz-Expires outside a week"))?);
        let time = parse_timestamp(&field("X-Amz-Date")?)?;
        let place = Place::Query { expires };
        let token = value("X-Amz-Security-Token");
        Self::assemble(place, &field("X-Amz-Credential")?, &field("X-Amz-SignedHeaders")?, (signature, time, token))
    }

    fn assemble(
        place: Place,
        credential: &str,
        signed_headers: &str,
        (signature, time, session_token): (String, OffsetDateTime, Option<String>),
    ) -> Outcome<Self> {
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = scope.as_slice() else {
            return Err(incomplete("a Credential that is not KEY/DATE/REGION/SERVICE/aws4_request"));
        };
        Ok(Self {
            place,
            access_key_id: (*access_key_id).into(),
            date: (*date).into(),
            region: (*region).into(),
            service: (*service).into(),
            signed_headers: signed_headers.split(';').map(String::from).collect(),
            signature,
            time,
            session_token,
        })
    }
}

/// A time in the form that signatures use.
pub(super) fn timestamp(time: OffsetDateTime) -> String {
    // The format consists of numbers only, so formatting cannot fail.
    time.to_offset(time::UtcOffset::UTC).format(TIMESTAMP).unwrap_or_default()
}

fn parse_timestamp(text: &str) -> Outcome<OffsetDateTime> {
    let time = PrimitiveDateTime::parse(text, TIMESTAMP).map_err(|_| incomplete("a date that is not ISO-8601"))?;
    Ok(time.assume_utc())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn incomplete(what: &str) -> Refusal {
    Refusal::bad_request("IncompleteSignature", format!("The request signature has {what}."))
}
