"""Manifests and code say the same: settings, commands, ports, paths, topics, groups, metrics, secrets and arrows."""

import re
from pathlib import Path
from typing import Any

from prometheus_client import REGISTRY

from mailtide_common.contracts.topics import ALL_TOPICS
from mailtide_common.runtime.consumers import group_id
from mailtide_common.runtime.health import Health
from mailtide_common.runtime.settings import KafkaSettings, NylasSettings, PostgresSettings, Settings
from mailtide_devkit import docs, strimzi
from mailtide_ingress import answers

from .manifests import ROOT, Manifest, containers, find, name_of, of_kind, pods
from .readers import SERVICES, OperatorEverything, all_fields, image_of, is_secret, placeholder, reads, unfit
from .structure import fits

TOPICS = {topic.name: topic for topic in ALL_TOPICS}
HEALTH_PATHS = {route.path for route in Health().routes()}
PROBED = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
"""Starting and living need no Kafka; readiness does."""

CONTRACT = {
    "mailtide-nylas": {"NYLAS_API_KEY", "NYLAS_CLIENT_ID", "NYLAS_WEBHOOK_SECRET"},
    "mailtide-database": {"DATABASE_URL"},
    "mailtide-keys": {"SECRET_KEY"},
    "mailtide-control": {"CRON_SECRET", "ADMIN_TOKEN"},
    "mailtide-kafka": {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"},
}
"""What docs/deploy.md tells people to make."""

NOT_FOR_ALL = {"MAILTIDE_PORT", "MAILTIDE_HOST", "MAILTIDE_SECRETS_DIR"}
SERIES = re.compile(r"mailtide_[a-z_]+")
MATCHER = re.compile(r"(mailtide_[a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)\s*=~?\s*"([^"]*)"')


def settings_problems(objects: list[Manifest]) -> list[str]:
    """Every required setting is provided, every one that is provided exists, is one of that service, and fits."""
    found = []
    for owner, container in containers(objects):
        part = image_of(container["image"])
        if part is None:
            continue
        try:
            cls = reads(part, [*container.get("command", []), *container.get("args", [])])
        except ValueError as error:
            found.append(f"{owner}: {error}")
            continue
        if cls is None:
            continue
        own = {each["name"]: _value(each) for each in container.get("env", [])}
        given = shared_settings(objects, container) | own
        known = {name.upper() for name in cls.model_fields}
        found += [f"{owner}: {name} is no setting of it" for name in sorted(own.keys() - known)]
        found += [f"{owner}: {problem}" for problem in [unfit(cls, given)] if problem]
        found += [
            f"{owner}: {each['name']} is a secret in plain sight"
            for each in container.get("env", [])
            if "value" in each and is_secret(each["name"].lower())
        ]
        found += [
            f"{owner}: no volume holds {value}"
            for name, value in given.items()
            if name.endswith("_FILE") and name in known and cls is not PostgresSettings
            if not any(
                value.startswith(f"{mount['mountPath']}/") for mount in container.get("volumeMounts", [])
            )
        ]
    for each in of_kind(objects, "ConfigMap"):
        names = set(each["data"])
        found += [f"{name_of(each)}: no service reads {name}" for name in sorted(names - all_fields())]
        found += [f"{name_of(each)}: {name} is not the same for all" for name in sorted(names & NOT_FOR_ALL)]
        found += [f"{name_of(each)}: {name} is a secret" for name in sorted(names) if is_secret(name.lower())]
    return found


def shared_settings(objects: list[Manifest], container: Manifest) -> dict[str, str]:
    """What a container gets from ConfigMaps."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(objects, "ConfigMap")}
    return {
        name: value
        for source in container.get("envFrom", [])
        for name, value in maps.get(source["configMapRef"]["name"], {}).items()
    }


def _value(variable: Manifest) -> str:
    value: str = variable.get("value", placeholder(variable["name"]))
    return value


def secret_problems(objects: list[Manifest]) -> list[str]:
    """Every key that is read is one of the four Secrets', or of one that somebody here makes."""
    made = {
        each["metadata"]["name"]: set(each.get("data", {})) | set(each.get("stringData", {}))
        for each in of_kind(objects, "Secret")
    }
    made |= {
        each["spec"]["target"]["name"]: {entry["secretKey"] for entry in each["spec"]["data"]}
        for each in of_kind(objects, "ExternalSecret")
    }
    logins = {each["metadata"]["name"]: {"password"} for each in of_kind(objects, "KafkaUser")}
    found = []
    used: dict[str, set[str]] = {}
    for owner, container in containers(objects):
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {}).get("secretKeyRef")
            if source is None:
                continue
            name, key = source["name"], source["key"]
            used.setdefault(name, set()).add(key)
            if key not in (CONTRACT | logins).get(name, made.get(name, set())):
                found.append(f"{owner}: nobody makes {name}/{key}")
            elif name in made and key not in made[name] and not source.get("optional"):
                found.append(f"{owner}: {name} is made without {key}")
            if name in logins and _login(container) != name:
                found.append(f"{owner}: logs in as {_login(container)} with the password of {name}")
    found += [
        f"{name}: nobody reads {sorted(keys - used.get(name, set()))}"
        for name, keys in made.items()
        if keys - used.get(name, set())
    ]
    return found


def _login(container: Manifest) -> str | None:
    """Who it logs in as: by name, or as whoever a Secret says."""
    for each in container.get("env", []):
        if each["name"] == "KAFKA_SASL_USERNAME":
            name: str = each.get("value") or each["valueFrom"]["secretKeyRef"]["name"]
            return name
    return None


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


REACHED_BY = {"ingress": {"anybody"}, "scheduler": {"mailtide/to-scheduler"}}
"""Who may reach a service; the others are reached by nobody."""


def arrow_problems(objects: list[Manifest]) -> list[str]:
    """Each pod reaches, and is reached by, exactly what its settings need."""
    found = []
    for owner, template in pods(objects):
        spec = template["spec"]
        (container,) = spec["containers"]
        part = image_of(container["image"])
        own = template["metadata"]["labels"]
        if part in (None, "devkit"):
            continue
        cls = reads(str(part), [*container.get("command", []), *container.get("args", [])])
        assert cls is not None
        wanted = wanted_egress(objects, cls)
        opened = egress(objects, own)
        if opened != wanted:
            found.append(f"{owner}: may go to {sorted(opened)}, needs {sorted(wanted)}")
        came = ingress(objects, own)
        expected = REACHED_BY.get(own["app.kubernetes.io/name"], set())
        if of_kind(objects, "PodMonitor") and own["app.kubernetes.io/name"] in SERVICES:
            expected = expected | {"monitoring"}
        if came != expected:
            found.append(f"{owner}: is reached by {sorted(came)}, should be by {sorted(expected)}")
    deny = [
        each
        for each in of_kind(objects, "NetworkPolicy")
        if each["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ]
    if not deny:
        found.append("nothing is forbidden: there is no policy that denies both ways")
    return found


def wanted_egress(objects: list[Manifest], cls: type[Settings]) -> set[str]:
    """Where a process with these settings goes."""
    brought = {each["metadata"]["name"] for each in of_kind(objects, "Service")}
    wanted = {"dns"}
    if issubclass(cls, KafkaSettings):
        wanted.add("kafka pods" if "kafka" in brought or of_kind(objects, "Kafka") else "kafka ports")
    if issubclass(cls, PostgresSettings):
        wanted.add("postgres pods" if "postgres" in brought else "postgres ports")
    if issubclass(cls, NylasSettings):
        wanted.add("nylas pods" if "nylas" in brought else "internet 443")
    if issubclass(cls, OperatorEverything):
        wanted.add("scheduler pods")
    return wanted


def egress(objects: list[Manifest], labels: dict[str, str]) -> set[str]:
    """Where policies let a pod go."""
    return {
        _where(rule)
        for policy in _policies(objects, labels, "Egress")
        for rule in policy["spec"].get("egress", [])
    }


def ingress(objects: list[Manifest], labels: dict[str, str]) -> set[str]:
    """Who policies let reach a pod."""
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


KNOWN_RULES: dict[str, tuple[set[str], set[int]]] = {
    "dns": ({"namespace kube-system"}, {53}),
    "kafka ports": ({"anywhere"}, {9092}),
    "postgres ports": ({"anywhere"}, {5432}),
    "internet 443": ({"internet"}, {443}),
    "kafka pods": ({"kafka", "mailtide-kafka"}, {9092, 9093}),
    "postgres pods": ({"postgres"}, {5432}),
    "nylas pods": ({"nylas"}, {8090}),
    "scheduler pods": ({"scheduler"}, {8081}),
}


def _where(rule: dict[str, Any]) -> str:
    peers = {_who(peer) for peer in rule.get("to", [None])}
    ports = {port["port"] for port in rule.get("ports", [])}
    peers = {"anywhere" if peer == "anybody" else peer for peer in peers}
    for name, (known, numbers) in KNOWN_RULES.items():
        if peers <= known and ports and ports <= numbers:
            return name
    return f"{sorted(peers)} at {sorted(map(str, ports))}"


PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}


def _who(peer: dict[str, Any] | None) -> str:
    if peer is None:
        return "anybody"
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        closed = set(block["except"]) >= PRIVATE if block["cidr"] == "0.0.0.0/0" else bool(block["except"])
        return "internet" if closed else f"all of {block['cidr']}"
    if "namespaceSelector" in peer:
        name = (
            peer["namespaceSelector"]
            .get("matchLabels", {})
            .get("kubernetes.io/metadata.name", "every namespace")
        )
        return "monitoring" if name == "monitoring" else f"namespace {name}"
    labels = peer["podSelector"].get("matchLabels", {})
    if not labels:
        return "every pod"
    key, value = next(iter(labels.items()))
    return key if key.startswith("mailtide/") else str(value)


def login_problems(objects: list[Manifest]) -> list[str]:
    """Every login that a container uses is one that the generator makes, for that very service."""
    found = []
    for owner, container in containers(objects):
        login = _login(container)
        part = image_of(container["image"])
        if login is not None and login not in {f"{strimzi.CLUSTER}-{part}", "mailtide-kafka"}:
            found.append(f"{owner}: logs in as {login}")
        protocol = shared_settings(objects, container).get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
        cls = reads(part, [*container.get("command", []), *container.get("args", [])]) if part else None
        if (
            cls is not None
            and issubclass(cls, KafkaSettings)
            and protocol.startswith("SASL")
            and login is None
        ):
            found.append(f"{owner}: has no login")
    return found
