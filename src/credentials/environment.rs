//! The environment variables that locate credentials for AWS clients, and the credentials that they contain.

use std::{collections::BTreeMap, fmt};

use super::{Credentials, Error, process};
use crate::{
    aws::AccessKeyId,
    identify::{Secret, SecretAccessKey, SessionToken, Term},
};

/// Variables by name. Some are secret, so `Debug` shows only their names.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Keeps the variables that matter here. An empty value counts as unset.
    #[must_use]
    pub fn new<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let ours = |name: &str| name.starts_with("AWS_") || process::is_passed(name);
        let kept = variables.into_iter().filter(|(name, value)| ours(name) && !value.is_empty());
        Self(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a boolean variable is true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    pub(super) fn credentials(&self) -> Result<Option<Credentials>, Error> {
        let Some(id) = self.get("AWS_ACCESS_KEY_ID") else { return Ok(None) };
        let secret = self
            .get("AWS_SECRET_ACCESS_KEY")
            .ok_or(Error::Missing { asked: SOURCE, what: "AWS_SECRET_ACCESS_KEY".into() })?;
        let malformed = |_| Error::Malformed { asked: SOURCE, what: "AWS_ACCESS_KEY_ID is no access key id".into() };
        let access_key_id: AccessKeyId = id.parse().map_err(malformed)?;
        Ok(Some(Credentials {
            term: Term::of_key(&access_key_id),
            access_key_id,
            secret: Secret {
                secret_access_key: SecretAccessKey::new(secret),
                session_token: self.get("AWS_SESSION_TOKEN").map(SessionToken::new),
            },
            expires: None,
            role: None,
            shared: false,
            source: SOURCE,
        }))
    }
}

const SOURCE: &str = "the environment";

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
