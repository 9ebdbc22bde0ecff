//! What observed answers of STS reveal about principals.
//!
//! Requests to STS are not judged here, and STS checks every request itself. So an answer is only used if STS can
//! have read the request in no other way than it is read here; it is parsed by the same code as calls of RDS,
//! signatures and parameters. Everything else passes unread.
//!
//! Source: AWS Security Token Service API Reference, version 2011-06-15: `AssumeRole`, `AssumeRoleWithWebIdentity`,
//! `AssumeRoleWithSAML`, `GetSessionToken`, `GetFederationToken`.

mod answer;
mod keys;
mod parameters;

use std::{collections::BTreeMap, sync::Arc};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Error, Secret, SecretAccessKey, SessionToken, Term, Verifier, coverage, sigv4::Signature};
use crate::{
    aws::{AccessKeyId, Arn, PrincipalArn, PrincipalKind, StsHost},
    decode::QueryParameters,
    http1::Request,
};
use answer::Answer;
use parameters::Gives;

pub(super) use keys::{ObservedKeys, Sight};

/// The maximum size of an answer that is read; longer ones pass unread.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// A request to STS whose answer is worth reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    action: &'static str,
    gives: Gives,
    /// The key that signed it; `None` if it is not signed.
    asker: Option<AccessKeyId>,
    /// The session tags that it requests.
    tags: BTreeMap<String, String>,
    /// The role to be assumed.
    role: Option<Arn>,
    /// The name of the session or of the federated user.
    name: Option<String>,
}

/// Credentials that STS issued, and their principal.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// The session as STS names it; `None` for a call whose answer names none: the principal is the caller then.
    pub principal: Option<PrincipalArn>,
    /// AWS's own id of the principal, `AROA…:SESSION` or `ACCOUNT:NAME`.
    pub user_id: Option<Arc<str>>,
    /// The key that signed the request, if it is signed.
    pub asker: Option<AccessKeyId>,
    /// The requested session tags.
    pub tags: BTreeMap<String, String>,
    /// Verifies its signatures.
    pub verifier: Arc<Verifier>,
    /// When it expires.
    pub expires: OffsetDateTime,
    /// When it was issued.
    pub term: Term,
}

impl Question {
    /// Reads a request to a host of STS; `None` if its answer holds no credentials, or if STS might read it
    /// differently: parameters in two places, a parameter twice, a name in another spelling, two signatures, a
    /// signature that does not cover the host or is for another service.
    #[must_use]
    pub fn read(request: &Request, host: &StsHost) -> Option<Self> {
        is_for(request, host).then_some(())?;
        let parameters = QueryParameters::read(request).ok()?;
        let asked = parameters::read(&parameters)?;
        let asker = match Signature::read(request, parameters.authentication()) {
            Ok(signature) => {
                coverage::covers(&signature, request, "sts", host.region()).ok()?;
                Some(signature.access_key_id().clone())
            }
            Err(Error::Unsigned) if !asked.operation.is_signed => None,
            Err(_) => return None,
        };
        let text = |name| parameters.get(name).map(str::to_owned);
        let (role, name) = match asked.operation.name {
            "AssumeRole" | "AssumeRoleWithWebIdentity" => (Some(text("RoleArn")?), Some(text("RoleSessionName")?)),
            // The name of the session is in the SAML assertion.
            "AssumeRoleWithSAML" => (Some(text("RoleArn")?), None),
            "GetFederationToken" => (None, Some(text("Name")?)),
            _ => (None, None),
        };
        let role = match role {
            Some(role) => Some(role.parse().ok()?),
            None => None,
        };
        let (action, gives) = (asked.operation.name, asked.operation.gives);
        Some(Self { action, gives, asker, tags: asked.tags, role, name })
    }

    /// Reads the answer; `term` is derived from when it arrived. `None` if it is not the XML of the requested
    /// credentials.
    #[must_use]
    pub fn answered(self, answer: &str, term: Term) -> Option<Observation> {
        let root = format!("{}Response", self.action);
        let result = format!("{root}/{}Result", self.action);
        let answer = Answer::read(answer, &root)?;
        let (principal, user_id) = match self.gives {
            Gives::Asker => {
                let names = answer.has_anywhere("AssumedRoleUser") || answer.has_anywhere("FederatedUser");
                (!names).then_some((None, None))?
            }
            Gives::Session | Gives::FederatedUser => {
                let principal = self.principal(&answer, &result)?;
                let user_id = user_id(&answer, &result, &principal);
                (Some(principal), user_id)
            }
        };
        let credentials = format!("{result}/Credentials");
        let text = |name| answer.text(&credentials, name);
        let secret = Secret {
            secret_access_key: SecretAccessKey::new(text("SecretAccessKey")?),
            session_token: Some(SessionToken::new(text("SessionToken")?)),
        };
        Some(Observation {
            access_key_id: text("AccessKeyId")?.parse().ok()?,
            principal,
            user_id,
            asker: self.asker,
            tags: self.tags,
            verifier: Arc::new(Verifier::new(secret)),
            expires: OffsetDateTime::parse(text("Expiration")?, &Rfc3339).ok()?,
            term,
        })
    }

    /// The principal that an answer names, if it is the requested one.
    fn principal(&self, answer: &Answer<'_>, result: &str) -> Option<PrincipalArn> {
        let (element, kind) = match self.gives {
            Gives::Session => ("AssumedRoleUser", PrincipalKind::AssumedRole),
            Gives::FederatedUser => ("FederatedUser", PrincipalKind::FederatedUser),
            Gives::Asker => return None,
        };
        let principal: PrincipalArn = answer.text(&format!("{result}/{element}"), "Arn")?.parse().ok()?;
        (principal.kind() == kind).then_some(())?;
        if let Some(role) = &self.role {
            let name = role.resource().rsplit('/').next()?;
            let is_role = role.service() == "iam" && role.resource().starts_with("role/");
            let same = principal.name().is_some_and(|found| found.eq_ignore_ascii_case(name));
            (is_role && same && role.account_id() == Some(principal.account())).then_some(())?;
        }
        let named = if kind == PrincipalKind::FederatedUser { principal.name() } else { principal.session_name() };
        let fits = self.name.as_deref().is_none_or(|name| Some(name) == named);
        fits.then_some(principal)
    }
}

/// Returns whether a request is for this host by its target and its `Host` header, so that no other service reads
/// it.
fn is_for(request: &Request, host: &StsHost) -> bool {
    let written = request.header("host").unwrap_or_default();
    let name = written.strip_suffix(b":443").unwrap_or(written);
    name.eq_ignore_ascii_case(host.name().as_bytes())
}

/// The id of a session in the answer, if its form matches the session's ARN.
fn user_id(answer: &Answer<'_>, result: &str, principal: &PrincipalArn) -> Option<Arc<str>> {
    match principal.kind() {
        PrincipalKind::AssumedRole => {
            let id = answer.text(&format!("{result}/AssumedRoleUser"), "AssumedRoleId")?;
            let (role, session) = id.split_once(':')?;
            (role.starts_with("AROA") && Some(session) == principal.session_name()).then(|| id.into())
        }
        PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role | PrincipalKind::FederatedUser => {
            principal.user_id().map(Into::into)
        }
    }
}

/// The text of the only element with this name in an answer of STS to the proxy's own request. The values that are
/// read (ids, keys, tokens, dates, ARNs) have no character that XML would escape.
#[must_use]
pub fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, after) = rest.split_once(&format!("</{name}>"))?;
    let plain = !text.contains(['<', '>', '&']) && !after.contains(&format!("<{name}>"));
    plain.then(|| text.trim()).filter(|text| !text.is_empty())
}
