//! What is known of a request so far; it becomes a record when the request ends, however it ends.

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

use super::{Record, Recorder, queue::Place};

/// A record in progress. Dropping it submits the record, so that no code path can forget to.
#[derive(Debug)]
pub struct Trail {
    record: Option<Box<Record>>,
    place: Option<Place>,
    recorder: Recorder,
    started: Instant,
}

impl Trail {
    pub(super) fn new(record: Record, place: Option<Place>, recorder: Recorder) -> Self {
        Self { record: Some(Box::new(record)), place, recorder, started: Instant::now() }
    }

    /// Shortens the record and returns the unused part of its place in the queue. To be called once the request is
    /// judged, since the answer may take long.
    pub fn settle(&mut self) {
        if let (Some(record), Some(place)) = (&mut self.record, &mut self.place) {
            place.resize(record.bound());
        }
    }

    /// Discards the record: nothing happened that is worth a line.
    pub fn discard(mut self) {
        self.record = None;
    }
}

impl Deref for Trail {
    type Target = Record;

    #[expect(clippy::expect_used, reason = "the record is there until the trail is dropped or discarded by value")]
    fn deref(&self) -> &Record {
        self.record.as_deref().expect("present until drop")
    }
}

impl DerefMut for Trail {
    #[expect(clippy::expect_used, reason = "the record is there until the trail is dropped or discarded by value")]
    fn deref_mut(&mut self) -> &mut Record {
        self.record.as_deref_mut().expect("present until drop")
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.duration_ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
            self.recorder.hand_over(record, self.place.take());
        }
    }
}
