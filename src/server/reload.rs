//! Reloads policies: on a signal, or when the contents of a file change.
//!
//! Contents are compared, not times or file events: a ConfigMap is swapped by a symbolic link, which neither of
//! them detects reliably.

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

use crate::{
    authorize::{NamedPolicy, Policies, PolicyStore},
    aws::Region,
    policy::{Limits, Policy},
    record::{Gauge, Metrics},
};

/// The interval at which files are compared.
pub(super) const INTERVAL: Duration = Duration::from_millis(500);

/// How long to wait before re-reading a file that does not parse: it may be half written.
const HALF_WRITTEN: Duration = Duration::from_millis(200);

/// How often all files are re-read because they changed during reading.
const MOST_READINGS: u32 = 8;

/// The calls that a policy applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyFor {
    /// Every call.
    All,
    /// Calls through the endpoint of a region.
    Endpoint(Region),
    /// Calls of a workload.
    Workload(Arc<str>),
}

/// A policy's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The calls that it applies to.
    pub holds_for: PolicyFor,
    /// Its name in records: the file's path, or `inline`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Whether a condition key, in lower case, can be known in any request.
pub type IsKnowable = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Lints a valid policy; returns one sentence with line and column for each finding.
pub type LintPolicy = Arc<dyn Fn(&Policy) -> Vec<String> + Send + Sync>;

/// The maximum number of findings about all policies in force that are kept and logged.
const MOST_FINDINGS: usize = 20;

/// Reads all current policy texts.
pub type ReadPolicies = Box<dyn Fn() -> Result<Vec<PolicyText>, String> + Send + Sync>;

/// Keeps the policies in force in sync with their files.
pub(super) struct Reloader {
    read: ReadPolicies,
    is_knowable: IsKnowable,
    lint: LintPolicy,
    limits: Limits,
    store: Arc<PolicyStore>,
    metrics: Arc<Metrics>,
    /// Whether policies that restrict nothing are refused.
    pub(super) must_restrict: bool,
    /// The texts that were last read, valid or not.
    seen: Vec<PolicyText>,
    /// Why the texts that were last read are not in force.
    pub(super) error: Option<String>,
    /// Statements that can never be decided, one sentence each.
    pub(super) undecidable: Vec<String>,
    /// The linter's findings in the policies in force: statements without their intended effect, one sentence each.
    pub(super) findings: Vec<String>,
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("error", &self.error).finish_non_exhaustive()
    }
}

impl Reloader {
    /// Reads the policies for the first time.
    ///
    /// # Errors
    /// One of them cannot be read or parsed.
    pub(super) fn start(
        read: ReadPolicies,
        is_knowable: IsKnowable,
        lint: LintPolicy,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> Result<Self, String> {
        let seen = settled(&read)?;
        let policies = parse(&seen, &limits)?;
        metrics.put_in_force(counted(&policies));
        let store = Arc::new(PolicyStore::new(policies));
        metrics.set(Gauge::PolicyLoaded, OffsetDateTime::now_utc().unix_timestamp());
        let mut reloader = Self {
            read,
            is_knowable,
            lint,
            limits,
            store,
            metrics,
            seen,
            error: None,
            undecidable: Vec::new(),
            findings: Vec::new(),
            must_restrict: false,
        };
        reloader.look_for_undecidable();
        Ok(reloader)
    }

    /// Finds the statements that can never be decided with this configuration, before traffic does.
    fn look_for_undecidable(&mut self) {
        self.undecidable.clear();
        for named in self.store.current().all() {
            for found in named.policy.undecidable(&*self.is_knowable) {
                let sid = found.statement.sid().map(|sid| format!(" (\"{sid}\")")).unwrap_or_default();
                let sentence = format!("{}: statement {}{sid} {}", named.name, found.index + 1, found.sentence());
                tracing::warn!("{sentence}");
                self.undecidable.push(sentence);
            }
        }
        let count = i64::try_from(self.undecidable.len()).unwrap_or(i64::MAX);
        self.metrics.set(Gauge::UndecidableStatements, count);
    }

    /// Lints the policies in force. They are already in force: only the next reload waits for this.
    pub(super) fn lint(&mut self) {
        self.findings.clear();
        let mut count = 0;
        let policies = self.store.current();
        let mut linted: Vec<(&str, &str)> = Vec::new();
        for named in policies.all() {
            // One policy may apply to several endpoints.
            let which = (named.name.as_str(), named.version.as_str());
            if linted.contains(&which) {
                continue;
            }
            linted.push(which);
            for sentence in (self.lint)(&named.policy) {
                count += 1;
                if count <= MOST_FINDINGS {
                    let sentence = format!("{}: {sentence}", named.name);
                    tracing::warn!("{sentence}");
                    self.findings.push(sentence);
                }
            }
        }
        if count > MOST_FINDINGS {
            let more = count - MOST_FINDINGS;
            let sentence =
                format!("{more} more findings about the policies in force: `rds-guard lint FILE` lists them");
            tracing::warn!("{sentence}");
            self.findings.push(sentence);
        }
        self.metrics.set(Gauge::PolicyFindings, i64::try_from(count).unwrap_or(i64::MAX));
    }

    pub(super) fn store(&self) -> &Arc<PolicyStore> {
        &self.store
    }

    /// Checks whether the texts have changed, and puts them into force if they are valid. Returns true if anything
    /// happened.
    pub(super) async fn look(&mut self) -> bool {
        let texts = (self.read)();
        if texts.as_ref().is_ok_and(|texts| *texts == self.seen)
            || (texts.is_err() && self.error == texts.clone().err())
        {
            return false;
        }
        let texts = settled(&self.read);
        match texts.and_then(|texts| self.parse(&texts).map(|policies| (texts, policies))) {
            Ok((texts, policies)) => self.put_into_force(texts, policies),
            Err(_) => {
                tokio::time::sleep(HALF_WRITTEN).await;
                let again = settled(&self.read);
                match again.clone().and_then(|texts| self.parse(&texts)) {
                    Ok(policies) => self.put_into_force(again.unwrap_or_default(), policies),
                    Err(error) => {
                        tracing::error!(%error, "the policy is not reloaded, the old one stays in force");
                        self.metrics.reloaded(false);
                        // Texts that could not be read are processed as soon as they can be, whatever they contain.
                        self.seen = again.unwrap_or_default();
                        self.error = Some(error);
                    }
                }
            }
        }
        true
    }

    /// Parses policies that are to replace those in force.
    fn parse(&self, texts: &[PolicyText]) -> Result<Policies, String> {
        let policies = parse(texts, &self.limits)?;
        if self.must_restrict && policies.allow_everything() {
            return Err("--require-enforce: the new policy allows everything to everybody".into());
        }
        Ok(policies)
    }

    fn put_into_force(&mut self, texts: Vec<PolicyText>, policies: Policies) {
        let versions: Vec<&str> = policies.all().map(|named| named.version.as_str()).collect();
        tracing::info!(versions = ?versions, "policy reloaded");
        // Registered first, so that no decision by a new policy is missed.
        self.metrics.put_in_force(counted(&policies));
        self.store.swap(policies);
        self.metrics.reloaded(true);
        self.metrics.set(Gauge::PolicyLoaded, OffsetDateTime::now_utc().unix_timestamp());
        self.seen = texts;
        self.error = None;
        self.look_for_undecidable();
        self.lint();
    }
}

/// Reads all texts until two consecutive readings are equal. Files are read one after the other, and a volume may
/// change between two of them: policies of two generations must not be in force together.
fn settled(read: &ReadPolicies) -> Result<Vec<PolicyText>, String> {
    let mut texts = read()?;
    for _ in 0..MOST_READINGS {
        let again = read()?;
        if again == texts {
            return Ok(texts);
        }
        texts = again;
    }
    Err("the policy files change faster than they can be read".into())
}

/// The counters of policies: the decisions of each of their statements.
fn counted(policies: &Policies) -> impl Iterator<Item = (String, String, usize)> {
    policies.all().map(|named| (named.name.clone(), named.version.clone(), named.policy.statements().len()))
}

/// Parses all texts, or fails.
fn parse(texts: &[PolicyText], limits: &Limits) -> Result<Policies, String> {
    let mut policies = Policies::default();
    for PolicyText { holds_for, name, text } in texts {
        let policy = Policy::parse(text, limits).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(|problem| format!("{name}:{problem}")).collect();
            lines.join("\n")
        })?;
        let named = Arc::new(NamedPolicy::new(name.clone(), policy));
        match holds_for {
            PolicyFor::All => policies.default = Some(named),
            PolicyFor::Endpoint(region) => policies.endpoints.entry(region.clone()).or_default().push(named),
            PolicyFor::Workload(workload) => {
                policies.workloads.insert(Arc::clone(workload), named);
            }
        }
    }
    Ok(policies)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Two files whose contents differ at each reading as given; later readings repeat the last pair.
    fn reading(contents: &'static [[&'static str; 2]]) -> (ReadPolicies, Arc<AtomicUsize>) {
        let readings = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&readings);
        let read = move || {
            let number = counted.fetch_add(1, Ordering::Relaxed).min(contents.len() - 1);
            let text = |(name, text): (&str, &str)| PolicyText {
                holds_for: PolicyFor::All,
                name: name.to_owned(),
                text: text.to_owned(),
            };
            Ok(["a", "b"].into_iter().zip(contents[number]).map(text).collect())
        };
        (Box::new(read), readings)
    }

    fn found(contents: &'static [[&'static str; 2]]) -> Result<Vec<String>, String> {
        settled(&reading(contents).0).map(|texts| texts.into_iter().map(|text| text.text).collect())
    }

    #[test]
    fn files_that_changed_between_two_readings_were_in_force_together() {
        // The volume was swapped after the first file had been read, or before the second one was read for the last
        // time.
        assert_eq!(found(&[["old", "new"], ["new", "new"]]).unwrap(), ["new", "new"]);
        assert_eq!(found(&[["old", "old"], ["old", "new"], ["new", "new"]]).unwrap(), ["new", "new"]);
        let (read, readings) = reading(&[["old", "old"]]);
        assert_eq!(settled(&read).unwrap().len(), 2);
        assert_eq!(readings.load(Ordering::Relaxed), 2, "where nothing changes they are read twice");
    }

    #[test]
    fn files_that_never_rest_are_not_put_into_force() {
        let restless: ReadPolicies = {
            let number = AtomicUsize::new(0);
            Box::new(move || {
                let text = number.fetch_add(1, Ordering::Relaxed).to_string();
                Ok(vec![PolicyText { holds_for: PolicyFor::All, name: "a".into(), text }])
            })
        };
        assert!(settled(&restless).unwrap_err().contains("change faster"));
    }
}
