//! A profile of the shared files: its keys, or a role to assume with other credentials.

use std::fs;

use super::{
    Credentials, Error, Settings, container,
    http::Http,
    ini::{self, Profiles},
    instance, process,
    sts::{Assume, Sts},
    web_identity,
};
use crate::{
    aws::AccessKeyId,
    identify::{Secret, SecretAccessKey, SessionToken, Term},
};

const SOURCE: &str = "the profile";

/// Maximum length of a chain of assumed roles.
const MOST_STEPS: usize = 5;

/// Settings for interactive login, which is not possible here.
const BY_A_PERSON: [&str; 4] = ["sso_session", "sso_start_url", "sso_account_id", "login_session"];

/// The credentials of `AWS_PROFILE`, or of the profile `default` if it exists.
pub(super) async fn credentials(settings: &Settings, http: &Http) -> Result<Option<Credentials>, Error> {
    let environment = &settings.environment;
    let profiles = profiles(settings)?;
    let name = environment.get("AWS_PROFILE").unwrap_or("default");
    match profiles.get(name) {
        Some(profile) if gives_credentials(profile) => resolve(settings, http, &profiles, name).await.map(Some),
        // A default profile that sets only a region is not a source of credentials.
        Some(_) | None if environment.get("AWS_PROFILE").is_none() => Ok(None),
        Some(_) | None => {
            Err(Error::Missing { asked: SOURCE, what: format!("the profile `{name}`, or its credentials,") })
        }
    }
}

fn gives_credentials(profile: &std::collections::BTreeMap<String, String>) -> bool {
    let gives = ["aws_access_key_id", "role_arn", "web_identity_token_file", "credential_process"];
    gives.iter().chain(&BY_A_PERSON).any(|key| profile.contains_key(*key))
}

fn profiles(settings: &Settings) -> Result<Profiles, Error> {
    let environment = &settings.environment;
    let home = environment.get("HOME").map(|home| home.trim_end_matches('/'));
    let mut profiles = Profiles::new();
    // The credentials file takes precedence, so it is read last.
    for (variable, name, config) in
        [("AWS_CONFIG_FILE", "config", true), ("AWS_SHARED_CREDENTIALS_FILE", "credentials", false)]
    {
        let path = environment.get(variable).map(str::to_owned);
        let Some(path) = path.or_else(|| home.map(|home| format!("{home}/.aws/{name}"))) else { continue };
        match fs::read_to_string(&path) {
            Ok(text) => ini::read(&text, config, &mut profiles),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(Error::Unreadable { asked: SOURCE, path, why: why.to_string() }),
        }
    }
    Ok(profiles)
}

/// Follows `source_profile` down to credentials, then assumes the roles on the way back.
async fn resolve(settings: &Settings, http: &Http, profiles: &Profiles, name: &str) -> Result<Credentials, Error> {
    let malformed = |what: String| Error::Malformed { asked: SOURCE, what };
    let mut roles: Vec<(Assume, Option<String>)> = Vec::new();
    let mut name = name.to_owned();
    let mut credentials = loop {
        let profile = profiles
            .get(&name)
            .ok_or_else(|| Error::Missing { asked: SOURCE, what: format!("the profile `{name}`") })?;
        let get = |key: &str| profile.get(key).map(String::as_str).filter(|value| !value.is_empty());
        // A profile that names itself as its source has keys in addition to its role.
        let again = roles.last().is_some() && get("source_profile") == Some(name.as_str());
        let Some(role) = get("role_arn").filter(|_| !again) else {
            break match get("credential_process").filter(|_| get("aws_access_key_id").is_none()) {
                Some(line) => process::credentials(line, &settings.environment, settings.process_limit).await?,
                None => keys(&name, get)?,
            };
        };
        if roles.len() >= MOST_STEPS {
            return Err(malformed(format!("`{name}`: more than {MOST_STEPS} roles are assumed one by another")));
        }
        let region = get("region").map(str::to_owned);
        let session = get("role_session_name").unwrap_or("rds-guard");
        if let Some(file) = get("web_identity_token_file") {
            break web_identity::by_token(settings, http, region.as_deref(), (file, role, session)).await?;
        }
        if get("mfa_serial").is_some() {
            return Err(malformed(format!("`{name}`: `mfa_serial` asks for a code, and no one is here to type it")));
        }
        let assume = Assume {
            role: role.parse().map_err(|_| malformed(format!("`{name}`: `{role}` is not the ARN of a role")))?,
            session_name: session.to_owned(),
            external_id: get("external_id").map(str::to_owned),
            seconds: get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        };
        roles.push((assume, region));
        match (get("source_profile"), get("credential_source")) {
            (Some(source), None) => name = source.to_owned(),
            (None, Some("Environment")) => {
                break settings.environment.credentials()?.ok_or(missing("the environment"))?;
            }
            (None, Some("EcsContainer")) => {
                break container::credentials(settings, http).await?.ok_or(missing("the container endpoint"))?;
            }
            (None, Some("Ec2InstanceMetadata")) => break instance::credentials(settings, http).await?,
            (None, Some(_)) | (Some(_), Some(_)) | (None, None) => {
                let what = "a role needs `source_profile`, or `credential_source` with Environment, EcsContainer or \
                            Ec2InstanceMetadata";
                return Err(malformed(format!("`{name}`: {what}")));
            }
        }
    };
    for (assume, region) in roles.iter().rev() {
        credentials = Sts::new(settings, http, region.as_deref()).assume_role(&credentials, assume).await?;
    }
    Ok(credentials)
}

fn missing(what: &str) -> Error {
    Error::Missing { asked: SOURCE, what: format!("what `credential_source` names, {what},") }
}

fn keys<'p>(name: &str, get: impl Fn(&str) -> Option<&'p str>) -> Result<Credentials, Error> {
    if let Some(key) = BY_A_PERSON.iter().find(|key| get("aws_access_key_id").is_none() && get(key).is_some()) {
        let what = format!(
            "`{name}`: `{key}` is not supported, since a person has to log in for it: give a role or keys, or \
             credential_process = aws configure export-credentials --profile {name} --format process, in a profile of \
             another name"
        );
        return Err(Error::Malformed { asked: SOURCE, what });
    }
    let part = |key: &str| {
        get(key).ok_or_else(|| Error::Missing { asked: SOURCE, what: format!("`{key}` of the profile `{name}`") })
    };
    let id = part("aws_access_key_id")?;
    let malformed =
        |_| Error::Malformed { asked: SOURCE, what: format!("`{name}`: `aws_access_key_id` is no access key id") };
    let access_key_id: AccessKeyId = id.parse().map_err(malformed)?;
    Ok(Credentials {
        term: Term::of_key(&access_key_id),
        access_key_id,
        secret: Secret {
            secret_access_key: SecretAccessKey::new(part("aws_secret_access_key")?),
            session_token: get("aws_session_token").map(SessionToken::new),
        },
        expires: None,
        role: None,
        shared: false,
        source: SOURCE,
    })
}
