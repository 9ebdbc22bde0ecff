//! Translates the configuration into the settings of each stage. No other module knows both.

use std::{fs, sync::Arc, time::Duration};

use super::{Environment, Failure, lint, own};
use crate::{
    accept::{BasicCredentials, HostPattern, TunnelSettings, UpstreamProxy, Verdict},
    authorize,
    aws::endpoint::RdsHost,
    broker::TokenFile,
    config::{self, AuditFile, Config, Mode, PolicySource},
    decode::{self, ResourceIds},
    forward::{self, Destinations, Watched},
    identify::{self, Directory, Entry, Secret, Trust},
    intercept::{self, authority},
    policy::{self, ConfiguredContext, ConfiguredKey},
    rate_limit::{self, RateLimit},
    record::{self, Recent},
    secret_file,
    server::{self, PolicyFor, PolicyText},
};

/// Maximum number of worker threads that are started by default.
const MOST_WORKERS: usize = 4;

/// How long a client connection may be idle between requests.
const CLIENT_IDLE: Duration = Duration::from_secs(3600);

/// Warns about secret files that every user of the container can read. Kubernetes mounts secrets that way unless
/// `defaultMode` is set.
fn warn_of_exposed_secrets(config: &Config) {
    let of_principals = config.principals.iter().flat_map(|of| [&of.secret_access_key_file, &of.session_token_file]);
    let of_workloads = config.workloads.iter().map(|workload| &workload.token_file);
    let common = [&config.broker.token_file, &config.ca.key];
    for path in of_principals.chain(of_workloads).chain(common).flatten() {
        if let Some(mode) = secret_file::exposure(path) {
            tracing::warn!(path = %path.display(), "a file with a secret has mode {mode:04o}, so every user can read it");
        }
    }
}

/// The settings of the server.
pub(super) fn settings(config: &Config, environment: &Environment) -> Result<server::Settings, Failure> {
    let hosts = config.hosts.iter().filter_map(|host| RdsHost::configured(host.name.as_str(), host.region.clone()));
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST_WORKERS);
    let upstream_proxy = upstream_proxy(config)?;
    warn_of_exposed_secrets(config);
    let forward = forward_settings(config, upstream_proxy.clone());
    for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = environment.text(variable)?.and_then(|name| name.parse().ok()) {
            forward.watched.add_region(&region);
        }
    }
    Ok(server::Settings {
        listen: config.listen.clone(),
        listen_direct: config.listen_direct.clone(),
        listen_transparent: config.listen_transparent.clone(),
        listen_endpoint: config.listen_endpoint.clone(),
        listen_broker: config.broker.listen.clone(),
        admin: config.admin.clone(),
        admin_names: config.admin_names.iter().map(|name| name.as_str().to_owned()).collect(),
        metrics: config.metrics.clone(),
        workers: config.workers.map_or(workers, std::num::NonZero::get),
        mode: match config.mode {
            Mode::Enforce => record::Mode::Enforce,
            Mode::Audit => record::Mode::Audit,
        },
        require_enforce: config.require_enforce,
        hosts: hosts.collect(),
        tunnel: tunnel(config)?,
        upstream_proxy,
        authority: authority(config),
        limits: intercept::Limits {
            body: config.limits.body.bytes(),
            buffered: config.limits.buffered.bytes(),
            head_time: config.limits.head_time,
            body_time: config.limits.body_time,
            idle: CLIENT_IDLE,
        },
        connections: config.limits.connections.get(),
        in_flight: config.limits.in_flight.get(),
        decode: decode_settings(config),
        identify: identify_settings(config),
        workloads: config.workloads.iter().map(|workload| self::workload(config, workload)).collect(),
        directory: directory(config)?,
        credentials: own::credentials(config, environment),
        observe_sts: config.identity.observe_sts,
        broker: own::broker(config),
        authorize: authorize_settings(config)?,
        read_policies: read_policies(config),
        is_knowable: is_knowable(config),
        lint: lint::in_force(is_knowable(config)),
        policy_limits: policy::Limits { max_characters: config.policy_options.max_characters.get() },
        rate_limits: rate_limits(config),
        forward,
        audit: record::LogSettings {
            target: match &config.audit.file {
                AuditFile::Stdout => record::Target::Stdout,
                AuditFile::File(path) => record::Target::File(path.clone()),
            },
            on_full: match config.audit.on_full {
                config::OnFull::Drop => record::OnFull::Drop,
                config::OnFull::Refuse => record::OnFull::Refuse,
            },
            capacity: record::Capacity {
                records: config.audit.queue.get(),
                bytes: usize::try_from(config.audit.queue_bytes.bytes()).unwrap_or(usize::MAX),
            },
            // Only the admin listener shows recent records.
            recent: Arc::new(if config.admin.is_empty() { Recent::forgotten() } else { Recent::kept() }),
        },
        record_values: config.audit.parameters,
        warnings: config.warnings(),
    })
}

fn rate_limits(config: &Config) -> Vec<RateLimit> {
    let limit = |limit: &config::RateLimit| RateLimit {
        action: limit.action.clone(),
        per_second: limit.per_second,
        burst: limit.burst,
        by: match limit.by {
            config::RateLimitBy::Principal => rate_limit::By::Principal,
            config::RateLimitBy::All => rate_limit::By::All,
        },
    };
    config.rate_limits.iter().map(limit).collect()
}

fn tunnel(config: &Config) -> Result<TunnelSettings, Failure> {
    let tunnel = &config.tunnel;
    let verdict = |verdict| match verdict {
        config::Verdict::Allow => Verdict::Allow,
        config::Verdict::Deny => Verdict::Deny,
    };
    Ok(TunnelSettings {
        default: verdict(tunnel.default),
        allow: patterns(&tunnel.allow)?,
        deny: patterns(&tunnel.deny)?,
        ports: match &tunnel.ports {
            config::Ports::All => Vec::new(),
            config::Ports::Listed(ports) => ports.clone(),
        },
        ip_literals: verdict(tunnel.ip_literals),
        no_sni: verdict(tunnel.no_sni),
        plain_http: tunnel.plain_http,
        idle: tunnel.idle,
        peek: tunnel.peek,
        connect: config.upstream.connect,
    })
}

fn patterns(rules: &[config::TunnelRule]) -> Result<Vec<HostPattern>, Failure> {
    let pattern = |rule: &config::TunnelRule| match rule {
        config::TunnelRule::Host(name) => name.as_str().parse().map_err(Failure::wrong),
        config::TunnelRule::Network(network) => Ok(HostPattern::Network(*network)),
    };
    rules.iter().map(pattern).collect()
}

fn upstream_proxy(config: &Config) -> Result<Option<Arc<UpstreamProxy>>, Failure> {
    let Some(proxy) = &config.upstream.proxy else { return Ok(None) };
    let credentials = proxy.credentials.as_ref().map(|credentials| BasicCredentials::new(credentials));
    let without = patterns(&config.upstream.no_proxy)?;
    Ok(Some(Arc::new(UpstreamProxy::new(proxy.host.clone(), proxy.port, credentials, without))))
}

pub(super) fn authority(config: &Config) -> authority::Settings {
    let regions = config.endpoints.iter().map(|endpoint| endpoint.region.clone());
    let own = config.ca.cert.clone().zip(config.ca.key.clone());
    authority::Settings {
        dir: config.ca.dir.clone(),
        publish: config.ca.publish.clone(),
        own: own.map(|(cert, key)| authority::OwnAuthority { cert, key }),
        constrain: match config.ca.constrain {
            config::Constrain::Suffixes => authority::Constrain::Suffixes,
            config::Constrain::Regions => authority::Constrain::Regions,
        },
        hosts: config.hosts.iter().map(|host| host.name.as_str().to_owned()).chain(own::sts_names(config)).collect(),
        regions: regions.collect(),
        extra_roots: config.ca.extra_roots.iter().map(|file| file.path.clone()).collect(),
        public_roots: authority::PublicRoots::System,
        overlap: config.ca.overlap,
    }
}

fn decode_settings(config: &Config) -> decode::Settings {
    decode::Settings {
        versions: config.decode.versions.clone(),
        unknown_actions: match config.decode.unknown_actions {
            config::UnknownActions::Judge => decode::UnknownActions::Judge,
            config::UnknownActions::Deny => decode::UnknownActions::Deny,
        },
        unknown_parameters: match config.decode.unknown_parameters {
            config::UnknownParameters::Pass => decode::UnknownParameters::Pass,
            config::UnknownParameters::Judge => decode::UnknownParameters::Judge,
            config::UnknownParameters::Deny => decode::UnknownParameters::Deny,
        },
    }
}

fn identify_settings(config: &Config) -> identify::Settings {
    identify::Settings {
        require: match config.identity.require {
            config::RequiredTrust::None => Trust::None,
            config::RequiredTrust::Claimed => Trust::Claimed,
            config::RequiredTrust::Assumed => Trust::Assumed,
            config::RequiredTrust::Known => Trust::Known,
            config::RequiredTrust::Verified => Trust::Verified,
        },
        default_principal: config.identity.default_principal.clone(),
        same_account: match config.identity.same_account {
            config::SameAccount::Unknown => identify::SameAccount::Unknown,
            config::SameAccount::OwnRole => identify::SameAccount::OwnRole,
        },
        clock_skew: config.identity.clock_skew,
        foreign: own::foreign(config),
        workload: None,
    }
}

/// A workload's own principal replaces the default one.
fn workload(config: &Config, workload: &config::Workload) -> server::Workload {
    let own = identify_settings(config);
    let default_principal = workload.principal.clone().or(own.default_principal);
    let name: Arc<str> = workload.name.as_str().into();
    server::Workload {
        listen: workload.listen.clone(),
        listen_direct: workload.listen_direct.clone(),
        listen_endpoint: workload.listen_endpoint.clone(),
        identify: identify::Settings { default_principal, workload: Some(Arc::clone(&name)), ..own },
        known: server::Known { name, uid: workload.uid, token: workload.token_file.as_ref().map(TokenFile::new) },
    }
}

fn directory(config: &Config) -> Result<Directory, Failure> {
    let mut entries = Vec::new();
    for principal in &config.principals {
        let secret = match &principal.secret_access_key_file {
            Some(key) => Some(Secret::read(key, principal.session_token_file.as_deref()).map_err(Failure::wrong)?),
            None => None,
        };
        let entry = Entry::new(principal.arn.clone(), principal.tags.clone(), secret);
        entries.push((principal.access_key_id.clone(), entry));
    }
    Directory::new(entries).map_err(Failure::wrong)
}

fn configured_context(config: &Config) -> ConfiguredContext {
    ConfiguredContext::of(config.context.iter().map(|(key, value)| {
        let said = match value {
            config::ContextValue::Values(values) => ConfiguredKey::Values(values.clone()),
            config::ContextValue::Absent => ConfiguredKey::Absent,
        };
        (key.clone(), said)
    }))
}

fn authorize_settings(config: &Config) -> Result<authorize::Settings, Failure> {
    let ids = config.resource_ids.iter().map(|(name, id)| (name.as_str(), id.as_str()));
    Ok(authorize::Settings {
        context: configured_context(config),
        roles: config.identity.roles.clone(),
        resource_ids: ResourceIds::new(ids).map_err(Failure::wrong)?,
        dependents: match config.decode.dependent_actions {
            config::DependentActions::DenyOnly => authorize::DependentActions::DenyOnly,
            config::DependentActions::Require => authorize::DependentActions::Require,
            config::DependentActions::Ignore => authorize::DependentActions::Ignore,
        },
        undetermined: match config.policy_options.undetermined {
            config::Undetermined::Deny => policy::Undetermined::Deny,
            config::Undetermined::Defer => policy::Undetermined::Defer,
        },
    })
}

pub(super) fn forward_settings(config: &Config, upstream_proxy: Option<Arc<UpstreamProxy>>) -> forward::Settings {
    let endpoints = config.endpoints.iter().map(|endpoint| forward::Endpoint {
        region: endpoint.region.clone(),
        dns: endpoint.dns.iter().map(|name| name.as_str().to_owned()).collect(),
        fips: endpoint.fips,
        id: endpoint.id.clone(),
        vpc: endpoint.vpc.clone(),
    });
    let hosts = config
        .hosts
        .iter()
        .filter_map(|host| Some((host.name.as_str().to_owned(), host.endpoint.as_ref()?.as_str().to_owned())));
    let host_regions = config.hosts.iter().map(|host| (host.name.as_str().to_owned(), host.region.clone()));
    let host_endpoints =
        config.hosts.iter().filter_map(|host| Some((host.endpoint.as_ref()?.as_str().to_owned(), host.region.clone())));
    forward::Settings {
        watched: Watched::new(host_regions.chain(host_endpoints)),
        destinations: Arc::new(Destinations {
            endpoints: endpoints.collect(),
            hosts: hosts.collect(),
            unmapped: match config.routing.unmapped {
                config::Unmapped::PrivateDns => forward::Unmapped::PrivateDns,
                config::Unmapped::Deny => forward::Unmapped::Deny,
                config::Unmapped::Public => forward::Unmapped::Public,
            },
            fips: match config.routing.fips {
                config::FipsRoute::SameEndpoint => forward::FipsRouting::SameEndpoint,
                config::FipsRoute::Deny => forward::FipsRouting::Deny,
            },
        }),
        overrides: config
            .resolve
            .iter()
            .map(|entry| forward::ResolveOverride {
                host: entry.host.as_str().to_owned(),
                port: entry.port,
                to: entry.address,
            })
            .collect(),
        upstream_proxy: upstream_proxy.filter(|_| config.upstream.proxy_rds),
        private_cidrs: config.routing.private_cidrs.clone(),
        extra_roots: config.upstream.ca.iter().flat_map(|file| file.certificates.iter().cloned()).collect(),
        connect: config.upstream.connect,
        first_byte: config.upstream.first_byte,
        idle: config.upstream.idle,
    }
}

pub(super) fn is_knowable(config: &Config) -> server::IsKnowable {
    let context = configured_context(config);
    let knowledge = authorize::Knowledge {
        endpoint_vpcs: config.endpoints.iter().any(|endpoint| endpoint.vpc.is_some()),
        endpoint_ids: config.endpoints.iter().any(|endpoint| endpoint.id.is_some()),
        public: config.routing.unmapped == config::Unmapped::Public,
        principals: config.identity.default_principal.is_some()
            || !config.principals.is_empty()
            || config.workloads.iter().any(|workload| workload.principal.is_some())
            || config.identity.observe_sts
            || (config.identity.own_credentials && config.identity.same_account == config::SameAccount::OwnRole)
            || !config.broker.listen.is_empty(),
    };
    Arc::new(move |key| authorize::is_knowable(key, &context, knowledge))
}

/// Returns a function that reads the texts of all policies each time it is called.
fn read_policies(config: &Config) -> server::ReadPolicies {
    let all = config.policy.iter().map(|source| (PolicyFor::All, source.clone()));
    let endpoints = config
        .endpoints
        .iter()
        .filter_map(|endpoint| Some((PolicyFor::Endpoint(endpoint.region.clone()), endpoint.policy.clone()?)));
    let workloads = config
        .workloads
        .iter()
        .filter_map(|workload| Some((PolicyFor::Workload(workload.name.as_str().into()), workload.policy.clone()?)));
    let sources: Vec<(PolicyFor, PolicySource)> = all.chain(endpoints).chain(workloads).collect();
    Box::new(move || {
        let read = |(holds_for, source): &(PolicyFor, PolicySource)| {
            let text = match source.path() {
                Some(path) => fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
                None => source.policy().text().to_owned(),
            };
            Ok(PolicyText { holds_for: holds_for.clone(), name: source.name(), text })
        };
        sources.iter().map(read).collect()
    })
}
