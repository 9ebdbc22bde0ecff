//! What is known of a request so far; a record once it is over, however it ends.

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

use super::{Record, Recorder, queue::Place};

/// A record in the making. Dropping it hands the record over, so that no path out of a request forgets to.
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

    /// Shortens the record and gives back what it does not need of its place in the queue: to be called once the request
    /// is judged, since the answer may take long.
    pub fn settle(&mut self) {
        if let (Some(record), Some(place)) = (&mut self.record, &mut self.place) {
            place.resize(record.bound());
        }
    }

    /// Forgets it: nothing happened that is worth a line.
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
