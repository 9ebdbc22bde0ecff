//! Stage 5: the endpoint policy: a permitted call, or no further.

mod permitted;

pub use permitted::PermittedCall;
