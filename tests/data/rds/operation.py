"""The rules of one operation, for derive.py: what its parameters name and what its condition keys take."""
import fnmatch
import re

TAG_KEYS = ("aws:RequestTag/${TagKey}", "aws:TagKeys", "rds:req-tag/${TagKey}")
ASSUMED = "value of the request, not of the stored resource"


class Operation:
    def __init__(self, deriver, name, wire):
        self.deriver, self.over, self.reference = deriver, deriver.over, deriver.reference
        self.name, self.wire = name, wire
        self.rules = self.over["ops"].get(name, {})
        self.model = deriver.first(name)
        self.members = list(self.model.members(name))
        self.required = sorted(self.model.input(name).get("required", []))
        self.types = self.reference.types(name, self.rules.get("extra_types", []))
        self.ambiguous = []
        self.bound = set()

    def entry(self):
        sentry, _ = self.reference.action(self.name)
        resources = self.resources()
        keys, unknown = self.keys()
        if "ambiguous" in self.rules:
            self.ambiguous.append(self.rules["ambiguous"])
        reads = bool(re.match("Describe|List|Download", self.name))
        return {
            "action": "rds:" + self.name,
            "access_level": self.access_level(sentry),
            "models": [service for service, model in self.deriver.models.items() if self.name in model.operations],
            "in_reference": sentry is not None,
            "read_only": reads, "idempotent": reads,
            "no_resource_level": not self.types,
            "resources": resources, "condition_keys": keys, "unknowable_keys": unknown,
            "implied": self.implied(), "source_required": self.over["source_required"].get(self.name, []),
            "dependent_actions": self.dependents(),
            "presigned_url_param": "PreSignedUrl" if "PreSignedUrl" in self.members else None,
            "sensitive_params": self.sensitive(),
            "tag_params": [p for p in ("Tags", "TagSpecifications", "TagKeys") if p in self.members],
            "filters_param": "Filters" if "Filters" in self.members else None,
            "unevaluated_params": self.unevaluated(),
            "required_params": self.required,
            "ambiguous": self.ambiguous,
        }

    def access_level(self, sentry):
        if sentry is None:
            return self.rules.get("access_level", "List" if self.name.startswith(("Describe", "List")) else "Write")
        return sentry["access_level"].replace("Permissions management", "Permissions")

    # -- resources

    def resources(self):
        if any(spec["type"] == "*any*" for spec in self.rules.get("bind", {}).values()):
            return [self.tagging()]
        if not self.types:
            kind = "unknown" if self.is_unlisted() else "star"
            return [{"type": "*", "required": False, "from": [], "absent": {"kind": kind}}]
        found = [self.rule(*spec) for spec in self.types]
        self.optional_types()
        if "*" in self.rules.get("absent", {}):
            found.append({"type": "*", "required": False, "from": [], "absent": self.rules["absent"]["*"], "only_if_no_other": True})
        return found

    def is_unlisted(self):
        """The reference lacks the action, and overrides.json does not say what it acts on."""
        sentry, _ = self.reference.action(self.name)
        return sentry is None and not self.rules.get("no_resource")

    def tagging(self):
        self.bound.add("ResourceName")
        source = {"param": "ResourceName", "form": "arn", "required": True, "role": "target"}
        return {"type": "*any*", "required": True, "types_allowed": sorted(kind for kind, _, _ in self.types),
                "from": [source], "absent": {"kind": "error"}}

    def binding(self, parameter):
        own = self.rules.get("bind", {}).get(parameter) or self.over["param_types"].get(parameter)
        return (own, own["type"] if isinstance(own["type"], list) else [own["type"]]) if own else (None, [])

    def rule(self, kind, required, sources):
        entry = {"type": kind, "required": required, "sources": sources, "from": []}
        for parameter in self.members:
            binding, types = self.binding(parameter)
            if kind in types and kind not in self.rules.get("compose", {}):
                entry["from"].append(self.source(parameter, binding, types))
        if kind in self.rules.get("compose", {}):
            parts = [part.rstrip("?") for part in self.rules["compose"][kind]]
            entry["compose"] = {"params": parts, "separator": "/" if kind == "cev" else ":", "suffix": "*"}
            if any(part.endswith("?") for part in self.rules["compose"][kind]):
                entry["compose"]["when_absent"] = "*"
            entry["absent"] = {"kind": "composed"}
        else:
            entry["absent"] = self.absent(kind, required, entry["from"])
        if kind in self.reading():
            entry["reading"] = True
        return entry

    def reading(self):
        """The types whose judgement without a name rests on our reading: AWS's sources are silent or contradict each other."""
        defaults = [kind for kind, absent in self.rules.get("absent", {}).items() if absent["kind"] == "default"]
        documented = self.rules.get("documented_defaults", False)
        return ([] if documented else defaults) + self.rules.get("reading", [])

    def source(self, parameter, binding, types):
        self.bound.add(parameter)
        form = binding["form"]
        documented = parameter in self.over["documented_arn_ok"].get(self.name, [])
        if form == "name" and documented:
            form = "name_or_arn"
        wire = next(w for w in self.wire if w == parameter or w.startswith(parameter + "."))
        role = self.rules.get("roles", {}).get(parameter) or binding.get("role", "target")
        found = {"param": parameter, "wire": wire, "form": form, "required": parameter in self.required, "role": role}
        if wire.endswith("#"):
            found["list"] = True
        found["arn_documented"] = form in ("arn", "name_or_arn")
        if len(types) > 1:
            found["type_by_arn"] = True
            if form == "name_or_arn":
                found["bare_name_type"] = types[0]
        return found

    def absent(self, kind, required, sources):
        if kind in self.rules.get("absent", {}):
            absent = dict(self.rules["absent"][kind])
            for name, rule in (("unless_param", "absent_unless"), ("deny_only_with", "absent_deny_only")):
                if kind in self.rules.get(rule, {}):
                    absent[name] = self.rules[rule][kind]
            return absent
        lists = self.name.startswith(("Describe", "List"))
        if "*" in self.rules.get("absent", {}):
            return {"kind": "omit"}
        if any(source["required"] for source in sources):
            return {"kind": "error"}
        if lists:
            primary = self.rules.get("primary")
            return {"kind": "all"} if primary in (None, kind) else {"kind": "omit"}
        return {"kind": "error"} if required else {"kind": "omit"}

    def optional_types(self):
        primary = self.rules.get("primary")
        for kind, _, _ in self.types:
            if primary and kind != primary:
                self.ambiguous.append("optional second type %s is checked only when its parameter is present, in addition to %s" % (kind, primary))

    def implied(self):
        """The parameters that name a resource of a listed type in another way than by its name."""
        listed, found = [kind for kind, _, _ in self.types], []
        for parameter, spec in self.over["alternatives"].items():
            own = [wire for wire in self.wire if wire == parameter]
            kinds = spec["type"] if isinstance(spec["type"], list) else [spec["type"]]
            kinds = [kind for kind in kinds if kind in listed]
            if own and kinds:
                self.bound.add(parameter.split(".")[0])
                found.append({"wire": parameter, "types": kinds, "role": spec.get("role", "target"), "form": spec["form"]})
        return found

    # -- condition keys

    def keys(self):
        found, unknown = {}, []
        keys = self.reference.keys(self.name, [kind for kind, _, sources in self.types if sources != ["overrides"]])
        if self.is_unlisted():
            keys = sorted(self.reference.sentry["conditions"])
        tagged = {key: self.tag_key(key) for key in TAG_KEYS if key not in keys and self.name not in ("RemoveTagsFromResource",)}
        found.update({key: dict(rule, unlisted=True) for key, rule in tagged.items() if rule})
        for key in keys:
            rule = self.key(key)
            if rule is None:
                unknown.append(key)
            else:
                found[key] = rule
        return dict(sorted(found.items())), unknown

    def key(self, key):
        if key in TAG_KEYS:
            return self.tag_key(key)
        spec = self.over["keys"].get(key)
        if spec is None:
            return None
        if self.name in spec.get("constant", {}):
            kind = self.reference.sentry["conditions"][key]["type"]
            return {"kind": "constant", "type": kind, "value": spec["constant"][self.name]}
        parameters = spec.get("op_params", {}).get(self.name, spec.get("params", []))
        own = [parameter for parameter in parameters if parameter in self.members]
        if not own:
            return None
        found = {"kind": "param", "type": self.reference.sentry["conditions"][key]["type"], "param": own[0]}
        if own[1:]:
            found["alternatives"] = own[1:]
        default = self.name in spec.get("default_ops", []) or self.name in self.over["new_resource_ops"]
        if "default" in spec and default:
            found["default"], found["absent"] = spec["default"], "default"
            suppressed = self.over["default_suppressed_by"].get(self.name, {})
            unless = [parameter for parameter, keys in suppressed.items() if key in keys]
            if unless:
                found["default_unless_params"] = unless
        elif self.name in self.over["new_resource_ops"] or self.makes(key):
            found["absent"] = "missing" if key != "rds:PubliclyAccessible" else "unknown"
        else:
            found["absent"] = "unknown"
            if self.name.startswith("Modify"):
                found["assumed"] = ASSUMED
        return found

    def makes(self, key):
        """A call that makes the very thing the key describes: an absent parameter is an absent key."""
        return key in ("rds:EndpointType", "rds:TenantDatabaseName") and self.name.startswith("Create")

    def tag_key(self, key):
        sources = []
        for name in self.wire:
            if name in ("Tags.Tag.#.Key", "TagSpecifications.item.#.Tags.Tag.#.Key"):
                source = {"key": name, "value": name[:-3] + "Value"}
                if name.startswith("TagSpecifications"):
                    source["assumed"] = True
                sources.append(source)
            elif name == "TagKeys.member.#" and key == "aws:TagKeys":
                sources.append({"key": name})
        sources.sort(key=lambda source: source["key"].startswith("TagSpecifications"))
        return {"kind": "tags", "from": sources} if sources else None

    # -- the rest

    def dependents(self):
        found = []
        needed = self.reference.dependents(self.name)
        if self.is_unlisted() and "Tags" in self.members:
            needed = ["rds:AddTagsToResource"]
        for action in needed:
            when = self.over["dependent_when"].get(action)
            if when is None:
                when = next((w for pattern, w in self.over["dependent_when"].items() if fnmatch.fnmatch(action, pattern)), [])
            own = [parameter for parameter in when if parameter in self.members]
            found.append({"action": action, "when_params": own, "always_or_unknown": not own})
        return found

    def sensitive(self):
        marked = [name for name in self.wire if self.is_sensitive(name)]
        return sorted(marked)

    def is_sensitive(self, name):
        if name in self.over["sensitive_extra"]:
            return True
        return name in sensitive_wire_names(self.model, self.name)

    def unevaluated(self):
        found = {}
        for parameter in self.members:
            binding, types = self.binding(parameter)
            if parameter in self.rules.get("unevaluated", {}):
                found[parameter] = self.rules["unevaluated"][parameter]
            elif parameter in self.over["rename_params"]:
                found[parameter] = "new name on rename; no source says AWS checks it"
            elif parameter in self.over["unlisted_references"] and parameter not in self.bound:
                found[parameter] = self.over["unlisted_references"][parameter]
            elif binding and parameter not in self.bound and not self.composed(parameter):
                found[parameter] = "names a %s, which the reference does not list for this action" % types[0]
        return found

    def composed(self, parameter):
        return any(parameter in [p.rstrip("?") for p in parts] for parts in self.rules.get("compose", {}).values())


def sensitive_wire_names(model, operation):
    """Wire names of the parameters whose shape the model marks as sensitive."""
    found = set()

    def walk(name, shape, above):
        spec = model.model["shapes"][shape]
        if shape in above:
            return
        if spec.get("sensitive"):
            found.add(name)
        if spec["type"] == "structure":
            for sub, member in spec["members"].items():
                walk("%s.%s" % (name, member.get("locationName", sub)), member["shape"], above + (shape,))
        elif spec["type"] == "list":
            walk(model.list_name(name, spec) + ".#", spec["member"]["shape"], above + (shape,))

    for name, member in model.members(operation).items():
        walk(member.get("locationName", name), member["shape"], ())
    return found
