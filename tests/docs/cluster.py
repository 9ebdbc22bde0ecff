"""What a cluster would do with manifests, as far as one machine goes: they are held against Kubernetes' schemas, the
proxy's files are put where its container has them, and a proxy is asked for where a pod would be made."""

import json
import os
import shlex
import subprocess
import sys

VERSION = "1.37"
FOLDER = os.environ["PAGE_FOLDER"]
ADDRESS = os.environ["PAGE_ADDRESS"]


def real(program):
    """The program itself, behind the one that stands in for it."""
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin")
    for folder in os.environ["PATH"].split(":"):
        path = os.path.join(folder, program)
        if os.path.realpath(folder) != os.path.realpath(here) and os.access(path, os.X_OK):
            return path
    sys.exit(f"there is no {program}")


def placed(text):
    """A text with this page's addresses and paths."""
    text = text.replace("0.0.0.0", ADDRESS).replace("127.0.0.1", ADDRESS).replace("$(KUBERNETES_SERVICE_HOST)", "10.0.0.1")
    for path in ("/var/lib/rds-guard", "/run/rds-guard", "/etc/rds-guard"):
        text = text.replace(path, FOLDER + path)
    return text


def kept(name, value):
    """Keeps a value for later commands; whether it is new."""
    path, text = os.path.join(FOLDER, name), json.dumps(value)
    before = open(path).read() if os.path.exists(path) else ""
    with open(path, "w") as file:
        file.write(text)
    return before != text


def restart(arguments):
    """Asks for a pod anew: its proxy is started as its container would be."""
    with open(os.path.join(FOLDER, "restart"), "w") as file:
        words = " ".join(placed(argument) for argument in arguments)
        variables = os.path.join(FOLDER, "proxy.env")
        file.write((f". {variables}; " if os.path.exists(variables) else "") + f"exec rds-guard {words}")


def apply(text, quiet=False):
    python = os.path.join(os.path.dirname(real("helm")), "python")
    script = os.path.join("tests/deploy/documents.py")
    done = subprocess.run([python, script, VERSION], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    for document in json.loads(done.stdout):
        kind, name = document["kind"], document["metadata"]["name"]
        new = kept(f"{kind}-{name}.json", document.get("spec", document.get("data")))
        if kind == "ConfigMap":
            for file, content in document["data"].items():
                with open(os.path.join(FOLDER, "etc/rds-guard", file), "w") as out:
                    out.write(placed(content))
        if kind == "Deployment":
            pod = document["spec"]["template"]["spec"]
            proxy = next(one for one in pod["initContainers"] if one["name"] == "rds-guard")
            kept("service.json", pod["containers"][0].get("env", []))
            kept("proxy.json", proxy["args"])
            if new:
                restart(proxy["args"])
        if not quiet:
            group = document["apiVersion"].split("/")[0] + "/" if "/" in document["apiVersion"] else "/"
            title = f"{kind.lower()}.{group}".removesuffix("./") if group == "/" else f"{kind.lower()}.{group}"
            print(f"{title.removesuffix('/')}/{name} created")


def service_variables():
    """What the manifest gives the service's container."""
    listed = json.load(open(os.path.join(FOLDER, "service.json")))
    return {one["name"]: placed(one["value"]) for one in listed if "value" in one}


def proxy_arguments():
    """What the manifest tells the proxy's container."""
    return json.load(open(os.path.join(FOLDER, "proxy.json")))


def start_task(task):
    """Asks for the proxy of a task definition as its container would be started."""
    containers = task["containerDefinitions"]
    proxy = next(one for one in containers if one["name"] == "rds-guard")
    service = next(one for one in containers if one["name"] != "rds-guard")
    kept("service.json", service.get("environment", []))
    with open(os.path.join(FOLDER, "proxy.env"), "w") as file:
        for one in proxy["environment"]:
            file.write(f"export {one['name']}={shlex.quote(placed(one['value']))}\n")
    restart(proxy["command"])
