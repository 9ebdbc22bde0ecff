"""Makes calls through several proxies, each with a policy of its own, and prints what came of each as JSON.

    cookbook_calls.py < [{"proxy": URL, "bundle": FILE, "calls": [[OPERATION, {PARAMETER: VALUE}], …]}, …]
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

answers = []
session = boto3.Session()
for one in json.load(sys.stdin):
    config = Config(proxies={"https": one["proxy"]}, retries={"total_max_attempts": 1})
    rds = session.client("rds", region_name="us-east-1", config=config, verify=one["bundle"])
    for operation, parameters in one["calls"]:
        try:
            getattr(rds, operation)(**parameters)
            answers.append("allowed")
        except ClientError as error:
            words = error.response["Error"]
            answers.append(f"{words['Code']}: {words['Message']}" if "[rds-guard]" in words["Message"] else "allowed")
json.dump(answers, sys.stdout)
