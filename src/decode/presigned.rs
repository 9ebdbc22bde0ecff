//! `PreSignedUrl`: a whole signed request to another region, inside a parameter.
//!
//! RDS sends it to the source region itself, so no proxy and no endpoint policy of that region ever sees it. It is a
//! bearer credential for up to an hour. Source: Amazon RDS API Reference, `CopyDBSnapshot`, `PreSignedUrl`.

use crate::aws::endpoint::{RdsHost, Recognised, recognise};

use super::{
    Error, PresignedUrlFault, Settings,
    call::{Call, NestedCall},
    form::Form,
    protocol,
};

/// The parameter.
pub(super) const PARAMETER: &str = "PreSignedUrl";

/// Reads the request that a call to `host` carries.
pub(super) fn read(url: &str, call: &Call, host: &RdsHost, settings: &Settings) -> Result<NestedCall, Error> {
    nested(url, call, host, settings).map_err(|why| Error::PresignedUrl { why })
}

fn nested(url: &str, call: &Call, host: &RdsHost, settings: &Settings) -> Result<NestedCall, PresignedUrlFault> {
    let parameters = |error| PresignedUrlFault::Parameters(Box::new(error));
    let rest = url.strip_prefix("https://").ok_or(PresignedUrlFault::Form)?;
    let (authority, query) = rest.split_once("/?").or_else(|| rest.split_once('?')).ok_or(PresignedUrlFault::Form)?;
    if authority.contains('/') || query.contains(['#', '?']) {
        return Err(PresignedUrlFault::Form);
    }
    let name = authority.strip_suffix(":443").unwrap_or(authority);
    let source = match recognise(name) {
        Recognised::Rds(source) if source.region().partition() == host.region().partition() => source,
        Recognised::Rds(_) | Recognised::Lookalike | Recognised::Other => return Err(PresignedUrlFault::Host),
    };
    let mut form = Form::read(query.as_bytes()).map_err(parameters)?;
    let authentication = protocol::authentication(&mut form).map_err(parameters)?;
    if authentication.get("X-Amz-Signature").is_none() {
        return Err(PresignedUrlFault::Unsigned);
    }
    if form.get(PARAMETER).is_some() {
        return Err(PresignedUrlFault::Nested);
    }
    let nested = Call::read(form, &source, settings, true).map_err(parameters)?;
    if nested.action != call.action {
        return Err(PresignedUrlFault::Action);
    }
    if nested.form.get("DestinationRegion") != Some(host.region().as_str()) {
        return Err(PresignedUrlFault::DestinationRegion);
    }
    Ok(NestedCall::new(source, nested, authentication, (authority, query)))
}
