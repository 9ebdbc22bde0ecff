//! Finds the parameters of a request, and checks the headers that determine how they are read.

use crate::{aws::rds::LOG_FILE_DOWNLOAD, http1::Request};

use super::{Error, error::shown, form::Form, log_file};

/// The parameters of a request, from the query, the body or the path.
pub(super) struct Parameters {
    /// The parameters of the call.
    pub(super) call: Form,
    /// The `X-Amz-*` parameters, from the query.
    pub(super) authentication: Form,
    /// Whether the call is a log file download.
    pub(super) log_file: bool,
}

/// Reads the parameters of a request.
pub(super) fn parameters(request: &Request) -> Result<Parameters, Error> {
    other_protocols(request)?;
    content_type(request)?;
    if request.path() != "/" {
        return log_file_parameters(request);
    }
    let posted = match request.method() {
        "POST" => true,
        "GET" => false,
        other => return Err(Error::Method { method: other.chars().take(32).collect() }),
    };
    let mut query = Form::read(request.query().unwrap_or_default().as_bytes())?;
    let authentication = authentication(&mut query)?;
    let in_body = !request.body().is_empty();
    if in_body && (!query.is_empty() || !posted) {
        return Err(Error::QueryAndBody);
    }
    let call = if in_body { Form::read(request.body())? } else { query };
    if let Some((name, _)) = call.iter().find(|(name, _)| is_authentication(name)) {
        return Err(Error::AuthenticationParameter { name: shown(name) });
    }
    Ok(Parameters { call, authentication, log_file: false })
}

/// Moves the parameters of a presigned request out of its query.
pub(super) fn authentication(query: &mut Form) -> Result<Form, Error> {
    let taken = query.split_off(is_authentication)?;
    let presigned =
        taken.iter().any(|(name, _)| matches!(name, "X-Amz-Algorithm" | "X-Amz-Credential" | "X-Amz-Signature"));
    let misplaced = taken.iter().find(|(name, _)| !presigned || !AUTHENTICATION.contains(name));
    match misplaced {
        Some((name, _)) => Err(Error::AuthenticationParameter { name: shown(name) }),
        None => Ok(taken),
    }
}

/// The parameters of query authentication (IAM User Guide, "Create a signed request"). Includes those of SigV4A, so
/// that such a request can be refused with the right error, and the two headers that an SDK may move into the query.
const AUTHENTICATION: [&str; 10] = [
    "X-Amz-Algorithm",
    "X-Amz-Content-Sha256",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Region-Set",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-User-Agent",
];

fn is_authentication(name: &str) -> bool {
    name.as_bytes().get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-amz-"))
}

/// Headers with which a client of another AWS protocol names its operation. Whether the service answers those
/// protocols is not documented, so a request with one must not pass as something else.
const OTHER_PROTOCOLS: [&str; 2] = ["x-amz-target", "smithy-protocol"];

fn other_protocols(request: &Request) -> Result<(), Error> {
    let found = request.headers().find_map(|header| OTHER_PROTOCOLS.into_iter().find(|name| header.is(name)));
    found.map_or(Ok(()), |header| Err(Error::OtherProtocol { header }))
}

/// Checks that a body is declared as a form in UTF-8.
fn content_type(request: &Request) -> Result<(), Error> {
    let mut values = request.header_values("content-type");
    match (values.next(), values.next()) {
        (None, _) if request.body().is_empty() => Ok(()),
        (None, _) => Err(Error::ContentTypeMissing),
        (Some(value), None) if is_form(value) => Ok(()),
        (Some(_), None) => Err(Error::ContentType),
        (Some(_), Some(_)) => Err(Error::ContentTypeRepeated),
    }
}

/// `application/x-www-form-urlencoded`, with at most a charset parameter, which must be UTF-8.
fn is_form(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded"));
    let charset = |part: &[u8]| {
        let part = part.to_ascii_lowercase();
        part == b"charset=utf-8" || part == b"charset=\"utf-8\""
    };
    form && parts.next().is_none_or(charset) && parts.next().is_none()
}

fn log_file_parameters(request: &Request) -> Result<Parameters, Error> {
    let Some((instance, file)) = log_file::read(request.path())? else { return Err(Error::Path) };
    if request.method() != "GET" {
        return Err(Error::Method { method: request.method().chars().take(32).collect() });
    }
    let mut query = Form::read(request.query().unwrap_or_default().as_bytes())?;
    let authentication = authentication(&mut query)?;
    if !query.is_empty() || !request.body().is_empty() {
        return Err(Error::LogFileParameters);
    }
    let [instance_name, file_name] = LOG_FILE_DOWNLOAD.required else { return Err(Error::Path) };
    let call = Form::of(&[(instance_name, &instance), (file_name, &file)])?;
    Ok(Parameters { call, authentication, log_file: true })
}
