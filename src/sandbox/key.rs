//! The credentials a sandbox accepts and a client signs with.

use crate::{
    aws::{AccessKeyId, AccountId},
    identify::{SecretAccessKey, SessionToken},
};

/// An access key: long-lived without a session token, temporary with one.
#[derive(Clone, Debug)]
pub struct Key {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// The secret that signs.
    pub secret_access_key: SecretAccessKey,
    /// The token that every request signed with a temporary key must carry.
    pub session_token: Option<SessionToken>,
    /// The account whose resources the key sees.
    pub account: AccountId,
}
