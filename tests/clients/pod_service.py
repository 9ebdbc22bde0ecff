"""A service in a pod: makes RDS calls with boto3 until it is told to end, and says what came of each.

The first argument is how many threads call. Each line that it prints is a JSON object: `first`, what came of its very
first call; `denied`, what it was told of a call that the policy denies; then one `call` for each, with the time, the
instance, how many tries it took and the error, if any. SIGTERM ends it, after the calls that are under way, with exit
code 0. Everything else stands in the environment.
"""

import json
import signal
import sys
import threading
import time

import boto3
import botocore.config
import botocore.exceptions

ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
lock = threading.Lock()


def say(**line):
    with lock:
        print(json.dumps(line), flush=True)


def client():
    # Nothing that is not the default but the timeouts: a service that cares sets those.
    settings = botocore.config.Config(connect_timeout=5, read_timeout=20)
    return boto3.session.Session().client("rds", config=settings)


def outcome(call, **parameters):
    """The error of a call, and how many times it was tried."""
    try:
        return None, call(**parameters)["ResponseMetadata"]["RetryAttempts"] + 1
    except botocore.exceptions.ClientError as error:
        told = error.response
        return f"{told['Error']['Code']}: {told['Error']['Message']}", told["ResponseMetadata"]["RetryAttempts"] + 1
    except botocore.exceptions.BotoCoreError as error:
        return f"{type(error).__name__}: {error}", 0


def work(thread):
    rds, number = client(), 0
    while not ended.is_set():
        name = f"life-{thread}-{number}"
        for call, parameters in (
            (rds.create_db_instance, {"DBInstanceClass": "db.t4g.micro", "Engine": "postgres"}),
            (rds.describe_db_instances, {}),
        ):
            error, tries = outcome(call, DBInstanceIdentifier=name, **parameters)
            say(call=call.__name__, at=time.time(), name=name, tries=tries, error=error)
        number += 1
        time.sleep(0.02)


def main():
    rds = client()
    error, tries = outcome(rds.describe_db_instances)
    say(first=error or "answered", tries=tries)
    error, tries = outcome(rds.stop_db_instance, DBInstanceIdentifier="orders")
    say(denied=error, tries=tries)
    threads = [threading.Thread(target=work, args=[thread]) for thread in range(int(sys.argv[1]))]
    for thread in threads:
        thread.start()
    # A signal is seen by the main thread alone, and not while it waits for another.
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.05)


main()
