//! Ids of requests: random UUIDs (RFC 9562, 5.4), of which a thread asks the random number generator for many at once.

use std::cell::RefCell;

use aws_lc_rs::rand;
use uuid::{Builder, Uuid};

/// How many are made with one call.
const BATCH: usize = 32;

thread_local! {
    static READY: RefCell<([[u8; 16]; BATCH], usize)> = const { RefCell::new(([[0; 16]; BATCH], 0)) };
}

/// The id of one more request.
pub(super) fn new_request_id() -> Uuid {
    READY.with_borrow_mut(|(ready, left)| {
        if *left == 0 && rand::fill(ready.as_flattened_mut()).is_ok() {
            *left = BATCH;
        }
        let next = left.checked_sub(1).and_then(|next| Some((next, ready.get(next)?)));
        let Some((next, bytes)) = next else { return Uuid::new_v4() };
        *left = next;
        Builder::from_random_bytes(*bytes).into_uuid()
    })
}
