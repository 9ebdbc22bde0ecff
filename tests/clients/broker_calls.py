"""Makes RDS calls with boto3 whose credentials come from the broker, and prints what came of each as a line of JSON.

The environment names the broker as it would in a container, the endpoint way in (ENDPOINT), the service itself (SERVICE,
with its authority in SERVICE_CA) and the lifetime of a local key in seconds (LIFETIME). There are no credentials in it.
"""

import json
import os
import ssl
import sys
import time
import urllib.request

import boto3
import botocore.exceptions

REGION = "us-east-1"


def session():
    return boto3.session.Session(region_name=REGION)


def count(rds):
    return len(rds.describe_db_instances(MaxRecords=20)["DBInstances"])


def the_credentials_are_local_ones():
    credentials = session().get_credentials()
    assert credentials.method == "container-role", credentials.method
    key = credentials.get_frozen_credentials().access_key
    assert key.startswith("ASIALOCAL"), key
    return key


def calls_through_the_proxy_succeed():
    return count(session().client("rds"))


def calls_to_the_endpoint_way_in_succeed():
    os.environ.pop("HTTPS_PROXY", None)
    return count(session().client("rds", endpoint_url=os.environ["ENDPOINT"]))


def a_presigned_get_is_made_anew():
    url = session().client("rds").generate_presigned_url("describe_db_instances", HttpMethod="GET")
    trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"]))
    proxy = urllib.request.ProxyHandler({"https": os.environ["HTTPS_PROXY"]})
    with urllib.request.build_opener(proxy, trust).open(url) as answer:
        text = answer.read().decode()
    assert "<DescribeDBInstancesResponse" in text, text[:300]
    return len(text)


def a_copy_from_another_region_is_made_anew():
    return copy(session().client("rds"))


def a_copy_by_the_endpoint_way_in_is_made_anew():
    os.environ.pop("HTTPS_PROXY", None)
    return copy(session().client("rds", endpoint_url=os.environ["ENDPOINT"]))


def copy(rds):
    source = "arn:aws:rds:eu-west-1:123456789012:snapshot:seed"
    try:
        rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="near", SourceRegion="eu-west-1"
        )
    except botocore.exceptions.ClientError as error:
        # The service has no such snapshot; that it says so means that the call arrived and was well signed.
        assert error.response["Error"]["Code"] == "DBSnapshotNotFound", error
    return source


def the_service_itself_refuses_them():
    os.environ.pop("HTTPS_PROXY", None)
    rds = session().client("rds", endpoint_url=os.environ["SERVICE"], verify=os.environ["SERVICE_CA"])
    try:
        rds.describe_db_instances()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidClientTokenId", error
        return str(error)
    raise AssertionError("was not refused")


def a_client_goes_on_for_twice_a_keys_lifetime():
    one = session()
    rds = one.client("rds")
    credentials = one.get_credentials()
    until = time.monotonic() + 2 * float(os.environ["LIFETIME"])
    keys, calls = [], 0
    while time.monotonic() < until:
        count(rds)
        calls += 1
        key = credentials.get_frozen_credentials().access_key
        if key not in keys:
            keys.append(key)
    assert len(keys) >= 3, keys
    return {"calls": calls, "keys": len(keys)}


def a_client_whose_key_has_ended_goes_on():
    one = session()
    held = one.get_credentials()
    rds = one.client("rds")
    count(rds)
    key = held.get_frozen_credentials()
    alone = boto3.session.Session(key.access_key, key.secret_key, key.token, REGION).client("rds")
    while True:
        try:
            count(alone)
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ExpiredToken", error
            break
    # The session still holds that key, as a service that rested does.
    count(rds)
    next_key = held.get_frozen_credentials().access_key
    assert next_key != key.access_key
    return [key.access_key, next_key]


def a_client_goes_on_with_the_key_it_has():
    one = session()
    rds = one.client("rds", endpoint_url=os.environ["ENDPOINT"])
    count(rds)
    key = one.get_credentials().get_frozen_credentials().access_key
    print("called", flush=True)
    sys.stdin.readline()
    count(rds)
    assert one.get_credentials().get_frozen_credentials().access_key == key
    return key


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
