"""Holds pieces of YAML, each with its place on a page, against what takes them.

    fragments.py < [{"place": …, "text": …}, …]

A whole manifest is held against the schema of its kind; containers and volumes as part of a pod; values by rendering
the chart with them. Prints how many were held.
"""

import json
import os
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

VERSION = "1.37"
POD = {"initContainers", "containers", "volumes", "hostAliases", "securityContext", "serviceAccountName"}
CHART = "config/deploy/helm"


def pod(spec):
    spec = dict(spec)
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind, []):
            container.setdefault("image", "any")
    spec.setdefault("containers", [{"name": "any", "image": "any"}])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"}, "spec": spec}


def rendered(values):
    chart_values = set(yaml.safe_load(open(f"{CHART}/values.yaml")))
    unknown = set(values) - chart_values
    if unknown:
        raise ValueError(f"neither part of a pod nor values of the chart: {sorted(unknown)}")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values, file)
        file.flush()
        helm = os.path.join(os.path.dirname(sys.executable), "helm")
        base = f"{CHART}/values/proxy-irsa.yaml"
        command = [helm, "template", "orders", CHART, "--values", base, "--values", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def documents(document):
    if isinstance(document, list):
        # Variables of a container.
        return [pod({"containers": [{"name": "any", "env": document}]})]
    if document.get("kind") == "Kustomization" or {"resources", "components"} & set(document) and "kind" not in document:
        return []
    if "kind" in document:
        return [document]
    if set(document) <= POD:
        return [pod(document)]
    return rendered(document)


held, wrong = 0, []
for block in json.load(sys.stdin):
    try:
        for document in yaml.safe_load_all(block["text"]):
            for whole in documents(document):
                kubernetes_validate.validate(whole, VERSION, strict=True)
        held += 1
    except Exception as error:
        wrong.append(f"{block['place']}: {error}")
if wrong:
    sys.exit("\n".join(wrong))
print(held)
