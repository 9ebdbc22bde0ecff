//! AWS's own terms as types: a value that exists is well formed and needs no further check.
//!
//! Pure: no I/O, no clock, no policy. Every other module may use this one; it uses none of them.

mod access_key_id;
mod account_id;
mod action_name;
mod action_pattern;
mod arn;
pub mod base64;
pub mod condition_keys;
pub mod endpoint;
pub mod rds;
mod own_accounts;
mod partition;
pub mod percent;
mod principal_arn;
mod region;
mod request_resource;
mod sts_host;
pub mod xml;

pub use access_key_id::{AccessKeyId, AccessKeyIdError};
pub use account_id::{AccountId, AccountIdError};
pub use action_name::{ActionName, ActionNameError};
pub use action_pattern::{ActionPattern, ActionPatternError};
pub use arn::{Arn, ArnError};
pub use own_accounts::OwnAccounts;
pub use partition::Partition;
pub use principal_arn::{PrincipalArn, PrincipalArnError, PrincipalKind};
pub use region::{Region, RegionError};
pub use request_resource::{RequestResource, ReservedWord, ResourceKind, UNKNOWN_ACCOUNT, UNTOLD};
pub use sts_host::StsHost;

#[cfg(test)]
mod tests;
