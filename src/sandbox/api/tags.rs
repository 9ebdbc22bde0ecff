//! Tags of a resource that is named by its ARN.

use super::{
    Ask,
    store::{Record, Store},
};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    parameters::Parameters,
    xml::Element,
};

/// The tags that a request gives, in order.
pub(super) fn given(parameters: &Parameters) -> Vec<(String, String)> {
    let tags = parameters.structures("Tags.Tag", ["Key", "Value"]);
    let pair = |[key, value]: [Option<&str>; 2]| (key.unwrap_or_default().into(), value.unwrap_or_default().into());
    tags.into_iter().map(pair).collect()
}

/// Sets tags; one of the same key is replaced.
pub(super) fn add(store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let record = tagged(store, ask)?;
    for (key, value) in given(ask.parameters) {
        record.tags.retain(|(known, _)| *known != key);
        record.tags.push((key, value));
    }
    Ok(ask.plain_result(None))
}

/// Takes tags away by their keys.
pub(super) fn remove(store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let keys = ask.parameters.list("TagKeys.member");
    tagged(store, ask)?.tags.retain(|(known, _)| !keys.contains(&known.as_str()));
    Ok(ask.plain_result(None))
}

/// Lists tags.
pub(super) fn list(store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    Ok(Some(vec![tagged(store, ask)?.tag_list("TagList")]))
}

/// The resource whose tags are meant. What is missing is named by the kind in the ARN, as far as these errors go.
fn tagged<'s>(store: &'s mut Store, ask: &Ask<'_>) -> Outcome<&'s mut Record> {
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
    store.find_arn(ask.asker.account, arn).ok_or(missing)
}
