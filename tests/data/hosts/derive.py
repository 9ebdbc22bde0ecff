#!/usr/bin/env python3
"""Writes aws-hosts.json: the host names of every AWS service, as the installed botocore has them.

    python3 -m venv v && v/bin/pip install botocore && v/bin/python tests/data/hosts/derive.py

`services` are the names in SERVICE.REGION.SUFFIX; `hosts` are names of any other form, with placeholders for what
depends on the call: {region}, {suffix}, {dual} and {label}, which stands for a label of the customer's.
"""

import gzip
import json
import pathlib
import re

import botocore

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(botocore.__file__).parent / "data"
PLAIN = re.compile(r"^([a-z0-9-]+?)(-fips)?\.\{region\}\.\{(suffix|dual)\}$")


def urls(node):
    """All texts under `url` in a rule set."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "url" and isinstance(value, str):
                yield value
            yield from urls(value)
    elif isinstance(node, list):
        for value in node:
            yield from urls(value)


def template(url):
    """The host of a rule's URL with our placeholders, or None where there is none."""
    if not url.startswith("http"):
        return None
    host = re.sub(r"^https?://", "", url).split("/")[0]
    host = re.sub(r"\{[A-Za-z]*#dnsSuffix\}", "{suffix}", host)
    host = re.sub(r"\{[A-Za-z]*#dualStackDnsSuffix\}", "{dual}", host)
    host = re.sub(r"\{([A-Za-z]*#)?(region|Region|implicitGlobalRegion)\}", "{region}", host)
    if "authority" in host or ":" in host:
        return None
    return re.sub(r"\{(?!region|suffix|dual)[^}]*\}", "{label}", host)


def main():
    hosts, services = set(), set()
    for path in sorted(DATA.glob("*/*/endpoint-rule-set-1.json*")):
        opened = gzip.open(path) if path.suffix == ".gz" else open(path, encoding="utf-8")
        hosts.update(filter(None, map(template, urls(json.load(opened)))))
    endpoints = json.loads((DATA / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        services.update(name for name in partition["services"] if re.fullmatch(r"[a-z0-9-]+", name))
        for service in partition["services"].values():
            for region, endpoint in service.get("endpoints", {}).items():
                for found in [endpoint, *endpoint.get("variants", [])]:
                    if not set("{:") & set(found.get("hostname", "{")):
                        hosts.add(found["hostname"].replace(f".{region}.", ".{region}."))
    services.update(match.group(1) for match in map(PLAIN.match, hosts) if match)
    regions = {
        partition["id"]: sorted(region for region in partition["regions"] if not region.endswith("-global"))
        for partition in json.loads((DATA / "partitions.json").read_text())["partitions"]
    }
    plain = re.compile(r"^(" + "|".join(map(re.escape, sorted(services))) + r")(-fips)?\.\{region\}\..*")
    rest = sorted(host for host in hosts if not plain.match(host))
    table = {"source": f"botocore {botocore.__version__}", "regions": regions, "services": sorted(services), "hosts": rest}
    text = json.dumps(table, indent=0)
    (HERE / "aws-hosts.json").write_text(text + "\n")
    print(len(services), "services,", len(rest), "hosts,", len(text), "bytes")


main()
