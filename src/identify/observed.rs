//! What is learnt of principals from answers of STS that are seen passing.
//!
//! Source: AWS Security Token Service API Reference, version 2011-06-15: `AssumeRole`, `AssumeRoleWithWebIdentity`,
//! `AssumeRoleWithSAML`, `GetSessionToken`, `GetFederationToken`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Secret, SecretAccessKey, SessionToken, Term, Verifier};
use crate::aws::{AccessKeyId, PrincipalArn, PrincipalKind};

/// The calls whose answers hold credentials, and whether session tags are among their parameters: where they are not, STS
/// takes tags from the identity provider's token or has none, and whoever asks may write there what they like.
const CALLS: [(&str, Tags); 5] = [
    ("AssumeRole", Tags::AskedFor),
    ("AssumeRoleWithWebIdentity", Tags::Elsewhere),
    ("AssumeRoleWithSAML", Tags::Elsewhere),
    ("GetSessionToken", Tags::Elsewhere),
    ("GetFederationToken", Tags::AskedFor),
];

/// Where a call's session tags come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tags {
    /// `Tags.member.N.Key` and `.Value` of the request.
    AskedFor,
    /// Not from the request.
    Elsewhere,
}

/// The longest answer that is read; longer ones pass unread.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// A request to STS whose answer is worth reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whose key signed it, where that can be read.
    asker: Option<AccessKeyId>,
    /// The session tags that it asks for.
    tags: BTreeMap<String, String>,
}

/// Credentials that STS gave, and whose they are.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// The session as STS names it; `None` for a call that names none, whose caller it is then.
    pub principal: Option<PrincipalArn>,
    /// AWS's own id of it, `AROA…:SESSION` or `ACCOUNT:NAME`.
    pub user_id: Option<Arc<str>>,
    /// Who asked, where that can be read.
    pub asker: Option<AccessKeyId>,
    /// The session tags that were asked for.
    pub tags: BTreeMap<String, String>,
    /// What verifies its signatures.
    pub verifier: Arc<Verifier>,
    /// When it ends.
    pub expires: OffsetDateTime,
    /// When it was issued.
    pub term: Term,
}

impl Question {
    /// Reads the form of a request, and the `Authorization` header; `None` where the answer holds no credentials, or where
    /// a parameter stands twice, of which nobody says which one STS takes.
    #[must_use]
    pub fn read(form: &str, authorization: Option<&str>) -> Option<Self> {
        let parameters = parameters(form);
        let names: BTreeSet<String> = parameters.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        (names.len() == parameters.len()).then_some(())?;
        let value = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let action = value("Action")?;
        let (_, tags) = CALLS.iter().find(|(name, _)| *name == action)?;
        let asked_for = parameters.iter().filter(|_| *tags == Tags::AskedFor);
        let tags = asked_for.filter_map(|(name, key)| {
            let index = name.strip_prefix("Tags.member.")?.strip_suffix(".Key")?;
            Some((key.clone(), value(&format!("Tags.member.{index}.Value"))?))
        });
        let asker =
            authorization.and_then(|header| header.split("Credential=").nth(1)?.split('/').next()?.parse().ok());
        let tags: Vec<(String, String)> = tags.collect();
        // Keys compare without letter case, and of two that are the same so nobody says which one counts.
        let keys: BTreeSet<String> = tags.iter().map(|(key, _)| key.to_ascii_lowercase()).collect();
        (keys.len() == tags.len()).then(|| Self { asker, tags: tags.into_iter().collect() })
    }

    /// Reads the answer, of which `term` says when it came; `None` where it is not the XML of credentials.
    #[must_use]
    pub fn answered(self, answer: &str, term: Term) -> Option<Observation> {
        let secret = Secret {
            secret_access_key: SecretAccessKey::new(element(answer, "SecretAccessKey")?),
            session_token: Some(SessionToken::new(element(answer, "SessionToken")?)),
        };
        let session = answer.contains("<AssumedRoleUser>") || answer.contains("<FederatedUser>");
        let principal: Option<PrincipalArn> = if session { Some(element(answer, "Arn")?.parse().ok()?) } else { None };
        let user_id = principal.as_ref().and_then(|principal| user_id(answer, principal));
        Some(Observation {
            access_key_id: element(answer, "AccessKeyId")?.parse().ok()?,
            principal,
            user_id,
            asker: self.asker,
            tags: self.tags,
            verifier: Arc::new(Verifier::new(secret)),
            expires: OffsetDateTime::parse(element(answer, "Expiration")?, &Rfc3339).ok()?,
            term,
        })
    }
}

/// The id of a session as the answer has it, if it is of the form that goes with the session's ARN.
fn user_id(answer: &str, principal: &PrincipalArn) -> Option<Arc<str>> {
    match principal.kind() {
        PrincipalKind::AssumedRole => {
            let id = element(answer, "AssumedRoleId")?;
            let (role, session) = id.split_once(':')?;
            (role.starts_with("AROA") && Some(session) == principal.session_name()).then(|| id.into())
        }
        PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role | PrincipalKind::FederatedUser => {
            principal.user_id().map(Into::into)
        }
    }
}

/// The text of the one element of this name in an answer of STS. What is looked for (ids, keys, tokens, dates, ARNs) has
/// no character that XML would escape.
#[must_use]
pub fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, after) = rest.split_once(&format!("</{name}>"))?;
    let plain = !text.contains(['<', '>', '&']) && !after.contains(&format!("<{name}>"));
    plain.then(|| text.trim()).filter(|text| !text.is_empty())
}

/// The parameters of a form, decoded; what is no escape stays as it is.
fn parameters(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter_map(|(name, value)| Some((decoded(name)?, decoded(value)?))).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => (digit(bytes.next())? << 4) | digit(bytes.next())?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}
