//! Counts how often each statement of the policies in force decided, and the decisions on each action. Both are
//! closed sets.

use std::{cmp::max, collections::BTreeMap};

use time::OffsetDateTime;

use super::{Decision, Record};

/// The counters.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The policies in force, each once.
    pub policies: Vec<PolicyTally>,
    /// Known actions by the names of their operations; `other` is the sum of all that are not in the table, `none`
    /// that of requests that were refused before they had one.
    pub actions: BTreeMap<&'static str, Count>,
}

/// The decisions of the statements of one text.
#[derive(Clone, Debug)]
pub struct PolicyTally {
    /// The policy's name in records.
    pub name: String,
    /// The first 12 hex digits of the text's SHA-256.
    pub version: String,
    /// When counting began: when this text came into force.
    pub since: OffsetDateTime,
    /// The decisions of each statement, in the policy's order.
    pub statements: Vec<Count>,
}

/// The number of decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Records that say `allow`.
    pub allow: u64,
    /// Records that say `deny`.
    pub deny: u64,
    /// The number of those that audit mode let pass.
    pub let_pass: u64,
    /// When the last counted request began.
    pub last: Option<OffsetDateTime>,
}

impl Count {
    fn add(&mut self, record: &Record) {
        match record.decision {
            Decision::Allow => self.allow += 1,
            Decision::Deny => self.deny += 1,
        }
        self.let_pass += u64::from(record.decision == Decision::Deny && !record.enforced);
        self.last = max(self.last, Some(record.time));
    }
}

impl Tally {
    /// Counts the statements of these policies from now on, given by name, version and number of statements. The
    /// counters of a text that remains in force are kept.
    pub(super) fn put_in_force(
        &mut self,
        policies: impl Iterator<Item = (String, String, usize)>,
        now: OffsetDateTime,
    ) {
        let before = std::mem::take(&mut self.policies);
        for (name, version, statements) in policies {
            if self.find(&name, &version).is_some() {
                continue;
            }
            let kept = before.iter().find(|old| old.name == name && old.version == version).cloned();
            let fresh = || PolicyTally { name, version, since: now, statements: vec![Count::default(); statements] };
            self.policies.push(kept.unwrap_or_else(fresh));
        }
    }

    /// Counts a record of a call. A call that was judged by a text no longer in force counts for no statement.
    pub(super) fn count(&mut self, record: &Record, action: &'static str) {
        self.actions.entry(action).or_default().add(record);
        let (Some(decided), Some(version)) = (&record.statement, &record.policy_version) else { return };
        let policy = self.find(&decided.policy, version);
        if let Some(count) = policy.and_then(|policy| policy.statements.get_mut(decided.index)) {
            count.add(record);
        }
    }

    fn find(&mut self, name: &str, version: &str) -> Option<&mut PolicyTally> {
        self.policies.iter_mut().find(|policy| policy.version == version && policy.name == name)
    }
}
