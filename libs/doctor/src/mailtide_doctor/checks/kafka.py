"""Checks of the brokers and of the topics."""

from collections.abc import Sequence

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topic_differences import FULL_REPLICATION, REPLICAS
from mailtide_common.runtime.kafka.topics_admin import survey_brokers, survey_topics

from .finding import error, warning

OLDEST_VERSION = (3, 5)
"""The last version of Kafka without `message.timestamp.after.max.ms`, a setting to refuse records from the
future."""

REPAIR = "run `mailtide topics ensure --repair`"


async def check_brokers(brokers: Brokers) -> list[Finding]:
    """Return findings about brokers that are down, and about the number, version and settings of brokers.

    Version and settings are those of one broker that is alive.

    Raises:
        TransientError: Kafka is unavailable.
    """
    survey = await survey_brokers(brokers)
    findings = []
    if survey.states.down:
        findings.append(
            warning(
                "brokers",
                survey.states.describe_down(),
                "if another broker fails, records are lost or no longer accepted",
                "start each broker that is down (its log shows why it ended), or let this host reach it; reassign "
                "the partitions of a removed one",
            )
        )
    count = len(survey.states.known)
    if count < FULL_REPLICATION:
        findings.append(
            warning(
                "brokers",
                f"Kafka has {count} {'broker' if count == 1 else 'brokers'}, not {FULL_REPLICATION}",
                "if a broker fails, records are lost or no longer accepted",
                f"run {FULL_REPLICATION} brokers, then give the topics more replicas (kafka-reassign-partitions.sh)",
            )
        )
    if survey.version is not None and survey.version <= OLDEST_VERSION:
        findings.append(
            error(
                "brokers",
                f"the brokers' inter.broker.protocol.version is {'.'.join(map(str, survey.version))}",
                "if Kafka is older than 3.6, it accepts records from the future, so a service with a fast clock can "
                "hide later changes",
                "upgrade the brokers to Kafka 3.6 or newer, then raise inter.broker.protocol.version",
            )
        )
    if survey.settings.get("auto.create.topics.enable") == "true":
        findings.append(
            warning(
                "brokers",
                "auto.create.topics.enable is true",
                "a missing topic is created with the brokers' default settings, and its records expire unnoticed",
                "set auto.create.topics.enable=false on the brokers",
            )
        )
    return findings


async def check_topics(
    brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS
) -> list[Finding]:
    """Return findings about topics that are missing, take no records, or differ from the registry.

    A topic whose settings this login cannot read is a finding too.

    Args:
        brokers: addresses and login of Kafka.
        partitions: MAILTIDE_TOPIC_PARTITIONS, the expected number of partitions of a topic.
        topics: the topics that must exist.

    Raises:
        TransientError: Kafka is unavailable.
    """
    survey = await survey_topics(brokers, partitions, topics)
    findings = [
        error(
            "topics",
            f"topic {name} is missing",
            "services do not start, and nothing can be published to the topic",
            "run `mailtide topics ensure`; if the topic exists, grant this login Describe on it",
        )
        for name in survey.missing
    ]
    single = {topic.name for topic in topics if topic.single_partition}
    wrong: dict[tuple[int, int], list[str]] = {}
    for name, (actual, expected) in survey.wrong_partitions.items():
        if name in single:
            findings.append(_not_single(name, actual))
        else:
            wrong.setdefault((actual, expected), []).append(name)
    findings += [_wrong_partitions(names, *counts) for counts, names in wrong.items()]
    if survey.unwritable:
        findings.append(
            error(
                "topics",
                f"{_count(survey.unwritable)} no records: too few replicas of a partition are in sync",
                "publishing fails: webhooks are answered with 503, or syncs stand still, depending on the topic",
                "start the brokers that are down (see the check `brokers`); if none is, their logs show the cause",
            )
        )
    for each in survey.differences:
        make = error if each.loses else warning
        what = f"topic {each.topic}: {each.setting} is {each.actual}, not {each.expected}"
        fix = "reassign the partitions with more replicas" if each.setting == REPLICAS else REPAIR
        findings.append(make("topics", what, each.cost, fix))
    findings += [
        warning(
            "topics",
            f"the settings of topic {name} cannot be read",
            "a setting that loses records stays unnoticed",
            "grant this login DescribeConfigs on the topic",
        )
        for name in survey.unseen
    ]
    return findings


def _count(topics: Sequence[str]) -> str:
    return f"topic {topics[0]} takes" if len(topics) == 1 else f"{len(topics)} topics take"


def _not_single(name: str, actual: int) -> Finding:
    return error(
        "topics",
        f"topic {name} has {actual} partitions, but must have 1, whatever MAILTIDE_TOPIC_PARTITIONS is",
        "services do not start; records of one key may be in two partitions, and be read out of order",
        "if the topic has no records, as on a new cluster, delete it and run `mailtide topics ensure`; otherwise "
        "save its records first, and publish them to the new topic, because a replay reads them",
    )


def _wrong_partitions(names: Sequence[str], actual: int, expected: int) -> Finding:
    """Return a finding about topics with a wrong number of partitions.

    The fix is never to delete a topic, because the topics are the backup.
    """
    topics = f"topic {names[0]} has" if len(names) == 1 else f"{len(names)} topics have"
    rest = "" if len(names) == 1 else f": {', '.join(names)}"
    return error(
        "topics",
        f"{topics} {actual} partitions, not {expected}{rest}",
        "the events of one mailbox may be in two partitions, and be processed out of order",
        f"if the topics were created with {actual} partitions, set MAILTIDE_TOPIC_PARTITIONS={actual} for every "
        "service; Kafka cannot remove partitions that were added later, and the topics must not be deleted, "
        "because a replay reads them",
    )
