//! A signature in the query of a presigned request.

use std::time::Duration;

use super::{Location, Parts, Signature, only, timestamp::parse_amz};
use crate::{
    http1::Request,
    identify::{Error, SessionToken},
};

/// Reads the `X-Amz-*` parameters of a query, decoded, each of them at most once.
pub(super) fn read<'q>(request: &Request, query: impl Iterator<Item = (&'q str, &'q str)>) -> Result<Signature, Error> {
    let found: Vec<(&str, &str)> = query.collect();
    let optional = |wanted: &str| found.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let required = |name: &'static str| optional(name).ok_or(Error::PartMissing { name });
    if optional("X-Amz-Region-Set").is_some() {
        return Err(Error::SigV4A);
    }
    super::algorithm(required("X-Amz-Algorithm")?)?;
    let parts = Parts {
        credential: required("X-Amz-Credential")?,
        signed_headers: required("X-Amz-SignedHeaders")?,
        signature: required("X-Amz-Signature")?,
    };
    let date = required("X-Amz-Date")?;
    let signed_at = parse_amz(date).ok_or(Error::DateMalformed { name: "X-Amz-Date" })?;
    let expires = required("X-Amz-Expires")?;
    let digits = (1..=10).contains(&expires.len()) && expires.bytes().all(|b| b.is_ascii_digit());
    let seconds = if digits { expires.parse().ok() } else { None }.ok_or(Error::ExpiresMalformed)?;
    // With a header as well there would be two dates or tokens, and which of them counts is not documented.
    for name in ["x-amz-date", "x-amz-security-token"] {
        if only(request, name)?.is_some() {
            return Err(Error::Repeated { name });
        }
    }
    let token = optional("X-Amz-Security-Token").map(SessionToken::new);
    Signature::new(&parts, signed_at, Location::Query { expires: Duration::from_secs(seconds) }, token)
}
