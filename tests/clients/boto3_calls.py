"""Makes RDS calls with boto3 as any service would, and prints what came of each as a line of JSON.

Everything a client needs stands in the environment: HTTPS_PROXY, AWS_CA_BUNDLE and credentials. The arguments name the
checks to make, each a function below; a line is {"check", "ok", "detail"}.
"""

import concurrent.futures
import functools
import json
import os
import platform
import ssl
import sys
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

REGION = "us-east-1"
FAR_REGION = "eu-west-1"


def client(region=REGION, temporary=False, **settings):
    keys = {}
    if temporary:
        keys = {
            "aws_access_key_id": os.environ["TEMPORARY_ACCESS_KEY_ID"],
            "aws_secret_access_key": os.environ["TEMPORARY_SECRET_ACCESS_KEY"],
            "aws_session_token": os.environ["TEMPORARY_SESSION_TOKEN"],
        }
    return boto3.session.Session(region_name=region, **keys).client(
        "rds", config=botocore.config.Config(**settings)
    )


def create(rds, name):
    return rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="postgres",
        MasterUserPassword="not to be & seen=anywhere",
        AllocatedStorage=20,
    )["DBInstance"]


def denied(call, *words):
    """The call must end in AccessDenied with the whole message, in one try."""
    try:
        call()
    except botocore.exceptions.ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        answer = error.response["ResponseMetadata"]
        assert code == "AccessDenied", f"code {code}: {message}"
        assert answer["HTTPStatusCode"] == 403, answer
        assert answer["RetryAttempts"] == 0, answer
        assert answer["RequestId"], answer
        for word in words + ("[rds-guard]",):
            assert word in message, f"no {word!r} in {message!r}"
        return message
    raise AssertionError("was not denied")


TAG = "größer & <schöner> 🦀 + 1"


@functools.cache
def near():
    return client()


def version():
    return f"boto3 {boto3.__version__}, Python {platform.python_version()}"


def allowed_call():
    rds = near()
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        Tags=[{"Key": "note", "Value": TAG}],
    )
    (found,) = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert found["TagList"] == [{"Key": "note", "Value": TAG}], found
    return found["DBInstanceArn"]


def denied_call():
    try:
        near().stop_db_instance(DBInstanceIdentifier="orders")
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        return {"type": type(error).__name__, "code": told["Code"], "message": told["Message"]}
    raise AssertionError("was not denied")


def large_answer():
    return len(client(FAR_REGION).describe_db_instances()["DBInstances"])


def untrusted_call():
    try:
        near().describe_db_instances()
    except botocore.exceptions.SSLError as error:
        return {"type": type(error).__name__, "message": str(error)}
    raise AssertionError("was answered")


def allowed_calls_succeed():
    rds = client()
    made = create(rds, "orders")
    assert made["DBInstanceIdentifier"] == "orders", made
    assert made["DBInstanceArn"].endswith(":db:orders"), made
    changed = rds.modify_db_instance(DBInstanceIdentifier="orders", AllocatedStorage=40, ApplyImmediately=True)
    assert changed["DBInstance"]["AllocatedStorage"] == 40, changed
    found = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert [one["DBInstanceIdentifier"] for one in found] == ["orders"], found
    snapshot = rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="orders-1")
    assert snapshot["DBSnapshot"]["DBSnapshotIdentifier"] == "orders-1", snapshot
    arn = made["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "größer & <schöner> 🦀"}])
    tags = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
    assert {"Key": "team", "Value": "größer & <schöner> 🦀"} in tags, tags
    return arn


def errors_of_the_service_arrive_as_its_own():
    try:
        client().describe_db_instances(DBInstanceIdentifier="nowhere")
    except botocore.exceptions.ClientError as error:
        assert "DBInstanceNotFound" in error.response["Error"]["Code"], error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404, error
        assert "rds-guard" not in str(error), error
        return str(error)
    raise AssertionError("was found")


def an_implicit_deny_is_access_denied_in_one_try():
    return denied(
        lambda: client().delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True),
        "is not authorized to perform: rds:DeleteDBInstance on resource: ",
        ":db:orders",
        "because no VPC endpoint policy allows the rds:DeleteDBInstance action",
    )


def an_explicit_deny_names_the_statement():
    return denied(
        lambda: client().stop_db_instance(DBInstanceIdentifier="orders"),
        "rds:StopDBInstance",
        'with an explicit deny in a VPC endpoint policy (statement "NeverStop")',
    )


def retries_are_not_spent_on_a_denial():
    for mode in ("legacy", "standard", "adaptive"):
        rds = client(retries={"mode": mode, "max_attempts": 5})
        denied(lambda: rds.stop_db_instance(DBInstanceIdentifier="orders"))
    return "legacy, standard, adaptive"


def pages_come_one_after_the_other():
    pages = client().get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20})
    sizes, names = [], []
    for page in pages:
        sizes.append(len(page["DBInstances"]))
        names += [one["DBInstanceIdentifier"] for one in page["DBInstances"]]
    assert len(sizes) == 3 and sizes[:2] == [20, 20], sizes
    assert len(set(names)) == len(names), "an instance came twice"
    return sizes


def instances_for_three_pages_are_made():
    rds = client()
    for number in range(45):
        create(rds, f"page-{number:02}")
    return 45


def fifty_calls_go_over_one_connection():
    rds = client(max_pool_connections=1)
    for _ in range(50):
        rds.describe_db_subnet_groups()
    return 50


def twenty_clients_work_side_by_side():
    def one(number):
        rds = client()
        for _ in range(5):
            found = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
            assert found[0]["DBInstanceIdentifier"] == "orders", found
        denied(lambda: rds.stop_db_instance(DBInstanceIdentifier=f"client-{number}"), f":db:client-{number}")
        return number

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        return len(list(pool.map(one, range(20))))


def a_session_token_is_passed_on():
    found = client(temporary=True).describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    assert found[0]["DBInstanceIdentifier"] == "orders", found
    return found[0]["DBInstanceArn"]


def fetch(url):
    trust = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust))
    return opener.open(url, timeout=60)


def a_presigned_get_is_judged_and_answered():
    rds = client(temporary=True)
    url = rds.generate_presigned_url(
        "describe_db_instances", Params={"DBInstanceIdentifier": "orders"}, HttpMethod="GET"
    )
    with fetch(url) as answer:
        text = answer.read().decode()
    assert "<DBInstanceIdentifier>orders</DBInstanceIdentifier>" in text, text[:300]
    refused = rds.generate_presigned_url(
        "stop_db_instance", Params={"DBInstanceIdentifier": "orders"}, HttpMethod="GET"
    )
    try:
        fetch(refused)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        assert error.code == 403 and "<Code>AccessDenied</Code>" in text, text
        return len(text)
    raise AssertionError("was not denied")


def five_megabytes_are_streamed():
    found = client(FAR_REGION).describe_db_instances()["DBInstances"]
    assert len(found) == 100, len(found)
    url = client(FAR_REGION).generate_presigned_url("describe_db_instances", HttpMethod="GET")
    with fetch(url) as answer:
        assert answer.headers.get("Transfer-Encoding") == "chunked", answer.headers.items()
        first = answer.read(1000)
        length = len(first) + len(answer.read())
    assert length > 5_000_000, length
    return length


def the_first_example_of_aws_holds():
    rds = client()
    made = create(rds, "mine")
    rds.modify_db_instance(DBInstanceIdentifier="mine", AllocatedStorage=40)
    rds.create_db_snapshot(DBInstanceIdentifier="mine", DBSnapshotIdentifier="mine-1")
    denied(lambda: rds.delete_db_instance(DBInstanceIdentifier="mine", SkipFinalSnapshot=True), made["DBInstanceArn"])
    return denied(rds.describe_db_instances, "rds:DescribeDBInstances")


def main():
    good = True
    for name in sys.argv[1:]:
        try:
            line = {"check": name, "ok": True, "detail": globals()[name]()}
        except Exception as error:  # every failure is a line of the report, whatever it is
            line = {"check": name, "ok": False, "detail": f"{type(error).__name__}: {error}"}
            good = False
        print(json.dumps(line), flush=True)
    sys.exit(0 if good else 1)


main()
