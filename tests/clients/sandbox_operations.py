"""Tries every operation of the RDS API on the sandbox with boto3, and the lives of the resources it keeps.

Prints a line of JSON a check, as boto3_calls.py does. The sandbox is called itself, by AWS_ENDPOINT_URL_RDS.
"""

import boto3
import botocore
import botocore.exceptions

from sandbox_checks import rds, refused, run

# Errors that any operation may end in, beside those that its model names.
COMMON = {"InvalidParameterValue", "InvalidParameterCombination", "MissingParameter", "ResourceNotFoundFault"}


def example(shape, name):
    """A value of a shape, as small as its model allows."""
    if shape.type_name == "structure":
        return {member: example(shape.members[member], member) for member in shape.required_members}
    if shape.type_name == "list":
        return [example(shape.member, name)]
    if shape.type_name in ("integer", "long", "float", "double"):
        return 20
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return "2026-11-24T00:00:00Z"
    if shape.enum:
        return shape.enum[0]
    if name.endswith("Arn") or name in ("ResourceName", "ResourceIdentifier"):
        return "arn:aws:rds:us-east-1:123456789012:db:nowhere"
    return "nowhere"


def every_operation_answers_or_refuses_as_its_model_says():
    answered, refusals, newer = 0, {}, []
    model = rds.meta.service_model
    for name in model.operation_names:
        operation = model.operation_model(name)
        parameters = example(operation.input_shape, "") if operation.input_shape else {}
        call = getattr(rds, botocore.xform_name(name))
        try:
            call(**parameters)
            answered += 1
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            named = {shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes}
            if code == "InvalidAction":
                newer.append(name)
                continue
            assert code in named | COMMON, f"{name}: {code}, not one of {sorted(named)}"
            refusals[code] = refusals.get(code, 0) + 1
    # Operations that came after the table was made.
    assert len(newer) < 10, newer
    return {"answered": answered, "refused": sum(refusals.values()), "newer": newer}


def a_cluster_lives_with_its_members_and_snapshots():
    made = rds.create_db_cluster(
        DBClusterIdentifier="Shop", Engine="aurora-postgresql", MasterUsername="u", MasterUserPassword="p" * 12,
        VpcSecurityGroupIds=["sg-1", "sg-2"], DeletionProtection=True, Tags=[{"Key": "team", "Value": "shop"}],
    )["DBCluster"]
    assert made["DBClusterIdentifier"] == "shop" and made["Status"] == "creating", made
    assert [group["VpcSecurityGroupId"] for group in made["VpcSecurityGroups"]] == ["sg-1", "sg-2"], made
    assert made["TagList"] == [{"Key": "team", "Value": "shop"}], made
    refused("DBClusterAlreadyExistsFault", rds.create_db_cluster, DBClusterIdentifier="SHOP", Engine="aurora-mysql")
    member = rds.create_db_instance(
        DBInstanceIdentifier="shop-1", DBInstanceClass="db.r8g.large", Engine="aurora-postgresql",
        DBClusterIdentifier="shop",
    )["DBInstance"]
    assert member["DBClusterIdentifier"] == "shop", member
    snapshot = rds.create_db_cluster_snapshot(
        DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="shop-monday"
    )["DBClusterSnapshot"]
    assert snapshot["Engine"] == "aurora-postgresql" and snapshot["DBClusterIdentifier"] == "shop", snapshot
    copy = rds.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="shop-monday", TargetDBClusterSnapshotIdentifier="shop-copy"
    )["DBClusterSnapshot"]
    assert copy["DBClusterIdentifier"] == "shop", copy
    found = rds.describe_db_cluster_snapshots(DBClusterIdentifier="shop", SnapshotType="manual")["DBClusterSnapshots"]
    assert len(found) == 2, found
    restored = rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="shop-back", SnapshotIdentifier="shop-copy", Engine="aurora-postgresql"
    )["DBCluster"]
    assert restored["DBClusterIdentifier"] == "shop-back", restored
    attributes = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier="shop-copy")
    assert attributes["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotIdentifier"] == "shop-copy", attributes
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="shop", SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier="shop", DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier="shop-1")
    rds.delete_db_cluster(DBClusterIdentifier="shop", FinalDBSnapshotIdentifier="shop-last")
    refused("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="shop")
    last = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="shop-last")["DBClusterSnapshots"]
    assert last[0]["Engine"] == "aurora-postgresql", last


def instances_start_stop_reboot_and_change_names():
    rds.create_db_subnet_group(DBSubnetGroupName="inner", DBSubnetGroupDescription="one", SubnetIds=["subnet-1"])
    rds.create_db_parameter_group(DBParameterGroupName="tuned-db", DBParameterGroupFamily="mysql8.4", Description="mine")
    rds.create_db_instance(
        DBInstanceIdentifier="work", DBInstanceClass="db.t4g.micro", Engine="mysql", AllocatedStorage=20, Port=3307,
        DBSubnetGroupName="inner", DBParameterGroupName="tuned-db",
    )
    assert rds.stop_db_instance(DBInstanceIdentifier="work")["DBInstance"]["DBInstanceStatus"] == "stopping"
    one = rds.describe_db_instances(DBInstanceIdentifier="work")["DBInstances"][0]
    assert one["DBInstanceStatus"] == "stopped" and one["Endpoint"]["Port"] == 3307, one
    assert one["DBSubnetGroup"]["DBSubnetGroupName"] == "inner", one
    assert one["DBParameterGroups"][0]["DBParameterGroupName"] == "tuned-db", one
    refused("InvalidDBInstanceState", rds.reboot_db_instance, DBInstanceIdentifier="work")
    rds.start_db_instance(DBInstanceIdentifier="work")
    rds.reboot_db_instance(DBInstanceIdentifier="work")
    rds.modify_db_instance(DBInstanceIdentifier="work", NewDBInstanceIdentifier="worked", MultiAZ=True)
    one = rds.describe_db_instances(DBInstanceIdentifier="worked")["DBInstances"][0]
    assert one["MultiAZ"] is True and one["DBInstanceArn"].endswith(":db:worked"), one
    refused("DBInstanceNotFound", rds.stop_db_instance, DBInstanceIdentifier="work")
    replica = rds.create_db_instance_read_replica(
        DBInstanceIdentifier="reader", SourceDBInstanceIdentifier=one["DBInstanceArn"]
    )["DBInstance"]
    assert replica["Engine"] == "mysql", replica
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "worked", replica
    for engine, names in (("mysql", {"worked", "reader"}), ("oracle-ee", set())):
        filters = [{"Name": "engine", "Values": [engine]}]
        found = rds.describe_db_instances(Filters=filters)["DBInstances"]
        assert {each["DBInstanceIdentifier"] for each in found} == names, found
    refused("InvalidParameterValue", rds.describe_db_instances, Filters=[{"Name": "colour", "Values": ["red"]}])


def snapshots_are_copied_restored_and_deleted():
    rds.create_db_instance(DBInstanceIdentifier="source", DBInstanceClass="db.t4g.micro", Engine="postgres")
    rds.create_db_snapshot(DBInstanceIdentifier="source", DBSnapshotIdentifier="first", Tags=[{"Key": "k", "Value": "v"}])
    refused("DBSnapshotAlreadyExists", rds.create_db_snapshot, DBInstanceIdentifier="source", DBSnapshotIdentifier="first")
    refused("DBInstanceNotFound", rds.create_db_snapshot, DBInstanceIdentifier="none", DBSnapshotIdentifier="second")
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="first", TargetDBSnapshotIdentifier="second")
    copied = rds.describe_db_snapshots(DBSnapshotIdentifier="second")["DBSnapshots"][0]
    assert copied["Engine"] == "postgres" and copied["DBInstanceIdentifier"] == "source", copied
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="back", DBSnapshotIdentifier="second")
    assert rds.describe_db_instances(DBInstanceIdentifier="back")["DBInstances"][0]["Engine"] == "postgres"
    rds.delete_db_snapshot(DBSnapshotIdentifier="first")
    refused("DBSnapshotNotFound", rds.describe_db_snapshots, DBSnapshotIdentifier="first")
    assert len(rds.describe_db_snapshots(DBInstanceIdentifier="source", SnapshotType="manual")["DBSnapshots"]) == 1


def groups_and_subscriptions_live():
    subnets = rds.create_db_subnet_group(
        DBSubnetGroupName="Outer", DBSubnetGroupDescription="two of them", SubnetIds=["subnet-1", "subnet-2"]
    )["DBSubnetGroup"]
    assert [subnet["SubnetIdentifier"] for subnet in subnets["Subnets"]] == ["subnet-1", "subnet-2"], subnets
    rds.delete_db_subnet_group(DBSubnetGroupName="outer")
    refused("DBSubnetGroupNotFoundFault", rds.describe_db_subnet_groups, DBSubnetGroupName="outer")
    for kind in ("db_parameter_group", "db_cluster_parameter_group"):
        names = {"db_parameter_group": "DBParameterGroupName", "db_cluster_parameter_group": "DBClusterParameterGroupName"}
        name = {names[kind]: "tuned"}
        made = getattr(rds, f"create_{kind}")(DBParameterGroupFamily="postgres16", Description="mine", **name)
        (made,) = (value for key, value in made.items() if key != "ResponseMetadata")
        assert made["DBParameterGroupFamily"] == "postgres16", made
        refused("DBParameterGroupAlreadyExists", getattr(rds, f"create_{kind}"), DBParameterGroupFamily="f", Description="d", **name)
        setting = {"ParameterName": "work_mem", "ParameterValue": "1", "ApplyMethod": "immediate"}
        assert getattr(rds, f"modify_{kind}")(Parameters=[setting], **name)[names[kind]] == "tuned"
        getattr(rds, f"delete_{kind}")(**name)
        refused("DBParameterGroupNotFound", getattr(rds, f"describe_{kind}s"), **name)
    options = rds.create_option_group(
        OptionGroupName="opt", EngineName="mysql", MajorEngineVersion="8.4", OptionGroupDescription="none"
    )["OptionGroup"]
    assert options["EngineName"] == "mysql", options
    rds.create_event_subscription(
        SubscriptionName="news", SnsTopicArn="arn:aws:sns:us-east-1:123456789012:news", SourceIds=["a", "b"]
    )
    news = rds.describe_event_subscriptions(SubscriptionName="news")["EventSubscriptionsList"][0]
    assert news["SourceIdsList"] == ["a", "b"], news
    proxy = rds.create_db_proxy(
        DBProxyName="pool", EngineFamily="POSTGRESQL", RoleArn="arn:aws:iam::123456789012:role/r",
        VpcSubnetIds=["subnet-1"], Auth=[{"AuthScheme": "SECRETS"}],
    )["DBProxy"]
    assert proxy["VpcSubnetIds"] == ["subnet-1"], proxy
    rds.delete_db_proxy(DBProxyName="pool")
    refused("DBProxyNotFoundFault", rds.describe_db_proxies, DBProxyName="pool")


def global_clusters_are_of_no_region():
    made = rds.create_global_cluster(GlobalClusterIdentifier="world", Engine="aurora-postgresql")["GlobalCluster"]
    assert made["GlobalClusterArn"] == "arn:aws:rds::123456789012:global-cluster:world", made
    far = boto3.client("rds", region_name="eu-west-1")
    assert len(far.describe_global_clusters(GlobalClusterIdentifier="world")["GlobalClusters"]) == 1
    rds.modify_global_cluster(GlobalClusterIdentifier="world", NewGlobalClusterIdentifier="planet")
    rds.delete_global_cluster(GlobalClusterIdentifier="planet")
    refused("GlobalClusterNotFoundFault", rds.describe_global_clusters, GlobalClusterIdentifier="planet")


def tags_follow_their_resource():
    arn = rds.create_db_instance(
        DBInstanceIdentifier="tagged", DBInstanceClass="db.t4g.micro", Engine="postgres",
        Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    )["DBInstance"]["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "3"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["b"])
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "a", "Value": "3"}]
    refused("DBInstanceNotFound", rds.list_tags_for_resource, ResourceName=arn + "-not")
    refused("InvalidParameterValue", rds.list_tags_for_resource, ResourceName="nonsense")


run(globals())
