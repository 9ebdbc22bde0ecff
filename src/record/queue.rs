//! The capacity of the write queue: a number of records and a number of bytes.
//!
//! Separate from the log because it is the only bound on the memory that a slow reader of the log can use.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{Gauge, Metrics, bound::LARGEST_RECORD};

/// The capacity of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The maximum number of records.
    pub records: usize,
    /// The maximum total size of all records, in bytes.
    pub bytes: usize,
}

/// Counts the records that wait to be written.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: Capacity,
    records: AtomicUsize,
    bytes: AtomicUsize,
    metrics: Arc<Metrics>,
}

/// A place in the queue for one record; it is freed when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    queue: Arc<Queue>,
    bytes: usize,
}

impl Queue {
    pub(super) fn new(capacity: Capacity, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { capacity, records: AtomicUsize::new(0), bytes: AtomicUsize::new(0), metrics })
    }

    /// Reserves a place for a record of this size; `None` if the queue is full.
    pub(super) fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Place> {
        let add = |counter: &AtomicUsize, more: usize, most: usize| {
            let added = |held: usize| held.checked_add(more).filter(|sum| *sum <= most);
            counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added).is_ok()
        };
        if !add(&self.records, 1, self.capacity.records) {
            return None;
        }
        if !add(&self.bytes, bytes, self.capacity.bytes) {
            self.records.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.metrics.add(Gauge::AuditRecords, 1);
        self.metrics.add(Gauge::AuditBytes, signed(bytes));
        Some(Place { queue: Arc::clone(self), bytes })
    }

    /// Reserves a place for a record whose size is not known yet.
    pub(super) fn reserve_for_any(self: &Arc<Self>) -> Option<Place> {
        self.reserve(LARGEST_RECORD)
    }

    /// Returns whether any record would find a place now.
    pub(super) fn has_place(&self) -> bool {
        self.records.load(Ordering::Relaxed) < self.capacity.records
            && self.bytes.load(Ordering::Relaxed).saturating_add(LARGEST_RECORD) <= self.capacity.bytes
    }

    /// Returns whether a quarter of the queue is in use.
    pub(super) fn is_filling(&self) -> bool {
        self.records.load(Ordering::Relaxed) >= self.capacity.records / 4
            || self.bytes.load(Ordering::Relaxed) >= self.capacity.bytes / 4
    }

    /// The number of waiting records, including reserved places.
    pub(super) fn records(&self) -> usize {
        self.records.load(Ordering::Relaxed)
    }
}

impl Place {
    /// Sets the size of the record once it is known. It may exceed the reservation by what is added to a record
    /// after its call was judged, which is a few kilobytes at most.
    pub(super) fn resize(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.queue.bytes.fetch_add(bytes - self.bytes, Ordering::Relaxed);
        } else {
            self.queue.bytes.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.queue.metrics.add(Gauge::AuditBytes, signed(bytes) - signed(self.bytes));
        self.bytes = bytes;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.queue.records.fetch_sub(1, Ordering::Relaxed);
        self.queue.metrics.add(Gauge::AuditBytes, -signed(self.bytes));
        self.queue.metrics.add(Gauge::AuditRecords, -1);
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
