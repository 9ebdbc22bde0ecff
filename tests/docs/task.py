"""The AWS CLI where a task would run: its proxy is started, and its commands are run here."""

import json
import os
import subprocess
import sys

import cluster

words = sys.argv[1:]
real = cluster.real("aws")


def value(flag):
    return words[words.index(flag) + 1]


if words[:2] == ["ecs", "execute-command"]:
    os.environ.update(cluster.service_variables())
    sys.exit(subprocess.run(value("--command"), shell=True).returncode)
elif words[:2] == ["logs", "tail"]:
    sys.stdout.write(open(os.path.join(cluster.FOLDER, "serving")).read())
elif words[:2] == ["ecs", "update-service"]:
    task = json.loads(open(os.path.join(cluster.FOLDER, "task.json")).read())
    cluster.start_task(task)
    print(f'{value("--service")}: {task["family"]}')
elif words[:2] == ["ecs", "register-task-definition"]:
    done = subprocess.run([real, *words])
    if done.returncode == 0:
        cluster.kept("task.json", json.load(open(value("--cli-input-json").removeprefix("file://"))))
    sys.exit(done.returncode)
