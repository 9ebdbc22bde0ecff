//! DB security groups of EC2-Classic: the allowed addresses and EC2 groups.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, draft, record::Item},
};

const ADDRESSES: &str = "IPRanges.IPRange";
const GROUPS: &str = "EC2SecurityGroups.EC2SecurityGroup";

/// AuthorizeDBSecurityGroupIngress.
pub(in crate::sandbox::api) fn authorize(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let (list, item) = source(ask)?;
    if draft.record.items(list).contains(&item) {
        return Err(Refusal::bad_request(
            "AuthorizationAlreadyExists",
            format!("The DB security group {} already lets it in.", draft.record.id),
        ));
    }
    draft.record.add_item(list, item);
    draft.put_back(world, ask)
}

/// RevokeDBSecurityGroupIngress.
pub(in crate::sandbox::api) fn revoke(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let (list, item) = source(ask)?;
    if !draft.record.items(list).contains(&item) {
        return Err(Refusal::not_found(
            "AuthorizationNotFound",
            format!("The DB security group {} doesn't let it in.", draft.record.id),
        ));
    }
    draft.record.keep_items(list, |known| *known != item);
    draft.put_back(world, ask)
}

/// DeleteDBSecurityGroup: it must not be the default one.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    if draft.record.id == "default" {
        return Err(Refusal::bad_request(
            "InvalidDBSecurityGroupState",
            "The default DB security group can't be deleted.",
        ));
    }
    draft.take_away(world, ask)
}

/// The source that a request names: the list that it belongs to, and its entry.
fn source(ask: &Ask<'_>) -> Result<(&'static str, Item), Refusal> {
    if let Some(addresses) = ask.value("CIDRIP") {
        return Ok((ADDRESSES, Item::with([("Status", "authorized"), ("CIDRIP", addresses)])));
    }
    let mut group = Item::with([("Status", "authorized")]);
    let mut named = false;
    for name in ["EC2SecurityGroupName", "EC2SecurityGroupId", "EC2SecurityGroupOwnerId"] {
        if let Some(value) = ask.value(name) {
            group.set(name, value);
            named = true;
        }
    }
    if named {
        Ok((GROUPS, group))
    } else {
        Err(Refusal::invalid_combination("Either CIDRIP or an EC2 security group must be given."))
    }
}
