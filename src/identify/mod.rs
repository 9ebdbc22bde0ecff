//! Stage 4: resolves SigV4 to a principal and a level of trust.
//!
//! Without the secret a signature proves nothing here, and AWS verifies it afterwards. What matters is that the
//! identity read here is the one AWS will authenticate: one signature, in one place, over the host, the date and
//! every header that AWS acts on. If the secret is known, the signature is recomputed.

mod caller;
mod canonical;
mod coverage;
mod directory;
mod error;
mod local_keys;
mod nested;
mod observed;
mod secret;
pub mod sigv4;
mod term;
mod verifier;

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

pub use caller::{Caller, Trust};
pub use directory::{Directory, DirectoryError, Entry, OwnCredentials, OwnKey};
pub use error::{Error, ErrorKind, Places};
pub use local_keys::{Holder, LocalKey, LocalKeys, NoRandomness, Root};
pub use observed::{LONGEST_ANSWER, Observation, Question, element};
pub use secret::{Secret, SecretAccessKey, SecretFileError, SessionToken};
pub use term::Term;
pub use verifier::Verifier;

use directory::{Found, Origin};
use sigv4::Signature;

use crate::{
    aws::{OwnAccounts, PrincipalArn, endpoint::RdsHost},
    decode::{self, ApiCall},
    http1::Request,
};

/// The configuration of caller identification.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The minimum trust that a caller needs.
    pub require: Trust,
    /// The principal of a caller whose key is not known.
    pub default_principal: Option<PrincipalArn>,
    /// How to identify a caller whose access key belongs to the proxy's own account.
    pub same_account: SameAccount,
    /// Maximum difference between a request's date and the local clock.
    pub clock_skew: Duration,
    /// How to treat keys that the broker did not issue. Without a broker all keys are such keys and pass.
    pub foreign: Foreign,
    /// The workload that these settings are for.
    pub workload: Option<Arc<str>>,
}

/// How to treat a call whose key the broker did not issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It is judged like any other, and forwarded as received.
    Pass,
    /// It is refused.
    Deny,
}

/// How to identify a caller whose access key belongs to the proxy's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameAccount {
    /// The principal is not known.
    Unknown,
    /// The role of the proxy's own credentials, in an unknown session.
    OwnRole,
}

/// Nothing required, no default, 15 minutes, no broker.
impl Default for Settings {
    fn default() -> Self {
        Self {
            require: Trust::None,
            default_principal: None,
            same_account: SameAccount::Unknown,
            clock_skew: Duration::from_mins(15),
            foreign: Foreign::Pass,
            workload: None,
        }
    }
}

/// An API call whose caller is identified as far as possible.
///
/// Only [`caller`] creates one, and [`Refused::let_pass`] in audit mode.
pub struct IdentifiedCall {
    call: ApiCall,
    caller: Caller,
    signature: Option<Signature>,
    /// The holder of the local key that signed, once the signature has been verified.
    holder: Option<Arc<Holder>>,
}

/// A call that was refused because of its caller, with the reason.
pub struct Refused {
    call: ApiCall,
    caller: Caller,
    signature: Option<Signature>,
    error: Error,
}

/// Identifies the caller of a call.
///
/// # Errors
/// The first reason for refusal, boxed together with the call, which audit mode may let pass.
pub fn caller(
    call: ApiCall,
    directory: &Directory,
    now: OffsetDateTime,
    settings: &Settings,
) -> Result<IdentifiedCall, Box<Refused>> {
    let signature = match Signature::read(call.request(), call.authentication_query()) {
        Ok(signature) => signature,
        Err(error) => {
            return Err(Box::new(Refused { call, caller: Caller::anonymous(), signature: None, error }));
        }
    };
    let Found { mut caller, verifier, origin } = directory.find(&signature, now, settings);
    caller.own_accounts = own_accounts(directory, settings);
    let checked = coverage::check(&signature, call.request(), call.host(), now, settings.clock_skew)
        .and_then(|()| call.presigned_url().map_or(Ok(()), |url| nested::check(url, signature.access_key_id())))
        .and_then(|()| local(&origin, settings))
        .and_then(|()| verify(verifier.as_deref(), &signature, call.request(), &mut caller))
        .and_then(|()| match (call.presigned_url(), verifier.as_deref()) {
            // The proxy vouches for what it re-signs, so what only AWS would check is checked here if possible.
            (Some(url), Some(verifier)) => nested::verify(url, verifier, now, settings.clock_skew),
            (Some(_) | None, _) => Ok(()),
        })
        .and_then(|()| require(&caller, settings));
    let signature = Some(signature);
    match (checked, origin) {
        (Ok(()), Origin::Local(holder)) => Ok(IdentifiedCall { call, caller, signature, holder: Some(holder) }),
        (Ok(()), Origin::LocalEnded | Origin::Elsewhere) => {
            Ok(IdentifiedCall { call, caller, signature, holder: None })
        }
        (Err(error), _) => Err(Box::new(Refused { call, caller, signature, error })),
    }
}

/// The operator's own accounts, for callers to which these settings apply.
#[must_use]
pub fn own_accounts(directory: &Directory, settings: &Settings) -> OwnAccounts {
    let default = settings.default_principal.as_ref().map(PrincipalArn::account);
    OwnAccounts::new(directory.proxy_account(), default, directory.configured_accounts())
}

/// The claimed caller of a request that was refused before it was decoded: for its record. A signature is verified
/// if possible; a wrong one leaves only the access key id, as in [`caller`].
#[must_use]
pub fn claimed(
    refused: &decode::Refused,
    host: &RdsHost,
    directory: &Directory,
    now: OffsetDateTime,
    settings: &Settings,
) -> Caller {
    let (request, query) = (refused.request(), refused.authentication_query());
    let query = query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let Ok(signature) = Signature::read(request, query) else { return Caller::anonymous() };
    let Found { mut caller, verifier, origin: _ } = directory.find(&signature, now, settings);
    if coverage::check(&signature, request, host, now, settings.clock_skew).is_ok() {
        // The record shows the claimed caller, verified or not.
        let _ = verify(verifier.as_deref(), &signature, request, &mut caller);
    }
    caller
}

/// Checks that a local key is valid and used by its own workload, and that there is one if one is required.
fn local(origin: &Origin, settings: &Settings) -> Result<(), Error> {
    match origin {
        Origin::LocalEnded => Err(Error::LocalKeyEnded),
        Origin::Elsewhere if settings.foreign == Foreign::Deny => Err(Error::Foreign),
        Origin::Local(holder) => match (&settings.workload, &holder.workload) {
            (Some(here), Some(theirs)) if here != theirs => Err(Error::OtherWorkload { workload: theirs.to_string() }),
            (None, Some(theirs)) if holder.bound => Err(Error::OtherWorkload { workload: theirs.to_string() }),
            (_, _) => Ok(()),
        },
        Origin::Elsewhere => Ok(()),
    }
}

/// Recomputes the signature if the secret is known. A caller whose signature is wrong is not the holder of the key.
fn verify(
    verifier: Option<&Verifier>,
    signature: &Signature,
    request: &Request,
    caller: &mut Caller,
) -> Result<(), Error> {
    let Some(verifier) = verifier else { return Ok(()) };
    let verified = verifier.verify(signature, request);
    match verified {
        Ok(()) => caller.trust = Trust::Verified,
        Err(_) => *caller = Caller { access_key_id: Some(signature.access_key_id().clone()), ..Caller::anonymous() },
    }
    verified
}

fn require(caller: &Caller, settings: &Settings) -> Result<(), Error> {
    if caller.trust < settings.require {
        return Err(Error::Trust { trust: caller.trust, required: settings.require });
    }
    Ok(())
}

impl IdentifiedCall {
    /// The call.
    #[must_use]
    pub fn call(&self) -> &ApiCall {
        &self.call
    }

    /// The caller.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Its signature; `None` only for a call that audit mode let pass without one.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The holder of the local key that signed, verified; `None` for a call that is forwarded as received.
    #[must_use]
    pub fn holder(&self) -> Option<&Arc<Holder>> {
        self.holder.as_ref()
    }

    /// Returns the call.
    #[must_use]
    pub fn into_call(self) -> ApiCall {
        self.call
    }
}

impl Refused {
    /// The reason for the refusal.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The call, for the record.
    #[must_use]
    pub fn call(&self) -> &ApiCall {
        &self.call
    }

    /// The claimed caller, for the record; anonymous if the signature cannot be read.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Returns the call in spite of the refusal: audit mode forwards what enforcement would refuse.
    ///
    /// # Errors
    /// The refused call itself if the reason makes it ambiguous who calls or what AWS would check: no mode forwards
    /// that.
    pub fn let_pass(self) -> Result<IdentifiedCall, Box<Self>> {
        if self.error.is_ambiguous() {
            return Err(Box::new(self));
        }
        Ok(IdentifiedCall { call: self.call, caller: self.caller, signature: self.signature, holder: None })
    }
}

impl fmt::Debug for IdentifiedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, caller, signature, holder } = self;
        f.debug_struct("IdentifiedCall")
            .field("call", call)
            .field("caller", caller)
            .field("signature", signature)
            .field("holder", holder)
            .finish()
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, caller, signature: _, error } = self;
        f.debug_struct("Refused").field("error", error).field("caller", caller).field("call", call).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
