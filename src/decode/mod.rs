//! Stage 3: the Query protocol becomes an API call with its resources and condition values.
//!
//! The rule of this module: the service must not be able to interpret a request differently than the proxy does.
//! Anything that makes this possible (a repeated parameter, parameters in two places, a name in another letter case,
//! a malformed escape, another protocol's header) is refused, even if the service might accept it. Sources: Amazon
//! RDS API Reference, "Using the Query API"; the service's SDK model (botocore 1.44.8) for names and shapes.

mod call;
mod check;
mod error;
mod form;
mod lists;
mod log_file;
mod names;
mod presigned;
mod protocol;
mod query;
mod refused;
mod remembered;
mod resolve;
mod settings;
mod tags;
mod value;

pub use call::{ApiCall, NestedCall};
pub use check::{MAX_IDENTIFIER_BYTES, MAX_RESOURCES, MAX_TAGS};
pub use error::{ArnFault, Error, PresignedUrlFault};
pub use form::{MAX_NAME_BYTES, MAX_PARAMETERS};
pub use query::{NameReading, QueryParameters, read_name};
pub use refused::Refused;
pub use remembered::RememberedCall;
pub use resolve::{ConditionValue, Dependent, Resolution, ResourceDetail, ResourceIds, ResourceIdsError, Scope};
pub use settings::{Settings, UnknownActions, UnknownParameters};
pub use value::{Secret, Value};

use crate::{aws::endpoint::RdsHost, http1};

/// Decodes a request to `host` into an API call.
///
/// # Errors
/// The first thing found because of which the request is ambiguous or not an API call; see [`Error`].
pub fn api_call(request: http1::Request, host: &RdsHost, settings: &Settings) -> Result<ApiCall, Error> {
    ApiCall::decode(request, host, settings).map_err(|refused| refused.into_error())
}

/// The same, but a refused request is returned with what its record can say about it.
///
/// # Errors
/// The errors of [`api_call`], with the request.
pub fn api_call_or_refused(
    request: http1::Request,
    host: &RdsHost,
    settings: &Settings,
) -> Result<ApiCall, Box<Refused>> {
    ApiCall::decode(request, host, settings)
}

#[cfg(test)]
mod tests;
