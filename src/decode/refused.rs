//! A request that is not an API call, with what its record can say about it.

use std::fmt;

use super::{
    Error,
    call::{action_name, spells_an_action},
    form::{self, Form},
    log_file, protocol,
};
use crate::{
    aws::{
        ActionName,
        rds::{self, LOG_FILE_DOWNLOAD},
    },
    http1::Request,
};

/// A request that was refused because it cannot be read unambiguously.
///
/// No part of it is judged or forwarded. Its action and its signature parameters are read only for the record.
pub struct Refused {
    error: Error,
    request: Request,
}

impl Refused {
    pub(super) fn new(error: Error, request: Request) -> Self {
        Self { error, request }
    }

    /// Why it was refused.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the reason, dropping the request.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }

    /// The request as it was received.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The action, if the request names exactly one and spells it as actions are spelled.
    #[must_use]
    pub fn action(&self) -> Option<ActionName> {
        if log_file::is_download(self.request.path()) {
            return action_name(LOG_FILE_DOWNLOAD.name).ok();
        }
        let query = self.request.query().unwrap_or_default().as_bytes();
        let mut named = form::values_of(query, "Action").chain(form::values_of(self.request.body(), "Action"));
        let (Some(name), None) = (named.next(), named.next()) else { return None };
        if !spells_an_action(&name) || rds::case_variant(&name).is_some() {
            return None;
        }
        action_name(&name).ok()
    }

    /// The `X-Amz-*` parameters of the query, decoded; empty if they cannot be read.
    #[must_use]
    pub fn authentication_query(&self) -> Vec<(String, String)> {
        let query = Form::read(self.request.query().unwrap_or_default().as_bytes());
        let authentication = query.and_then(|mut query| protocol::authentication(&mut query)).unwrap_or_default();
        authentication.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl fmt::Debug for Refused {
    /// Shows only the reason: the request may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("error", &self.error).finish_non_exhaustive()
    }
}
