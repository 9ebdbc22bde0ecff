//! The sources in the SDKs' order. The first that is configured is the one: what fails there is told, not passed over.

use super::{
    Credentials, Error, Settings, container,
    http::Http,
    instance, profile,
    service::{Api, Service},
    sts::{Owner, Sts},
    web_identity,
};
use crate::{aws::Region, identify::LocalKeys};

/// Asks the sources.
#[derive(Debug)]
pub struct Chain {
    settings: Settings,
    http: Http,
}

impl Chain {
    /// A chain of these settings. Nothing is asked yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let http = Http::new(settings.extra_roots.clone());
        Self { settings, http }
    }

    /// The credentials of the first source that is configured, as they are now.
    ///
    /// # Errors
    /// What that source said; [`Error::NoSource`] where none is configured.
    pub async fn credentials(&self) -> Result<Credentials, Error> {
        let found = self.first().await?;
        if LocalKeys::is_local(&found.access_key_id) {
            return Err(Error::LocalKeys { asked: found.source });
        }
        Ok(found)
    }

    async fn first(&self) -> Result<Credentials, Error> {
        let Self { settings, http } = self;
        if let Some(found) = settings.environment.credentials()? {
            return Ok(found);
        }
        if let Some(found) = web_identity::credentials(settings, http).await? {
            return Ok(found);
        }
        if let Some(found) = profile::credentials(settings, http).await? {
            return Ok(found);
        }
        if let Some(found) = container::credentials(settings, http).await? {
            return Ok(found);
        }
        instance::credentials(settings, http).await.map_err(|error| Error::NoSource { metadata: error.to_string() })
    }

    /// Whose credentials these are, by `sts:GetCallerIdentity`, which nobody can be denied.
    ///
    /// # Errors
    /// STS cannot be reached, or does not know them.
    pub async fn identity(&self, credentials: &Credentials) -> Result<Owner, Error> {
        Sts::new(&self.settings, &self.http, None).caller_identity(credentials).await
    }

    /// Asks a service in a region, signed by these credentials; gives its XML. The first parameter is the `Action`.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    pub async fn ask(
        &self,
        service: Service,
        region: &Region,
        parameters: &[(&str, &str)],
        by: &Credentials,
    ) -> Result<String, Error> {
        let answer = Api::new(&self.settings, &self.http, service, Some(region)).ask(parameters, Some(by)).await?;
        Ok(answer.text)
    }
}
