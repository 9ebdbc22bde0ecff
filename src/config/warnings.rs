//! Warnings about valid settings that weaken enforcement. They are logged at start and printed by `run --check`.

use super::{
    Config, DependentActions, Mode, Undetermined, Unmapped,
    sections::{FipsRoute, RequiredTrust},
};
use crate::aws::rds;

impl Config {
    /// One sentence for each setting that weakens enforcement or that an operator might not expect.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.weaknesses();
        for limit in &self.rate_limits {
            let known = |operation: &rds::Operation| limit.action.matches(&format!("rds:{}", operation.name));
            if !rds::OPERATIONS.iter().chain([&rds::LOG_FILE_DOWNLOAD]).any(known) {
                warnings.push(format!("`rate_limit.action` `{}` names no action that is known", limit.action));
            }
        }
        let fips = self.endpoints.iter().any(|endpoint| endpoint.fips);
        if !self.endpoints.is_empty() && !fips && self.routing.fips == FipsRoute::SameEndpoint {
            warnings.push(
                "no endpoint has `fips = true`: calls to FIPS hosts go to the region's other endpoint, and the record \
                 says so"
                    .to_owned(),
            );
        }
        warnings
    }

    /// One sentence for each setting that weakens enforcement.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |applies: bool, sentence: &str| {
            if applies {
                warnings.push(sentence.to_owned());
            }
        };
        warn(
            self.policies().next().is_none(),
            "no policy is configured: every call is allowed to everybody, as AWS does with an endpoint's default policy",
        );
        warn(self.mode == Mode::Audit, "`mode` is `audit`: what the policy denies is recorded and forwarded");
        warn(
            self.admin.iter().any(|address| !address.ip().is_loopback()),
            "`admin` is not a loopback address alone: every client that reaches it reads principals, resources and policies there; \
             `metrics` is for probes and scrapers",
        );
        warn(
            self.policy_options.undetermined == Undetermined::Defer,
            "`policy_options.undetermined` is `defer`: statements that cannot be decided here are left to AWS",
        );
        warn(
            self.decode.dependent_actions == DependentActions::Ignore,
            "`decode.dependent_actions` is `ignore`: tags set at creation are not judged as `rds:AddTagsToResource`",
        );
        warn(
            self.routing.unmapped == Unmapped::Public,
            "`routing.unmapped` is `public`: calls to regions without an endpoint leave through the internet",
        );
        warn(
            self.ca.dir.is_none() && self.ca.publish.is_none() && self.ca.cert.is_none(),
            "neither `ca.dir` nor `ca.publish` is set: the authority stays in memory, where no client finds it to trust it",
        );
        let common_policy = self.policy.is_some() || self.endpoints.iter().any(|endpoint| endpoint.policy.is_some());
        warn(
            !common_policy && self.workloads.iter().any(|workload| workload.policy.is_some()),
            "workloads have policies, but the common listeners have none: any workload can use those",
        );
        warn(
            self.identity.default_principal.is_some() && self.identity.require == RequiredTrust::None,
            "`identity.default_principal` applies to every caller whose access key names no account",
        );
        warnings
    }
}
