//! Policies read again: on a signal, or when a file has other contents.
//!
//! Contents are compared, not times or file events: a ConfigMap is swapped by a symbolic link, which fools both.

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;

use crate::{
    authorize::{NamedPolicy, Policies, PolicyStore},
    aws::Region,
    policy::{Limits, Policy},
    record::{Gauge, Metrics},
};

/// How often files are compared.
pub(super) const INTERVAL: Duration = Duration::from_millis(500);

/// How long a file that does not parse is given: it may be half written.
const HALF_WRITTEN: Duration = Duration::from_millis(200);

/// How often all files are read again because they have changed meanwhile.
const MOST_READINGS: u32 = 8;

/// Whom a policy is for.
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
    /// Whom it is for.
    pub holds_for: PolicyFor,
    /// Its name in records: the file's path, or `inline`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Whether a condition key, in lower case, can be known in any request.
pub type IsKnowable = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What is wrong with a policy that can be read, a sentence each with line and column.
pub type LintPolicy = Arc<dyn Fn(&Policy) -> Vec<String> + Send + Sync>;

/// How many sentences about all policies in force are kept and logged.
const MOST_FINDINGS: usize = 20;

/// Reads all policy texts as they are now.
pub type ReadPolicies = Box<dyn Fn() -> Result<Vec<PolicyText>, String> + Send + Sync>;

/// Keeps the policies in force up to date with their files.
pub(super) struct Reloader {
    read: ReadPolicies,
    is_knowable: IsKnowable,
    lint: LintPolicy,
    limits: Limits,
    store: Arc<PolicyStore>,
    metrics: Arc<Metrics>,
    /// Whether policies that restrict nothing are refused.
    pub(super) must_restrict: bool,
    /// The texts last looked at, good or bad.
    seen: Vec<PolicyText>,
    /// Why the texts last looked at are not in force.
    pub(super) error: Option<String>,
    /// Statements that can never be decided, a sentence each.
    pub(super) undecidable: Vec<String>,
    /// What the linter says of the policies in force: statements that do nothing of what they say, a sentence each.
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

    /// Names the statements that can never be decided with what is configured, before traffic finds them.
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

    /// Lints the policies in force. They are in force by then: nothing waits for it but the next reload.
    pub(super) fn lint(&mut self) {
        self.findings.clear();
        let mut count = 0;
        let policies = self.store.current();
        let mut linted: Vec<(&str, &str)> = Vec::new();
        for named in policies.all() {
            // One policy may be that of several endpoints.
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

    /// Looks whether the texts have changed, and puts them into force if they are good. True where something happened.
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
                        // Texts that could not be read are looked at again whatever they are once they can.
                        self.seen = again.unwrap_or_default();
                        self.error = Some(error);
                    }
                }
            }
        }
        true
    }

    /// Reads policies that are to take the place of those in force.
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
        // Counted first, so that no decision by a new policy is missed.
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

/// Reads all texts until they are the same twice in a row. Files are read one after the other, and a volume may change
/// between two of them: policies of two generations must not be in force together.
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

/// What is counted of policies: what each of their statements decides.
fn counted(policies: &Policies) -> impl Iterator<Item = (String, String, usize)> {
    policies.all().map(|named| (named.name.clone(), named.version.clone(), named.policy.statements().len()))
}

/// All texts or none.
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

    /// Two files, of which each reading gives these contents; the last one from then on.
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
        // The volume was swapped after the first file had been read, or before the second one was read for the last time.
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
