//! The cost of a decision, by the length of the policy and by how many of its statements concern the action.
//!
//! `cargo bench --no-default-features --bench policy`; for a comparison with other engines: benches/peers.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot run should stop")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rds_guard::aws::{PrincipalArn, RequestResource, ResourceKind};
use rds_guard::policy::{Limits, Policy, Principal, Request, RequestContext};

#[path = "policy_workload.rs"]
mod workload;

fn decisions(criterion: &mut Criterion) {
    let caller: PrincipalArn = workload::PRINCIPAL.parse().expect("a principal");
    let resources = [RequestResource { arn: workload::RESOURCE.into(), kind: ResourceKind::Exact }];
    let mut context = RequestContext::new();
    for (key, value) in workload::CONTEXT {
        context.insert(key, value);
    }
    let request = Request {
        action: workload::ACTION,
        principal: Principal::Known(&caller),
        resources: &resources,
        context: &context,
    };
    let mut group = criterion.benchmark_group("decision");
    for (count, concerned) in [(10, 10), (20, 20), (60, 3), (60, 60), (1_000, 20), (1_000, 1_000), (10_000, 20)] {
        let text = workload::policy_text(&workload::lines(count, concerned));
        let policy = Policy::parse(&text, &Limits::NONE).expect("a policy");
        assert!(policy.evaluate(&request).is_allow());
        group.bench_function(format!("{count} statements, {concerned} concerned"), |bencher| {
            bencher.iter(|| black_box(&policy).evaluate(black_box(&request)).is_allow());
        });
    }
    group.finish();
    let text = workload::policy_text(&workload::lines(60, 3));
    criterion.bench_function("reading 60 statements", |bencher| {
        bencher.iter(|| Policy::parse(black_box(&text), &Limits::NONE).expect("a policy"));
    });
}

criterion_group!(benches, decisions);
criterion_main!(benches);
