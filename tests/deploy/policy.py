"""Rules for every container that Mailtide deploys."""

import re
from collections.abc import Iterator

from .manifests import Manifest, containers, of_kind, pods, words

IMAGE = re.compile(r"[a-z0-9./-]+:(?!latest$)[\w.-]+|[a-z0-9./-]+@sha256:[0-9a-f]{64}")
SHELL = re.compile(r"(^|/)(ba|da)?sh$")
WRITABLE_ROOT = {"StatefulSet/kafka"}
"""Its image writes its configuration to the root file system; only the overlay `dev` contains it."""

VOLUMES = {"emptyDir", "secret", "configMap", "projected", "persistentVolumeClaim"}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
NO_PROBES = {"Deployment/cli"}
"""It serves nothing: it only waits for operators' commands."""


def security_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield violations of the restricted level of pod security, and of some further rules."""
    for owner, template in pods(objects):
        for problem in _pod_problems(template["spec"]):
            yield f"{owner}: {problem}"
    for owner, container in containers(objects):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            yield f"{owner}: may gain privileges"
        if own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{owner}: keeps capabilities"
        if own.get("readOnlyRootFilesystem") is not True and owner not in WRITABLE_ROOT:
            yield f"{owner}: its root can be written"
        if own.keys() & {"runAsUser", "runAsNonRoot"}:
            yield f"{owner}: a container has a user of its own"
    enforced = "pod-security.kubernetes.io/enforce"
    levels = [each["metadata"].get("labels", {}).get(enforced) for each in of_kind(objects, "Namespace")]
    if levels != ["restricted"]:
        yield "the namespace is not restricted"


def _pod_problems(spec: Manifest) -> Iterator[str]:
    context = spec.get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "no seccomp profile"
    if spec.get("automountServiceAccountToken") is not False:
        yield "gets a token of the Kubernetes API"
    if spec.get("enableServiceLinks") is not False:
        yield "other services' addresses become settings"
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    for volume in spec.get("volumes", []):
        if not volume.keys() & VOLUMES:
            yield f"volume {volume['name']} is on the node"
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit"):
            yield f"volume {volume['name']} has no limit"


def container_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield images without a version, unbounded resources, commands that do not receive signals, and missing probes."""
    for owner, container in containers(objects):
        if not IMAGE.fullmatch(container["image"]):
            yield f"{owner}: image {container['image']} names no version"
        if container.get("imagePullPolicy") != "IfNotPresent":
            yield f"{owner}: imagePullPolicy is not IfNotPresent"
        resources = container.get("resources", {})
        if not {"cpu", "memory"} <= resources.get("requests", {}).keys():
            yield f"{owner}: requests no CPU or memory"
        if "memory" not in resources.get("limits", {}):
            yield f"{owner}: memory without a limit"
        if any(SHELL.search(word) for word in words(container)):
            yield f"{owner}: a shell would not pass signals on"
        if owner.startswith(("Deployment/", "StatefulSet/")) and owner not in NO_PROBES:
            yield from (f"{owner}: no {probe}" for probe in PROBES if probe not in container)
