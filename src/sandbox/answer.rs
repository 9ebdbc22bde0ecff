//! What the sandbox answers, and its refusals in the words and with the statuses of RDS.

use std::borrow::Cow;

use bytes::Bytes;
use uuid::Uuid;

use super::xml::{Element, Escaped};

/// The namespace of every document of this version of the RDS API.
const NAMESPACE: &str = "http://rds.amazonaws.com/doc/2014-10-31/";

/// An answer before it is written.
#[derive(Debug)]
pub(super) enum Answer {
    /// The result of an action; `None` for the actions whose response has no result element.
    Result(Option<Element>),
    /// The text of a log file.
    File(Bytes),
}

/// An error of RDS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The error code.
    pub(super) code: Cow<'static, str>,
    /// The HTTP status.
    pub(super) status: u16,
    /// What the client reads.
    pub(super) message: String,
}

/// A refusal, or what was asked for.
pub(super) type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    /// An error of the caller's making, status 400.
    pub(super) fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 400, message: message.into() }
    }

    /// Something that is named is not there, status 404.
    pub(super) fn not_found(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 404, message: message.into() }
    }

    /// Who the caller is was not shown well enough, status 403.
    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), status: 403, message: message.into() }
    }

    /// A parameter has a value that RDS does not take.
    pub(super) fn invalid_value(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterValue", message)
    }

    /// Parameters that do not go together.
    pub(super) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::bad_request("InvalidParameterCombination", message)
    }

    /// A parameter that the action requires is not there.
    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::bad_request("MissingParameter", format!("The request must contain the parameter {name}."))
    }

    /// A parameter that the action requires is there and empty.
    pub(super) fn blank(name: &str) -> Self {
        Self::invalid_value(format!("The parameter {name} must be provided and must not be blank."))
    }

    /// The error document.
    pub(super) fn document(&self, request_id: Uuid) -> String {
        let kind = if self.status < 500 { "Sender" } else { "Receiver" };
        let (code, message) = (Escaped(&self.code), Escaped(&self.message));
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    }
}

/// The document around the result of an action.
pub(super) fn document(action: &str, result: Option<&Element>, request_id: Uuid) -> String {
    let result = result.map(Element::to_string).unwrap_or_default();
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\">{result}<ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></{action}Response>"
    )
}
