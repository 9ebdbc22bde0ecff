"""What RDS's own rules make of groups, proxies, subscriptions, exports and lists, tried on the sandbox with boto3."""

from sandbox_checks import arn, cluster, instance, rds, refused, run, the


def parameters_are_set_reset_and_copied():
    make = {"DBParameterGroupName": "tuned-1", "DBParameterGroupFamily": "postgres16"}
    refused("InvalidParameterValue", rds.create_db_parameter_group, Description="", **make)
    assert the(rds.create_db_parameter_group(Description="mine", **make))["DBParameterGroupArn"] == arn("pg", "tuned-1")
    refused("DBParameterGroupAlreadyExists", rds.create_db_parameter_group, Description="mine", **make)

    def setting(name, value):
        return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}

    def modify(*settings, name="tuned-1"):
        return rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=list(settings))

    def own(name="tuned-1"):
        found = rds.describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
        return {one["ParameterName"]: one["ParameterValue"] for one in found}

    modify(setting("work_mem", "1"), setting("my.own", "2"))
    modify(setting("work_mem", "3"))
    assert own() == {"work_mem": "3", "my.own": "2"}, own()
    refused("InvalidParameterValue", modify, *[setting(f"p{number}", "1") for number in range(21)])
    rds.copy_db_parameter_group(
        SourceDBParameterGroupIdentifier=arn("pg", "tuned-1"),
        TargetDBParameterGroupIdentifier="tuned-2",
        TargetDBParameterGroupDescription="copied",
    )
    assert the(rds.describe_db_parameter_groups(DBParameterGroupName="tuned-2"))["Description"] == "copied"
    rds.reset_db_parameter_group(DBParameterGroupName="tuned-2", Parameters=[setting("work_mem", "")])
    assert own("tuned-2") == {"my.own": "2"}, own("tuned-2")
    rds.reset_db_parameter_group(DBParameterGroupName="tuned-2", ResetAllParameters=True)
    assert own("tuned-2") == {} and own() != {}
    instance("tuned-db", DBParameterGroupName="tuned-1")
    refused("InvalidDBParameterGroupState", rds.delete_db_parameter_group, DBParameterGroupName="tuned-1")
    instance("plain-db")
    refused("InvalidDBParameterGroupState", modify, setting("work_mem", "1"), name="default.postgres16")
    refused("DBParameterGroupNotFound", rds.describe_db_parameters, DBParameterGroupName="none")


def options_come_and_go():
    make = {"OptionGroupName": "opts", "EngineName": "mysql", "MajorEngineVersion": "8.4", "OptionGroupDescription": "d"}
    refused("InvalidParameterValue", rds.create_option_group, **{**make, "EngineName": "invalid"})
    refused("InvalidParameterValue", rds.create_option_group, **{**make, "OptionGroupDescription": ""})
    assert the(rds.create_option_group(**make))["Options"] == []
    refused("OptionGroupAlreadyExistsFault", rds.create_option_group, **make)
    refused("InvalidParameterValue", rds.modify_option_group, OptionGroupName="opts")

    def modify(**more):
        return rds.modify_option_group(OptionGroupName="opts", **more)["OptionGroup"]["Options"]

    assert modify(OptionsToRemove=["MEMCACHED"]) == []
    settings = [{"Name": "SERVER_AUDIT_FILE_ROTATE_SIZE", "Value": "1000"}]
    include = [{"OptionName": "MARIADB_AUDIT_PLUGIN", "OptionSettings": settings}, {"OptionName": "MEMCACHED", "Port": 1}]
    found = modify(OptionsToInclude=include)
    assert [option["OptionName"] for option in found] == ["MARIADB_AUDIT_PLUGIN", "MEMCACHED"], found
    assert found[0]["OptionSettings"] == settings and found[1]["Port"] == 1, found
    assert len(modify(OptionsToRemove=["MEMCACHED"])) == 1
    instance("opted", Engine="mysql", OptionGroupName="opts")
    refused("InvalidOptionGroupStateFault", rds.delete_option_group, OptionGroupName="opts")
    message = refused("OptionGroupNotFoundFault", rds.delete_option_group, OptionGroupName="none")
    assert message == "Specified OptionGroupName: none not found.", message


def groups_in_use_stay():
    make = {"DBSubnetGroupDescription": "d", "SubnetIds": ["subnet-1", "subnet-2"]}
    refused("InvalidParameterValue", rds.create_db_subnet_group, DBSubnetGroupName="default", **make)
    made = the(rds.create_db_subnet_group(DBSubnetGroupName="In_Use", **make))
    assert made["DBSubnetGroupName"] == "in_use" and made["SubnetGroupStatus"] == "Complete", made
    assert made["Subnets"][1]["SubnetAvailabilityZone"]["Name"] == "us-east-1b", made
    shown = instance("lies-in", DBSubnetGroupName="in_use")["DBSubnetGroup"]
    assert shown["VpcId"] == made["VpcId"] and len(shown["Subnets"]) == 2, shown
    refused("InvalidDBSubnetGroupStateFault", rds.delete_db_subnet_group, DBSubnetGroupName="in_use")
    rds.create_db_security_group(DBSecurityGroupName="door", DBSecurityGroupDescription="d")
    address = {"DBSecurityGroupName": "door", "CIDRIP": "192.0.2.1/32"}
    rds.authorize_db_security_group_ingress(**address)
    refused("AuthorizationAlreadyExists", rds.authorize_db_security_group_ingress, **address)
    found = the(rds.describe_db_security_groups(DBSecurityGroupName="door"))["IPRanges"]
    assert found == [{"Status": "authorized", "CIDRIP": "192.0.2.1/32"}], found
    rds.revoke_db_security_group_ingress(**address)
    refused("AuthorizationNotFound", rds.revoke_db_security_group_ingress, **address)


def proxies_have_targets():
    make = {"DBProxyName": "pool-1", "RoleArn": "r" * 20, "VpcSubnetIds": ["subnet-1", "subnet-2"]}
    auth = [{"AuthScheme": "SECRETS", "SecretArn": "s" * 20, "IAMAuth": "REQUIRED"}]
    made = the(rds.create_db_proxy(EngineFamily="POSTGRESQL", Auth=auth, Tags=[{"Key": "a", "Value": "b"}], **make))
    assert made["Auth"] == auth and made["DBProxyArn"].startswith(arn("db-proxy", "prx-")), made
    assert the(rds.list_tags_for_resource(ResourceName=made["DBProxyArn"])) == {"Key": "a", "Value": "b"}
    refused("DBProxyAlreadyExistsFault", rds.create_db_proxy, EngineFamily="MYSQL", Auth=auth, **make)
    pool = {"DBProxyName": "pool-1"}
    group = the(rds.describe_db_proxy_target_groups(**pool))
    assert group["IsDefault"] is True and group["ConnectionPoolConfig"]["MaxConnectionsPercent"] == 100, group
    rds.modify_db_proxy_target_group(TargetGroupName="default", ConnectionPoolConfig={"MaxConnectionsPercent": 7}, **pool)
    group = the(rds.describe_db_proxy_target_groups(**pool))
    assert group["ConnectionPoolConfig"]["MaxConnectionsPercent"] == 7, group
    instance("pooled")
    target = the(rds.register_db_proxy_targets(DBInstanceIdentifiers=["pooled"], **pool))
    assert target["Type"] == "RDS_INSTANCE" and target["TargetHealth"]["State"] == "AVAILABLE", target
    refused("DBProxyTargetAlreadyRegisteredFault", rds.register_db_proxy_targets, DBInstanceIdentifiers=["pooled"], **pool)
    refused("DBInstanceNotFound", rds.register_db_proxy_targets, DBInstanceIdentifiers=["none"], **pool)
    refused("DBProxyTargetGroupNotFoundFault", rds.describe_db_proxy_targets, TargetGroupName="other", **pool)
    rds.deregister_db_proxy_targets(DBInstanceIdentifiers=["pooled"], **pool)
    refused("DBProxyTargetNotFoundFault", rds.deregister_db_proxy_targets, DBInstanceIdentifiers=["pooled"], **pool)
    refused("DBProxyNotFoundFault", rds.describe_db_proxy_targets, DBProxyName="none")


def subscriptions_hear_of_sources():
    make = {"SubscriptionName": "listens", "SourceType": "db-instance", "EventCategories": ["backup", "recovery"]}
    refused("SNSInvalidTopic", rds.create_event_subscription, SnsTopicArn="no-topic", **make)
    made = the(rds.create_event_subscription(SnsTopicArn="arn:aws:sns:us-east-1:123456789012:t", **make))
    assert made["EventCategoriesList"] == ["backup", "recovery"] and made["SourceIdsList"] == [], made
    refused("SubscriptionAlreadyExist", rds.create_event_subscription, SnsTopicArn=made["SnsTopicArn"], **make)
    source = {"SubscriptionName": "listens", "SourceIdentifier": "some-db"}
    assert the(rds.add_source_identifier_to_subscription(**source))["SourceIdsList"] == ["some-db"]
    rds.remove_source_identifier_from_subscription(**source)
    refused("SourceNotFound", rds.remove_source_identifier_from_subscription, **source)
    refused("SubscriptionNotFound", rds.delete_event_subscription, SubscriptionName="none")


def events_tell_what_happened():
    instance("eventful")
    rds.delete_db_instance(DBInstanceIdentifier="eventful", SkipFinalSnapshot=True)
    events = rds.describe_events(SourceIdentifier="eventful", SourceType="db-instance")["Events"]
    assert [event["Message"] for event in events] == ["DB instance created", "DB instance deleted"], events
    refused("InvalidParameterCombination", rds.describe_events, SourceIdentifier="eventful")


def exports_need_a_snapshot_that_exists():
    instance("exported")
    rds.create_db_snapshot(DBInstanceIdentifier="exported", DBSnapshotIdentifier="to-export")
    task = {"ExportTaskIdentifier": "task-1", "S3BucketName": "b", "IamRoleArn": "r" * 20, "KmsKeyId": "k"}
    refused("DBSnapshotNotFound", rds.start_export_task, SourceArn=arn("snapshot", "none"), **task)
    started = rds.start_export_task(SourceArn=arn("snapshot", "to-export"), ExportOnly=["schema.table"], **task)
    assert started["S3Bucket"] == "b" and started["SourceType"] == "SNAPSHOT", started
    assert started["ExportOnly"] == ["schema.table"] and started["Status"] == "STARTING", started
    refused("ExportTaskAlreadyExists", rds.start_export_task, SourceArn=arn("snapshot", "to-export"), **task)
    rds.cancel_export_task(ExportTaskIdentifier="task-1")
    refused("InvalidExportTaskStateFault", rds.cancel_export_task, ExportTaskIdentifier="task-1")
    refused("ExportTaskNotFound", rds.cancel_export_task, ExportTaskIdentifier="none")


def log_files_are_read_in_portions():
    instance("logged")
    files = rds.describe_db_log_files(DBInstanceIdentifier="logged")["DescribeDBLogFiles"]
    assert {"LogFileName", "LastWritten", "Size"} <= set(files[0]), files
    read = {"DBInstanceIdentifier": "logged", "LogFileName": files[0]["LogFileName"]}
    marker, size = "0", 0
    for _ in range(20):
        part = rds.download_db_log_file_portion(Marker=marker, NumberOfLines=4000, **read)
        marker, size = part["Marker"], size + len(part["LogFileData"])
        if not part["AdditionalDataPending"]:
            break
    assert size == files[0]["Size"], (size, files)
    refused("DBLogFileNotFoundFault", rds.download_db_log_file_portion, **{**read, "LogFileName": "none"})
    refused("DBInstanceNotFound", rds.describe_db_log_files, DBInstanceIdentifier="none")


def filters_narrow_lists():
    for number in range(3):
        engine = "aurora-mysql" if number == 0 else "aurora-postgresql"
        cluster(f"filter-c{number}", Engine=engine)
        instance(f"filter-i{number}", Engine=engine, DBClusterIdentifier=f"filter-c{number}")

    def names(**more):
        found = rds.describe_db_instances(**more)["DBInstances"]
        return [one["DBInstanceIdentifier"] for one in found if one["DBInstanceIdentifier"].startswith("filter-")]

    def by(**filters):
        return [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]

    assert names(Filters=by(db_cluster_id=["filter-c1"])) == ["filter-i1"]
    assert names(Filters=by(db_instance_id=[arn("db", "filter-i2")])) == ["filter-i2"]
    both = by(db_instance_id=["filter-i0", "filter-i1"], engine=["aurora-mysql", "oracle-ee"])
    assert names(Filters=both) == ["filter-i0"]
    # The name that is asked for counts as one more value of the filter by name.
    assert names(DBInstanceIdentifier="none", Filters=by(db_instance_id=["filter-i1"])) == ["filter-i1"]
    other = {"DBInstanceIdentifier": "filter-i0", "Filters": by(engine=["oracle-ee"])}
    refused("DBInstanceNotFound", rds.describe_db_instances, **other)
    message = refused("InvalidParameterValue", rds.describe_db_instances, Filters=by(colour=["red"]))
    assert message == "Unrecognized filter name: colour", message
    message = refused("InvalidParameterCombination", rds.describe_db_instances, Filters=by(engine=[]))
    assert "must not be empty" in message, message
    instance("filter-solo")
    rds.create_db_snapshot(DBInstanceIdentifier="filter-solo", DBSnapshotIdentifier="filter-s1")
    for kind, count in (("manual", 1), ("automated", 1)):
        filters = by(snapshot_type=[kind], db_instance_id=["filter-solo"])
        assert len(rds.describe_db_snapshots(Filters=filters)["DBSnapshots"]) == count
    none = rds.describe_db_snapshots(DBSnapshotIdentifier="none", DBInstanceIdentifier="filter-solo")
    assert none["DBSnapshots"] == [], none


def lists_of_every_kind_come_in_pages():
    for number in range(45):
        rds.create_db_parameter_group(
            DBParameterGroupName=f"page-{number:02}", DBParameterGroupFamily="mysql8.4", Description="d"
        )
    pages = list(rds.get_paginator("describe_db_parameter_groups").paginate(PaginationConfig={"PageSize": 20}))
    found = [group["DBParameterGroupName"] for page in pages for group in page["DBParameterGroups"]]
    assert len(pages) >= 3 and len(found) == len(set(found)), [len(page["DBParameterGroups"]) for page in pages]
    assert [name for name in found if name.startswith("page-")] == [f"page-{number:02}" for number in range(45)]
    refused("InvalidParameterValue", rds.describe_db_parameter_groups, MaxRecords=19)
    refused("InvalidParameterValue", rds.describe_db_parameter_groups, Marker="nonsense")


def text_with_marks_comes_back_as_it_went():
    text = "<größer & \"schöner\"> 'so' ]]> \u2028 🦀 + %20"
    rds.create_db_subnet_group(DBSubnetGroupName="marks", DBSubnetGroupDescription=text, SubnetIds=["subnet-1"])
    assert the(rds.describe_db_subnet_groups(DBSubnetGroupName="marks"))["DBSubnetGroupDescription"] == text
    name = arn("subgrp", "marks")
    rds.add_tags_to_resource(ResourceName=name, Tags=[{"Key": text, "Value": text}])
    assert the(rds.list_tags_for_resource(ResourceName=name)) == {"Key": text, "Value": text}


run(globals())
