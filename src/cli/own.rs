//! The settings for the proxy's own credentials and for its broker, from the configuration.

use std::sync::Arc;

use super::Environment;
use crate::{
    broker::{self, Admission, TokenFile},
    config::{self, Config},
    credentials,
    identify::{self, Holder},
};

/// Where to look for the proxy's own credentials. The broker needs them whatever `identity.own_credentials` is.
pub(super) fn credentials(config: &Config, environment: &Environment) -> Option<credentials::Settings> {
    if !config.identity.own_credentials && config.broker.listen.is_empty() {
        return None;
    }
    let text = environment.variables().iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)));
    let settings = credentials::Settings::new(credentials::Environment::new(text));
    Some(credentials::Settings {
        region: config.endpoints.first().map(|endpoint| endpoint.region.clone()),
        extra_roots: config.upstream.ca.iter().flat_map(|file| file.certificates.iter().cloned()).collect(),
        ..settings
    })
}

/// The broker's settings: which tokens are given local keys.
pub(super) fn broker(config: &Config) -> Option<broker::Settings> {
    if config.broker.listen.is_empty() {
        return None;
    }
    let common = config.broker.token_file.iter().map(|file| Admission {
        holder: Arc::new(Holder::new(None, config.identity.default_principal.clone(), false)),
        token: TokenFile::new(file),
        uid: None,
    });
    let workloads = config.workloads.iter().filter_map(|workload| {
        let principal = workload.principal.clone().or_else(|| config.identity.default_principal.clone());
        Some(Admission {
            holder: Arc::new(Holder::new(Some(workload.name.as_str().into()), principal, workload.uid.is_some())),
            token: TokenFile::new(workload.token_file.as_ref()?),
            uid: workload.uid,
        })
    });
    Some(broker::Settings {
        admissions: common.chain(workloads).collect(),
        lifetime: config.broker.lifetime,
        dir: config.ca.dir.clone(),
    })
}

/// How to treat requests whose key was not handed out by the broker.
pub(super) fn foreign(config: &Config) -> identify::Foreign {
    match config.broker.foreign {
        config::Foreign::Deny if !config.broker.listen.is_empty() => identify::Foreign::Deny,
        config::Foreign::Deny | config::Foreign::Pass => identify::Foreign::Pass,
    }
}

/// The names of STS that the authority must be able to sign for if it is constrained to regions.
pub(super) fn sts_names(config: &Config) -> Vec<String> {
    if !config.identity.observe_sts || config.ca.constrain != config::Constrain::Regions {
        return Vec::new();
    }
    let regions = config.endpoints.iter().map(|endpoint| &endpoint.region);
    let names = regions.flat_map(|region| {
        let partition = region.partition();
        let (plain, dual) = (partition.dns_suffix(), partition.dual_stack_suffix());
        [
            format!("sts.{region}.{plain}"),
            format!("sts-fips.{region}.{plain}"),
            format!("sts.{region}.{dual}"),
            format!("sts.{region}.vpce.{plain}"),
        ]
    });
    names.chain(["sts.amazonaws.com".to_owned()]).collect()
}
