//! Whether a decision that allows allocates. A program of its own, since counting slows every allocation down.

use std::hint::black_box;

use rds_guard::policy::{Limits, Policy};

#[path = "../request.rs"]
mod request;
#[path = "../../../policy_workload.rs"]
mod workload;

use request::with_request;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let policy = Policy::parse(&workload::policy_text(&workload::lines(60, 20)), &Limits::NONE).expect("a policy");
    with_request(|request| {
        let _profiler = dhat::Profiler::builder().testing().build();
        let before = dhat::HeapStats::get().total_blocks;
        for _ in 0..1_000 {
            assert!(black_box(&policy).evaluate(black_box(request)).is_allow());
        }
        let allocated = dhat::HeapStats::get().total_blocks - before;
        println!("allocations of 1,000 decisions that allow: {allocated}");
        assert_eq!(allocated, 0);
    });
}
