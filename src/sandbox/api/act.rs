//! Selects the function for an operation: a specific one if there are special rules, otherwise the generic one of
//! its verb.

use super::{
    Answered, Ask, World, describe, draft,
    family::{
        backup, blue_green, catalogue, cluster, endpoint, engine_version, event, export, global, instance, integration,
        log_file, maintenance, option_group, parameter_group, proxy, replica, reserved, role, security_group, shard,
        share, snapshot, stream, subnet_group, subscription, target, tenant,
    },
    model::Verb,
    tags,
};

/// A function that performs an operation.
pub(super) type Act = for<'w> fn(&mut World<'w>, &Ask<'_>) -> Answered;

/// The function for an operation.
pub(super) fn of(ask: &Ask<'_>) -> Act {
    own(ask.action).unwrap_or(match ask.operation.verb {
        Verb::Create => draft::create,
        Verb::Describe => describe::page,
        Verb::Modify => draft::modify,
        Verb::Delete => draft::delete,
        Verb::Tag => tags::add,
        Verb::Untag => tags::remove,
        Verb::Tags => tags::list,
        Verb::Answer => plain,
    })
}

/// An operation without a resource that the sandbox keeps.
fn plain(_: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    ask.refusal().map_or_else(|| Ok(ask.plain_result(None)), Err)
}

/// The operations with a specific function.
#[expect(clippy::too_many_lines, reason = "one table, read from top to bottom")]
fn own(action: &str) -> Option<Act> {
    Some(match action {
        "CreateDBInstance"
        | "RestoreDBInstanceFromDBSnapshot"
        | "RestoreDBInstanceFromS3"
        | "RestoreDBInstanceToPointInTime" => instance::create,
        "ModifyDBInstance" => instance::modify,
        "DeleteDBInstance" => instance::delete,
        "StopDBInstance" => instance::stop,
        "RebootDBInstance" => instance::reboot,
        "DescribeValidDBInstanceModifications" => instance::valid_modifications,

        "CreateDBInstanceReadReplica" => replica::create,
        "PromoteReadReplica" => replica::promote,
        "SwitchoverReadReplica" => replica::switch_over,
        "PromoteReadReplicaDBCluster" => replica::promote_cluster,

        "CreateDBCluster"
        | "RestoreDBClusterFromS3"
        | "RestoreDBClusterFromSnapshot"
        | "RestoreDBClusterToPointInTime" => cluster::create,
        "ModifyDBCluster" => cluster::modify,
        "DeleteDBCluster" => cluster::delete,
        "StartDBCluster" | "StopDBCluster" => cluster::stop_or_start,
        "FailoverDBCluster" => cluster::fail_over,
        "BacktrackDBCluster" => cluster::backtrack,
        "EnableHttpEndpoint" | "DisableHttpEndpoint" => cluster::data_api,
        "ModifyCurrentDBClusterCapacity" => cluster::capacity,
        "CreateDBClusterEndpoint" => endpoint::create,
        "DescribeDBClusterEndpoints" => endpoint::describe,

        "AddRoleToDBCluster" | "AddRoleToDBInstance" => role::add,
        "RemoveRoleFromDBCluster" | "RemoveRoleFromDBInstance" => role::remove,

        "CreateDBSnapshot" | "CreateDBClusterSnapshot" => snapshot::create,
        "CopyDBSnapshot" | "CopyDBClusterSnapshot" => snapshot::copy,
        "DeleteDBSnapshot" | "DeleteDBClusterSnapshot" => snapshot::delete,
        "DescribeDBSnapshots" | "DescribeDBClusterSnapshots" => snapshot::describe,
        "DescribeDBSnapshotAttributes" | "DescribeDBClusterSnapshotAttributes" => share::describe,
        "ModifyDBSnapshotAttribute" | "ModifyDBClusterSnapshotAttribute" => share::modify,
        "StartExportTask" => export::start,
        "CancelExportTask" => export::cancel,
        "DeleteDBInstanceAutomatedBackup" | "DeleteDBClusterAutomatedBackup" => backup::delete,
        "StartDBInstanceAutomatedBackupsReplication" => backup::start_replication,
        "StopDBInstanceAutomatedBackupsReplication" => backup::stop_replication,

        "CopyDBParameterGroup" | "CopyDBClusterParameterGroup" => parameter_group::copy,
        "ModifyDBParameterGroup" | "ModifyDBClusterParameterGroup" => parameter_group::modify,
        "ResetDBParameterGroup" | "ResetDBClusterParameterGroup" => parameter_group::reset,
        "DeleteDBParameterGroup" | "DeleteDBClusterParameterGroup" => parameter_group::delete,
        "DescribeDBParameters" | "DescribeDBClusterParameters" => parameter_group::parameters,
        "DescribeEngineDefaultParameters" | "DescribeEngineDefaultClusterParameters" => parameter_group::defaults,
        "CreateOptionGroup" => option_group::create,
        "CopyOptionGroup" => option_group::copy,
        "ModifyOptionGroup" => option_group::modify,
        "DeleteOptionGroup" => option_group::delete,
        "DescribeOptionGroupOptions" => option_group::options,
        "CreateDBSubnetGroup" => subnet_group::create,
        "ModifyDBSubnetGroup" => subnet_group::modify,
        "DeleteDBSubnetGroup" => subnet_group::delete,
        "AuthorizeDBSecurityGroupIngress" => security_group::authorize,
        "RevokeDBSecurityGroupIngress" => security_group::revoke,
        "DeleteDBSecurityGroup" => security_group::delete,

        "CreateDBProxy" => proxy::create,
        "ModifyDBProxy" => proxy::modify,
        "DeleteDBProxy" => proxy::delete,
        "CreateDBProxyEndpoint" => proxy::create_endpoint,
        "DescribeDBProxyTargetGroups" => target::describe_groups,
        "ModifyDBProxyTargetGroup" => target::modify_group,
        "DescribeDBProxyTargets" => target::describe,
        "RegisterDBProxyTargets" => target::register,
        "DeregisterDBProxyTargets" => target::deregister,

        "CreateGlobalCluster" => global::create,
        "DeleteGlobalCluster" => global::delete,
        "RemoveFromGlobalCluster" => global::remove,
        "FailoverGlobalCluster" | "SwitchoverGlobalCluster" => global::fail_over,
        "CreateBlueGreenDeployment" => blue_green::create,
        "SwitchoverBlueGreenDeployment" => blue_green::switch_over,
        "DeleteBlueGreenDeployment" => blue_green::delete,
        "CreateIntegration" => integration::create,
        "CreateDBShardGroup" => shard::create,
        "CreateTenantDatabase" => tenant::create,
        "ModifyTenantDatabase" => tenant::modify,
        "DeleteTenantDatabase" => tenant::delete,
        "DescribeTenantDatabases" => tenant::describe,
        "CreateCustomDBEngineVersion" => engine_version::create,
        "ModifyCustomDBEngineVersion" => engine_version::modify,
        "DeleteCustomDBEngineVersion" => engine_version::delete,
        "DescribeReservedDBInstancesOfferings" => reserved::offerings,
        "PurchaseReservedDBInstancesOffering" => reserved::purchase,

        "CreateEventSubscription" => subscription::create,
        "AddSourceIdentifierToSubscription" => subscription::add_source,
        "RemoveSourceIdentifierFromSubscription" => subscription::remove_source,
        "DescribeEvents" => event::describe,
        "DescribeEventCategories" => event::categories,
        "StartActivityStream" => stream::start,
        "StopActivityStream" => stream::stop,
        "ModifyActivityStream" => stream::modify,
        "ApplyPendingMaintenanceAction" => maintenance::apply,
        "DescribePendingMaintenanceActions" => maintenance::describe,
        "DescribeDBLogFiles" => log_file::describe,
        "DownloadDBLogFilePortion" => log_file::portion,

        "DescribeDBEngineVersions" => catalogue::engine_versions,
        "DescribeDBMajorEngineVersions" => catalogue::major_versions,
        "DescribeOrderableDBInstanceOptions" => catalogue::orderable,
        "DescribeCertificates" => catalogue::certificates,
        "ModifyCertificates" => catalogue::modify_certificates,
        "DescribeSourceRegions" => catalogue::source_regions,
        "DescribeServerlessV2PlatformVersions" => catalogue::platform_versions,
        "DescribeAccountAttributes" => catalogue::quotas,
        _ => return None,
    })
}
