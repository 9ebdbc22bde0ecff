//! The request of the workload, as rds-guard takes it.

use rds_guard::aws::{PrincipalArn, RequestResource, ResourceKind};
use rds_guard::policy::{Principal, Request, RequestContext};

use crate::workload;

/// Calls `then` with the request.
pub(crate) fn with_request<T>(then: impl FnOnce(&Request<'_>) -> T) -> T {
    let caller: PrincipalArn = workload::PRINCIPAL.parse().expect("a principal");
    let resources = [RequestResource { arn: workload::RESOURCE.into(), kind: ResourceKind::Exact }];
    let mut context = RequestContext::new();
    for (key, value) in workload::CONTEXT {
        context.insert(key, value);
    }
    then(&Request {
        action: workload::ACTION,
        principal: Principal::Known(&caller),
        resources: &resources,
        context: &context,
    })
}
