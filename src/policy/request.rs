//! The request on which a policy decides.

use std::fmt;

use crate::aws::RequestResource;

use super::{Context, Principal};

/// One action on some resources, by a caller, with condition keys.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The action, `rds:CreateDBInstance`, in any letter case.
    pub action: &'a str,
    /// The caller that signed the request.
    pub principal: Principal<'a>,
    /// The resources that it acts on. Each must be allowed, and one that is denied denies the request. An empty list
    /// counts as one resource of which nothing is known.
    pub resources: &'a [RequestResource],
    /// The condition keys of the request.
    pub context: &'a dyn Context,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("action", &self.action)
            .field("principal", &self.principal)
            .field("resources", &self.resources)
            .finish_non_exhaustive()
    }
}
