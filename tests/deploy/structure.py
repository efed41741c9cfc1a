"""Whether the objects fit each other: what they name exists, and numbers that belong together agree."""

from collections.abc import Mapping
from typing import Any

from mailtide_common.runtime.stopping import GRACE_SECONDS

from .manifests import Manifest, containers, find, name_of, of_kind, pods

OURS = "mailtide/"
NO_SERVICES = {"cli", "nylas"}
"""Of ours, but nobody misses them while they are away."""

"""One after the other, from SIGTERM to the end."""


def problems(objects: list[Manifest]) -> list[str]:
    """Selectors, targets, names, versions and times."""
    return [
        *_namespaces(objects),
        *_selectors(objects),
        *_scaling(objects),
        *_references(objects),
        *_versions(objects),
        *_stopping(objects),
        *_rolling(objects),
    ]


def _namespaces(objects: list[Manifest]) -> list[str]:
    return [
        f"{name_of(each)}: in namespace {each['metadata'].get('namespace')}"
        for each in objects
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") != "mailtide"
    ]


def _selectors(objects: list[Manifest]) -> list[str]:
    labels = {owner: template["metadata"]["labels"] for owner, template in pods(objects)}
    found = []
    for each in of_kind(objects, "Deployment", "StatefulSet"):
        selector = each["spec"]["selector"]["matchLabels"]
        matched = [owner for owner, own in labels.items() if fits(selector, own)]
        if matched != [name_of(each)]:
            found.append(f"{name_of(each)}: selects the pods of {matched}")
    for each in of_kind(objects, "PodDisruptionBudget"):
        matched = [
            owner for owner, own in labels.items() if fits(each["spec"]["selector"]["matchLabels"], own)
        ]
        if len(matched) != 1:
            found.append(f"{name_of(each)}: protects {matched}")
    for each in of_kind(objects, "Service"):
        owners = [owner for owner, own in labels.items() if fits(each["spec"]["selector"], own)]
        if len(owners) != 1:
            found.append(f"{name_of(each)}: leads to {owners}")
            continue
        ports = {
            port["name"]: port["containerPort"]
            for owner, container in containers(objects)
            if owner == owners[0]
            for port in container.get("ports", [])
        }
        found += [
            f"{name_of(each)}: port {port['port']} leads to {ports}"
            for port in each["spec"]["ports"]
            if ports.get(port["targetPort"]) != port["port"]
        ]
    return found


def fits(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels are selected."""
    return selector.items() <= labels.items()


def _scaling(objects: list[Manifest]) -> list[str]:
    found, claimed = [], set()
    for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        target = f"Deployment/{each['spec']['scaleTargetRef']['name']}"
        if target not in {name_of(other) for other in objects}:
            found.append(f"{name_of(each)}: scales {target}, which is not there")
            continue
        if target in claimed:
            found.append(f"{target}: scaled by two")
        claimed.add(target)
        if "replicas" in find(objects, target)["spec"]:
            found.append(f"{target}: every apply would undo what {each['kind']} set")
    return found


def _references(objects: list[Manifest]) -> list[str]:
    names = {name_of(each) for each in objects}
    found = []
    for owner, template in pods(objects):
        spec = template["spec"]
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        account = spec.get("serviceAccountName")
        if account and f"ServiceAccount/{account}" not in names:
            found.append(f"{owner}: ServiceAccount {account} is not there")
        for container in spec["containers"]:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            if mounted != volumes:
                found.append(f"{owner}: mounts {sorted(mounted)} of {sorted(volumes)}")
            sources = [source["configMapRef"]["name"] for source in container.get("envFrom", [])]
            found += [
                f"{owner}: ConfigMap {source} is not there"
                for source in sources
                if f"ConfigMap/{source}" not in names
            ]
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                asked = _port(container.get(probe, {}))
                if asked is not None and asked not in ports:
                    found.append(f"{owner}: {probe} asks port {asked}")
    return found


def _port(probe: Manifest) -> Any:
    return (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")


def _versions(objects: list[Manifest]) -> list[str]:
    tags = {
        container["image"].rpartition(":")[2]
        for _, container in containers(objects)
        if OURS in container["image"]
    }
    return [] if len(tags) == 1 else [f"several versions of Mailtide: {sorted(tags)}"]


def _stopping(objects: list[Manifest]) -> list[str]:
    """A service gets the time that its drain may take, and is not asked to stop while requests still come."""
    found = []
    served = {each["spec"]["selector"].get("app.kubernetes.io/name") for each in of_kind(objects, "Service")}
    for owner, template in pods(objects):
        spec = template["spec"]
        (container,) = spec["containers"]
        name = owner.partition("/")[2]
        if OURS not in container["image"] or not owner.startswith("Deployment/") or name in NO_SERVICES:
            continue
        before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if name in served and not before:
            found.append(f"{owner}: stops while proxies still send")
        if spec.get("terminationGracePeriodSeconds", 30) != before + GRACE_SECONDS:
            found.append(
                f"{owner}: its grace period is not what a stop may take ({before} + {GRACE_SECONDS} s)"
            )
    return found


def _rolling(objects: list[Manifest]) -> list[str]:
    found = []
    for each in of_kind(objects, "Deployment"):
        image = each["spec"]["template"]["spec"]["containers"][0]["image"]
        if OURS not in image or each["metadata"]["name"] in NO_SERVICES:
            continue
        if each["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            found.append(f"{name_of(each)}: an update takes the old pod before the new one is ready")
    return found
