"""What RDS's own rules make of instances, clusters and snapshots, tried on the sandbox with boto3."""

import boto3

from sandbox_checks import arn, cluster, instance, rds, refused, run, the

TAGS = [{"Key": "original", "Value": "1"}]


def status(name):
    return the(rds.describe_db_instances(DBInstanceIdentifier=name))["DBInstanceStatus"]


def names_are_checked_and_kept_in_small_letters():
    assert instance("FooBar")["DBInstanceIdentifier"] == "foobar"
    for name in ("foobar", "FOOBAR", arn("db", "foobar")):
        assert the(rds.describe_db_instances(DBInstanceIdentifier=name))["DBInstanceIdentifier"] == "foobar"
    renamed = rds.modify_db_instance(DBInstanceIdentifier="fOObAR", NewDBInstanceIdentifier="XxYy")["DBInstance"]
    assert renamed["DBInstanceIdentifier"] == "xxyy" and renamed["Endpoint"]["Address"].startswith("xxyy."), renamed
    refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="foobar")
    for bad in ("-a", "1a", "a--b", "a-", "a b", "a" * 64, arn("db", "a")):
        refused("InvalidParameterValue", instance, bad)
    refused("DBInstanceAlreadyExists", instance, "XXYY")
    message = refused("DBInstanceNotFound", rds.delete_db_instance, DBInstanceIdentifier="none")
    assert message == "DBInstance none not found.", message


def what_is_asked_for_must_make_sense():
    message = refused("InvalidParameterValue", instance, "bad", Engine="invalid-engine")
    assert "engine invalid-engine not supported" in message, message
    refused("InvalidParameterValue", instance, "bad", DBInstanceClass="huge")
    refused("InvalidParameterCombination", instance, "bad", MaxAllocatedStorage=10)
    refused("InvalidParameterCombination", instance, "bad", MonitoringInterval=60)
    refused("InvalidParameterCombination", instance, "bad", MonitoringRoleArn="role", MonitoringInterval=0)
    refused("InvalidParameterCombination", instance, "bad", Engine="aurora-mysql")
    refused("OptionGroupNotFoundFault", instance, "bad", OptionGroupName="none")
    refused("DBParameterGroupNotFound", instance, "bad", DBParameterGroupName="none")
    refused("DBSubnetGroupNotFoundFault", instance, "bad", DBSubnetGroupName="none")
    refused("DBClusterNotFoundFault", instance, "bad", DBClusterIdentifier="none", Engine="aurora-mysql")
    refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="bad")


def windows_are_long_enough_and_apart():
    for window, backup in (
        ("mon:16:00-tue:17:00", "20:00-20:30"),
        ("mon:16:00-mon:16:05", "20:00-20:30"),
        ("sim:16:00-mon:16:30", "20:00-20:30"),
        ("mon:16tue:17:00", "20:00-20:30"),
        ("wed:18:00-wed:22:00", "20:00-20:30"),
        ("wed:18:00-thu:01:00", "00:00-00:30"),
        ("thu:00:00-thu:14:00", "23:50-00:20"),
        ("sun:23:00-mon:01:00", "23:50-00:20"),
        ("sun:16:00-sun:16:30", "10:00-10:10"),
    ):
        windows = {"PreferredMaintenanceWindow": window, "PreferredBackupWindow": backup}
        refused("InvalidParameterValue", instance, "windows", **windows)
    made = instance("windows", PreferredMaintenanceWindow="MON:16:00-TUE:01:30")
    assert made["PreferredMaintenanceWindow"] == "mon:16:00-tue:01:30", made


def changes_follow_the_rules():
    made = instance("changes", MaxAllocatedStorage=500)
    assert made["MaxAllocatedStorage"] == 500 and made["Endpoint"]["Port"] == 5432, made

    def modify(**more):
        return rds.modify_db_instance(DBInstanceIdentifier="changes", **more)["DBInstance"]

    assert "MaxAllocatedStorage" not in modify(MaxAllocatedStorage=20)
    refused("InvalidParameterCombination", modify, MaxAllocatedStorage=5)
    assert modify(AllocatedStorage=40)["AllocatedStorage"] == 40
    refused("InvalidParameterCombination", modify, AllocatedStorage=20)
    logs = modify(CloudwatchLogsExportConfiguration={"EnableLogTypes": ["error", "audit"]})
    assert logs["EnabledCloudwatchLogsExports"] == ["error", "audit"], logs
    logs = modify(CloudwatchLogsExportConfiguration={"DisableLogTypes": ["error"]})
    assert logs["EnabledCloudwatchLogsExports"] == ["audit"], logs
    assert modify(VpcSecurityGroupIds=["sg-1", "sg-2"])["VpcSecurityGroups"][1]["Status"] == "active"
    assert len(modify(VpcSecurityGroupIds=["sg-3"])["VpcSecurityGroups"]) == 1
    refused("DBParameterGroupNotFound", modify, DBParameterGroupName="none")
    refused("DBInstanceNotFound", rds.modify_db_instance, DBInstanceIdentifier="none", MultiAZ=True)


def secrets_manager_can_keep_the_password():
    assert "MasterUserSecret" not in instance("secret")

    def modify(**more):
        return rds.modify_db_instance(DBInstanceIdentifier="secret", **more)["DBInstance"].get("MasterUserSecret")

    refused("InvalidParameterCombination", modify, RotateMasterUserPassword=True, ApplyImmediately=True)
    refused("InvalidParameterCombination", modify, ManageMasterUserPassword=True, MasterUserPassword="p" * 12)
    secret = modify(ManageMasterUserPassword=True)
    assert secret["SecretStatus"] == "creating" and ":secret:rds!db" in secret["SecretArn"], secret
    assert the(rds.describe_db_instances(DBInstanceIdentifier="secret"))["MasterUserSecret"]["SecretStatus"] == "active"
    refused("InvalidParameterCombination", modify, RotateMasterUserPassword=True)
    assert modify(RotateMasterUserPassword=True, ApplyImmediately=True)["SecretStatus"] == "rotating"
    assert modify(ManageMasterUserPassword=False) is None


def what_may_be_stopped_starts_again():
    instance("stops")
    refused("InvalidDBInstanceState", rds.start_db_instance, DBInstanceIdentifier="stops")
    rds.stop_db_instance(DBInstanceIdentifier="stops", DBSnapshotIdentifier="at-the-stop")
    assert status("stops") == "stopped"
    assert the(rds.describe_db_snapshots(DBSnapshotIdentifier="at-the-stop"))["SnapshotType"] == "manual"
    refused("InvalidDBInstanceState", rds.stop_db_instance, DBInstanceIdentifier="stops", DBSnapshotIdentifier="again")
    refused("DBSnapshotNotFound", rds.describe_db_snapshots, DBSnapshotIdentifier="again")
    role = {"DBInstanceIdentifier": "stops", "RoleArn": "r" * 20, "FeatureName": "f"}
    refused("InvalidDBInstanceState", rds.add_role_to_db_instance, **role)
    rds.start_db_instance(DBInstanceIdentifier="stops")
    refused("DBSnapshotAlreadyExists", rds.stop_db_instance, DBInstanceIdentifier="stops", DBSnapshotIdentifier="at-the-stop")
    assert status("stops") == "available"
    instance("mirrored", Engine="sqlserver-ee", MultiAZ=True)
    refused("InvalidDBInstanceState", rds.stop_db_instance, DBInstanceIdentifier="mirrored")
    refused("InvalidParameterCombination", rds.reboot_db_instance, DBInstanceIdentifier="stops", ForceFailover=True)


def roles_are_given_once():
    instance("roles")

    def add(role, feature):
        rds.add_role_to_db_instance(DBInstanceIdentifier="roles", RoleArn=role, FeatureName=feature)

    one, two = (f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two"))
    add(one, "s3Import")
    refused("DBInstanceRoleAlreadyExists", add, two, "s3Import")
    refused("DBInstanceRoleAlreadyExists", add, one, "s3Export")
    roles = the(rds.describe_db_instances(DBInstanceIdentifier="roles"))["AssociatedRoles"]
    assert roles == [{"RoleArn": one, "FeatureName": "s3Import", "Status": "ACTIVE"}], roles
    gone = {"DBInstanceIdentifier": "roles", "RoleArn": one, "FeatureName": "s3Import"}
    rds.remove_role_from_db_instance(**gone)
    refused("DBInstanceRoleNotFound", rds.remove_role_from_db_instance, **gone)
    cluster("roles")
    rds.add_role_to_db_cluster(DBClusterIdentifier="roles", RoleArn=one)
    refused("DBClusterRoleAlreadyExists", rds.add_role_to_db_cluster, DBClusterIdentifier="roles", RoleArn=one)


def deleting_asks_for_a_final_snapshot_and_heeds_protection():
    instance("goes", DeletionProtection=True, CopyTagsToSnapshot=True, Tags=TAGS)

    def delete(**more):
        return rds.delete_db_instance(DBInstanceIdentifier="goes", **more)["DBInstance"]

    message = refused("InvalidParameterCombination", delete, SkipFinalSnapshot=True)
    assert message.startswith("Cannot delete protected DB Instance"), message
    rds.modify_db_instance(DBInstanceIdentifier="goes", DeletionProtection=False)
    refused("InvalidParameterCombination", delete)
    refused("InvalidParameterCombination", delete, SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last")
    assert len(rds.describe_db_snapshots(DBInstanceIdentifier="goes", SnapshotType="automated")["DBSnapshots"]) == 1
    assert delete(FinalDBSnapshotIdentifier="last")["DBInstanceStatus"] == "deleting"
    last = the(rds.describe_db_snapshots(DBInstanceIdentifier="goes"))
    assert last["DBSnapshotIdentifier"] == "last" and last["TagList"] == TAGS, last
    back = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="back-again", DBSnapshotIdentifier="last")
    assert back["DBInstance"]["DBInstanceClass"] == "db.t4g.micro", back
    assert back["DBInstance"]["DeletionProtection"] is False, back
    less = {"DBInstanceIdentifier": "less", "DBSnapshotIdentifier": "last", "AllocatedStorage": 10}
    refused("InvalidParameterValue", rds.restore_db_instance_from_db_snapshot, **less)


def replicas_and_their_source_know_each_other():
    instance("source-db")
    replica = {"DBInstanceIdentifier": "replica-1", "SourceDBInstanceIdentifier": "source-db"}
    assert the(rds.create_db_instance_read_replica(**replica))["ReadReplicaSourceDBInstanceIdentifier"] == "source-db"
    refused("DBInstanceAlreadyExists", rds.create_db_instance_read_replica, **replica)
    far = boto3.client("rds", region_name="eu-west-1")
    source = arn("db", "source-db")
    there = the(far.create_db_instance_read_replica(DBInstanceIdentifier="far", SourceDBInstanceIdentifier=source))
    assert there["ReadReplicaSourceDBInstanceIdentifier"] == source, there

    def replicas():
        return the(rds.describe_db_instances(DBInstanceIdentifier="source-db"))["ReadReplicaDBInstanceIdentifiers"]

    assert replicas() == ["replica-1", arn("db", "far", "eu-west-1")], replicas()
    for name in ("source-db", "replica-1"):
        refused("InvalidDBInstanceState", rds.stop_db_instance, DBInstanceIdentifier=name)
    far.promote_read_replica(DBInstanceIdentifier="far")
    assert replicas() == ["replica-1"], replicas()
    refused("InvalidDBInstanceState", rds.promote_read_replica, DBInstanceIdentifier="source-db")
    rds.delete_db_instance(DBInstanceIdentifier="replica-1")
    assert replicas() == [], replicas()
    instance("unsaved", BackupRetentionPeriod=0)
    unsaved = {"DBInstanceIdentifier": "of-unsaved", "SourceDBInstanceIdentifier": "unsaved"}
    refused("InvalidDBInstanceState", rds.create_db_instance_read_replica, **unsaved)


def copies_of_snapshots_keep_what_they_should():
    instance("origin")
    rds.create_db_snapshot(DBInstanceIdentifier="origin", DBSnapshotIdentifier="tagged-1", Tags=TAGS)
    new = [{"Key": "new", "Value": "2"}]
    for number, (given, tags) in enumerate(
        (({}, []), ({"CopyTags": True}, TAGS), ({"Tags": new}, new), ({"Tags": new, "CopyTags": True}, new))
    ):
        copy = the(rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier="tagged-1", TargetDBSnapshotIdentifier=f"copy-{number}", **given
        ))
        assert rds.list_tags_for_resource(ResourceName=copy["DBSnapshotArn"])["TagList"] == tags, (given, copy)
        assert copy["SourceDBSnapshotIdentifier"] == arn("snapshot", "tagged-1"), copy
    taken = {"SourceDBSnapshotIdentifier": "tagged-1", "TargetDBSnapshotIdentifier": "copy-1"}
    assert "copy-1 already exists" in refused("DBSnapshotAlreadyExists", rds.copy_db_snapshot, **taken)
    wrong = {"SourceDBSnapshotIdentifier": arn("this-is-none", "a"), "TargetDBSnapshotIdentifier": "b"}
    refused("InvalidParameterValue", rds.copy_db_snapshot, **wrong)
    automated = the(rds.describe_db_snapshots(DBInstanceIdentifier="origin", SnapshotType="automated"))
    assert automated["DBSnapshotIdentifier"].startswith("rds:origin-"), automated
    refused("InvalidDBSnapshotState", rds.delete_db_snapshot, DBSnapshotIdentifier=automated["DBSnapshotIdentifier"])
    manual = the(rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier=automated["DBSnapshotArn"], TargetDBSnapshotIdentifier="by-hand"
    ))
    assert manual["SnapshotType"] == "manual" and manual["DBInstanceIdentifier"] == "origin", manual
    encrypted = the(rds.copy_db_snapshot(
        SourceDBSnapshotIdentifier="tagged-1", TargetDBSnapshotIdentifier="sealed", KmsKeyId="k"
    ))
    assert encrypted["Encrypted"] is True and encrypted["KmsKeyId"] == "k", encrypted


def manual_snapshots_are_shared_by_their_attribute():
    instance("shares")
    rds.create_db_snapshot(DBInstanceIdentifier="shares", DBSnapshotIdentifier="shared-1")

    def modify(snapshot="shared-1", **values):
        answer = the(rds.modify_db_snapshot_attribute(DBSnapshotIdentifier=snapshot, AttributeName="restore", **values))
        return answer["DBSnapshotAttributes"][0]["AttributeValues"]

    accounts = [f"{number:012}" for number in range(1, 22)]
    assert modify(ValuesToAdd=accounts[:2]) == accounts[:2]
    assert modify(ValuesToRemove=accounts[:1]) == accounts[1:2]
    refused("SharedSnapshotQuotaExceeded", modify, ValuesToAdd=accounts)
    refused("InvalidParameterCombination", modify, ValuesToAdd=accounts[:1], ValuesToRemove=accounts[:1])
    refused("InvalidParameterValue", modify, ValuesToAdd=["somebody"])
    refused("DBSnapshotNotFound", modify, snapshot="none", ValuesToAdd=accounts[:1])
    automated = the(rds.describe_db_snapshots(DBInstanceIdentifier="shares", SnapshotType="automated"))
    refused("InvalidDBSnapshotState", modify, snapshot=automated["DBSnapshotIdentifier"], ValuesToAdd=accounts[:1])
    assert modify(ValuesToAdd=["all"]) == [accounts[1], "all"]
    assert the(rds.describe_db_snapshots(SnapshotType="public"))["DBSnapshotIdentifier"] == "shared-1"


run(globals())
