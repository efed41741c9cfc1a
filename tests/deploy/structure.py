"""Objects agree with each other: what they refer to exists, and numbers that depend on each other match."""

from collections.abc import Iterator, Mapping

from mailtide_common.runtime.stopping import GRACE_SECONDS

from .manifests import Manifest, containers, find, name_of, of_kind, pods
from .policy import PROBES
from .readers import SERVICES


def problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield selectors, targets, names, versions and times that do not match."""
    for each in objects:
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") != "mailtide":
            yield f"{name_of(each)}: in namespace {each['metadata'].get('namespace')}"
    yield from _selectors(objects)
    yield from _scaling(objects)
    yield from _references(objects)
    tags = {
        container["image"].rpartition(":")[2]
        for _, container in containers(objects)
        if "mailtide/" in container["image"]
    }
    if len(tags) != 1:
        yield f"several versions of Mailtide: {sorted(tags)}"
    yield from _stopping(objects)


def _selectors(objects: list[Manifest]) -> Iterator[str]:
    for each in of_kind(objects, "Deployment", "StatefulSet"):
        selected = _selected(objects, each["spec"]["selector"]["matchLabels"])
        if selected != [name_of(each)]:
            yield f"{name_of(each)}: selects the pods of {selected}"
    for each in of_kind(objects, "PodDisruptionBudget"):
        selected = _selected(objects, each["spec"]["selector"]["matchLabels"])
        if len(selected) != 1:
            yield f"{name_of(each)}: protects {selected}"
    for each in of_kind(objects, "Service"):
        selected = _selected(objects, each["spec"]["selector"])
        if len(selected) != 1:
            yield f"{name_of(each)}: leads to {selected}"
        ports = {
            port["name"]: port["containerPort"]
            for owner, container in containers(objects)
            for port in container.get("ports", [])
            if [owner] == selected
        }
        for port in each["spec"]["ports"]:
            if ports.get(port["targetPort"]) != port["port"]:
                yield f"{name_of(each)}: port {port['port']} leads to {ports}"


def _selected(objects: list[Manifest], selector: Mapping[str, str]) -> list[str]:
    return [owner for owner, template in pods(objects) if fits(selector, template["metadata"]["labels"])]


def fits(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Return whether a selector selects these labels."""
    return selector.items() <= labels.items()


def _scaling(objects: list[Manifest]) -> Iterator[str]:
    scaled = set()
    for each in of_kind(objects, "HorizontalPodAutoscaler", "ScaledObject"):
        target = f"Deployment/{each['spec']['scaleTargetRef']['name']}"
        if target not in {name_of(other) for other in objects}:
            yield f"{name_of(each)}: scales {target}, which is not there"
        elif "replicas" in find(objects, target)["spec"]:
            yield f"{target}: each apply would undo what {each['kind']} set"
        if target in scaled:
            yield f"{target}: scaled by two"
        scaled.add(target)


def _references(objects: list[Manifest]) -> Iterator[str]:
    names = {name_of(each) for each in objects}
    for owner, template in pods(objects):
        spec = template["spec"]
        named = {f"ServiceAccount/{spec['serviceAccountName']}"} if "serviceAccountName" in spec else set()
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        for container in spec["containers"]:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            if mounted != volumes:
                yield f"{owner}: mounts {sorted(mounted)} of {sorted(volumes)}"
            named |= {
                f"ConfigMap/{source['configMapRef']['name']}" for source in container.get("envFrom", [])
            }
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in PROBES:
                action = container.get(probe, {})
                port = (action.get("httpGet") or action.get("tcpSocket") or {}).get("port")
                if port is not None and port not in ports:
                    yield f"{owner}: {probe} uses port {port}"
        yield from (f"{owner}: {name} is not there" for name in sorted(named - names))


def _stopping(objects: list[Manifest]) -> Iterator[str]:
    """Yield services without enough time to stop, or that still get requests then, or stop before they are replaced."""
    served = {each["spec"]["selector"].get("app.kubernetes.io/name") for each in of_kind(objects, "Service")}
    for each in of_kind(objects, "Deployment"):
        owner, name, spec = name_of(each), each["metadata"]["name"], each["spec"]["template"]["spec"]
        if name not in SERVICES:
            continue
        (container,) = spec["containers"]
        before = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if name in served and not before:
            yield f"{owner}: stops while proxies still send requests"
        if spec.get("terminationGracePeriodSeconds", 30) != before + GRACE_SECONDS:
            yield f"{owner}: its grace period is not what a stop may take ({before} + {GRACE_SECONDS} s)"
        if each["spec"].get("strategy", {}).get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{owner}: an update takes the old pod before the new one is ready"
