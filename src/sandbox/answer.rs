//! The sandbox's responses, and its errors with the messages and statuses of RDS.

use std::borrow::Cow;

use bytes::Bytes;
use uuid::Uuid;

use super::xml::{Element, Escaped};

/// The XML namespace of this version of the RDS API.
const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// A response before it is serialised.
#[derive(Debug)]
pub(super) enum Answer {
    /// The result of an action; `None` for actions whose response has no result element.
    Result(Option<Element>),
    /// The content of a log file.
    File(Bytes),
}

/// An error response of RDS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The RDS error code.
    pub(super) code: Cow<'static, str>,
    /// The HTTP status.
    pub(super) status: u16,
    /// The message for the client.
    pub(super) message: String,
}

/// A value, or the refusal to send instead.
pub(super) type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    /// A client error, status 400.
    pub(super) fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 400, message: message.into() }
    }

    /// A named resource does not exist, status 404.
    pub(super) fn not_found(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 404, message: message.into() }
    }

    /// The caller is not authenticated, status 403.
    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 403, message: message.into() }
    }

    /// A parameter has a value that RDS does not accept.
    pub(super) fn invalid_value(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterValue", message)
    }

    /// Parameters contradict each other.
    pub(super) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterCombination", message)
    }

    /// A required parameter is missing.
    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::bad_request("MissingParameter", format!("The request must contain the parameter {name}."))
    }

    /// A required parameter is empty.
    pub(super) fn blank(name: &str) -> Self {
        Self::invalid_value(format!("The parameter {name} must be provided and must not be blank."))
    }

    /// The error as an XML document.
    pub(super) fn document(&self, request_id: Uuid) -> String {
        let kind = if self.status < 500 { "Sender" } else { "Receiver" };
        let (code, message) = (Escaped(&self.code), Escaped(&self.message));
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    }
}

/// The response document with the result of an action.
pub(super) fn document(action: &str, result: Option<&Element>, request_id: Uuid) -> String {
    let result = result.map(Element::to_string).unwrap_or_default();
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\">{result}<ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></{action}Response>"
    )
}
