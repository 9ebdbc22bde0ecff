"""What RDS does with the letter case of each parameter's value, for derive.py: from the API reference's own sentences, and
from overrides.json (`folds`) where it is silent.

    kept              letter case counts, or the value is a free text or a secret: it is compared as it is sent
    lower             the service reads it in any letter case and keeps it in lower case
    upper             the same, in capitals
    upper-for-oracle  in capitals where the engine is an Oracle engine, else kept
    id                a resource id: its prefix in lower case, the rest in capitals (`db-ABC`)
"""
import re

INSENSITIVE = re.compile(r"stored as a lowercase string|(is not|isn.t) case.sensitive", re.I)
VALID = re.compile(r"Valid [Vv]alues:?(.*?)(?=<p>[A-Z][a-z]+:|<p>Constraints|<p>Default|<p>Valid for|$)", re.S)


def plain(text):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text)).strip()


class Folds:
    def __init__(self, deriver):
        self.over, self.models = deriver.over, deriver.models
        self.documented, self.valid = {}, {}
        for service, model in self.models.items():
            for operation in sorted(model.operations):
                for name, member in model.members(operation).items():
                    self.read(service, model, operation, name, member)

    def read(self, service, model, operation, name, member):
        spec, text = model.model["shapes"][member["shape"]], member.get("documentation", "")
        sentence = next((s for s in re.split(r"(?<=\.)\s", plain(text)) if INSENSITIVE.search(s)), None)
        if sentence:
            sentence = re.sub(r"^.*(?=This (value|parameter))", "", sentence)
            self.documented.setdefault(name, 'API Reference of %s (%s): "%s"' % (operation, service, sentence))
        values = list(spec.get("enum", []))
        for found in VALID.finditer(text):
            values += [plain(value) for value in re.findall(r"<code>(.*?)</code>", found[1], re.S)]
        values = [value for value in values if re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", value) and value != name]
        if values and spec["type"] == "string":
            self.valid.setdefault(name, ("API Reference of %s (%s)" % (operation, service), []))[1].extend(values)

    def of(self, wire):
        """The fold of a parameter by its name on the wire, and where that is from."""
        top = wire.split(".")[0]
        for name in (wire, top):
            if name in self.over["folds"] and (name == wire or wire.endswith(".#")):
                return dict(self.over["folds"][name])
        if "." in wire and not wire.endswith(".#"):
            return None
        binding = self.over["param_types"].get(top)
        kinds = binding["type"] if binding and isinstance(binding["type"], list) else [binding["type"]] if binding else []
        cases = {self.over["case"][kind] for kind in kinds}
        if top in self.documented:
            return {"fold": "lower", "source": self.documented[top]}
        if cases and cases <= {"lower"}:
            return {"fold": "lower", "source": "the names of %s are stored in lower case" % " and ".join(kinds)}
        if top in self.valid:
            source, values = self.valid[top]
            if all(value == value.lower() for value in values):
                return {"fold": "lower", "source": source + ": its values are in lower case; whether another case is taken is not said"}
            if all(value == value.upper() for value in values):
                return {"fold": "upper", "source": source + ": its values are in capitals; whether another case is taken is not said"}
            raise SystemExit("%s: its values are in both letter cases: %s; write it down in overrides.json" % (wire, sorted(set(values))))
        return None

    def table(self, wire):
        found = {}
        for parameters in wire.values():
            for name, kind in parameters.items():
                if kind == "string" and name not in found:
                    fold = self.of(name)
                    if fold and fold["fold"] != "kept":
                        found[name] = fold
        return dict(sorted(found.items()))
