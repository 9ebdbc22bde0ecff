//! The parameters of a request to another service of the Query protocol, read as strictly as those of RDS.

use super::{Error, call::signature_version_2, form::Form, names, protocol};
use crate::http1::Request;

/// The parameters of a request, each present once and in one place.
#[derive(Clone)]
pub struct QueryParameters {
    call: Form,
    authentication: Form,
}

/// How the name of a parameter relates to a service's model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameReading<'k> {
    /// A parameter of the model.
    Known {
        /// Its name in the model, where `#` is an index.
        name: &'k str,
        /// The index that was sent, if the name has one.
        index: Option<u32>,
    },
    /// Not in the model, but so similar to one of its names that a service might accept it as that one.
    Resembles,
    /// Not in the model.
    Unknown,
}

impl QueryParameters {
    /// Reads the parameters of a request for the path `/`.
    ///
    /// # Errors
    /// Anything because of which the request is ambiguous or cannot be read; see [`Error`].
    pub fn read(request: &Request) -> Result<Self, Error> {
        if request.path() != "/" {
            return Err(Error::Path);
        }
        let protocol::Parameters { call, authentication, .. } = protocol::parameters(request)?;
        signature_version_2(&call)?;
        Ok(Self { call, authentication })
    }

    /// The value of the parameter with exactly this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.call.get(name)
    }

    /// All names and values, in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.call.iter()
    }

    /// The `X-Amz-*` parameters of a presigned request.
    pub fn authentication(&self) -> impl Iterator<Item = (&str, &str)> {
        self.authentication.iter()
    }
}

/// Compares a name with the names of a model, in which `#` is an index.
pub fn read_name<'k>(known: impl Iterator<Item = &'k str> + Clone, name: &str) -> NameReading<'k> {
    if let Some(found) = known.clone().find(|template| !name.contains('#') && names::matches(template, name)) {
        return NameReading::Known { name: found, index: names::indexes(name).next() };
    }
    match names::near_miss(known, name) {
        Some(_) => NameReading::Resembles,
        None => NameReading::Unknown,
    }
}
