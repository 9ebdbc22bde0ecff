//! The policies in force, swapped as one set: a request uses the same set from beginning to end.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;

use crate::{aws::Region, policy::Policy};

/// A policy with its name in records.
#[derive(Debug)]
pub struct NamedPolicy {
    /// Its file's path, or `inline`.
    pub name: String,
    /// The first 12 hex digits of its text's SHA-256.
    pub version: String,
    /// The policy itself.
    pub policy: Policy,
}

impl NamedPolicy {
    /// Creates a named policy; the version is computed from its text.
    #[must_use]
    pub fn new(name: String, policy: Policy) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, policy.text().as_bytes());
        let version = digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { name, version, policy }
    }
}

/// All policies at one point in time. Every policy that applies to a call must allow it.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// The policy for every call.
    pub default: Option<Arc<NamedPolicy>>,
    /// Policies of endpoints, by region.
    pub endpoints: HashMap<Region, Vec<Arc<NamedPolicy>>>,
    /// Policies of workloads, by name.
    pub workloads: HashMap<Arc<str>, Arc<NamedPolicy>>,
}

impl Policies {
    /// The policies that apply to a call to this region by this workload.
    pub fn applying<'p>(
        &'p self,
        region: &Region,
        workload: Option<&str>,
    ) -> impl Iterator<Item = &'p Arc<NamedPolicy>> + use<'p> {
        let endpoint = self.endpoints.get(region).into_iter().flatten();
        let workload = workload.and_then(|name| self.workloads.get(name));
        self.default.iter().chain(endpoint).chain(workload)
    }

    /// Every policy.
    pub fn all(&self) -> impl Iterator<Item = &Arc<NamedPolicy>> {
        self.default.iter().chain(self.endpoints.values().flatten()).chain(self.workloads.values())
    }

    /// Whether a caller without a workload is unrestricted: no policy applies to it, or only ones that allow
    /// everything to every principal. Workloads' own policies do not count here: the common listeners are open to
    /// all clients.
    #[must_use]
    pub fn allow_everything(&self) -> bool {
        let common = self.default.iter().chain(self.endpoints.values().flatten());
        common.into_iter().all(|named| named.policy.is_full_access())
    }
}

/// Stores the policies in force.
#[derive(Debug, Default)]
pub struct PolicyStore(ArcSwap<Policies>);

impl PolicyStore {
    /// Creates a store with these policies.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self(ArcSwap::from_pointee(policies))
    }

    /// The policies in force now. Keep them for one request only.
    #[must_use]
    pub fn current(&self) -> Arc<Policies> {
        self.0.load_full()
    }

    /// Puts other policies into force atomically.
    pub fn swap(&self, policies: Policies) {
        self.0.store(Arc::new(policies));
    }
}
