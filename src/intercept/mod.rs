//! Stage 2: TLS with the local authority, and requests off the wire.

pub mod authority;
