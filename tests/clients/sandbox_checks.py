"""What the scripts of checks against the sandbox have in common: a client, refusals, and a line of JSON a check."""

import json
import sys

import boto3
import botocore.config
import botocore.exceptions

rds = boto3.client("rds", config=botocore.config.Config(retries={"max_attempts": 0}))
ACCOUNT = "123456789012"


def arn(kind, name, region="us-east-1"):
    return f"arn:aws:rds:{region}:{ACCOUNT}:{kind}:{name}"


def refused(code, call, *values, **parameters):
    """Asserts that a call ends in an error with this code; gives its message."""
    try:
        call(*values, **parameters)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, f"{error} instead of {code}"
        return error.response["Error"]["Message"]
    raise AssertionError(f"{code} was not raised")


def instance(name, **more):
    """Makes an instance that needs no more than a name."""
    parameters = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, **more}
    return rds.create_db_instance(DBInstanceIdentifier=name, **parameters)["DBInstance"]


def cluster(name, **more):
    """Makes a cluster that needs no more than a name."""
    parameters = {"Engine": "aurora-postgresql", "MasterUsername": "root", "MasterUserPassword": "p" * 12, **more}
    return rds.create_db_cluster(DBClusterIdentifier=name, **parameters)["DBCluster"]


def the(answer):
    """The one thing in an answer, or in the one list in it."""
    (found,) = (value for key, value in answer.items() if key != "ResponseMetadata")
    if isinstance(found, list):
        (found,) = found
    return found


def run(checks):
    """Makes the checks that the arguments name and prints a line for each."""
    good = True
    for name in sys.argv[1:]:
        try:
            line = {"check": name, "ok": True, "detail": checks[name]()}
        except Exception as error:  # every failure is a line of the report, whatever it is
            line = {"check": name, "ok": False, "detail": f"{type(error).__name__}: {error}"}
            good = False
        print(json.dumps(line), flush=True)
    sys.exit(0 if good else 1)
