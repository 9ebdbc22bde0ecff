//! Bounds the size of a record: a client chooses the names, values and hosts in it, and records wait in memory.

use serde::Serialize;

use super::Record;

/// The maximum size of a bounded record in memory, its texts and lists together, in bytes.
pub const LARGEST_RECORD: usize = 64 * 1024;

/// The maximum size of one text in bytes; an ARN may have 2,048.
const LONGEST_TEXT: usize = 2048;

/// The maximum size of the list of resources, and of the list of parameters, in bytes.
const LARGEST_LIST: usize = 12 * 1024;

/// The maximum size of each other list, in bytes.
const LARGEST_SHORT_LIST: usize = 2 * 1024;

/// The size of each entry of a list in addition to its texts, in bytes.
const PER_ENTRY: usize = 48;

/// The size of a record in addition to its texts and lists, in bytes.
const FIXED: usize = 1024;

/// How many names each list of a record omits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Omitted {
    /// Resources.
    #[serde(skip_serializing_if = "is_zero")]
    pub resources: usize,
    /// Parameters.
    #[serde(skip_serializing_if = "is_zero")]
    pub parameters: usize,
    /// Values of parameters that are too long to be shown, if values are shown at all.
    #[serde(skip_serializing_if = "is_zero")]
    pub values: usize,
    /// Parameters that are not in the table.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown_parameters: usize,
    /// Unknown condition keys.
    #[serde(skip_serializing_if = "is_zero")]
    pub undetermined: usize,
    /// Dependent actions.
    #[serde(skip_serializing_if = "is_zero")]
    pub dependents_not_allowed: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the member by reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Record {
    /// Shortens texts that are too long, and counts what the lists omit. Returns the resulting size in bytes.
    pub(super) fn bound(&mut self) -> usize {
        let mut bytes = FIXED;
        let omitted = &mut self.omitted;
        for (_, value) in &mut self.parameters {
            if value.as_ref().is_some_and(|value| value.len() > LONGEST_TEXT) {
                *value = None;
                omitted.values += 1;
            }
            value.iter_mut().for_each(String::shrink_to_fit);
        }
        omitted.parameters += cut(&mut self.parameters, LARGEST_LIST, &mut bytes, |(name, value)| {
            (name, value.as_ref().map_or(0, String::len))
        });
        let mut names = |list: &mut Vec<String>, most: usize| cut(list, most, &mut bytes, |name| (name, 0));
        omitted.resources += names(&mut self.resources, LARGEST_LIST);
        omitted.unknown_parameters += names(&mut self.unknown_parameters, LARGEST_SHORT_LIST);
        omitted.undetermined += names(&mut self.undetermined, LARGEST_SHORT_LIST);
        omitted.dependents_not_allowed += names(&mut self.dependents_not_allowed, LARGEST_SHORT_LIST);
        for text in self.texts() {
            shorten(text);
            bytes += text.len();
        }
        bytes
    }

    /// All texts outside the lists.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let principal = self
            .principal
            .as_mut()
            .map(|principal| [principal.arn.as_mut(), principal.account.as_mut(), Some(&mut principal.access_key_id)]);
        let statement = self.statement.as_mut().map(|statement| [Some(&mut statement.policy), statement.sid.as_mut()]);
        let upstream = self
            .upstream
            .as_mut()
            .map(|upstream| [Some(&mut upstream.endpoint), Some(&mut upstream.address), upstream.request_id.as_mut()]);
        let own = [
            Some(&mut self.request_id),
            Some(&mut self.source),
            self.action.as_mut(),
            self.policy_version.as_mut(),
            self.workload.as_mut(),
            self.region.as_mut(),
            self.host.as_mut(),
            self.detail.as_mut(),
            self.denied_action.as_mut(),
            self.denied_resource.as_mut(),
        ];
        let nested = principal.into_iter().flatten().chain(statement.into_iter().flatten());
        own.into_iter().chain(nested).chain(upstream.into_iter().flatten()).flatten()
    }
}

/// Keeps the entries of a list that do not exceed the maximum size of a text, up to a total number of bytes.
/// Returns the number of omitted entries: entries are never truncated, so that a part of a name is never taken for
/// a name.
fn cut<T>(list: &mut Vec<T>, most: usize, bytes: &mut usize, text: impl Fn(&mut T) -> (&mut String, usize)) -> usize {
    let before = list.len();
    let mut left = most;
    list.retain_mut(|entry| {
        let (name, value) = text(entry);
        let size = PER_ENTRY + name.len() + value;
        let fits = name.len() <= LONGEST_TEXT && size <= left;
        if fits {
            name.shrink_to_fit();
            left -= size;
        }
        fits
    });
    list.shrink_to_fit();
    *bytes += most - left;
    before - list.len()
}

/// Cuts a text at a character boundary, and marks it as cut.
fn shorten(text: &mut String) {
    if text.len() > LONGEST_TEXT {
        let mut end = LONGEST_TEXT - '…'.len_utf8();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    text.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::record::{
        Capacity, Kind, LogSettings, Metrics, Mode, OnFull, Principal, Recent, Recorder, StatementRef, Target, Upstream,
    };

    fn record() -> Record {
        let settings = LogSettings {
            target: Target::Nowhere,
            on_full: OnFull::Drop,
            capacity: Capacity { records: 10, bytes: 1 << 20 },
            recent: Arc::new(Recent::forgotten()),
        };
        let recorder = Recorder::open(&settings, Arc::new(Metrics::default())).unwrap();
        let trail = recorder.begin(Kind::Rds, Mode::Enforce, "127.0.0.1:1".into()).unwrap();
        (*trail).clone()
    }

    #[test]
    fn whatever_a_client_puts_into_a_record_it_stays_below_the_bound_and_says_what_is_left_out() {
        let long = "é".repeat(1 << 20);
        let text = || Some(long.clone());
        let mut record = record();
        record.resources = (0..500).map(|n| format!("arn:aws:rds:us-east-1:123456789012:db:{n}")).collect();
        record.resources.insert(0, long.clone());
        record.unknown_parameters = (0..10_000).map(|number| format!("Name{number}")).collect();
        record.undetermined = vec![long.clone(); 3];
        record.dependents_not_allowed = vec![long.clone(); 3];
        record.parameters = (0..200).map(|number| (format!("P{number}"), text())).collect();
        record.parameters.push(("Last".into(), Some("shown".into())));
        (record.action, record.policy_version, record.workload) = (text(), text(), text());
        (record.region, record.host, record.detail) = (text(), text(), text());
        let (arn, account) = (text(), text());
        record.principal = Some(Principal { arn, account, access_key_id: long.clone(), trust: "none" });
        record.statement = Some(StatementRef { policy: long.clone(), index: 0, sid: text() });
        (record.denied_action, record.denied_resource) = (text(), text());
        let (endpoint, address) = (long.clone(), long.clone());
        record.upstream = Some(Upstream { endpoint, address, status: 200, request_id: text() });
        record.source = long.clone();
        let bytes = record.bound();
        assert!(bytes <= LARGEST_RECORD, "{bytes}");
        let json = serde_json::to_string(&record).unwrap();
        assert!(json.len() <= LARGEST_RECORD, "{}", json.len());
        assert!(record.detail.unwrap().ends_with('…'));
        assert_eq!(record.omitted.resources + record.resources.len(), 501);
        assert!(record.resources.len() > 50 && record.resources.iter().all(|arn| arn.starts_with("arn:")));
        assert_eq!((record.omitted.values, record.omitted.parameters), (200, 0));
        assert_eq!(record.parameters.last().unwrap().1.as_deref(), Some("shown"));
        assert_eq!(record.omitted.unknown_parameters + record.unknown_parameters.len(), 10_000);
        assert_eq!((record.omitted.undetermined, record.omitted.dependents_not_allowed), (3, 3));
    }

    #[test]
    fn an_ordinary_record_is_kept_whole() {
        let mut record = record();
        record.resources = (0..60).map(|n| format!("arn:aws:rds:us-east-1:123456789012:db:orders-{n}")).collect();
        record.parameters = (0..100).map(|n| (format!("Tags.Tag.{n}.Value"), Some("team".into()))).collect();
        let before = serde_json::to_string(&record).unwrap();
        assert!(record.bound() < 24 * 1024);
        assert_eq!(serde_json::to_string(&record).unwrap(), before);
        assert!(before.contains("\"omitted\":{}"), "{before}");
    }
}
