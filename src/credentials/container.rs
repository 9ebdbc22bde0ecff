//! The container credentials protocol: ECS task roles, EKS Pod Identity, and other implementations.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Container credential provider".

use std::fs;

use http::Method;
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Credentials, Environment, Error, Settings,
    http::{Http, Question, Reply},
};
use crate::{
    aws::AccessKeyId,
    identify::{Secret, SecretAccessKey, SessionToken, Term},
};

const SOURCE: &str = "the container endpoint";

/// The credentials of the container, if a variable names their URI.
pub(super) async fn credentials(settings: &Settings, http: &Http) -> Result<Option<Credentials>, Error> {
    let environment = &settings.environment;
    let url = match (
        environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ) {
        (Some(relative), _) => format!("{}{relative}", settings.container_host),
        (None, Some(full)) => full.to_owned(),
        (None, None) => return Ok(None),
    };
    let headers = token(environment)?.map(|token| ("authorization".to_owned(), token)).into_iter().collect();
    let question = Question {
        source: SOURCE,
        method: Method::GET,
        url: &url,
        headers,
        body: String::new(),
        limit: settings.limit,
    };
    let reply = http.ask(question).await?;
    // The ECS agent gives a task's role to every container of the task, and sets this variable in all of them.
    let shared = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_some();
    Ok(Some(Credentials { shared, ..document(SOURCE, &url, &reply)? }))
}

/// Reads the authorization token. It is read again each time, since EKS Pod Identity renews it in its file.
fn token(environment: &Environment) -> Result<Option<String>, Error> {
    let text = match environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => fs::read_to_string(path).map_err(|why| Error::Unreadable {
            asked: SOURCE,
            path: path.to_owned(),
            why: why.to_string(),
        })?,
        None => match environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            Some(token) => token.to_owned(),
            None => return Ok(None),
        },
    };
    let token = text.trim_ascii_end();
    if token.is_empty() || token.contains(['\r', '\n']) {
        return Err(Error::Malformed { asked: SOURCE, what: "its authorization token is empty or has lines".into() });
    }
    Ok(Some(token.to_owned()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    token: Option<String>,
    expiration: Option<String>,
    role_arn: Option<String>,
    #[serde(alias = "code")]
    code: Option<String>,
}

/// Parses the credentials document of this protocol and of instance metadata. Nothing of it except its error code
/// is ever shown in an error.
pub(super) fn document(source: &'static str, url: &str, reply: &Reply) -> Result<Credentials, Error> {
    let url = url.split('?').next().unwrap_or_default();
    let document: Option<Document> = serde_json::from_slice(&reply.body).ok();
    let code = document.as_ref().and_then(|document| document.code.as_deref());
    if reply.status != 200 || code.is_some_and(|code| code != "Success") {
        let plain = |c: &char| c.is_ascii_alphanumeric();
        let code = code.map(|code| format!(" {}", code.chars().take(64).filter(plain).collect::<String>()));
        let (url, code) = (url.to_owned(), code.unwrap_or_default());
        return Err(Error::Refused { asked: source, url, status: reply.status, code });
    }
    let malformed = |what: &str| Error::Malformed { asked: source, what: what.to_owned() };
    let document = document.ok_or_else(|| malformed("its answer is not the JSON that was expected"))?;
    let missing = |what: &str| Error::Missing { asked: source, what: what.to_owned() };
    let id = document.access_key_id.ok_or_else(|| missing("AccessKeyId"))?;
    let secret = document.secret_access_key.ok_or_else(|| missing("SecretAccessKey"))?;
    let expires = match document.expiration {
        Some(text) => Some(
            OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| malformed("the Expiration in its answer is no date"))?,
        ),
        None => None,
    };
    let access_key_id: AccessKeyId = id.parse().map_err(|_| malformed("the AccessKeyId in its answer is none"))?;
    Ok(Credentials {
        term: Term::of_key(&access_key_id),
        access_key_id,
        secret: Secret {
            secret_access_key: SecretAccessKey::new(secret),
            session_token: document.token.filter(|token| !token.is_empty()).map(SessionToken::new),
        },
        expires,
        role: document.role_arn.and_then(|arn| arn.parse().ok()),
        shared: false,
        source,
    })
}
