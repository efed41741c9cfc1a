"""Strict schemas of everything that is applied: a field that the API server or an operator does not know fails.

They come from Go modules: Kubernetes' own OpenAPI, and the definitions of the operators. Only what is needed is kept.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from . import programs
from .kept import cached
from .manifests import Manifest, name_of

KUBERNETES = "k8s.io/kubernetes@v1.34.4"
GROUPS = (
    "api__v1",
    "apis__apps__v1",
    "apis__autoscaling__v2",
    "apis__batch__v1",
    "apis__networking.k8s.io__v1",
    "apis__policy__v1",
)
DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.21.0": ("keda.sh_scaledobjects", "keda.sh_triggerauthentications"),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "prometheus-operator-crd/monitoring.coreos.com_podmonitors",
        "prometheus-operator-crd/monitoring.coreos.com_prometheusrules",
    ),
    "github.com/external-secrets/external-secrets@v1.3.2": ("external-secrets.io_externalsecrets",),
}
ELSEWHERE = ("kafka.strimzi.io/",)
"""Checked by `strimzi_models`: no Go module has their definitions."""

RULES: dict[str, Callable[[Any], bool]] = {
    "!has(self.minReplicaCount) || self.minReplicaCount <= (has(self.maxReplicaCount) ? self.maxReplicaCount : 100)": (
        lambda spec: spec.get("minReplicaCount", 0) <= spec.get("maxReplicaCount", 100)
    ),
}
"""Every rule in CEL of the definitions that are used, in Python."""

EVERY_SCHEMA = f"schemas-{KUBERNETES.rpartition('@')[2]}-1"


def problems(objects: list[Manifest]) -> list[str]:
    """Every field that is unknown, missing or of a wrong type."""
    found = []
    for each in objects:
        api = each["apiVersion"]
        if api.startswith(ELSEWHERE):
            continue
        validator = _validators().get(f"{api}/{each['kind']}")
        if validator is None:
            found.append(f"{name_of(each)}: {api} knows no such kind")
            continue
        for error in validator.iter_errors(each):
            where = ".".join(str(step) for step in error.absolute_path)
            found.append(f"{name_of(each)}: {where}: {error.message[:300]}")
        found += [
            f"{name_of(each)}: {said}"
            for said in _broken_rules(f"{each['kind']}.{api.rpartition('/')[2]}", each)
        ]
    return found


def _broken_rules(definition: str, manifest: Manifest) -> list[str]:
    """Rules in CEL that the definition states. There is no evaluator here, so each is written again in `RULES`."""
    found = []
    for path, rule in _rules(definition):
        holds = RULES.get(rule["rule"])
        if holds is None:
            found.append(f"a rule unknown to these tests: {rule['rule']}")
        elif not holds(_at(manifest, path)):
            found.append(f"{'.'.join(path)}: {rule['message']}")
    return found


@cache
def _rules(definition: str) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    path = cached(EVERY_SCHEMA, _fetch) / f"{definition}.json"
    if not path.exists():  # one of Kubernetes' own, whose OpenAPI states no rules
        return []
    return list(_stated(json.loads(path.read_text("utf-8"))["schema"], ()))


def _stated(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Every rule with the place that it judges."""
    if not isinstance(schema, dict):
        return
    for rule in schema.get("x-kubernetes-validations", ()):
        yield path, rule
    for name, child in schema.get("properties", {}).items():
        yield from _stated(child, (*path, name))
    for name in ("items", "additionalProperties"):
        yield from _stated(schema.get(name), (*path, name))


def _at(manifest: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        manifest = manifest[step]
    return manifest


@cache
def _validators() -> dict[str, Draft202012Validator]:
    folder = cached(EVERY_SCHEMA, _fetch)
    found = {}
    for path in folder.glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        for api, kind, pointer in document["kinds"]:
            reference = {"$ref": f"urn:{path.stem}#{pointer}"}
            resource = DRAFT202012.create_resource(document["schema"])
            registry: Registry[Any] = Registry().with_resource(f"urn:{path.stem}", resource)
            found[f"{api}/{kind}"] = Draft202012Validator(reference, registry=registry)
    return found


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(_module(KUBERNETES, scratch)) as archive:
            for group in GROUPS:
                (name,) = [
                    n for n in archive.namelist() if n.endswith(f"/api/openapi-spec/v3/{group}_openapi.json")
                ]
                schema = strict(json.loads(archive.read(name)))
                _write(folder / f"{group}.json", schema, list(_kinds(schema)))
        for module, names in DEFINITIONS.items():
            with zipfile.ZipFile(_module(module, scratch)) as archive:
                for name in names:
                    (path,) = [n for n in archive.namelist() if n.endswith(f"/{name}.yaml")]
                    _definition(folder, yaml.safe_load(archive.read(path)))


def _module(module: str, scratch: str) -> str:
    """A Go module's archive; nothing of it stays in Go's own cache."""
    said = programs.run(
        programs.go(), "mod", "download", "-json", module, GOMODCACHE=scratch, GOFLAGS="-modcacherw"
    )
    path: str = json.loads(said)["Zip"]
    return path


def _kinds(schema: Manifest) -> Iterator[tuple[str, str, str]]:
    for name, each in schema["components"]["schemas"].items():
        for gvk in each.get("x-kubernetes-group-version-kind", []):
            api = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
            yield api, gvk["kind"], f"/components/schemas/{name}"


def _definition(folder: Path, definition: Manifest) -> None:
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object", "required": ["name"]}
        kind = spec["names"]["kind"]
        api = f"{spec['group']}/{version['name']}"
        _write(folder / f"{kind}.{version['name']}.json", schema, [(api, kind, "")])


def _write(path: Path, schema: Manifest, kinds: list[tuple[str, str, str]]) -> None:
    path.write_text(json.dumps({"kinds": kinds, "schema": schema}), "utf-8")


def strict(schema: Any) -> Any:
    """The same schema, but an object that lists its fields has no others. Texts for people are left out."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {
        key: strict(value)
        for key, value in schema.items()
        if not (key in {"description", "example"} and isinstance(value, str))
    }
    listed = isinstance(result.get("properties"), dict) and result.get("type") == "object"
    if (
        listed
        and "additionalProperties" not in result
        and not result.get("x-kubernetes-preserve-unknown-fields")
    ):
        result["additionalProperties"] = False
    return result
