//! The most recent records, for display. Kept as they were written, so that this shows no more than the log.
//!
//! They are added by the thread that writes the log: a request pays nothing for it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::{Decision, Kind, Record};

/// A record that is kept.
#[derive(Debug)]
pub struct Kept {
    /// Its subject.
    pub kind: Kind,
    /// The policy's decision.
    pub decision: Decision,
    /// The action, as in `rds:CreateDBInstance`.
    pub action: Option<String>,
    /// The workload, if the client belongs to one.
    pub workload: Option<String>,
    /// The line of the log, without its line end.
    pub json: Bytes,
    number: u64,
}

/// The most recent records. Rare and frequent kinds are kept apart: a thousand allowed calls do not displace the
/// denied one, nor a thousand tunnels the calls.
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

/// The capacity of a shelf.
#[derive(Clone, Copy, Debug)]
struct Room {
    records: usize,
    bytes: usize,
}

/// For denied calls, and the same again for allowed ones.
const OF_CALLS: Room = Room { records: 200, bytes: 256 * 1024 };

/// For tunnels and connections.
const OF_OTHERS: Room = Room { records: 100, bytes: 128 * 1024 };

impl Recent {
    /// Creates an empty store.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(Mutex::default()))
    }

    /// Creates a store that keeps nothing, for when there is no page to show it.
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

    /// The kept records, the newest first.
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
    /// Adds a record; the oldest are dropped to make room. A record larger than the shelf is not kept.
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
