//! The credentials that a sandbox accepts and a client signs with.

use crate::{
    aws::{AccessKeyId, AccountId},
    identify::{SecretAccessKey, SessionToken},
};

/// An access key: long-lived without a session token, temporary with one.
#[derive(Clone, Debug)]
pub struct Key {
    /// The id of the access key.
    pub access_key_id: AccessKeyId,
    /// The secret access key.
    pub secret_access_key: SecretAccessKey,
    /// The token that every request signed with a temporary key must include.
    pub session_token: Option<SessionToken>,
    /// The account whose resources the key can access.
    pub account: AccountId,
}
