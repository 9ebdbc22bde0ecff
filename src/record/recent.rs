//! The last records, for people to look at. Kept as they were written, so that nobody sees more here than in the log.
//!
//! The thread that writes the log fills this: a request pays nothing for it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::{Decision, Kind, Record};

/// One record that is kept.
#[derive(Debug)]
pub struct Kept {
    /// What it is about.
    pub kind: Kind,
    /// What the policy said.
    pub decision: Decision,
    /// The action, as in `rds:CreateDBInstance`.
    pub action: Option<String>,
    /// The workload, where there are several.
    pub workload: Option<String>,
    /// The line of the log, without its end.
    pub json: Bytes,
    number: u64,
}

/// The last records. What is rare and what is often are kept apart: a thousand calls that were allowed do not take the
/// place of the one that was denied, nor a thousand tunnels that of the calls.
#[derive(Debug, Default)]
pub struct Recent(Option<Mutex<Shelves>>);

#[derive(Debug, Default)]
struct Shelves {
    written: u64,
    denied: Shelf,
    allowed: Shelf,
    others: Shelf,
}

#[derive(Debug, Default)]
struct Shelf {
    kept: VecDeque<Arc<Kept>>,
    bytes: usize,
}

/// How much a shelf holds.
#[derive(Clone, Copy, Debug)]
struct Room {
    records: usize,
    bytes: usize,
}

/// Calls that were denied, and as many that were allowed.
const OF_CALLS: Room = Room { records: 200, bytes: 256 * 1024 };

/// Tunnels and connections.
const OF_OTHERS: Room = Room { records: 100, bytes: 128 * 1024 };

impl Recent {
    /// A place for the last records.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(Mutex::default()))
    }

    /// No place for any: nobody can look.
    #[must_use]
    pub fn forgotten() -> Self {
        Self(None)
    }

    /// Keeps a record that was written as this line.
    pub(super) fn keep(&self, record: Record, json: &[u8]) {
        let Some(shelves) = &self.0 else { return };
        let (kind, decision) = (record.kind, record.decision);
        let json = Bytes::copy_from_slice(json);
        let mut shelves = shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.written += 1;
        let number = shelves.written;
        let (shelf, room) = match (kind, decision) {
            (Kind::Rds, Decision::Deny) => (&mut shelves.denied, OF_CALLS),
            (Kind::Rds, Decision::Allow) => (&mut shelves.allowed, OF_CALLS),
            (Kind::Tunnel | Kind::Connection, _) => (&mut shelves.others, OF_OTHERS),
        };
        shelf.put(Kept { kind, decision, action: record.action, workload: record.workload, json, number }, room);
    }

    /// What is kept, the newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<Arc<Kept>> {
        let Some(shelves) = &self.0 else { return Vec::new() };
        let mut kept: Vec<Arc<Kept>> = {
            let shelves = shelves.lock().unwrap_or_else(PoisonError::into_inner);
            [&shelves.denied, &shelves.allowed, &shelves.others].into_iter().flat_map(|s| &s.kept).cloned().collect()
        };
        kept.sort_unstable_by_key(|kept| std::cmp::Reverse(kept.number));
        kept
    }
}

impl Shelf {
    /// The oldest make room; what is larger than the shelf finds none.
    fn put(&mut self, new: Kept, room: Room) {
        let size = new.json.len();
        if size > room.bytes {
            return;
        }
        while self.kept.len() >= room.records || self.bytes + size > room.bytes {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.json.len();
        }
        self.bytes += size;
        self.kept.push_back(Arc::new(new));
    }
}
