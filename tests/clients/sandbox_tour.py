"""Does each operation of the RDS API once on the sandbox, so that it succeeds, and looks at what is answered.

A blank answer reads as success to an SDK: where the model has members for an answer, at least one must be there.
"""

import boto3
import botocore

from sandbox_checks import arn, rds, run

PG, AURORA = "postgres", "aurora-postgresql"
ROLE = "arn:aws:iam::123456789012:role/r"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
USER = {"MasterUsername": "root", "MasterUserPassword": "p" * 12}
I, C = {"DBInstanceIdentifier": "i"}, {"DBClusterIdentifier": "c"}
TAGS = [{"Key": "team", "Value": "shop"}]

# Needs what only AWS has, or another service than RDS would have to make.
IMPOSSIBLE = {"ModifyDBRecommendation": {"RecommendationId": "none"}}

# Operation and parameters, in an order in which each finds what it needs. A function makes parameters of what was
# answered before, by operation.
TOUR = [
    ("DescribeAccountAttributes", {}),
    ("DescribeCertificates", {}),
    ("ModifyCertificates", {"CertificateIdentifier": "rds-ca-ecc384-g1"}),
    ("DescribeDBEngineVersions", {"Engine": PG}),
    ("DescribeDBMajorEngineVersions", {"Engine": PG}),
    ("DescribeOrderableDBInstanceOptions", {"Engine": PG}),
    ("DescribeServerlessV2PlatformVersions", {}),
    ("DescribeSourceRegions", {}),
    ("DescribeEngineDefaultParameters", {"DBParameterGroupFamily": "postgres16"}),
    ("DescribeEngineDefaultClusterParameters", {"DBParameterGroupFamily": "aurora-postgresql16"}),
    ("DescribeEventCategories", {}),
    ("DescribeDBRecommendations", {}),
    # Groups.
    ("CreateDBParameterGroup", {"DBParameterGroupName": "pg", "DBParameterGroupFamily": "postgres16", "Description": "d"}),
    ("ModifyDBParameterGroup", {"DBParameterGroupName": "pg", "Parameters": [{"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}]}),
    ("DescribeDBParameters", {"DBParameterGroupName": "pg"}),
    ("DescribeDBParameterGroups", {}),
    ("CopyDBParameterGroup", {"SourceDBParameterGroupIdentifier": "pg", "TargetDBParameterGroupIdentifier": "pg2", "TargetDBParameterGroupDescription": "d"}),
    ("ResetDBParameterGroup", {"DBParameterGroupName": "pg2", "ResetAllParameters": True}),
    ("DeleteDBParameterGroup", {"DBParameterGroupName": "pg2"}),
    ("CreateDBClusterParameterGroup", {"DBClusterParameterGroupName": "cpg", "DBParameterGroupFamily": "aurora-postgresql16", "Description": "d"}),
    ("ModifyDBClusterParameterGroup", {"DBClusterParameterGroupName": "cpg", "Parameters": [{"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}]}),
    ("DescribeDBClusterParameters", {"DBClusterParameterGroupName": "cpg"}),
    ("DescribeDBClusterParameterGroups", {}),
    ("CopyDBClusterParameterGroup", {"SourceDBClusterParameterGroupIdentifier": "cpg", "TargetDBClusterParameterGroupIdentifier": "cpg2", "TargetDBClusterParameterGroupDescription": "d"}),
    ("ResetDBClusterParameterGroup", {"DBClusterParameterGroupName": "cpg2", "ResetAllParameters": True}),
    ("DeleteDBClusterParameterGroup", {"DBClusterParameterGroupName": "cpg2"}),
    ("CreateOptionGroup", {"OptionGroupName": "og", "EngineName": "mysql", "MajorEngineVersion": "8.4", "OptionGroupDescription": "d"}),
    ("DescribeOptionGroupOptions", {"EngineName": "mysql"}),
    ("ModifyOptionGroup", {"OptionGroupName": "og", "OptionsToInclude": [{"OptionName": "MEMCACHED"}]}),
    ("CopyOptionGroup", {"SourceOptionGroupIdentifier": "og", "TargetOptionGroupIdentifier": "og2", "TargetOptionGroupDescription": "d"}),
    ("DescribeOptionGroups", {}),
    ("DeleteOptionGroup", {"OptionGroupName": "og2"}),
    ("CreateDBSubnetGroup", {"DBSubnetGroupName": "sg", "DBSubnetGroupDescription": "d", "SubnetIds": ["subnet-1", "subnet-2"]}),
    ("ModifyDBSubnetGroup", {"DBSubnetGroupName": "sg", "SubnetIds": ["subnet-3", "subnet-2"]}),
    ("DescribeDBSubnetGroups", {}),
    ("CreateDBSecurityGroup", {"DBSecurityGroupName": "old", "DBSecurityGroupDescription": "d"}),
    ("AuthorizeDBSecurityGroupIngress", {"DBSecurityGroupName": "old", "CIDRIP": "192.0.2.0/24"}),
    ("RevokeDBSecurityGroupIngress", {"DBSecurityGroupName": "old", "CIDRIP": "192.0.2.0/24"}),
    ("DescribeDBSecurityGroups", {}),
    ("DeleteDBSecurityGroup", {"DBSecurityGroupName": "old"}),
    # Instances.
    ("CreateDBInstance", {**I, **USER, "DBInstanceClass": "db.t4g.micro", "Engine": PG, "DBSubnetGroupName": "sg", "DBParameterGroupName": "pg", "MultiTenant": True}),
    ("DescribeDBInstances", I),
    ("ModifyDBInstance", {**I, "AllocatedStorage": 40}),
    ("DescribeValidDBInstanceModifications", I),
    ("RebootDBInstance", I),
    ("AddRoleToDBInstance", {**I, "RoleArn": ROLE, "FeatureName": "s3Import"}),
    ("RemoveRoleFromDBInstance", {**I, "RoleArn": ROLE, "FeatureName": "s3Import"}),
    ("DescribeDBLogFiles", I),
    ("DownloadDBLogFilePortion", {**I, "LogFileName": "error/postgres.log"}),
    ("AddTagsToResource", {"ResourceName": arn("db", "i"), "Tags": TAGS}),
    ("ListTagsForResource", {"ResourceName": arn("db", "i")}),
    ("RemoveTagsFromResource", {"ResourceName": arn("db", "i"), "TagKeys": ["team"]}),
    ("ApplyPendingMaintenanceAction", {"ResourceIdentifier": arn("db", "i"), "ApplyAction": "system-update", "OptInType": "next-maintenance"}),
    ("DescribePendingMaintenanceActions", {}),
    ("StartActivityStream", {"ResourceArn": arn("db", "i"), "Mode": "async", "KmsKeyId": KEY}),
    ("ModifyActivityStream", {"ResourceArn": arn("db", "i"), "AuditPolicyState": "locked"}),
    ("StopActivityStream", {"ResourceArn": arn("db", "i")}),
    ("CreateTenantDatabase", {**I, **USER, "TenantDBName": "T"}),
    ("ModifyTenantDatabase", {**I, "TenantDBName": "T", "NewTenantDBName": "U"}),
    ("DescribeTenantDatabases", I),
    ("DeleteTenantDatabase", {**I, "TenantDBName": "U", "SkipFinalSnapshot": True}),
    ("DescribeDBSnapshotTenantDatabases", {}),
    ("CreateDBInstanceReadReplica", {"DBInstanceIdentifier": "r", "SourceDBInstanceIdentifier": "i"}),
    ("SwitchoverReadReplica", {"DBInstanceIdentifier": "r"}),
    ("PromoteReadReplica", {"DBInstanceIdentifier": "i"}),
    ("StopDBInstance", {"DBInstanceIdentifier": "r"}),
    ("StartDBInstance", {"DBInstanceIdentifier": "r"}),
    ("CreateDBSnapshot", {**I, "DBSnapshotIdentifier": "s"}),
    ("DescribeDBSnapshots", {}),
    ("ModifyDBSnapshot", {"DBSnapshotIdentifier": "s", "EngineVersion": "17.2"}),
    ("ModifyDBSnapshotAttribute", {"DBSnapshotIdentifier": "s", "AttributeName": "restore", "ValuesToAdd": ["111122223333"]}),
    ("DescribeDBSnapshotAttributes", {"DBSnapshotIdentifier": "s"}),
    ("CopyDBSnapshot", {"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "s2"}),
    ("DeleteDBSnapshot", {"DBSnapshotIdentifier": "s2"}),
    ("RestoreDBInstanceFromDBSnapshot", {"DBInstanceIdentifier": "i2", "DBSnapshotIdentifier": "s"}),
    ("RestoreDBInstanceToPointInTime", {"SourceDBInstanceIdentifier": "i", "TargetDBInstanceIdentifier": "i3", "UseLatestRestorableTime": True}),
    ("RestoreDBInstanceFromS3", {"DBInstanceIdentifier": "i4", "DBInstanceClass": "db.t4g.micro", "Engine": "mysql", "SourceEngine": "mysql", "SourceEngineVersion": "8.0", "S3BucketName": "b", "S3IngestionRoleArn": ROLE}),
    ("DescribeDBInstanceAutomatedBackups", {}),
    ("DeleteDBInstance", {"DBInstanceIdentifier": "i3", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": False}),
    ("DeleteDBInstanceAutomatedBackup", lambda done: {"DbiResourceId": done["DeleteDBInstance"]["DBInstance"]["DbiResourceId"]}),
    ("StartExportTask", {"ExportTaskIdentifier": "e", "SourceArn": arn("snapshot", "s"), "S3BucketName": "b", "IamRoleArn": ROLE, "KmsKeyId": KEY}),
    ("DescribeExportTasks", {}),
    ("CancelExportTask", {"ExportTaskIdentifier": "e"}),
    # Clusters.
    ("CreateDBCluster", {**C, **USER, "Engine": AURORA, "DBClusterParameterGroupName": "cpg"}),
    ("DescribeDBClusters", C),
    ("ModifyDBCluster", {**C, "BackupRetentionPeriod": 7}),
    ("RebootDBCluster", C),
    ("StopDBCluster", C),
    ("StartDBCluster", C),
    ("AddRoleToDBCluster", {**C, "RoleArn": ROLE}),
    ("RemoveRoleFromDBCluster", {**C, "RoleArn": ROLE}),
    ("EnableHttpEndpoint", {"ResourceArn": arn("cluster", "c")}),
    ("DisableHttpEndpoint", {"ResourceArn": arn("cluster", "c")}),
    ("CreateDBClusterEndpoint", {**C, "DBClusterEndpointIdentifier": "ce", "EndpointType": "READER"}),
    ("ModifyDBClusterEndpoint", {"DBClusterEndpointIdentifier": "ce", "EndpointType": "ANY"}),
    ("DescribeDBClusterEndpoints", C),
    ("DeleteDBClusterEndpoint", {"DBClusterEndpointIdentifier": "ce"}),
    ("CreateDBShardGroup", {**C, "DBShardGroupIdentifier": "sh", "MaxACU": 64}),
    ("ModifyDBShardGroup", {"DBShardGroupIdentifier": "sh", "MaxACU": 128}),
    ("RebootDBShardGroup", {"DBShardGroupIdentifier": "sh"}),
    ("DescribeDBShardGroups", {}),
    ("DeleteDBShardGroup", {"DBShardGroupIdentifier": "sh"}),
    ("CreateDBClusterSnapshot", {**C, "DBClusterSnapshotIdentifier": "cs"}),
    ("DescribeDBClusterSnapshots", {}),
    ("ModifyDBClusterSnapshotAttribute", {"DBClusterSnapshotIdentifier": "cs", "AttributeName": "restore", "ValuesToAdd": ["all"]}),
    ("DescribeDBClusterSnapshotAttributes", {"DBClusterSnapshotIdentifier": "cs"}),
    ("CopyDBClusterSnapshot", {"SourceDBClusterSnapshotIdentifier": "cs", "TargetDBClusterSnapshotIdentifier": "cs2"}),
    ("DeleteDBClusterSnapshot", {"DBClusterSnapshotIdentifier": "cs2"}),
    ("RestoreDBClusterFromSnapshot", {"DBClusterIdentifier": "c2", "SnapshotIdentifier": "cs", "Engine": AURORA}),
    ("RestoreDBClusterToPointInTime", {"DBClusterIdentifier": "c3", "SourceDBClusterIdentifier": "c"}),
    ("RestoreDBClusterFromS3", {"DBClusterIdentifier": "c4", **USER, "Engine": "aurora-mysql", "SourceEngine": "mysql", "SourceEngineVersion": "8.0", "S3BucketName": "b", "S3IngestionRoleArn": ROLE}),
    ("DescribeDBClusterBacktracks", {"DBClusterIdentifier": "c4"}),
    ("DescribeDBClusterAutomatedBackups", {}),
    ("DeleteDBCluster", {"DBClusterIdentifier": "c3", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": False}),
    ("DeleteDBClusterAutomatedBackup", lambda done: {"DbClusterResourceId": done["DeleteDBCluster"]["DBCluster"]["DbClusterResourceId"]}),
    # Proxies.
    ("CreateDBProxy", {"DBProxyName": "p", "EngineFamily": "POSTGRESQL", "Auth": [{"AuthScheme": "SECRETS"}], "RoleArn": ROLE, "VpcSubnetIds": ["subnet-1", "subnet-2"]}),
    ("ModifyDBProxy", {"DBProxyName": "p", "RequireTLS": True}),
    ("DescribeDBProxies", {}),
    ("RegisterDBProxyTargets", {"DBProxyName": "p", "DBInstanceIdentifiers": ["i"]}),
    ("DescribeDBProxyTargets", {"DBProxyName": "p"}),
    ("DeregisterDBProxyTargets", {"DBProxyName": "p", "DBInstanceIdentifiers": ["i"]}),
    ("DescribeDBProxyTargetGroups", {"DBProxyName": "p"}),
    ("ModifyDBProxyTargetGroup", {"DBProxyName": "p", "TargetGroupName": "default", "ConnectionPoolConfig": {"MaxConnectionsPercent": 90}}),
    ("CreateDBProxyEndpoint", {"DBProxyName": "p", "DBProxyEndpointName": "pe", "VpcSubnetIds": ["subnet-1"]}),
    ("ModifyDBProxyEndpoint", {"DBProxyEndpointName": "pe", "VpcSecurityGroupIds": ["sg-1"]}),
    ("DescribeDBProxyEndpoints", {}),
    ("DeleteDBProxyEndpoint", {"DBProxyEndpointName": "pe"}),
    ("DeleteDBProxy", {"DBProxyName": "p"}),
    # What spans or copies databases.
    ("CreateGlobalCluster", {"GlobalClusterIdentifier": "g", "SourceDBClusterIdentifier": arn("cluster", "c")}),
    ("ModifyGlobalCluster", {"GlobalClusterIdentifier": "g", "DeletionProtection": False}),
    ("DescribeGlobalClusters", {}),
    ("FailoverGlobalCluster", {"GlobalClusterIdentifier": "g", "TargetDbClusterIdentifier": arn("cluster", "c")}),
    ("SwitchoverGlobalCluster", {"GlobalClusterIdentifier": "g", "TargetDbClusterIdentifier": arn("cluster", "c")}),
    ("RemoveFromGlobalCluster", {"GlobalClusterIdentifier": "g", "DbClusterIdentifier": arn("cluster", "c")}),
    ("DeleteGlobalCluster", {"GlobalClusterIdentifier": "g"}),
    ("CreateBlueGreenDeployment", {"BlueGreenDeploymentName": "b", "Source": arn("db", "i2")}),
    ("DescribeBlueGreenDeployments", {}),
    ("SwitchoverBlueGreenDeployment", lambda done: {"BlueGreenDeploymentIdentifier": done["CreateBlueGreenDeployment"]["BlueGreenDeployment"]["BlueGreenDeploymentIdentifier"]}),
    ("DeleteBlueGreenDeployment", lambda done: {"BlueGreenDeploymentIdentifier": done["CreateBlueGreenDeployment"]["BlueGreenDeployment"]["BlueGreenDeploymentIdentifier"]}),
    ("CreateIntegration", {"SourceArn": arn("cluster", "c"), "TargetArn": "arn:aws:redshift:us-east-1:123456789012:namespace:n", "IntegrationName": "z"}),
    ("ModifyIntegration", {"IntegrationIdentifier": "z", "Description": "d"}),
    ("DescribeIntegrations", {}),
    ("DeleteIntegration", {"IntegrationIdentifier": "z"}),
    ("CreateCustomDBEngineVersion", {"Engine": "custom-oracle-ee", "EngineVersion": "19.cev1"}),
    ("ModifyCustomDBEngineVersion", {"Engine": "custom-oracle-ee", "EngineVersion": "19.cev1", "Description": "d"}),
    ("DeleteCustomDBEngineVersion", {"Engine": "custom-oracle-ee", "EngineVersion": "19.cev1"}),
    ("DescribeReservedDBInstancesOfferings", {}),
    ("PurchaseReservedDBInstancesOffering", lambda done: {"ReservedDBInstancesOfferingId": done["DescribeReservedDBInstancesOfferings"]["ReservedDBInstancesOfferings"][0]["ReservedDBInstancesOfferingId"]}),
    ("DescribeReservedDBInstances", {}),
    # Events.
    ("CreateEventSubscription", {"SubscriptionName": "n", "SnsTopicArn": TOPIC}),
    ("ModifyEventSubscription", {"SubscriptionName": "n", "Enabled": False}),
    ("AddSourceIdentifierToSubscription", {"SubscriptionName": "n", "SourceIdentifier": "i"}),
    ("RemoveSourceIdentifierFromSubscription", {"SubscriptionName": "n", "SourceIdentifier": "i"}),
    ("DescribeEventSubscriptions", {}),
    ("DeleteEventSubscription", {"SubscriptionName": "n"}),
    ("DescribeEvents", {}),
    ("DeleteDBSubnetGroup", {"DBSubnetGroupName": "unused"}),
]

# What a client of the source's region does before a replication of backups is started from another one.
ELSEWHERE = {
    "StartDBInstanceAutomatedBackupsReplication": {"SourceDBInstanceArn": arn("db", "i")},
    "StopDBInstanceAutomatedBackupsReplication": {"SourceDBInstanceArn": arn("db", "i")},
}


def done_by(client, name, parameters):
    operation = client.meta.service_model.operation_model(name)
    answer = getattr(client, botocore.xform_name(name))(**parameters)
    answer.pop("ResponseMetadata")
    members = operation.output_shape.members if operation.output_shape else {}
    assert answer or not members, f"{name}: a blank answer"
    return answer


def every_operation_succeeds_once_and_says_something():
    rds.create_db_subnet_group(DBSubnetGroupName="unused", DBSubnetGroupDescription="d", SubnetIds=["subnet-1"])
    done = {}
    for name, parameters in TOUR:
        assert name not in done, name
        try:
            done[name] = done_by(rds, name, parameters(done) if callable(parameters) else parameters)
        except Exception as error:
            raise AssertionError(f"{name}: {error}") from error
    far = boto3.client("rds", region_name="eu-west-1")
    for name, parameters in ELSEWHERE.items():
        done[name] = done_by(far, name, parameters)
    backtracking = {**USER, "DBClusterIdentifier": "back", "Engine": "aurora-mysql", "BacktrackWindow": 3600}
    done_by(rds, "CreateDBCluster", backtracking)
    done["BacktrackDBCluster"] = done_by(
        rds, "BacktrackDBCluster", {"DBClusterIdentifier": "back", "BacktrackTo": "2026-11-24T00:00:00Z"}
    )
    done_by(rds, "CreateDBCluster", {**USER, "DBClusterIdentifier": "less", "Engine": AURORA, "EngineMode": "serverless"})
    done["ModifyCurrentDBClusterCapacity"] = done_by(
        rds, "ModifyCurrentDBClusterCapacity", {"DBClusterIdentifier": "less", "Capacity": 4}
    )
    two = {"DBClusterIdentifier": "c2", "Engine": AURORA, "DBInstanceClass": "db.r8g.large"}
    for name in ("m1", "m2"):
        done_by(rds, "CreateDBInstance", {**two, "DBInstanceIdentifier": name})
    done["FailoverDBCluster"] = done_by(rds, "FailoverDBCluster", {"DBClusterIdentifier": "c2"})
    follower = {"DBClusterIdentifier": "c5", "Engine": AURORA, "ReplicationSourceIdentifier": arn("cluster", "c2")}
    done_by(rds, "CreateDBCluster", follower)
    done["PromoteReadReplicaDBCluster"] = done_by(rds, "PromoteReadReplicaDBCluster", {"DBClusterIdentifier": "c5"})

    left = set(rds.meta.service_model.operation_names) - set(done) - set(IMPOSSIBLE)
    # Operations that came after the table was made.
    newer = {name for name in left if "CapacityReservation" in name}
    assert not left - newer, sorted(left - newer)
    return {"done": len(done), "impossible": sorted(IMPOSSIBLE), "newer": sorted(newer)}


run(globals())
