//! `PreSignedUrl`: a whole signed request to another region, inside a parameter.
//!
//! RDS itself sends it to the source region, so no proxy and no endpoint policy of that region ever sees it. It is a
//! bearer credential for up to an hour. Source: Amazon RDS API Reference, `CopyDBSnapshot`, `PreSignedUrl`.

use crate::aws::{
    Region,
    endpoint::{HostKind, RdsHost, Recognised, recognise, service_name},
};

use super::{
    Error, PresignedUrlFault, Settings,
    call::{Call, NestedCall},
    form::Form,
    protocol,
};

/// The name of the parameter.
pub(super) const PARAMETER: &str = "PreSignedUrl";

/// The call that contains the parameter, and its destination.
pub(super) struct Around<'c> {
    pub(super) call: &'c Call,
    pub(super) host: &'c RdsHost,
    /// Its `Host` header as sent: a name of the service, or an address of this proxy, which a client may be
    /// configured to use as the service's endpoint in every region.
    pub(super) written_host: &'c str,
}

impl Around<'_> {
    /// The address of this proxy that the call was sent to; `None` if it was sent to a name of the service.
    fn own_address(&self) -> Option<&str> {
        let name = self.written_host.strip_suffix(":443").unwrap_or(self.written_host);
        // A configured name is a name of the service, although `recognise` does not know it.
        let elsewhere = *self.host.kind() != HostKind::Configured && !matches!(recognise(name), Recognised::Rds(_));
        elsewhere.then_some(self.written_host)
    }
}

/// Reads the request inside a call's `PreSignedUrl`.
pub(super) fn read(url: &str, around: &Around<'_>, settings: &Settings) -> Result<NestedCall, Error> {
    nested(url, around, settings).map_err(|why| Error::PresignedUrl { why })
}

fn nested(url: &str, around: &Around<'_>, settings: &Settings) -> Result<NestedCall, PresignedUrlFault> {
    let Around { call, host, .. } = around;
    let own_address = around.own_address();
    let parameters = |error| PresignedUrlFault::Parameters(Box::new(error));
    let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(PresignedUrlFault::Form),
    };
    let (authority, query) = rest.split_once("/?").or_else(|| rest.split_once('?')).ok_or(PresignedUrlFault::Form)?;
    if authority.contains('/') || query.contains(['#', '?']) {
        return Err(PresignedUrlFault::Form);
    }
    let mut form = Form::read(query.as_bytes()).map_err(parameters)?;
    let authentication = protocol::authentication(&mut form).map_err(parameters)?;
    let (address, port) = own_address.and_then(|own| own.rsplit_once(':')).unwrap_or_default();
    // The SDK for JavaScript writes and signs the service's name, but keeps the port of the address that it sends to.
    let kept_port =
        authority.strip_suffix(port).and_then(|rest| rest.strip_suffix(':')).filter(|name| *name != address);
    let authority = kept_port.filter(|_| encrypted && !port.is_empty()).unwrap_or(authority);
    let name = authority.strip_suffix(":443").unwrap_or(authority);
    let source = match (recognise(name), encrypted) {
        (Recognised::Rds(source), true) => source,
        (Recognised::Rds(_), false) => return Err(PresignedUrlFault::Form),
        (Recognised::Lookalike | Recognised::Other, false) if Some(authority) == own_address => {
            meant(&authentication).ok_or(PresignedUrlFault::Host)?
        }
        (Recognised::Lookalike | Recognised::Other, _) => return Err(PresignedUrlFault::Host),
    };
    if source.region().partition() != host.region().partition() {
        return Err(PresignedUrlFault::Host);
    }
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

/// The service that a request to this proxy's own address is for: the one in the region of its signature.
fn meant(authentication: &Form) -> Option<RdsHost> {
    let region: Region = authentication.get("X-Amz-Credential")?.split('/').nth(2)?.parse().ok()?;
    match recognise(&service_name(&region)) {
        Recognised::Rds(host) => Some(host),
        Recognised::Lookalike | Recognised::Other => None,
    }
}
