//! Custom endpoints of Aurora clusters.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, describe, draft},
};

/// CreateDBClusterEndpoint.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let cluster = draft::named(world, ask, ("DBCluster", "DBClusterIdentifier"))?.record;
    if !matches!(ask.value("EndpointType"), Some("READER" | "WRITER" | "ANY")) {
        return Err(Refusal::invalid_value("The parameter EndpointType must be READER, WRITER or ANY."));
    }
    let mut draft = draft::begin(world, ask)?;
    draft.record.set("DBClusterIdentifier", &cluster.id);
    draft.put_new(world, ask)
}

/// DescribeDBClusterEndpoints: checks that the cluster exists, if one is named.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if ask.value("DBClusterIdentifier").is_some() {
        draft::named(world, ask, ("DBCluster", "DBClusterIdentifier"))?;
    }
    describe::page(world, ask)
}
