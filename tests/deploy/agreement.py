"""Names and numbers in manifests are those of the code: ports, paths, topics, groups, metrics, and runbook sections."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from mailtide_common.contracts.topics import ALL_TOPICS, BACKFILL_REQUESTS, SYNC_REQUESTS
from mailtide_common.runtime.kafka.consumers.consumer_groups import group_id
from mailtide_common.runtime.web.health import Health
from mailtide_devkit.generate import docs
from mailtide_ingress import answers

from .manifests import ROOT, Manifest, containers, find, name_of, of_kind
from .readers import SERVICES, image_of

TOPICS = {topic.name: topic for topic in ALL_TOPICS}
HEALTH_PATHS = {route.path for route in Health().routes()}
PROBED = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
"""Starting and living need no Kafka; readiness does."""

SERIES = re.compile(r"mailtide_[a-z_]+")
MATCHER = re.compile(r"(mailtide_[a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)\s*=~?\s*"([^"]*)"')


def port_problems(objects: list[Manifest]) -> list[str]:
    """Ports are the settings' defaults, which nothing overrides, and probes ask paths that are there."""
    deployed = {name_of(each) for each in of_kind(objects, "Deployment")}
    found = [f"{service} is not deployed" for service in SERVICES if f"Deployment/{service}" not in deployed]
    for owner, container in containers(objects):
        part = image_of(container["image"])
        if part not in SERVICES or not owner.startswith("Deployment/"):
            continue
        default = docs.settings_class(docs.SETTINGS[f"mailtide-{part}"]).model_fields["mailtide_port"].default
        if container.get("ports") != [{"name": "http", "containerPort": default}]:
            found.append(f"{owner}: it listens on {default}, not on {container.get('ports')}")
        for probe, path in PROBED.items():
            asked = container.get(probe, {}).get("httpGet", {}).get("path")
            if asked != path or asked not in HEALTH_PATHS:
                found.append(f"{owner}: {probe} asks {asked}, not {path}")
    for owner, container in containers(objects):
        for variable in container.get("env", []):
            if variable["name"] == "MAILTIDE_SCHEDULER_URL":
                ports = [port["port"] for port in find(objects, "Service/scheduler")["spec"]["ports"]]
                if variable["value"] != f"http://scheduler:{ports[0]}":
                    found.append(f"{owner}: the scheduler is not at {variable['value']}")
    return found


SLICED = (SYNC_REQUESTS, BACKFILL_REQUESTS)
"""Work of many seconds lies between two commits, and KEDA polls more often."""


def topic_problems(objects: list[Manifest]) -> list[str]:
    """Scalers watch groups that exist, below the partition count, and brokers have the topics of the code."""
    return [*_scaler_problems(objects), *_declared_topic_problems(objects)]


def _scaler_problems(objects: list[Manifest]) -> list[str]:
    found = []
    config = _config(objects)
    partitions, login = int(config["MAILTIDE_TOPIC_PARTITIONS"]), "KAFKA_SECURITY_PROTOCOL" in config
    for each in of_kind(objects, "ScaledObject"):
        service = each["spec"]["scaleTargetRef"]["name"]
        if each["spec"]["maxReplicaCount"] > partitions:
            found.append(f"{name_of(each)}: more members than {partitions} partitions")
        for trigger in each["spec"]["triggers"]:
            watched = trigger["metadata"]
            topic = TOPICS.get(watched["topic"])
            if topic is None or service not in topic.consumers:
                found.append(f"{name_of(each)}: {service} consumes no {watched['topic']}")
            elif watched["consumerGroup"] != group_id(service, topic):
                found.append(f"{name_of(each)}: there is no group {watched['consumerGroup']}")
            if topic in SLICED and "excludePersistentLag" in watched:
                found.append(
                    f"{name_of(each)}: takes a slice of {watched['topic']} for a partition that stands still"
                )
            if ("authenticationRef" in trigger) != login:
                found.append(f"{name_of(each)}: {'no login' if login else 'a login'} for {watched['topic']}")
            if watched.get("bootstrapServersFromEnv") != "KAFKA_BOOTSTRAP_SERVERS":
                found.append(f"{name_of(each)}: asks other brokers than its target")
    return found


def _declared_topic_problems(objects: list[Manifest]) -> list[str]:
    declared = of_kind(objects, "KafkaTopic")
    if not declared:
        return []
    found = []
    if {each["metadata"]["name"] for each in declared} != set(TOPICS):
        found.append("Strimzi's topics are not those of the registry")
    if "Job/topics" in {name_of(each) for each in objects}:
        found.append("both Strimzi and the Job topics make topics")
    counts = {each["spec"]["partitions"] for each in declared}
    if not counts <= {1, int(_config(objects)["MAILTIDE_TOPIC_PARTITIONS"])}:
        found.append("Strimzi's topics have another number of partitions than MAILTIDE_TOPIC_PARTITIONS")
    return found


def _config(objects: list[Manifest]) -> dict[str, str]:
    (data,) = [each["data"] for each in of_kind(objects, "ConfigMap")]
    return dict(data)


def metric_problems(objects: list[Manifest]) -> list[str]:
    """Alerts name metrics, labels and answers that exist, and lead to a section that exists."""
    found = [
        f"{rule['alert']}: {problem}"
        for each in of_kind(objects, "PrometheusRule")
        for group in each["spec"]["groups"]
        for rule in group["rules"]
        for problem in [
            *_expression_problems(rule["expr"]),
            *_runbook_problems(rule["annotations"]["runbook"]),
        ]
    ]
    for each in of_kind(objects, "PodMonitor"):
        found += [
            f"{name_of(each)}: nobody serves {endpoint['path']} on {endpoint['port']}"
            for endpoint in each["spec"]["podMetricsEndpoints"]
            if endpoint["path"] not in HEALTH_PATHS or endpoint["port"] != "http"
        ]
        chosen = each["spec"]["selector"]["matchExpressions"][0]["values"]
        if sorted(chosen) != sorted(SERVICES):
            found.append(f"{name_of(each)}: watches {chosen}")
    return found


def _expression_problems(expression: str) -> list[str]:
    docs.metrics_page()  # registers every metric
    labels = {
        series: set(getattr(collector, "_labelnames", ()))
        for series, collector in REGISTRY._names_to_collectors.items()
    }
    answered = {value.name for value in vars(answers).values() if isinstance(value, answers.Answer)}
    found = [f"there is no metric {one}" for one in sorted(set(SERIES.findall(expression)) - labels.keys())]
    for series, matchers in MATCHER.findall(expression):
        for label, values in LABEL.findall(matchers):
            if label not in labels.get(series, set()):
                found.append(f"{series} has no label {label}")
            if label == "answer":
                found += [f"no delivery is answered {each}" for each in set(values.split("|")) - answered]
    return found


def _runbook_problems(runbook: str) -> list[str]:
    page, _, anchor = runbook.partition("#")
    return [] if anchor in anchors(ROOT / page) else [f"{page} has no section {anchor}"]


def anchors(page: Path) -> set[str]:
    """The sections of a page, as links name them."""
    if not page.exists():
        return set()
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
