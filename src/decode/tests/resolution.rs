//! Resolution beyond the table's cases: dependents, configured ids, unknown accounts and actions, new parameters.

use super::*;
use crate::aws::{AccountId, RequestResource, ResourceKind};

fn ids(entries: &[(&str, &str)]) -> ResourceIds {
    ResourceIds::new(entries.iter().copied()).unwrap()
}

fn with<T>(call: &ApiCall, ids: &ResourceIds, look: impl FnOnce(Resolution<'_>) -> T) -> T {
    let account: Option<AccountId> = "123456789012".parse().ok();
    look(call.resolve(&Scope { region: call.host().region(), account, resource_ids: ids }))
}

fn tails(resources: &[RequestResource]) -> Vec<(&str, ResourceKind)> {
    let tail = |resource: &RequestResource| resource.arn.rfind("9012:").map_or(0, |at| at + "9012:".len());
    resources.iter().map(|resource| (resource.arn.get(tail(resource)..).unwrap(), resource.kind)).collect()
}

fn dependents(body: &str) -> Vec<String> {
    let call = call(body).unwrap();
    with(&call, &ResourceIds::default(), |resolution| {
        let of = |dependent: &Dependent<'_>| {
            let on: Vec<_> =
                tails(&dependent.resolution.resources).iter().map(|(tail, kind)| format!("{tail} {kind}")).collect();
            format!("{} on {}", dependent.action, on.join(", "))
        };
        resolution.dependents.iter().map(of).collect()
    })
}

#[test]
fn tags_on_a_create_call_need_the_tagging_action_on_the_new_resource() {
    let create = "Action=CreateDBInstance&DBInstanceIdentifier=New&DBInstanceClass=c&Engine=mysql";
    assert_eq!(dependents(create), [""; 0]);
    assert_eq!(dependents(&format!("{create}&Tags.Tag.1.Key=k")), ["rds:AddTagsToResource on db:new exact"]);
    assert_eq!(
        dependents("Action=CopyDBSnapshot&SourceDBSnapshotIdentifier=s&TargetDBSnapshotIdentifier=t&Tags.Tag.1.Key=k"),
        ["rds:AddTagsToResource on snapshot:t exact"]
    );
    assert_eq!(
        dependents("Action=CreateDBProxy&DBProxyName=p&EngineFamily=MYSQL&RoleArn=r&Tags.Tag.1.Key=k"),
        ["rds:AddTagsToResource on db-proxy:* unknown-id"]
    );
}

#[test]
fn a_final_snapshot_needs_the_snapshot_action_on_instance_and_snapshot() {
    assert_eq!(
        dependents("Action=DeleteDBInstance&DBInstanceIdentifier=a&FinalDBSnapshotIdentifier=Last"),
        ["rds:CreateDBSnapshot on db:a exact, snapshot:last exact"]
    );
    assert_eq!(
        dependents("Action=DeleteDBCluster&DBClusterIdentifier=a&FinalDBSnapshotIdentifier=Last"),
        ["rds:CreateDBClusterSnapshot on cluster:a exact, cluster-snapshot:last exact"]
    );
    assert_eq!(dependents("Action=DeleteDBInstance&DBInstanceIdentifier=a&SkipFinalSnapshot=true"), [""; 0]);
}

#[test]
fn members_of_a_cluster_and_tenants_have_names_that_the_service_makes() {
    assert_eq!(
        dependents("Action=ModifyDBCluster&DBClusterIdentifier=a&DBClusterInstanceClass=db.r6gd.large"),
        ["rds:ModifyDBInstance on db:* unknown-id"]
    );
    let tenant = "Action=ModifyDBInstance&DBInstanceIdentifier=a&MultiTenant=";
    assert_eq!(
        dependents(&format!("{tenant}true")),
        ["rds:CreateTenantDatabase on db:a exact, tenant-database:* unknown-id"]
    );
    assert_eq!(dependents(&format!("{tenant}false")), [""; 0]);
}

#[test]
fn a_configured_id_makes_an_unknown_resource_a_known_one() {
    let delete = call("Action=DeleteDBProxy&DBProxyName=Orders").unwrap();
    let known = ids(&[("db-proxy/orders", "prx-0123456789abcdef0")]);
    with(&delete, &known, |found| {
        assert_eq!(tails(&found.resources), [("db-proxy:prx-0123456789abcdef0", ResourceKind::Exact)]);
    });
    with(&delete, &ResourceIds::default(), |found| {
        assert_eq!(tails(&found.resources), [("db-proxy:*", ResourceKind::UnknownId)]);
    });
    let version = call("Action=DeleteCustomDBEngineVersion&Engine=custom-oracle-ee&EngineVersion=19.cev1").unwrap();
    with(&version, &ids(&[("cev/custom-oracle-ee/19.cev1", "0a-1b")]), |found| {
        assert_eq!(tails(&found.resources), [("cev:custom-oracle-ee/19.cev1/0a-1b", ResourceKind::Exact)]);
    });
}

#[test]
fn a_configured_id_is_not_taken_for_that_of_a_resource_yet_to_be_made() {
    let create =
        call("Action=CreateDBProxyEndpoint&DBProxyName=p&DBProxyEndpointName=e&VpcSubnetIds.member.1=s").unwrap();
    let known = ids(&[("db-proxy-endpoint/e", "prx-endpoint-1"), ("db-proxy/p", "prx-1")]);
    with(&create, &known, |found| {
        let endpoint = ("db-proxy-endpoint:*", ResourceKind::UnknownId);
        assert!(tails(&found.resources).contains(&endpoint), "{:?}", found.resources);
    });
}

#[test]
fn an_id_is_configured_for_types_that_have_one_and_must_be_one() {
    let error = |key, id| ResourceIds::new([(key, id)]).unwrap_err();
    assert!(matches!(error("db/orders", "x"), ResourceIdsError::Key { .. }));
    assert!(matches!(error("orders", "x"), ResourceIdsError::Key { .. }));
    assert!(matches!(error("db-proxy/", "x"), ResourceIdsError::Key { .. }));
    assert!(matches!(error("db-proxy/orders", "prx-*"), ResourceIdsError::Id { .. }));
}

#[test]
fn an_unknown_account_stands_in_the_arn_as_a_word() {
    let call = call("Action=DeleteDBInstance&DBInstanceIdentifier=a").unwrap();
    let ids = ResourceIds::default();
    let resolution = call.resolve(&Scope { region: call.host().region(), account: None, resource_ids: &ids });
    assert_eq!(&*resolution.resources[0].arn, "arn:aws:rds:us-east-1:unknown:db:a");
}

#[test]
fn an_unknown_action_has_an_unknown_resource_and_no_known_condition_value() {
    let call = call("Action=ShrinkDBInstance&DBInstanceIdentifier=a&Engine=mysql").unwrap();
    assert!(!call.is_known_action());
    assert_eq!(call.unknown_parameters(), ["DBInstanceIdentifier", "Engine"]);
    with(&call, &ResourceIds::default(), |found| {
        assert_eq!(tails(&found.resources), [("*", ResourceKind::Unknown)]);
        assert!(found.keys.is_empty());
        assert_eq!(found.unknown_keys.len(), 30);
    });
}

#[test]
fn unknown_actions_and_parameters_are_what_the_settings_say() {
    let deny = Settings { unknown_actions: UnknownActions::Deny, ..Settings::default() };
    let found = read("Action=ShrinkDBInstance", &deny);
    assert_eq!(found.unwrap_err(), Error::ActionUnknown { name: "ShrinkDBInstance".into() });
    let deny = Settings { unknown_parameters: UnknownParameters::Deny, ..Settings::default() };
    let body = "Action=DeleteDBInstance&DBInstanceIdentifier=a&NewKnob=1";
    assert_eq!(read(body, &deny).unwrap_err(), Error::ParameterUnknown { name: "NewKnob".into() });
    let judge = Settings { unknown_parameters: UnknownParameters::Judge, ..Settings::default() };
    let judged = read(body, &judge).unwrap();
    with(&judged, &ResourceIds::default(), |found| {
        assert_eq!(tails(&found.resources), [("db:a", ResourceKind::Exact), ("*", ResourceKind::Unknown)]);
        assert_eq!(found.resources.len(), found.details.len());
    });
}
