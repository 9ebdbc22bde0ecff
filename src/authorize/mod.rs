//! Stage 5: the endpoint policy: a permitted call, or no further.
//!
//! [`permit`] is the only way to a [`PermittedCall`], and `forward` takes nothing else.

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
