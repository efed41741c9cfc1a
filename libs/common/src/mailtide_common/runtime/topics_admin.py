"""Creates the topics of the registry and checks that they are as it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from mailtide_common.contracts.topics import ALL_TOPICS, Topic

from .brokers import Brokers
from .errors import ConfigurationError, TransientError

FULL_REPLICATION = 3
"""Replicas in production: one broker may die without loss or refusal (with min.insync.replicas=2)."""


class TopicsMissingError(ConfigurationError):
    """Somebody may be about to create them."""


@dataclass(frozen=True, slots=True)
class Ensured:
    """What `ensure_topics` did."""

    created: tuple[str, ...]
    present: tuple[str, ...]
    replication: int


def partitions_of(topic: Topic, partitions: int) -> int:
    """How many partitions a topic has when the setting is `partitions`."""
    return 1 if topic.single_partition else partitions


def replicated(topic: Topic, replication: int) -> dict[str, str]:
    """A topic's broker-side settings when it has so many replicas."""
    settings = topic.config()
    if replication == FULL_REPLICATION:
        settings["min.insync.replicas"] = str(FULL_REPLICATION - 1)
    return settings


async def ensure_topics(brokers: Brokers, partitions: int) -> Ensured:
    """Create what is missing, then check everything.

    Raises:
        TransientError: no broker answers.
        ConfigurationError: a topic has another number of partitions.
    """
    admin = AIOKafkaAdminClient(**brokers.client_options())
    try:
        await admin.start()
        count = len((await admin.describe_cluster())["brokers"])
        replication = min(FULL_REPLICATION, count)
        existing = set(await admin.list_topics())
        missing = [topic for topic in ALL_TOPICS if topic.name not in existing]
        if missing:
            answer = await admin.create_topics(
                [_new_topic(topic, partitions_of(topic, partitions), replication) for topic in missing]
            )
            _raise_for_errors(answer.topic_errors)
    except (KafkaError, OSError) as error:
        raise TransientError(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await admin.close()
    await check_topics(brokers, partitions)
    return Ensured(
        created=tuple(topic.name for topic in missing),
        present=tuple(topic.name for topic in ALL_TOPICS if topic.name in existing),
        replication=replication,
    )


async def check_topics(brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Refuse topics that are missing or have another number of partitions.

    A wrong count would send one grant's events to two partitions, out of order.

    Raises:
        TransientError: no broker answers.
        TopicsMissingError: a topic is missing.
        ConfigurationError: a topic has a wrong partition count.
    """
    admin = AIOKafkaAdminClient(**brokers.client_options())
    try:
        await admin.start()
        described = await admin.describe_topics([topic.name for topic in topics])
    except (KafkaError, OSError) as error:
        raise TransientError(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await admin.close()
    found = {d["topic"]: len(d["partitions"]) for d in described if d["error_code"] == 0}
    for topic in topics:
        expected = partitions_of(topic, partitions)
        actual = found.get(topic.name)
        if actual is None:
            raise TopicsMissingError(f"topic {topic.name} is missing: run `mailtide topics ensure`")
        if actual != expected:
            raise ConfigurationError(
                f"topic {topic.name} has {actual} partitions, MAILTIDE_TOPIC_PARTITIONS says {expected}"
            )


def _new_topic(topic: Topic, partitions: int, replication: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=partitions,
        replication_factor=replication,
        topic_configs=replicated(topic, replication),
    )


def _raise_for_errors(topic_errors: Sequence[tuple[str, int, str]]) -> None:
    for name, code, *_ in topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise ConfigurationError(f"topic {name} could not be created: {error.__name__}")
