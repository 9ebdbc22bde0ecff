//! The three questions that STS is asked: who these credentials are of, and for those of a role.
//!
//! Source: AWS Security Token Service API Reference, version 2011-06-15.

use std::{sync::Arc, time::Duration};

use http::Method;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Credentials, Error, Placement, Settings, ToSign,
    http::{Http, Question},
    sign,
};
use crate::{
    aws::{PrincipalArn, Region},
    identify::{Secret, SecretAccessKey, SessionToken, Term, element},
};

const SOURCE: &str = "STS";

/// STS of one region.
#[derive(Debug)]
pub(super) struct Sts<'s> {
    http: &'s Http,
    url: String,
    region: String,
    limit: Duration,
}

/// What STS says, and when credentials in it were issued.
struct Answer {
    text: String,
    term: Term,
}

/// Whose credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The principal.
    pub principal: PrincipalArn,
    /// AWS's own id of it.
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
    /// STS where `AWS_ENDPOINT_URL_STS` says, else of this region, of the environment's, of the settings', or us-east-1.
    pub(super) fn new(settings: &Settings, http: &'s Http, region: Option<&str>) -> Self {
        let environment = &settings.environment;
        let named = region.or(environment.get("AWS_REGION")).or(environment.get("AWS_DEFAULT_REGION"));
        let region = named.and_then(|region| region.parse::<Region>().ok()).or_else(|| settings.region.clone());
        let (region, suffix) = match &region {
            Some(region) => (region.to_string(), region.partition().dns_suffix()),
            None => ("us-east-1".to_owned(), "amazonaws.com"),
        };
        let service = if environment.is_true("AWS_USE_FIPS_ENDPOINT") { "sts-fips" } else { "sts" };
        let given = environment.get("AWS_ENDPOINT_URL_STS");
        let url = given.map_or_else(|| format!("https://{service}.{region}.{suffix}"), str::to_owned);
        Self { http, url: format!("{}/", url.trim_end_matches('/')), region, limit: settings.limit }
    }

    /// Whose these credentials are.
    pub(super) async fn caller_identity(&self, credentials: &Credentials) -> Result<Owner, Error> {
        let body = form(&[("Action", "GetCallerIdentity"), ("Version", VERSION)]);
        let Answer { text, .. } = self.ask(body, Some(credentials)).await?;
        let arn = element(&text, "Arn").ok_or_else(|| malformed("its answer has no Arn"))?;
        Ok(Owner {
            principal: arn.parse().map_err(|_| malformed("the Arn in its answer is no principal's"))?,
            user_id: element(&text, "UserId").map(Into::into),
        })
    }

    /// The credentials of a role, by those that may assume it.
    pub(super) async fn assume_role(&self, by: &Credentials, assume: &Assume) -> Result<Credentials, Error> {
        let seconds = assume.seconds.map(|seconds| seconds.to_string());
        let mut parameters = vec![
            ("Action", "AssumeRole"),
            ("Version", VERSION),
            ("RoleArn", assume.role.as_str()),
            ("RoleSessionName", assume.session_name.as_str()),
        ];
        parameters.extend(assume.external_id.as_deref().map(|id| ("ExternalId", id)));
        parameters.extend(seconds.as_deref().map(|seconds| ("DurationSeconds", seconds)));
        let answer = self.ask(form(&parameters), Some(by)).await?;
        credentials(&answer, &assume.role)
    }

    /// The credentials of a role, by the token of another identity provider. This call is not signed.
    pub(super) async fn assume_role_with_web_identity(
        &self,
        token: &str,
        assume: &Assume,
    ) -> Result<Credentials, Error> {
        let body = form(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", VERSION),
            ("RoleArn", assume.role.as_str()),
            ("RoleSessionName", assume.session_name.as_str()),
            ("WebIdentityToken", token),
        ]);
        credentials(&self.ask(body, None).await?, &assume.role)
    }

    async fn ask(&self, body: String, by: Option<&Credentials>) -> Result<Answer, Error> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let mut headers = vec![("content-type".to_owned(), FORM.to_owned())];
        if let Some(credentials) = by {
            let authority: http::Uri = self.url.parse().map_err(|_| malformed("its URL is malformed"))?;
            let host = authority.authority().map(ToString::to_string).unwrap_or_default();
            let to_sign = ToSign {
                method: "POST",
                url: self.url.clone(),
                headers: vec![("host".to_owned(), host), ("content-type".to_owned(), FORM.to_owned())],
                body: body.as_bytes(),
                region: &self.region,
                service: "sts",
                placement: Placement::Header,
            };
            headers.extend(sign(credentials, &to_sign, OffsetDateTime::now_utc())?.headers);
        }
        let (url, limit) = (self.url.as_str(), self.limit);
        let reply = self.http.ask(Question { source: SOURCE, method: Method::POST, url, headers, body, limit }).await?;
        let text = String::from_utf8(reply.body.to_vec()).map_err(|_| malformed("its answer is no text"))?;
        if reply.status != 200 {
            let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '.';
            let code =
                element(&text, "Code").map(|code| format!(" {}", code.chars().filter(plain).collect::<String>()));
            let (url, code) = (url.to_owned(), code.unwrap_or_default());
            return Err(Error::Refused { asked: SOURCE, url, status: reply.status, code });
        }
        Ok(Answer { term: Term::of_answer(reply.date.as_deref(), reply.took), text })
    }
}

const VERSION: &str = "2011-06-15";

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

fn form(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
