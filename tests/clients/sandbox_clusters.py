"""What RDS's own rules make of clusters, their members and what spans them, tried on the sandbox with boto3."""

from sandbox_checks import arn, cluster, instance, rds, refused, run, the

AURORA = {"Engine": "aurora-postgresql", "DBInstanceClass": "db.r8g.large"}


def members(name):
    found = the(rds.describe_db_clusters(DBClusterIdentifier=name))["DBClusterMembers"]
    return {member["DBInstanceIdentifier"]: member["IsClusterWriter"] for member in found}


def a_cluster_needs_a_master_user():
    for given in (
        {"MasterUsername": "", "MasterUserPassword": "p" * 12},
        {"MasterUsername": "root", "MasterUserPassword": ""},
        {"MasterUsername": "root", "MasterUserPassword": "short"},
        {"MasterUsername": "root", "MasterUserPassword": "p" * 12, "Engine": "mariadb"},
        {"MasterUsername": "root", "MasterUserPassword": "p" * 12, "BacktrackWindow": 20},
        {"MasterUsername": "root", "MasterUserPassword": "p" * 12, "Engine": "aurora-mysql", "BacktrackWindow": 10**7},
    ):
        refused("InvalidParameterValue", cluster, "nobody", **given)
    managed = rds.create_db_cluster(
        DBClusterIdentifier="managed", Engine="aurora-mysql", MasterUsername="root", ManageMasterUserPassword=True
    )["DBCluster"]
    assert managed["MasterUserSecret"]["SecretStatus"] == "creating" and managed["Port"] == 3306, managed
    refused("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="nobody")


def members_follow_their_cluster():
    cluster("herd", StorageEncrypted=True, BackupRetentionPeriod=5)
    message = refused("InvalidParameterCombination", instance, "stray", Engine="mysql", DBClusterIdentifier="herd")
    assert message.startswith("The engine name requested for your DB instance (mysql) doesn't match"), message
    for number in range(3):
        made = instance(f"herd-{number}", DBClusterIdentifier="HERD", PromotionTier=15 - number, **AURORA)
        assert made["DBClusterIdentifier"] == "herd" and made["StorageEncrypted"] is True, made
        assert made["BackupRetentionPeriod"] == 5, made
    assert members("herd") == {"herd-0": True, "herd-1": False, "herd-2": False}
    assert the(rds.describe_db_clusters(DBClusterIdentifier="herd"))["MultiAZ"] is True
    refused("InvalidDBInstanceState", rds.stop_db_instance, DBInstanceIdentifier="herd-0")
    rds.stop_db_cluster(DBClusterIdentifier="herd")
    stopped = rds.describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": ["herd"]}])["DBInstances"]
    assert {one["DBInstanceStatus"] for one in stopped} == {"stopped"}, stopped
    refused("InvalidDBClusterStateFault", rds.stop_db_cluster, DBClusterIdentifier="herd")
    refused("InvalidDBClusterStateFault", rds.add_role_to_db_cluster, DBClusterIdentifier="herd", RoleArn="r" * 20)
    rds.start_db_cluster(DBClusterIdentifier="herd")
    refused("InvalidDBClusterStateFault", rds.start_db_cluster, DBClusterIdentifier="herd")
    rds.modify_db_cluster(DBClusterIdentifier="herd", VpcSecurityGroupIds=["sg-9"], EngineVersion="16.6")
    one = the(rds.describe_db_instances(DBInstanceIdentifier="herd-1"))
    assert [group["VpcSecurityGroupId"] for group in one["VpcSecurityGroups"]] == ["sg-9"], one
    assert one["EngineVersion"] == "16.6", one
    # Of the lowest promotion tier.
    rds.delete_db_instance(DBInstanceIdentifier="herd-0")
    assert members("herd") == {"herd-1": False, "herd-2": True}, members("herd")
    rds.modify_db_instance(DBInstanceIdentifier="herd-1", NewDBInstanceIdentifier="ram")
    assert members("herd") == {"herd-2": True, "ram": False}, members("herd")
    rds.modify_db_cluster(DBClusterIdentifier="herd", NewDBClusterIdentifier="flock")
    assert the(rds.describe_db_instances(DBInstanceIdentifier="ram"))["DBClusterIdentifier"] == "flock"
    message = refused("InvalidDBClusterStateFault", rds.delete_db_cluster, DBClusterIdentifier="flock", SkipFinalSnapshot=True)
    assert "still contains DB instances" in message, message


def a_failover_makes_a_reader_the_writer():
    cluster("pair")
    refused("InvalidDBClusterStateFault", rds.failover_db_cluster, DBClusterIdentifier="pair")
    for name in ("left", "right"):
        instance(name, DBClusterIdentifier="pair", **AURORA)
    rds.failover_db_cluster(DBClusterIdentifier="pair")
    assert members("pair") == {"left": False, "right": True}
    rds.failover_db_cluster(DBClusterIdentifier="pair", TargetDBInstanceIdentifier="left")
    assert members("pair") == {"left": True, "right": False}
    refused("InvalidParameterValue", rds.failover_db_cluster, DBClusterIdentifier="pair", TargetDBInstanceIdentifier="none")


def clusters_that_cannot_have_something_say_so():
    cluster("bare", EngineMode="serverless")
    refused("InvalidParameterValue", instance, "on-bare", DBClusterIdentifier="bare", **AURORA)
    back = {"DBClusterIdentifier": "bare", "BacktrackTo": "2026-11-24T00:00:00Z"}
    refused("InvalidDBClusterStateFault", rds.backtrack_db_cluster, **back)
    refused("InvalidDBClusterStateFault", rds.promote_read_replica_db_cluster, DBClusterIdentifier="bare")
    refused("ResourceNotFoundFault", rds.enable_http_endpoint, ResourceArn=arn("cluster", "none"))
    assert rds.enable_http_endpoint(ResourceArn=arn("cluster", "bare"))["HttpEndpointEnabled"] is True
    shard = {"DBShardGroupIdentifier": "shard", "DBClusterIdentifier": "bare"}
    refused("InvalidParameterValue", rds.create_db_shard_group, MaxACU=8, MinACU=16, **shard)
    refused("InvalidParameterValue", rds.create_db_shard_group, MaxACU=64, ComputeRedundancy=7, **shard)
    assert rds.create_db_shard_group(MaxACU=64, **shard)["DBClusterIdentifier"] == "bare"
    refused("DBShardGroupAlreadyExists", rds.create_db_shard_group, MaxACU=64, **shard)
    cluster("mysql-one", Engine="aurora-mysql")
    other = {"DBShardGroupIdentifier": "other", "DBClusterIdentifier": "mysql-one", "MaxACU": 64}
    refused("InvalidDBClusterStateFault", rds.create_db_shard_group, **other)


def replicas_of_clusters_are_promoted():
    source = cluster("leader")["DBClusterArn"]
    cluster("follower", ReplicationSourceIdentifier=source)
    leader = the(rds.describe_db_clusters(DBClusterIdentifier="leader"))
    assert leader["ReadReplicaIdentifiers"] == [arn("cluster", "follower")], leader
    promoted = rds.promote_read_replica_db_cluster(DBClusterIdentifier="follower")["DBCluster"]
    assert "ReplicationSourceIdentifier" not in promoted, promoted
    assert the(rds.describe_db_clusters(DBClusterIdentifier="leader"))["ReadReplicaIdentifiers"] == []


def a_restored_cluster_is_like_its_source():
    cluster("first-one", DatabaseName="data", Port=5433, Tags=[{"Key": "a", "Value": "b"}])
    rds.create_db_cluster_snapshot(DBClusterIdentifier="first-one", DBClusterSnapshotIdentifier="kept")
    taken = {"DBClusterIdentifier": "first-one", "DBClusterSnapshotIdentifier": "kept"}
    refused("DBClusterSnapshotAlreadyExistsFault", rds.create_db_cluster_snapshot, **taken)
    restored = rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="second-one", SnapshotIdentifier=arn("cluster-snapshot", "kept"), Engine="aurora-postgresql"
    )["DBCluster"]
    assert restored["Port"] == 5433 and restored["DatabaseName"] == "data", restored
    assert restored["Endpoint"].startswith("second-one."), restored
    automated = the(rds.describe_db_cluster_snapshots(DBClusterIdentifier="first-one", SnapshotType="automated"))
    assert automated["DBClusterSnapshotIdentifier"].startswith("rds:first-one-"), automated
    kept = {"DBClusterIdentifier": "first-one", "SkipFinalSnapshot": True, "DeleteAutomatedBackups": False}
    rds.delete_db_cluster(**kept)
    backup = the(rds.describe_db_cluster_automated_backups(DBClusterIdentifier="first-one"))
    assert backup["Status"] == "retained", backup
    refused("DBClusterSnapshotNotFoundFault", rds.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="none")


def global_clusters_have_one_writer():
    source = cluster("near")["DBClusterArn"]
    create = rds.create_global_cluster
    refused("InvalidParameterValue", create, GlobalClusterIdentifier="world-1")
    refused("InvalidParameterValue", create, GlobalClusterIdentifier="world-1", SourceDBClusterIdentifier="near")
    both = {"GlobalClusterIdentifier": "world-1", "SourceDBClusterIdentifier": source, "Engine": "aurora-postgresql"}
    refused("InvalidParameterCombination", create, **both)
    create(GlobalClusterIdentifier="world-1", SourceDBClusterIdentifier=source)
    reader = cluster("further", GlobalClusterIdentifier="world-1")["DBClusterArn"]

    def found():
        members = the(rds.describe_global_clusters(GlobalClusterIdentifier="world-1"))["GlobalClusterMembers"]
        return {one["DBClusterArn"]: (one["IsWriter"], one["Readers"]) for one in members}

    assert found() == {source: (True, [reader]), reader: (False, [])}, found()
    leave = {"GlobalClusterIdentifier": "world-1", "DbClusterIdentifier": source}
    refused("InvalidGlobalClusterStateFault", rds.remove_from_global_cluster, **leave)
    refused("InvalidGlobalClusterStateFault", rds.delete_global_cluster, GlobalClusterIdentifier="world-1")
    refused("InvalidDBClusterStateFault", rds.delete_db_cluster, DBClusterIdentifier="near", SkipFinalSnapshot=True)
    rds.switchover_global_cluster(GlobalClusterIdentifier="world-1", TargetDbClusterIdentifier=reader)
    assert found() == {source: (False, []), reader: (True, [source])}, found()
    for member in (source, reader):
        rds.remove_from_global_cluster(GlobalClusterIdentifier="world-1", DbClusterIdentifier=member)
    rds.modify_global_cluster(GlobalClusterIdentifier="world-1", DeletionProtection=True)
    refused("InvalidParameterCombination", rds.delete_global_cluster, GlobalClusterIdentifier="world-1")
    rds.modify_global_cluster(GlobalClusterIdentifier="world-1", DeletionProtection=False)
    rds.delete_global_cluster(GlobalClusterIdentifier="world-1")


def blue_and_green_change_places():
    blue = instance("site", EngineVersion="16.3")["DBInstanceArn"]
    made = rds.create_blue_green_deployment(BlueGreenDeploymentName="up", Source=blue, TargetEngineVersion="17.2")
    made = made["BlueGreenDeployment"]
    assert made["Status"] == "PROVISIONING" and "-green-" in made["Target"], made
    refused("BlueGreenDeploymentAlreadyExistsFault", rds.create_blue_green_deployment, BlueGreenDeploymentName="up", Source=blue)
    refused("DBInstanceNotFound", rds.create_blue_green_deployment, BlueGreenDeploymentName="b", Source=arn("db", "none"))
    old = instance("old-engine", Engine="oracle-se2")["DBInstanceArn"]
    refused("SourceDatabaseNotSupportedFault", rds.create_blue_green_deployment, BlueGreenDeploymentName="b", Source=old)
    it = {"BlueGreenDeploymentIdentifier": made["BlueGreenDeploymentIdentifier"]}
    rds.switchover_blue_green_deployment(**it)
    now = the(rds.describe_blue_green_deployments(**it))
    assert now["Status"] == "SWITCHOVER_COMPLETED" and now["Target"] == blue, now
    for name, version in (("site", "17.2"), ("site-old1", "16.3")):
        assert the(rds.describe_db_instances(DBInstanceIdentifier=name))["EngineVersion"] == version
    refused("InvalidBlueGreenDeploymentStateFault", rds.switchover_blue_green_deployment, **it)
    refused("InvalidBlueGreenDeploymentStateFault", rds.delete_blue_green_deployment, DeleteTarget=True, **it)
    rds.delete_blue_green_deployment(**it)
    refused("BlueGreenDeploymentNotFoundFault", rds.describe_blue_green_deployments, **it)


def a_cluster_changes_places_with_its_members():
    source = cluster("shop")["DBClusterArn"]
    for name in ("shop-1", "shop-2"):
        instance(name, DBClusterIdentifier="shop", **AURORA)
    made = rds.create_blue_green_deployment(BlueGreenDeploymentName="shop-up", Source=source)["BlueGreenDeployment"]
    green = made["Target"].rpartition(":")[2]
    assert sorted(members(green).values()) == [False, True], members(green)
    assert all("-green-" in name for name in members(green)), members(green)
    it = {"BlueGreenDeploymentIdentifier": made["BlueGreenDeploymentIdentifier"]}
    rds.switchover_blue_green_deployment(**it)
    assert members("shop") == {"shop-1": True, "shop-2": False}, members("shop")
    assert members("shop-old1") == {"shop-1-old1": True, "shop-2-old1": False}, members("shop-old1")
    assert the(rds.describe_db_instances(DBInstanceIdentifier="shop-2"))["DBClusterIdentifier"] == "shop"
    old = the(rds.describe_db_instances(DBInstanceIdentifier="shop-2-old1"))
    assert old["DBClusterIdentifier"] == "shop-old1", old


run(globals())
