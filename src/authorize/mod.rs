//! Stage 5: evaluates the endpoint policy. Only a permitted call proceeds.
//!
//! [`permit`] is the only source of a [`PermittedCall`], and `forward` accepts nothing else.

mod context;
mod denied;
mod judge;
mod knowable;
mod parameters;
mod permitted;
mod policies;
mod question;
mod view;

pub use denied::{Denied, Why};
pub use judge::{Circumstances, DependentActions, Enforcement, Judgement, Settings, permit};
pub use knowable::{Knowledge, is_knowable};
pub use permitted::PermittedCall;
pub use policies::{NamedPolicy, Policies, PolicyStore};
pub use question::{Opinion, PolicyOpinion, Question};
pub use view::{View, viewed};
