//! The credential sources in the SDKs' order. The first one that is configured is used: if it fails, the failure
//! is reported and no other source is tried.

use super::{
    Credentials, Error, Settings, container,
    http::Http,
    instance, profile,
    service::{Api, Service},
    sts::{Owner, Sts},
    web_identity,
};
use crate::{aws::Region, identify::LocalKeys};

/// Obtains credentials from the configured source.
#[derive(Debug)]
pub struct Chain {
    settings: Settings,
    http: Http,
}

impl Chain {
    /// A chain with these settings. It does not contact any source yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let http = Http::new(settings.extra_roots.clone());
        Self { settings, http }
    }

    /// The current credentials of the first configured source.
    ///
    /// # Errors
    /// The error of that source; [`Error::NoSource`] if none is configured.
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

    /// The principal that these credentials belong to, by `sts:GetCallerIdentity`, which no policy can deny.
    ///
    /// # Errors
    /// STS cannot be reached, or does not accept the credentials.
    pub async fn identity(&self, credentials: &Credentials) -> Result<Owner, Error> {
        Sts::new(&self.settings, &self.http, None).caller_identity(credentials).await
    }

    /// Calls a service in a region, signed with these credentials, and returns its XML. The first parameter is the
    /// `Action`.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses the call.
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
