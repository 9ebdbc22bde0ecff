//! Rewrites a request: unchanged except for its signature and what depends on it.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use time::OffsetDateTime;

use super::{Error, form};
use crate::{
    aws::endpoint::RdsHost,
    credentials::{Credentials, Placement, Signed, ToSign, sign},
    decode::NestedCall,
    http1::{Request, Version},
    identify::{IdentifiedCall, sigv4::Location},
};

/// The parameter that contains a signed request.
const PRESIGNED_URL: &str = "PreSignedUrl";

/// Headers that belong to the original signature or to the address that the request was sent to.
const REPLACED: [&str; 6] =
    ["authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "content-length"];

/// The same call, signed with these credentials.
pub(super) fn signed_anew(
    identified: &IdentifiedCall,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<Request, Error> {
    let (call, request) = (identified.call(), identified.call().request());
    let (mut query, mut body) = (Cow::Borrowed(request.query().unwrap_or_default()), request.body().clone());
    if let Some(nested) = call.presigned_url() {
        let url = presigned_anew(nested, credentials, now)?;
        if body.is_empty() {
            query = form::replaced(&query, PRESIGNED_URL, &url).into();
        } else {
            // It was parsed as an ASCII form before the decision.
            let text = std::str::from_utf8(&body).unwrap_or_default();
            body = Bytes::from(form::replaced(text, PRESIGNED_URL, &url));
        }
    }
    let placement = match identified.signature().map(|signature| signature.location()) {
        Some(Location::Query { expires }) => Placement::Query(expires),
        Some(Location::Header) | None => Placement::Header,
    };
    let host = written_host(request, call.host());
    let target = target(request.path(), &form::without_signature(&query));
    let to_sign = ToSign {
        method: request.method(),
        url: format!("https://{host}{target}"),
        headers: headers_to_sign(request, &host, placement)?,
        body: &body,
        region: call.host().region().as_str(),
        service: "rds",
        placement,
    };
    let signed = sign(credentials, &to_sign, now)?;
    let target = self::target(request.path(), &form::with(form::without_signature(&query), &signed.query));
    let head = head(request, &target, &host, &signed, body.len());
    let mut bytes = head;
    bytes.extend_from_slice(&body);
    // Parses the result by the rules for incoming requests: nothing is sent that would not have been accepted.
    Ok(Request::parse(bytes.into())?)
}

/// The `Host` header as received if it names the service, otherwise the service's own name.
fn written_host(request: &Request, service: &RdsHost) -> String {
    let came = request.header("host").and_then(|host| std::str::from_utf8(host).ok()).unwrap_or_default();
    service_host(came, service)
}

/// A host as written if it names the service, otherwise the service's own name.
fn service_host(came: &str, service: &RdsHost) -> String {
    let name = came.strip_suffix(":443").unwrap_or(came);
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.eq_ignore_ascii_case(service.name()) { came.to_owned() } else { service.name().to_owned() }
}

/// `host`, the type of the body, and every `x-amz-*` header: what AWS requires to be signed. Other headers that
/// the client signed are left out: AWS does not require them, and nothing acts on them.
fn headers_to_sign(request: &Request, host: &str, placement: Placement) -> Result<Vec<(String, String)>, Error> {
    let mut chosen: Vec<(String, String)> = vec![("host".to_owned(), host.to_owned())];
    for header in request.headers() {
        let name = header.name.to_ascii_lowercase();
        let asked_for = name.starts_with("x-amz-") || (name == "content-type" && placement == Placement::Header);
        if !asked_for || name == "x-amz-user-agent" || REPLACED.contains(&name.as_str()) {
            continue;
        }
        let value = std::str::from_utf8(header.value).map_err(|_| Error::Header { name: name.clone() })?.to_owned();
        match chosen.iter_mut().find(|(found, _)| *found == name) {
            // Several header lines with one name form one value, in the order received.
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => chosen.push((name, value)),
        }
    }
    Ok(chosen)
}

fn target(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The head: the original lines in their order, without those that are replaced, followed by the new ones.
fn head(request: &Request, target: &str, host: &str, signed: &Signed, body: usize) -> Vec<u8> {
    let version = match request.head().version() {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    };
    let mut head = format!("{} {target} {version}\r\nHost: {host}\r\n", request.method()).into_bytes();
    for header in request.headers().filter(|header| !REPLACED.iter().any(|name| header.is(name))) {
        head.extend_from_slice(header.name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(header.value);
        head.extend_from_slice(b"\r\n");
    }
    if request.header("content-length").is_some() {
        head.extend_from_slice(format!("Content-Length: {body}\r\n").as_bytes());
    }
    for (name, value) in &signed.headers {
        head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// The request inside a `PreSignedUrl`, signed with these credentials and valid for as long as the original.
fn presigned_anew(nested: &NestedCall, credentials: &Credentials, now: OffsetDateTime) -> Result<String, Error> {
    let target = nested.target();
    let query = form::without_signature(target.strip_prefix("/?").unwrap_or_default());
    let host = service_host(nested.signed_host(), nested.host());
    let seconds = nested.authentication_query().find(|(name, _)| *name == "X-Amz-Expires").map(|(_, value)| value);
    let seconds = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(3600);
    let to_sign = ToSign {
        method: "GET",
        url: format!("https://{host}/?{query}"),
        headers: vec![("host".to_owned(), host.clone())],
        body: b"",
        region: nested.host().region().as_str(),
        service: "rds",
        placement: Placement::Query(Duration::from_secs(seconds)),
    };
    let signed = sign(credentials, &to_sign, now)?;
    Ok(format!("https://{host}/?{}", form::with(query, &signed.query)))
}
