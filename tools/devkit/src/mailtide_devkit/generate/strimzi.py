"""Generates the topics and users in `deploy/k8s/components/strimzi`.

Every service that uses Kafka has a login of its own, and so has the CLI. Rights follow from the registry of
topics (`contracts/topics.py`) and the exceptions in this module.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from mailtide_common.contracts.stages import STAGES
from mailtide_common.contracts.topics import ALL_TOPICS, REPLAYED_TOPICS, Topic
from mailtide_common.runtime.kafka.topic_differences import FULL_REPLICATION, replicated
from mailtide_common.runtime.kafka.topics_admin import partitions_of
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_ingress.app import TOPICS as INGRESS_TOPICS

NOTE = "# Written by `make docs` from the code; do not edit.\n"
FOLDER = Path("deploy/k8s/components/strimzi")
CLUSTER = "mailtide"
API = "kafka.strimzi.io/v1"
PARTITIONS: int = KafkaSettings.model_fields["mailtide_topic_partitions"].default

LOGINS = ("ingress", "scheduler", "sync-worker", "persister", "notifier", "cli")

ALSO_READS: dict[str, tuple[Topic, ...]] = {
    "cli": REPLAYED_TOPICS,
    "scheduler": tuple({stage.topic.name: stage.topic for stage in STAGES}.values()),
}
"""Topics that a login reads although the registry does not list it as a consumer.

The CLI reads the topics that it replays. The scheduler reads the oldest waiting records, to measure their age.
"""

SEES_GROUPS = frozenset({"scheduler"})
"""Logins that read the offsets of all consumer groups."""

ALSO_WRITES: dict[str, tuple[Topic, ...]] = {"scheduler": ALL_TOPICS}
"""Topics that a login writes although the registry does not list it as a producer.

A redrive by the scheduler sends a dead letter to its original topic.
"""

CHECKS = {"ingress": INGRESS_TOPICS}
"""The topics that a login checks when its service starts. Logins without an entry check all topics."""


def operations(user: str, topic: Topic) -> list[str]:
    """Return the operations that a login is allowed on a topic, as Kafka names them."""
    found = []
    if topic in CHECKS.get(user, ALL_TOPICS):
        found += ["Describe", "DescribeConfigs"]
    if user in topic.consumers or topic in ALSO_READS.get(user, ()):
        found.append("Read")
    if user in topic.producers or topic in ALSO_WRITES.get(user, ()):
        found.append("Write")
    return found


def joins_groups(user: str) -> bool:
    """Return whether a login joins consumer groups. The names of its groups begin with the login's name."""
    return user not in {"ingress", "cli"}


def topics_manifest() -> str:
    """Return the manifest of all topics in the registry, for the topic operator."""
    return _documents(_topic(topic) for topic in ALL_TOPICS)


def users_manifest() -> str:
    """Return the manifest of the logins, with their ACLs."""
    return _documents(_user(user) for user in LOGINS)


MANIFESTS: dict[str, Callable[[], str]] = {"topics.yaml": topics_manifest, "users.yaml": users_manifest}


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "apiVersion": API,
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "partitions": partitions_of(topic, PARTITIONS),
            "replicas": FULL_REPLICATION,
            "config": replicated(topic, FULL_REPLICATION),
        },
    }


def _user(user: str) -> dict[str, Any]:
    rules = [
        {
            "resource": {"type": "topic", "name": topic.name, "patternType": "literal"},
            "operations": allowed,
        }
        for topic in ALL_TOPICS
        if (allowed := operations(user, topic))
    ]
    if joins_groups(user):
        group = {"type": "group", "name": f"{user}.", "patternType": "prefix"}
        rules.append({"resource": group, "operations": ["Read"]})
    if user in SEES_GROUPS:
        every = {"type": "group", "name": "*", "patternType": "literal"}
        rules.append({"resource": every, "operations": ["Describe"]})
    return {
        "apiVersion": API,
        "kind": "KafkaUser",
        "metadata": {"name": f"{CLUSTER}-{user}", "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": rules},
        },
    }


def _documents(objects: Iterator[dict[str, Any]]) -> str:
    return NOTE + "---\n".join(yaml.safe_dump(each, sort_keys=False, width=200) for each in objects)
