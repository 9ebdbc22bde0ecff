//! Shared by several integration tests: the program as a process, and a TLS front for a plain server.

pub(crate) mod brokered;
pub(crate) mod calls;
pub(crate) mod front;
pub(crate) mod guard;
pub(crate) mod load;
pub(crate) mod moto;
pub(crate) mod notes;
pub(crate) mod plainly;
pub(crate) mod space;
pub(crate) mod stage;
pub(crate) mod sts;
pub(crate) mod tools;
