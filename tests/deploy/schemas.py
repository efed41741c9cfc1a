"""Validates every object by kubectl-validate, which runs the API server's own code without a cluster.

It checks fields, types and CEL rules by Kubernetes' OpenAPI and by the operators' definitions, which are in Go modules.
Strimzi's are in none: `strimzi_models` checks its resources.
"""

import json
import re
import tempfile
from pathlib import Path

from mailtide_harness.servers import programs

from .manifests import Manifest, name_of

VALIDATE = "sigs.k8s.io/kubectl-validate@v0.0.4"
KUBERNETES = "k8s.io/kubernetes@v1.34.4"
DEFINITIONS = {
    "github.com/kedacore/keda/v2@v2.21.0": ("keda.sh_scaledobjects", "keda.sh_triggerauthentications"),
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": (
        "prometheus-operator-crd/monitoring.coreos.com_podmonitors",
        "prometheus-operator-crd/monitoring.coreos.com_prometheusrules",
    ),
    "github.com/external-secrets/external-secrets@v1.3.2": ("external-secrets.io_externalsecrets",),
}
STRIMZI = "kafka.strimzi.io/"
OPENAPI = re.compile(r".*/api/openapi-spec/v3/((api|apis__[^/]+)__v\w+)_openapi\.json")
INCLUDED = "1.30"
"""The newest OpenAPI inside kubectl-validate 0.0.4; only for groups that `KUBERNETES` does not have."""


def problems(objects: list[Manifest]) -> list[str]:
    """Return what the API server would refuse, unknown fields included."""
    schemas = programs.cached(f"openapi-{KUBERNETES.rpartition('@')[2]}-1", _fetch)
    with tempfile.TemporaryDirectory() as scratch:
        for number, each in enumerate(objects):
            if not each["apiVersion"].startswith(STRIMZI):
                Path(scratch, f"{number}.json").write_text(json.dumps(each), "utf-8")
        printed = programs.run(
            programs.built_from_go(VALIDATE), "--local-schemas", schemas / "kubernetes",
            "--local-crds", schemas / "operators", "--version", INCLUDED, "--output", "json", scratch,
            codes=(0, 1),
        )  # fmt: skip
    return [
        f"{name_of(objects[int(Path(file).stem)])}: {result['message']}"
        for file, results in json.loads(printed).items()
        for result in results
        if result["status"] != "Success"
    ]


def _fetch(folder: Path) -> None:
    with programs.go_module(KUBERNETES) as archive:
        for name in archive.namelist():
            if found := OPENAPI.fullmatch(name):
                path = folder / "kubernetes" / f"{found[1].replace('__', '/')}.json"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
    operators = folder / "operators"
    operators.mkdir()
    for module, definitions in DEFINITIONS.items():
        with programs.go_module(module) as archive:
            for definition in definitions:
                (name,) = [each for each in archive.namelist() if each.endswith(f"/{definition}.yaml")]
                (operators / Path(name).name).write_bytes(archive.read(name))
