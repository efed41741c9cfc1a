"""Checks of the brokers and of the topics."""

from collections.abc import Sequence

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topic_differences import FULL_REPLICATION, REPLICAS
from mailtide_common.runtime.kafka.topics_admin import survey_brokers, survey_topics

from .finding import error, warning

OLDEST_VERSION = (3, 5)
"""`message.timestamp.after.max.ms`, which keeps records of the future out, exists since 3.6; older brokers lack it."""

REPAIR = "run `mailtide topics ensure --repair`"


async def check_brokers(brokers: Brokers) -> list[Finding]:
    """Check the number of brokers, their version and their settings.

    Raises:
        TransientError: no broker answers.
    """
    survey = await survey_brokers(brokers)
    findings = []
    if survey.brokers < FULL_REPLICATION:
        findings.append(
            warning(
                "brokers",
                f"Kafka has {survey.brokers} broker(s), not {FULL_REPLICATION}",
                "an acknowledged record is lost with the disk of the broker that has it",
                f"run {FULL_REPLICATION} brokers, then create the topics anew or reassign their partitions",
            )
        )
    if survey.version is not None and survey.version <= OLDEST_VERSION:
        findings.append(
            error(
                "brokers",
                f"the brokers speak version {'.'.join(map(str, survey.version))}",
                "records that a wrong clock dates into the future are not refused",
                "upgrade the brokers to Kafka 3.6 or newer",
            )
        )
    if survey.settings.get("auto.create.topics.enable") == "true":
        findings.append(
            warning(
                "brokers",
                "auto.create.topics.enable is true",
                "a topic that is missing is created with the broker's settings, and its records expire unnoticed",
                "set auto.create.topics.enable=false on the brokers",
            )
        )
    return findings


async def check_topics(
    brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS
) -> list[Finding]:
    """Check topics against the registry.

    Raises:
        TransientError: no broker answers.
    """
    survey = await survey_topics(brokers, partitions, topics)
    findings = [
        error(
            "topics",
            f"topic {name} is missing",
            "services do not start, and what is published to it is lost",
            "run `mailtide topics ensure`",
        )
        for name in survey.missing
    ]
    findings += [
        error(
            "topics",
            f"topic {name} has {actual} partitions, not {expected}",
            "the events of one mailbox may lie in two partitions, and be processed out of order",
            f"set MAILTIDE_TOPIC_PARTITIONS={actual} if that is how it was created; else create the topic anew",
        )
        for name, (actual, expected) in survey.wrong_partitions.items()
    ]
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
