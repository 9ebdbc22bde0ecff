//! The proof that a call may be forwarded.

use crate::{aws::endpoint::RdsHost, decode::ApiCall, http1::Request};

/// A call that the policy lets pass. `forward` takes nothing else, and only this module makes one.
///
/// INVARIANT (permitted): the field is private and [`super::permit`] is the one constructor.
#[derive(Debug)]
pub struct PermittedCall {
    call: ApiCall,
}

impl PermittedCall {
    pub(super) fn new(call: ApiCall) -> Self {
        Self { call }
    }

    /// The host that the request named.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        self.call.host()
    }

    /// Whether the call only reads, so that asking twice changes nothing.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.call.operation().is_some_and(|operation| operation.read_only)
    }

    /// The request that was decided on, for the wire.
    #[must_use]
    pub fn into_request(self) -> Request {
        self.call.into_request()
    }
}
