"""Compares a topic's settings and replicas with the registry, and states the consequences (INV-11). Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailtide_common.contracts.topics import Cleanup, Topic

FULL_REPLICATION = 3
"""Replicas in production. With min.insync.replicas=2, one broker may fail without loss or refused records."""

REPLICAS = "replicas"
"""Value of `Difference.setting` for the number of replicas, which is no setting of Kafka."""

NO_LIMIT = "-1"

UNBOUNDED = "purged data stays in Kafka for longer than docs/accounts.md states"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting of a topic, or its number of replicas, that differs from the registry."""

    topic: str
    setting: str
    actual: str
    expected: str
    cost: str
    """The consequence if the difference remains."""
    loses: bool = False
    """Whether services refuse to start, because Kafka would delete unread records, or records that a replay
    needs."""

    @property
    def repairable(self) -> bool:
        """Whether altering a setting removes the difference. Missing replicas must be added instead."""
        return self.setting != REPLICAS

    def __str__(self) -> str:
        """Return the difference and its consequence on one line."""
        return f"topic {self.topic}: {self.setting} is {self.actual}, not {self.expected}: {self.cost}"


@dataclass(frozen=True, slots=True)
class _Rule:
    wrong: Callable[[str, str], bool]
    """Called with the actual and the expected value."""
    cost: str


def _more(actual: str, expected: str) -> bool:
    return int(actual) > int(expected)


def _less(actual: str, expected: str) -> bool:
    return int(actual) < int(expected)


def _other(actual: str, expected: str) -> bool:
    return actual != expected


_RULES: dict[str, _Rule] = {
    "max.message.bytes": _Rule(
        _less, "larger records are refused: content is cut or parked, and webhooks are answered with 503"
    ),
    "min.insync.replicas": _Rule(
        _other,
        "lower: an acknowledged record may be lost with one broker; higher: one broker's failure stops all writes",
    ),
    "segment.ms": _Rule(_more, UNBOUNDED),
    "max.compaction.lag.ms": _Rule(_more, UNBOUNDED),
    "delete.retention.ms": _Rule(_more, UNBOUNDED),
    "message.timestamp.after.max.ms": _Rule(
        _more, "records of a service with a fast clock can hide later changes"
    ),
    "retention.ms": _Rule(_other, f"if shorter, unread records are lost; if longer, {UNBOUNDED}"),
    "retention.bytes": _Rule(
        _other, "the oldest records are deleted when the partition is large, read or not"
    ),
    "unclean.leader.election.enable": _Rule(_other, "acknowledged records may be lost when brokers fail"),
}


def replicated(topic: Topic, replication: int) -> dict[str, str]:
    """Return the settings that a topic should have in Kafka.

    With a `replication` of `FULL_REPLICATION`, they include min.insync.replicas.
    """
    settings = topic.config()
    if replication == FULL_REPLICATION:
        settings["min.insync.replicas"] = str(FULL_REPLICATION - 1)
    return settings


def compare(topic: Topic, actual: Mapping[str, str], replicas: int, replication: int) -> list[Difference]:
    """Return the differences that have a consequence.

    Args:
        topic: the topic of the registry.
        actual: the topic's present settings by Kafka's names, including inherited settings. A setting that
            it lacks is not compared.
        replicas: the smallest number of replicas among the topic's partitions. If it is too small, the
            setting min.insync.replicas is not compared: a greater value could make Kafka refuse all records.
        replication: the expected number of replicas.
    """
    expected = replicated(topic, min(replicas, replication)) | {"unclean.leader.election.enable": "false"}
    policy = expected.pop("cleanup.policy")
    found = []
    if actual.get("cleanup.policy", policy) != policy:
        found.append(
            Difference(
                topic.name,
                "cleanup.policy",
                actual["cleanup.policy"],
                policy,
                _policy_cost(topic),
                loses=True,
            )
        )
    if topic.cleanup is Cleanup.DELETE:
        expected["retention.bytes"] = NO_LIMIT
    for setting, value in expected.items():
        rule, is_ = _RULES[setting], actual.get(setting)
        if is_ is not None and rule.wrong(is_, value):
            found.append(Difference(topic.name, setting, is_, value, rule.cost))
    if replicas < replication:
        cost = (
            "if a broker fails, records are lost or no longer accepted; add replicas with "
            "kafka-reassign-partitions.sh"
        )
        found.append(Difference(topic.name, REPLICAS, str(replicas), str(replication), cost))
    return found


def _policy_cost(topic: Topic) -> str:
    if topic.cleanup is Cleanup.COMPACT:
        return "Kafka deletes old records by age or size, and no replay can restore them"
    return "Kafka keeps only the last record of each key, read or not"
