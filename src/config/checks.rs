//! Checks across keys: values that contradict each other, possibly in different sections.

use std::{net::SocketAddr, time::Duration};

use super::{
    Config, Mode, Origin,
    problem::{Misdeed, Problem},
};

/// The problems that concern more than one key of a configuration.
pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    repeated_names(config, &mut problems);
    listeners(config, &mut problems);
    brokering(config, &mut problems);
    enforcing(config, &mut problems);
    problems
}

/// Minimum lifetime of a local key.
const SHORTEST_LIFETIME: Duration = Duration::from_secs(1);

/// Reports names that occur more than once but must be unique.
fn repeated_names(config: &Config, problems: &mut Vec<Problem>) {
    let workloads = config.workloads.iter().map(|workload| (workload.name.clone(), &workload.origin));
    once("workload.name", workloads, problems);
    let endpoints = config.endpoints.iter().map(|endpoint| {
        let kind = if endpoint.fips { " with fips" } else { "" };
        (format!("{}{kind}", endpoint.region), &endpoint.origin)
    });
    once("endpoint.region", endpoints, problems);
    once("host.name", config.hosts.iter().map(|host| (host.name.to_string(), &host.origin)), problems);
    let keys = config.principals.iter().map(|principal| (principal.access_key_id.to_string(), &principal.origin));
    once("principal.access_key_id", keys, problems);
    // A token identifies the caller by the file that contains it, so two entries must not share a file.
    let common = config.origin_of("broker.token_file");
    let common = config.broker.token_file.iter().map(|file| (file, &common));
    let own = config.workloads.iter().filter_map(|workload| Some((workload.token_file.as_ref()?, &workload.origin)));
    let files = common.chain(own).map(|(file, origin)| (file.display().to_string(), origin));
    once("workload.token_file", files, problems);
}

fn once<'a>(key: &str, named: impl Iterator<Item = (String, &'a Origin)>, problems: &mut Vec<Problem>) {
    let mut seen: Vec<(String, &Origin)> = Vec::new();
    for (name, origin) in named {
        match seen.iter().find(|(other, _)| *other == name) {
            Some((_, first)) => {
                let misdeed =
                    Misdeed::Repeated { key: key.to_owned(), found: format!("`{name}`"), first: (*first).clone() };
                problems.push(Problem { origin: origin.clone(), misdeed });
            }
            None => seen.push((name, origin)),
        }
    }
}

/// Reports an address that is used twice, an endpoint listener outside loopback, and a proxy without a listener.
fn listeners(config: &Config, problems: &mut Vec<Problem>) {
    let mut all: Vec<(String, SocketAddr, Origin)> = Vec::new();
    let top = [
        ("listen", &config.listen),
        ("listen_direct", &config.listen_direct),
        ("listen_transparent", &config.listen_transparent),
        ("listen_endpoint", &config.listen_endpoint),
        ("admin", &config.admin),
        ("metrics", &config.metrics),
        ("broker.listen", &config.broker.listen),
    ];
    for (key, addresses) in top {
        let origin = config.origin_of(key);
        all.extend(addresses.iter().map(|address| (key.to_owned(), *address, origin.clone())));
    }
    for workload in &config.workloads {
        let own = [
            ("workload.listen", &workload.listen),
            ("workload.listen_direct", &workload.listen_direct),
            ("workload.listen_endpoint", &workload.listen_endpoint),
        ];
        for (key, addresses) in own {
            all.extend(addresses.iter().map(|address| (key.to_owned(), *address, workload.origin.clone())));
        }
    }
    let entrances = all.iter().filter(|(key, ..)| key.contains("listen") && !key.starts_with("broker"));
    if entrances.count() == 0 {
        let contradiction = "is off, and so is every other way in".to_owned();
        let misdeed = Misdeed::Contradiction { key: "listen".to_owned(), contradiction };
        problems.push(Problem { origin: config.origin_of("listen"), misdeed });
    }
    for (key, address, origin) in all.iter().filter(|(key, ..)| key.ends_with("listen_endpoint")) {
        if !address.ip().is_loopback() {
            let contradiction =
                format!("is `{address}`: it takes plain http, so it must be a loopback address such as `127.0.0.1`");
            let misdeed = Misdeed::Contradiction { key: key.clone(), contradiction };
            problems.push(Problem { origin: origin.clone(), misdeed });
        }
    }
    let mut taken: Vec<&(String, SocketAddr, Origin)> = Vec::new();
    for listener in all.iter().filter(|(_, address, _)| address.port() != 0) {
        let (key, address, origin) = listener;
        match taken.iter().find(|(_, other, _)| other == address) {
            Some((other_key, _, first)) => {
                let misdeed = Misdeed::Repeated {
                    key: key.clone(),
                    found: format!("`{address}`, the address of `{other_key}`,"),
                    first: first.clone(),
                };
                problems.push(Problem { origin: origin.clone(), misdeed });
            }
            None => taken.push(listener),
        }
    }
}

/// Reports settings that the broker needs and that are missing, and settings that need the broker.
fn brokering(config: &Config, problems: &mut Vec<Problem>) {
    let mut contradict = |key: &str, origin: &Origin, contradiction: String| {
        let misdeed = Misdeed::Contradiction { key: key.to_owned(), contradiction };
        problems.push(Problem { origin: origin.clone(), misdeed });
    };
    let origin = config.origin_of("broker.listen");
    let with_token = config.workloads.iter().filter(|workload| workload.token_file.is_some());
    if config.broker.listen.is_empty() {
        let needs = "needs the broker, which re-signs these calls: set `broker.listen`";
        if !config.listen_endpoint.is_empty() {
            contradict("listen_endpoint", &config.origin_of("listen_endpoint"), needs.to_owned());
        }
        for workload in config.workloads.iter().filter(|workload| !workload.listen_endpoint.is_empty()) {
            contradict("workload.listen_endpoint", &workload.origin, needs.to_owned());
        }
        if config.broker.token_file.is_some() {
            let alone = "stands alone: without `broker.listen` there is no broker".to_owned();
            contradict("broker.token_file", &config.origin_of("broker.token_file"), alone);
        }
    } else if config.broker.token_file.is_none() && with_token.count() == 0 {
        let why = "hands out no keys: set `broker.token_file`, or a workload's `token_file`".to_owned();
        contradict("broker.listen", &origin, why);
    }
    if config.broker.lifetime < SHORTEST_LIFETIME {
        let why = "is less than a second: a key would have ended before it is used".to_owned();
        contradict("broker.lifetime", &config.origin_of("broker.lifetime"), why);
    }
    let agent = std::net::Ipv4Addr::new(169, 254, 170, 2);
    for address in config.broker.listen.iter().filter(|at| !at.ip().is_loopback() && at.ip() != agent) {
        let why = format!("is `{address}`: tokens and keys go there in plain http, so it must be loopback or {agent}");
        contradict("broker.listen", &origin, why);
    }
    let unshowable = |workload: &&super::Workload| {
        workload.token_file.is_some() && workload.uid.is_none() && !workload.listen_direct.is_empty()
    };
    for workload in config.workloads.iter().filter(unshowable) {
        let why = "has a `token_file` and no `uid`: there is no way to show a token there, so it would let anybody in";
        contradict("workload.listen_direct", &workload.origin, why.to_owned());
    }
}

/// `--require-enforce`: refuses to start unless a policy is enforced.
fn enforcing(config: &Config, problems: &mut Vec<Problem>) {
    if !config.require_enforce {
        return;
    }
    let flag = Origin::Flag("--require-enforce");
    if config.mode == Mode::Audit {
        let misdeed = Misdeed::NotEnforcing { reason: "`mode` is `audit`, which refuses nothing" };
        problems.push(Problem { origin: flag.clone(), misdeed });
    }
    // Callers without a workload use the common listeners, where the workloads' own policies do not apply. So
    // those policies do not count here.
    let common: Vec<_> =
        config.policy.iter().chain(config.endpoints.iter().filter_map(|endpoint| endpoint.policy.as_ref())).collect();
    let reason = if common.is_empty() {
        "no policy is configured, which allows everything to everybody"
    } else if common.iter().all(|source| source.policy().is_full_access()) {
        "the policy allows everything to everybody"
    } else {
        return;
    };
    problems.push(Problem { origin: flag, misdeed: Misdeed::NotEnforcing { reason } });
}
