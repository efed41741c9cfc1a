"""Network policies let each pod reach, and be reached by, exactly what its settings require: docs/architecture.md."""

from collections.abc import Iterator
from typing import Any

from mailtide_common.runtime.settings import (
    KafkaSettings,
    NylasSettings,
    PostgresSettings,
    Settings,
    TracingSettings,
)
from mailtide_console.settings import ConsoleSettings
from mailtide_notifier.settings import NotifierSettings

from .manifests import Manifest, of_kind, pods, settings_map, words
from .readers import SERVICES, OperatorEverything, image_of, reads
from .structure import fits

REACHED_BY = {
    "ingress": {"anybody"},
    "scheduler": {"mailtide/to-scheduler"},
    "notifier": {"mailtide/to-notifier"},
    "console": {"mailtide/to-console"},
}
"""What may connect to a service; nothing may connect to the others."""

KNOWN_RULES: dict[str, tuple[set[str], set[str]]] = {
    "dns": ({"namespace kube-system"}, {"53"}),
    "kafka ports": ({"anywhere"}, {"9092-9098"}),
    "postgres ports": ({"anywhere"}, {"5432"}),
    "internet 443": ({"internet"}, {"443"}),
    "channels": ({"internet"}, {"443", "465", "587"}),
    "kafka pods": ({"kafka", "mailtide-kafka"}, {"9092", "9093"}),
    "postgres pods": ({"postgres"}, {"5432"}),
    "nylas pods": ({"nylas"}, {"8090"}),
    "scheduler pods": ({"scheduler"}, {"8081"}),
    "notifier pods": ({"notifier"}, {"8085"}),
    "collector": ({"monitoring"}, {"4318"}),
}
"""The destination of a rule, by the peers and ports that it may contain."""

PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}


def problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield pods that reach, or are reached by, something other than what their settings require."""
    for owner, template in pods(objects):
        spec = template["spec"]
        (container,) = spec["containers"]
        part = image_of(container["image"])
        own = template["metadata"]["labels"]
        if part in (None, "devkit"):
            continue
        cls = reads(str(part), words(container))
        assert cls is not None
        wanted = wanted_egress(objects, cls)
        opened = egress(objects, own)
        if opened != wanted:
            yield f"{owner}: may go to {sorted(opened)}, needs {sorted(wanted)}"
        came = ingress(objects, own)
        expected = REACHED_BY.get(own["app.kubernetes.io/name"], set())
        if of_kind(objects, "PodMonitor") and own["app.kubernetes.io/name"] in SERVICES:
            expected = expected | {"monitoring"}
        if came != expected:
            yield f"{owner}: is reached by {sorted(came)}, should be by {sorted(expected)}"
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if deny not in [each["spec"] for each in of_kind(objects, "NetworkPolicy")]:
        yield "nothing is forbidden: there is no policy that denies both ways"


def wanted_egress(objects: list[Manifest], cls: type[Settings]) -> set[str]:
    """Return the destinations of a process with these settings."""
    brought = {each["metadata"]["name"] for each in of_kind(objects, "Service")}
    wanted = {"dns"}
    if issubclass(cls, KafkaSettings):
        wanted.add("kafka pods" if "kafka" in brought or of_kind(objects, "Kafka") else "kafka ports")
    if issubclass(cls, PostgresSettings):
        wanted.add("postgres pods" if "postgres" in brought else "postgres ports")
    if issubclass(cls, NylasSettings):
        wanted.add("nylas pods" if "nylas" in brought else "internet 443")
    exports = "OTEL_EXPORTER_OTLP_ENDPOINT" in settings_map(objects)["data"]
    if exports and issubclass(cls, TracingSettings) and not issubclass(cls, OperatorEverything):
        wanted.add("collector")
    if issubclass(cls, NotifierSettings):
        wanted.add("channels")
    if issubclass(cls, OperatorEverything | ConsoleSettings):
        wanted.add("scheduler pods")
    if issubclass(cls, ConsoleSettings):
        wanted.add("notifier pods")
    return wanted


def egress(objects: list[Manifest], labels: dict[str, str]) -> set[str]:
    """Return the destinations that policies permit a pod."""
    return {
        _where(rule)
        for policy in _policies(objects, labels, "Egress")
        for rule in policy["spec"].get("egress", [])
    }


def ingress(objects: list[Manifest], labels: dict[str, str]) -> set[str]:
    """Return what policies let connect to a pod."""
    return {
        _who(peer)
        for policy in _policies(objects, labels, "Ingress")
        for rule in policy["spec"].get("ingress", [])
        for peer in rule.get("from", [None])
    }


def _policies(objects: list[Manifest], labels: dict[str, str], way: str) -> list[Manifest]:
    return [
        each
        for each in of_kind(objects, "NetworkPolicy")
        if way in each["spec"]["policyTypes"] and _selected(each["spec"]["podSelector"], labels)
    ]


def _selected(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return fits(selector.get("matchLabels", {}), labels) and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def _where(rule: dict[str, Any]) -> str:
    peers = {_who(peer) for peer in rule.get("to", [None])}
    ports = {_span(port) for port in rule.get("ports", [])}
    peers = {"anywhere" if peer == "anybody" else peer for peer in peers}
    for name, (known, spans) in KNOWN_RULES.items():
        if peers <= known and ports and ports <= spans:
            return name
    return f"{sorted(peers)} at {sorted(ports)}"


def _span(port: dict[str, Any]) -> str:
    return f"{port['port']}-{port['endPort']}" if "endPort" in port else str(port["port"])


def _who(peer: dict[str, Any] | None) -> str:
    if peer is None:
        return "anybody"
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        closed = set(block["except"]) >= PRIVATE if block["cidr"] == "0.0.0.0/0" else bool(block["except"])
        return "internet" if closed else f"all of {block['cidr']}"
    if "namespaceSelector" in peer:
        labels = peer["namespaceSelector"].get("matchLabels", {})
        name = labels.get("kubernetes.io/metadata.name", "every namespace")
        return "monitoring" if name == "monitoring" else f"namespace {name}"
    labels = peer["podSelector"].get("matchLabels", {})
    if not labels:
        return "every pod"
    key, value = next(iter(labels.items()))
    return key if key.startswith("mailtide/") else str(value)
