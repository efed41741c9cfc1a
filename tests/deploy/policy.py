"""What every container that Mailtide deploys is held to."""

import re

from .manifests import Manifest, containers, of_kind, pods, words

IMAGE = re.compile(r"[a-z0-9./-]+:(?!latest$)[\w.-]+|[a-z0-9./-]+@sha256:[0-9a-f]{64}")
SHELL = re.compile(r"(^|/)(ba|da)?sh$")
WRITABLE_ROOT = {"StatefulSet/kafka"}
"""Its image writes its configuration there; only the overlay `dev` has it."""

VOLUMES = {"emptyDir", "secret", "configMap", "projected", "persistentVolumeClaim"}

SERVES = ("Deployment", "StatefulSet")
NO_PROBES = {"Deployment/cli"}
"""It serves nothing: it waits for somebody to type."""


def security_problems(objects: list[Manifest]) -> list[str]:
    """The restricted level of pod security, and a little more."""
    found = [
        f"{owner}: {problem}"
        for owner, template in pods(objects)
        for problem in [*_pod_problems(template["spec"]), *_volume_problems(template["spec"])]
    ]
    for owner, container in containers(objects):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            found.append(f"{owner}: may gain privileges")
        if own.get("capabilities") != {"drop": ["ALL"]}:
            found.append(f"{owner}: keeps capabilities")
        if own.get("readOnlyRootFilesystem") is not True and owner not in WRITABLE_ROOT:
            found.append(f"{owner}: its root can be written")
        found += [f"{owner}: {key} is its own" for key in ("runAsUser", "runAsNonRoot") if key in own]
    levels = [
        each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        for each in of_kind(objects, "Namespace")
    ]
    if levels != ["restricted"]:
        found.append("the namespace is not restricted")
    return found


def _pod_problems(spec: Manifest) -> list[str]:
    found = []
    pod = spec.get("securityContext", {})
    if pod.get("runAsNonRoot") is not True or not pod.get("runAsUser"):
        found.append("may run as root")
    if pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
        found.append("no seccomp profile")
    if spec.get("automountServiceAccountToken") is not False:
        found.append("gets a token of the Kubernetes API")
    if spec.get("enableServiceLinks") is not False:
        found.append("other services' addresses become settings")
    return found + [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]


def _volume_problems(spec: Manifest) -> list[str]:
    found = []
    for volume in spec.get("volumes", []):
        if not volume.keys() & VOLUMES:
            found.append(f"volume {volume['name']} is of the node")
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit"):
            found.append(f"volume {volume['name']} has no limit")
    return found


def container_problems(objects: list[Manifest]) -> list[str]:
    """Images that say which, resources that are bounded, commands that get their signals, probes."""
    found = []
    for owner, container in containers(objects):
        image = container["image"]
        if not IMAGE.fullmatch(image):
            found.append(f"{owner}: image {image} does not say which version")
        if container.get("imagePullPolicy") != "IfNotPresent":
            found.append(f"{owner}: imagePullPolicy")
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not {"cpu", "memory"} <= requests.keys():
            found.append(f"{owner}: requests no CPU or memory")
        if "memory" not in limits:
            found.append(f"{owner}: memory without a limit")
        if any(SHELL.search(word) for word in words(container)):
            found.append(f"{owner}: a shell would keep signals for itself")
        if owner.startswith(SERVES) and owner not in NO_PROBES:
            found += [
                f"{owner}: no {probe}"
                for probe in ("startupProbe", "readinessProbe", "livenessProbe")
                if probe not in container
            ]
    return found
