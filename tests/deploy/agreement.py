"""Names and numbers in manifests are those in the code: ports, paths, topics, groups, metrics, and runbook sections."""

import re
from collections.abc import Iterator
from pathlib import Path

from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import ALL_TOPICS, BACKFILL_REQUESTS, SYNC_REQUESTS
from mailtide_common.runtime.web.health import Health
from mailtide_devkit.generate import docs

from . import promql
from .manifests import ROOT, Manifest, containers, find, name_of, of_kind, settings_map
from .readers import SERVICES

TOPICS = {topic.name: topic for topic in ALL_TOPICS}
HEALTH_PATHS = {route.path for route in Health().routes()}
PROBED = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
"""Start-up and liveness do not require Kafka; readiness does."""

SLICED = (SYNC_REQUESTS, BACKFILL_REQUESTS)
"""Topics whose records take many seconds each, so that no offset is committed between two polls of KEDA."""


def port_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield ports that differ from the settings' defaults or are overridden, and probes of paths that do not exist."""
    deployed = {
        owner: container for owner, container in containers(objects) if owner.startswith("Deployment/")
    }
    for service in SERVICES:
        owner = f"Deployment/{service}"
        if owner not in deployed:
            yield f"{service} is not deployed"
            continue
        container = deployed[owner]
        default = (
            docs.settings_class(docs.SETTINGS[f"mailtide-{service}"]).model_fields["mailtide_port"].default
        )
        if container.get("ports") != [{"name": "http", "containerPort": default}]:
            yield f"{owner}: it listens on {default}, not on {container.get('ports')}"
        for probe, path in PROBED.items():
            asked = container.get(probe, {}).get("httpGet", {}).get("path")
            if asked != path or asked not in HEALTH_PATHS:
                yield f"{owner}: {probe} requests {asked}, not {path}"
    yield from _address_problems(objects)


def _address_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield settings with the address of a service that is elsewhere."""
    for owner, container in containers(objects):
        for variable in container.get("env", []):
            for service in ("scheduler", "notifier"):
                if variable["name"] != f"MAILTIDE_{service.upper()}_URL":
                    continue
                port = find(objects, f"Service/{service}")["spec"]["ports"][0]["port"]
                if variable["value"] != f"http://{service}:{port}":
                    yield f"{owner}: the {service} is not at {variable['value']}"


def topic_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield scalers of unknown groups or beyond the partition count, and brokers without the topics in the code."""
    config = settings_map(objects)["data"]
    partitions, login = int(config["MAILTIDE_TOPIC_PARTITIONS"]), "KAFKA_SECURITY_PROTOCOL" in config
    for each in of_kind(objects, "ScaledObject"):
        service = each["spec"]["scaleTargetRef"]["name"]
        if each["spec"]["maxReplicaCount"] > partitions:
            yield f"{name_of(each)}: more members than {partitions} partitions"
        for trigger in each["spec"]["triggers"]:
            for problem in _trigger_problems(service, trigger["metadata"]):
                yield f"{name_of(each)}: {problem}"
            if ("authenticationRef" in trigger) != login:
                problem = "no login" if login else "a login"
                yield f"{name_of(each)}: {problem} for {trigger['metadata']['topic']}"
    declared = of_kind(objects, "KafkaTopic")
    if not declared:
        return
    if {each["metadata"]["name"] for each in declared} != set(TOPICS):
        yield "Strimzi's topics are not those of the registry"
    if "Job/topics" in {name_of(each) for each in objects}:
        yield "both Strimzi and the Job topics make topics"
    if not {each["spec"]["partitions"] for each in declared} <= {1, partitions}:
        yield "Strimzi's topics have another number of partitions than MAILTIDE_TOPIC_PARTITIONS"


def _trigger_problems(service: str, watched: dict[str, str]) -> Iterator[str]:
    topic = TOPICS.get(watched["topic"])
    if topic is None or service not in topic.consumers:
        yield f"{service} consumes no {watched['topic']}"
    elif watched["consumerGroup"] != group_id(service, topic):
        yield f"there is no group {watched['consumerGroup']}"
    if topic in SLICED and "excludePersistentLag" in watched:
        yield f"takes a slice of {watched['topic']} for a partition that stands still"
    if watched.get("bootstrapServersFromEnv") != "KAFKA_BOOTSTRAP_SERVERS":
        yield "uses other brokers than its target"


def metric_problems(objects: list[Manifest]) -> Iterator[str]:
    """Yield alerts with metrics, labels or answers that do not exist, or with links to missing sections."""
    for each in of_kind(objects, "PrometheusRule"):
        for group in each["spec"]["groups"]:
            for rule in group["rules"]:
                for problem in _rule_problems(rule["expr"], rule["annotations"]["runbook"]):
                    yield f"{rule['alert']}: {problem}"
    for each in of_kind(objects, "PodMonitor"):
        for endpoint in each["spec"]["podMetricsEndpoints"]:
            if endpoint["path"] not in HEALTH_PATHS or endpoint["port"] != "http":
                yield f"{name_of(each)}: no service has {endpoint['path']} on {endpoint['port']}"
        chosen = each["spec"]["selector"]["matchExpressions"][0]["values"]
        if sorted(chosen) != sorted(SERVICES):
            yield f"{name_of(each)}: selects {chosen}"


def _rule_problems(expression: str, runbook: str) -> Iterator[str]:
    yield from promql.problems(expression)
    page, _, anchor = runbook.partition("#")
    if anchor not in anchors(ROOT / page):
        yield f"{page} has no section {anchor}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of the sections of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
