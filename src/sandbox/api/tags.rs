//! Tags of a resource, which is named by its ARN.

use super::{Answered, Ask, World, record::Record};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    parameters::Parameters,
};

/// The tags in a request, in order.
pub(super) fn given(parameters: &Parameters) -> Vec<(String, String)> {
    let tags = parameters.structures("Tags.Tag", ["Key", "Value"]);
    let pair = |[key, value]: [Option<&str>; 2]| (key.unwrap_or_default().into(), value.unwrap_or_default().into());
    tags.into_iter().map(pair).collect()
}

/// Sets tags, replacing those with the same key.
pub(super) fn add(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let record = tagged(world, ask)?;
    for (key, value) in given(ask.parameters) {
        record.tags.retain(|(known, _)| *known != key);
        record.tags.push((key, value));
    }
    Ok(ask.plain_result(None))
}

/// Removes tags by their keys.
pub(super) fn remove(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let keys = ask.parameters.list("TagKeys.member");
    tagged(world, ask)?.tags.retain(|(known, _)| !keys.contains(&known.as_str()));
    Ok(ask.plain_result(None))
}

/// Lists tags.
pub(super) fn list(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    Ok(Some(vec![tagged(world, ask)?.tag_list("TagList")]))
}

/// The resource that the request names. The error for a missing one depends on the type in the ARN.
fn tagged<'s>(world: &'s mut World<'_>, ask: &Ask<'_>) -> Outcome<&'s mut Record> {
    let arn = ask.parameters.required("ResourceName")?;
    if arn.split(':').count() < 7 {
        return Err(Refusal::invalid_value(format!("Invalid resource name: {arn}")));
    }
    let code = match arn.split(':').nth(5).unwrap_or_default() {
        "cluster" => "DBClusterNotFoundFault",
        "snapshot" => "DBSnapshotNotFound",
        "db" => "DBInstanceNotFound",
        "db-proxy" => "DBProxyNotFoundFault",
        _ => "InvalidParameterValue",
    };
    let missing = Refusal {
        code: code.into(),
        status: if code == "InvalidParameterValue" { 400 } else { 404 },
        message: format!("The specified resource name does not match an RDS resource in this region: {arn}"),
    };
    world.store.find_arn(ask.asker.account, arn).map(|(_, record)| record).ok_or(missing)
}
