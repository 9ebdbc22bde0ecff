//! The three calls to STS: the identity of credentials, and the two ways to assume a role.
//!
//! Source: AWS Security Token Service API Reference, version 2011-06-15.

use std::sync::Arc;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Credentials, Error, Settings,
    http::Http,
    service::{Answer, Api, Service},
};
use crate::{
    aws::{PrincipalArn, Region},
    identify::{Secret, SecretAccessKey, SessionToken, element},
};

const SOURCE: &str = Service::Sts.name();

/// The STS endpoint of one region.
#[derive(Debug)]
pub(super) struct Sts<'s>(Api<'s>);

/// The owner of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The principal's ARN.
    pub principal: PrincipalArn,
    /// The principal's unique id at AWS.
    pub user_id: Option<Arc<str>>,
}

/// A role to assume.
#[derive(Clone, Debug)]
pub(super) struct Assume {
    pub(super) role: PrincipalArn,
    pub(super) session_name: String,
    pub(super) external_id: Option<String>,
    pub(super) seconds: Option<u32>,
}

impl<'s> Sts<'s> {
    /// STS at `AWS_ENDPOINT_URL_STS` if set, otherwise in `region`, the environment's region, the settings'
    /// region, or us-east-1.
    pub(super) fn new(settings: &Settings, http: &'s Http, region: Option<&str>) -> Self {
        let environment = &settings.environment;
        let named = region.or(environment.get("AWS_REGION")).or(environment.get("AWS_DEFAULT_REGION"));
        let region = named.and_then(|region| region.parse::<Region>().ok()).or_else(|| settings.region.clone());
        Self(Api::new(settings, http, Service::Sts, region.as_ref()))
    }

    /// The principal that these credentials belong to.
    pub(super) async fn caller_identity(&self, credentials: &Credentials) -> Result<Owner, Error> {
        let Answer { text, .. } = self.0.ask(&[("Action", "GetCallerIdentity")], Some(credentials)).await?;
        let arn = element(&text, "Arn").ok_or_else(|| malformed("its answer has no Arn"))?;
        Ok(Owner {
            principal: arn.parse().map_err(|_| malformed("the Arn in its answer is no principal's"))?,
            user_id: element(&text, "UserId").map(Into::into),
        })
    }

    /// The credentials of a role, assumed with the credentials `by`.
    pub(super) async fn assume_role(&self, by: &Credentials, assume: &Assume) -> Result<Credentials, Error> {
        let seconds = assume.seconds.map(|seconds| seconds.to_string());
        let mut parameters = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", assume.role.as_str()),
            ("RoleSessionName", assume.session_name.as_str()),
        ];
        parameters.extend(assume.external_id.as_deref().map(|id| ("ExternalId", id)));
        parameters.extend(seconds.as_deref().map(|seconds| ("DurationSeconds", seconds)));
        let answer = self.0.ask(&parameters, Some(by)).await?;
        credentials(&answer, &assume.role)
    }

    /// The credentials of a role, assumed with a token of another identity provider. This call is not signed.
    pub(super) async fn assume_role_with_web_identity(
        &self,
        token: &str,
        assume: &Assume,
    ) -> Result<Credentials, Error> {
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", assume.role.as_str()),
            ("RoleSessionName", assume.session_name.as_str()),
            ("WebIdentityToken", token),
        ];
        credentials(&self.0.ask(&parameters, None).await?, &assume.role)
    }
}

fn credentials(answer: &Answer, role: &PrincipalArn) -> Result<Credentials, Error> {
    let part = |name: &str| {
        element(&answer.text, name)
            .ok_or_else(|| Error::Missing { asked: SOURCE, what: format!("{name} in its answer") })
    };
    Ok(Credentials {
        access_key_id: part("AccessKeyId")?.parse().map_err(|_| malformed("the AccessKeyId in its answer is none"))?,
        secret: Secret {
            secret_access_key: SecretAccessKey::new(part("SecretAccessKey")?),
            session_token: Some(SessionToken::new(part("SessionToken")?)),
        },
        expires: Some(
            OffsetDateTime::parse(part("Expiration")?, &Rfc3339)
                .map_err(|_| malformed("the Expiration in its answer is no date"))?,
        ),
        role: Some(role.clone()),
        shared: false,
        term: answer.term,
        source: SOURCE,
    })
}

fn malformed(what: &str) -> Error {
    Error::Malformed { asked: SOURCE, what: what.to_owned() }
}
