"""deploy/k8s as built by kustomize: each overlay as it is, and with the components that it offers."""

import json
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mailtide_harness.servers import programs

ROOT = Path(__file__).parents[2]
K8S = ROOT / "deploy/k8s"
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"

Manifest = dict[str, Any]

COMPONENTS = tuple(sorted(path.name for path in (K8S / "components").iterdir()))
EVERYTHING = (
    "cli",
    "replicas",
    "cronjob",
    "strimzi",
    "keda",
    "keda-login",
    "external-secrets",
    "monitoring",
    "traces",
)
VARIANTS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "dev": ("dev", None),
    "dev-cronjob": ("dev", ("cli", "cronjob")),
    "dev-monitoring": ("dev", ("cli", "monitoring")),
    "prod": ("prod", None),
    "prod-bare": ("prod", ()),
    "prod-cronjob": ("prod", ("cronjob",)),
    "prod-external-secrets": ("prod", ("external-secrets",)),
    "prod-keda": ("prod", ("replicas", "keda")),
    "prod-monitoring": ("prod", ("monitoring",)),
    "prod-strimzi": ("prod", ("strimzi",)),
    "prod-traces": ("prod", ("traces",)),
    "prod-kafka-login": ("prod", ("cli", "cronjob", "kafka-login")),
    "prod-everything": ("prod", EVERYTHING),
}
"""An overlay, and the components to replace its own with; None: its own."""


def built(variant: str) -> list[Manifest]:
    """Return every object of a variant; a copy, so that a test may change it."""
    objects: list[Manifest] = json.loads(_as_json(variant))
    return objects


@cache
def _as_json(variant: str) -> str:
    overlay, components = VARIANTS[variant]
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, "k8s")
        shutil.copytree(K8S, copy)
        shutil.copytree(ROOT / "deploy/monitoring", Path(scratch, "monitoring"))
        file = copy / "overlays" / overlay / "kustomization.yaml"
        if components is not None:
            content = yaml.safe_load(file.read_text("utf-8"))
            content["components"] = [f"../../components/{name}" for name in components]
            file.write_text(yaml.safe_dump(content), "utf-8")
        text = programs.run(programs.built_from_go(KUSTOMIZE), "build", file.parent)
    return json.dumps(list(yaml.safe_load_all(text)))


def pods(objects: list[Manifest]) -> list[tuple[str, Manifest]]:
    """Return every pod template, with the name of the object that creates the pods: `Deployment/ingress`."""
    found = []
    for each in objects:
        spec = each.get("spec", {})
        if each["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if each["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob", "DaemonSet", "ReplicaSet"}:
            found.append((name_of(each), spec["template"]))
    return found


def containers(objects: list[Manifest]) -> list[tuple[str, Manifest]]:
    """Return every container, with the name of the object that creates its pods."""
    return [
        (owner, container)
        for owner, template in pods(objects)
        for key in ("initContainers", "containers")
        for container in template["spec"].get(key, [])
    ]


def words(container: Manifest) -> list[str]:
    """Return the command line of a container; empty: that of its image."""
    return [*container.get("command", []), *container.get("args", [])]


def name_of(each: Manifest) -> str:
    """Return the name of an object, such as `Deployment/ingress`."""
    return f"{each['kind']}/{each['metadata']['name']}"


def unhashed(each: Manifest) -> str:
    """Return the name without the hash that kustomize appends to the ConfigMap of the settings."""
    return re.sub(r"^(ConfigMap/mailtide)-[a-z0-9]{10}$", r"\1", name_of(each))


def settings_map(objects: list[Manifest]) -> Manifest:
    """Return the ConfigMap of the settings; all others contain dashboards."""
    return next(each for each in objects if unhashed(each) == "ConfigMap/mailtide")


def find(objects: list[Manifest], name: str) -> Manifest:
    """Return the object with this name, in the form of `name_of`."""
    return next(each for each in objects if name_of(each) == name)


def of_kind(objects: list[Manifest], *kinds: str) -> list[Manifest]:
    """Return all objects of these kinds."""
    return [each for each in objects if each["kind"] in kinds]
