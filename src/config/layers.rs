//! Merges the layers (file, environment, flags) in order of priority, and reads the result once.

use std::{ffi::OsString, path::PathBuf};

use super::{
    Audit, Broker, Ca, Config, Decode, Drain, Endpoint, Errors, Host, Identity, Limits, PolicyOptions, Principal,
    RateLimit, Resolve, Routing, Tunnel, Upstream, Workload, checks, endpoint_overlay, environment, file,
    flags::{self, Flag},
    policy_source::{self, PolicyText},
    problem::Problem,
    section::{Reading, Section},
    sections,
    written::{Node, Table},
};

/// The default configuration file. It is read if it exists and no other file is named.
pub const SYSTEM_FILE: &str = "/etc/rds-guard/rds-guard.toml";

/// The sources of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by `--config`.
    pub file: Option<PathBuf>,
    /// The file that is read if it exists and neither `--config` nor `RDS_GUARD_CONFIG` names one.
    pub system_file: Option<PathBuf>,
    /// The environment. Only `RDS_GUARD_*` variables are used.
    pub environment: Vec<(OsString, OsString)>,
    /// The flags that set configuration keys.
    pub flags: Vec<Flag>,
    /// Whether `--require-enforce` was given.
    pub require_enforce: bool,
}

impl Sources {
    /// The file to read: named by the flag, otherwise by the variable, otherwise the system file if it exists.
    fn chosen_file(&self) -> Option<PathBuf> {
        let variable = || {
            let named = self.environment.iter().find(|(name, _)| name.to_str() == Some("RDS_GUARD_CONFIG"));
            named.map(|(_, path)| PathBuf::from(path))
        };
        let system = || self.system_file.clone().filter(|path| path.exists());
        self.file.clone().or_else(variable).or_else(system)
    }
}

/// The merged settings of all sources.
pub(super) struct Layered {
    pub(super) table: Table,
    pub(super) resolve: Vec<Node>,
    pub(super) file: Option<PathBuf>,
}

/// Merges the sources.
pub(super) fn lay(sources: &Sources, problems: &mut Vec<Problem>) -> Layered {
    let file = sources.chosen_file();
    let mut table = file.as_deref().map(|path| file::read(path, problems)).unwrap_or_default();
    let (variables, endpoints) = environment::read(&sources.environment, problems);
    table.overlay(variables);
    endpoint_overlay::overlay(&mut table, endpoints);
    let flags = flags::read(&sources.flags, problems);
    table.overlay(flags.table);
    endpoint_overlay::overlay(&mut table, flags.endpoints);
    Layered { table, resolve: flags.resolve, file }
}

pub(super) fn load(sources: &Sources) -> Result<Config, Errors> {
    let mut reading = Reading::default();
    let Layered { table, resolve, file } = lay(sources, &mut reading.problems);
    let mut config = read(table, &mut reading);
    config.resolve = resolve.iter().filter_map(|node| reading.flag::<Resolve>("--resolve", node)).collect();
    config.file = file;
    config.require_enforce = sources.require_enforce;
    reading.finish();
    config.effective = std::mem::take(&mut reading.effective);
    let mut problems = reading.problems;
    if problems.is_empty() {
        problems.extend(checks::problems(&config));
    }
    Errors::from_problems(problems)?;
    Ok(config)
}

/// The name of every key, in the order of the documentation.
pub(super) fn keys() -> Vec<String> {
    let mut reading = Reading::default();
    read(Table::default(), &mut reading);
    reading.into_keys()
}

/// Reads every key, in the order of the documentation.
fn read(table: Table, reading: &mut Reading) -> Config {
    let mut root = Section::root(table, reading);
    let mut config = Config::default();
    root.set("listen", &mut config.listen);
    root.set("listen_direct", &mut config.listen_direct);
    root.set("listen_transparent", &mut config.listen_transparent);
    root.set("listen_endpoint", &mut config.listen_endpoint);
    root.set("admin", &mut config.admin);
    root.set("admin_names", &mut config.admin_names);
    root.set("metrics", &mut config.metrics);
    root.set("mode", &mut config.mode);
    let mut policy: Option<PolicyText> = None;
    let policy_origin = root.set("policy", &mut policy);
    config.policy_options = PolicyOptions::read(root.section("policy_options"));
    config.policy = policy_source::load(&mut root, policy, policy_origin, &config.policy_options);
    sections(&mut root, &mut config);
    root.set("workers", &mut config.workers);
    root.finish();
    config
}

fn sections(root: &mut Section<'_>, config: &mut Config) {
    let options = config.policy_options.clone();
    config.endpoints = root.each("endpoint", |section| Endpoint::read(section, &options));
    config.hosts = root.each("host", Host::read);
    config.workloads = root.each("workload", |section| Workload::read(section, &options));
    config.principals = root.each("principal", Principal::read);
    config.identity = Identity::read(root.section("identity"));
    config.broker = Broker::read(root.section("broker"));
    config.context = sections::context(root.section("context"));
    config.resource_ids = sections::resource_ids(root.section("resource_ids"));
    config.decode = Decode::read(root.section("decode"));
    config.tunnel = Tunnel::read(root.section("tunnel"));
    config.routing = Routing::read(root.section("routing"));
    config.upstream = Upstream::read(root.section("upstream"));
    config.ca = Ca::read(root.section("ca"));
    config.limits = Limits::read(root.section("limits"));
    config.rate_limits = root.each("rate_limit", RateLimit::read);
    config.audit = Audit::read(root.section("audit"));
    config.drain = Drain::read(root.section("drain"));
}
