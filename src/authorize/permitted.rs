//! The proof that a call may be forwarded.

use crate::{aws::endpoint::RdsHost, decode::ApiCall, http1::Request, identify::IdentifiedCall};

/// A call that the policy lets pass. Only this module creates one, and every forwarded request is made from one.
///
/// INVARIANT (permitted): the field is private and [`super::permit`] is the one constructor.
#[derive(Debug)]
pub struct PermittedCall {
    identified: IdentifiedCall,
}

impl PermittedCall {
    pub(super) fn new(identified: IdentifiedCall) -> Self {
        Self { identified }
    }

    /// The call with its caller and signature.
    #[must_use]
    pub fn identified(&self) -> &IdentifiedCall {
        &self.identified
    }

    fn call(&self) -> &ApiCall {
        self.identified.call()
    }

    /// The host in the request.
    #[must_use]
    pub fn host(&self) -> &RdsHost {
        self.call().host()
    }

    /// Whether the call only reads, so that sending it twice changes nothing.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.call().operation().is_some_and(|operation| operation.read_only)
    }

    /// Returns the request that was decided on, for forwarding.
    #[must_use]
    pub fn into_request(self) -> Request {
        self.identified.into_call().into_request()
    }
}
