"""Creates the topics of the registry, compares existing topics with it, and repairs differences."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.retry import Backoff, until_available

from .admin import admin_client
from .broker_states import BrokerStates, broker_states
from .brokers import Brokers
from .refusals import FORBIDDEN, refusal
from .topic_differences import Difference, compare, replicated

REPAIR = "`mailtide topics ensure --repair` repairs differing settings"

VISIBLE_SECONDS = 10.0
"""Longest wait until all brokers show created topics and altered settings."""

VISIBLE_BACKOFF = Backoff(first_seconds=0.1, cap_seconds=0.1)

_OF_THE_TOPIC = 1
"""Kafka's code DYNAMIC_TOPIC_CONFIG for the source of a setting: it was set for this topic, and is not
inherited."""


class TopicsMissingError(ConfigurationError):
    """A topic is missing, or the login lacks Describe on it. Another process may be about to create it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The differences that do not keep services from starting, and the topics that could not be compared."""

    differences: tuple[Difference, ...]
    unseen: tuple[str, ...]
    """Topics whose settings are unknown, because this login lacks DescribeConfigs."""


@dataclass(frozen=True, slots=True)
class Ensured:
    """The result of `ensure_topics`."""

    created: tuple[str, ...]
    present: tuple[str, ...]
    """Topics that existed before."""
    replication: int
    """Number of replicas of new topics."""
    repaired: tuple[Difference, ...]
    """Settings that were altered."""
    checked: Checked
    """The differences that remain."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A topic as the brokers describe it."""

    partitions: int
    replicas: int
    in_sync: tuple[frozenset[int], ...]
    """For each partition, the brokers whose replica is in sync."""
    settings: Mapping[str, str] | None
    """All settings, including inherited ones, or None if this login may not read them."""
    own: Mapping[str, str]
    """Settings that were set for this topic."""


def partitions_of(topic: Topic, partitions: int) -> int:
    """Return the expected number of partitions of a topic. `partitions` is MAILTIDE_TOPIC_PARTITIONS."""
    return 1 if topic.single_partition else partitions


async def ensure_topics(brokers: Brokers, partitions: int, *, repair: bool = False) -> Ensured:
    """Create missing topics, and check all topics. If `repair` is True, alter settings that differ.

    Raises:
        TransientError: Kafka is unavailable or refuses a request, a topic is missing while a broker is down,
            or altered settings are not visible within `VISIBLE_SECONDS`.
        ConfigurationError: a topic could not be created or altered; or as `check_topics`.
    """
    repaired: list[Difference] = []
    async with _admin(brokers) as admin:
        states = await broker_states(admin)
        existing = set(await admin.list_topics())
        missing = [topic for topic in ALL_TOPICS if topic.name not in existing]
        if missing and states.down:
            raise TransientError(
                f"Kafka: {states.describe_down()}: start all brokers before you create topics, because new "
                "topics would never have replicas on the brokers that are down; if a broker is gone for good, "
                "reassign its partitions instead"
            )
        if missing:
            answer = await admin.create_topics(
                [_new_topic(topic, partitions_of(topic, partitions), states.replication) for topic in missing]
            )
            _raise_for_errors(answer.topic_errors)
        if repair:
            present = [topic for topic in ALL_TOPICS if topic.name in existing]
            repaired = await _repair(admin, present, states.replication)
    return Ensured(
        created=tuple(topic.name for topic in missing),
        present=tuple(topic.name for topic in ALL_TOPICS if topic.name in existing),
        replication=states.replication,
        repaired=tuple(repaired),
        checked=await check_created(brokers, partitions),
    )


async def check_created(brokers: Brokers, partitions: int) -> Checked:
    """Check all topics. Wait at most `VISIBLE_SECONDS` for topics that were just created.

    For a moment after Kafka 4.3.1 has confirmed the creation of a topic, brokers may not know the topic or
    its settings.

    Raises:
        TransientError: as `check_topics`.
        ConfigurationError: as `check_topics`.
    """
    return await until_available(
        lambda: check_topics(brokers, partitions),
        event="topics_missing",
        backoff=VISIBLE_BACKOFF,
        retried=TopicsMissingError,
        seconds=VISIBLE_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Survey:
    """How the topics differ from the registry, and which of them accept no records."""

    missing: tuple[str, ...]
    wrong_partitions: Mapping[str, tuple[int, int]]
    """Actual and expected number of partitions, by topic."""
    differences: tuple[Difference, ...]
    unseen: tuple[str, ...]
    """Topics whose settings this login may not read."""
    unwritable: tuple[str, ...]
    """Topics that refuse records, because too few replicas of a partition are in sync on live brokers."""


async def survey_topics(brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS) -> Survey:
    """Compare topics with the registry. `partitions` is MAILTIDE_TOPIC_PARTITIONS.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
    """
    async with _admin(brokers) as admin:
        states = await broker_states(admin)
        found = await _find(admin, topics)
    present = [topic for topic in topics if topic.name in found]
    return Survey(
        missing=tuple(topic.name for topic in topics if topic.name not in found),
        wrong_partitions={
            topic.name: (found[topic.name].partitions, partitions_of(topic, partitions))
            for topic in present
            if found[topic.name].partitions != partitions_of(topic, partitions)
        },
        differences=tuple(_differences(present, found, states.replication)),
        unseen=tuple(name for name, each in found.items() if each.settings is None),
        unwritable=tuple(name for name, each in found.items() if not _takes_records(each, states.alive)),
    )


@dataclass(frozen=True, slots=True)
class BrokerSurvey:
    """The states of all brokers, and the version and settings of one broker."""

    states: BrokerStates
    version: tuple[int, ...] | None
    """The setting inter.broker.protocol.version, such as (3, 9), or None if it is absent."""
    settings: Mapping[str, str]
    """Settings of the broker. Empty if this login may not read them."""


async def survey_brokers(brokers: Brokers) -> BrokerSurvey:
    """Return the states of all brokers, and the version and settings of one broker that is alive.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
    """
    async with _admin(brokers) as admin:
        states = await broker_states(admin)
        node = ConfigResource(ConfigResourceType.BROKER, str(min(states.alive or states.known)))
        answers = await admin.describe_configs([node])
    settings = {
        entry[0]: entry[1] or ""
        for answer in answers
        for code, _, _, _, entries in answer.resources
        if code == 0
        for entry in entries
    }
    spoken = settings.get("inter.broker.protocol.version", "")
    numbers = tuple(int(part) for part in spoken.partition("-")[0].split(".") if part.isdecimal())
    return BrokerSurvey(states, numbers or None, settings)


async def check_topics(brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS) -> Checked:
    """Check topics, and return the differences that do not keep services from starting.

    A wrong number of partitions is refused, because a grant's events would go to two partitions, out of
    order.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
        TopicsMissingError: a topic is missing.
        ConfigurationError: a topic has a wrong number of partitions, or another cleanup policy
            (`Difference.loses`).
    """
    found = await survey_topics(brokers, partitions, topics)
    for topic in topics:
        if topic.name in found.missing:
            cure = "run `mailtide topics ensure`; if the topic exists, grant this login Describe on it"
            raise TopicsMissingError(f"topic {topic.name} is missing: {cure}")
        if topic.name in found.wrong_partitions:
            actual, expected = found.wrong_partitions[topic.name]
            wanted = "must have 1" if topic.single_partition else f"MAILTIDE_TOPIC_PARTITIONS is {expected}"
            raise ConfigurationError(
                f"topic {topic.name} has {actual} partitions, but {wanted}: `mailtide doctor` shows how to fix it"
            )
    losing = [str(difference) for difference in found.differences if difference.loses]
    if losing:
        raise ConfigurationError("; ".join([*losing, REPAIR]))
    return Checked(found.differences, found.unseen)


@asynccontextmanager
async def _admin(brokers: Brokers) -> AsyncIterator[AIOKafkaAdminClient]:
    try:
        async with admin_client(brokers) as admin:
            yield admin
    except (KafkaError, OSError) as error:
        raise brokers.failure(error) from error


def _takes_records(topic: _Found, alive: frozenset[int]) -> bool:
    setting = int((topic.settings or {}).get("min.insync.replicas", "1"))
    needed = min(setting, topic.replicas)  # since Kafka 3.7
    return all(len(in_sync & alive) >= needed for in_sync in topic.in_sync)


async def _find(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, _Found]:
    names = [topic.name for topic in topics]
    answered = await admin.describe_topics(names)
    described = {d["topic"]: d["partitions"] for d in answered if d["error_code"] == 0}
    if not described:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in described]
    answers = await admin.describe_configs(resources)
    entries: dict[str, Sequence[Any]] = {}
    for answer in answers:
        for code, _, _, name, settings in answer.resources:
            if for_code(code) in FORBIDDEN:
                continue
            if for_code(code) is UnknownTopicOrPartitionError:
                del described[name]  # the topic was just created, and this broker does not know it yet
                continue
            if code:
                raise for_code(code)(name)
            entries[name] = settings
    return {
        name: _Found(
            partitions=len(partitions),
            replicas=min(len(partition["replicas"]) for partition in partitions),
            in_sync=tuple(frozenset(partition["isr"]) for partition in partitions),
            settings={e[0]: e[1] for e in entries[name]} if name in entries else None,
            own={e[0]: e[1] for e in entries.get(name, ()) if e[3] == _OF_THE_TOPIC},
        )
        for name, partitions in described.items()
    }


def _differences(topics: Iterable[Topic], found: Mapping[str, _Found], replication: int) -> list[Difference]:
    return [
        difference
        for topic in topics
        for difference in compare(
            topic, found[topic.name].settings or {}, found[topic.name].replicas, replication
        )
    ]


async def _repair(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> list[Difference]:
    """Alter settings that differ, wait until brokers show them, and return the differences.

    The request contains all settings of a topic, because AlterConfigs resets settings that it does not
    contain (seen on Kafka 4.3.1: findings/aiokafka-alter-configs-resets-the-others.sh). aiokafka 0.14.0 has
    no other request.
    """
    found = await _find(admin, topics)
    mended = [d for d in _differences(topics, found, replication) if d.repairable]
    for name in sorted({difference.topic for difference in mended}):
        settings = dict(found[name].own)
        settings |= {d.setting: d.expected for d in mended if d.topic == name}
        for answer in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, settings)]):
            for code, message, *_ in answer.resources:
                if code:
                    altered = ", ".join(sorted(d.setting for d in mended if d.topic == name))
                    what = f"topic {name}: {altered} could not be altered"
                    raise refusal(what, code, message, "AlterConfigs on the topic")
    await _until_altered(admin, topics, replication)
    return mended


async def _until_altered(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    """Wait until brokers return the altered settings. For a moment, Kafka 4.3.1 returns the old settings.

    Raises:
        TransientError: brokers still return old settings after `VISIBLE_SECONDS`.
    """

    async def altered() -> None:
        differences = _differences(topics, await _find(admin, topics), replication)
        if names := sorted({d.topic for d in differences if d.repairable}):
            raise TransientError(
                f"kafka: brokers still show old settings of {', '.join(names)}; "
                "`mailtide doctor` shows whether this lasts"
            )

    await until_available(
        altered, event="topic_settings_unchanged", backoff=VISIBLE_BACKOFF, seconds=VISIBLE_SECONDS
    )


def _new_topic(topic: Topic, partitions: int, replication: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=partitions,
        replication_factor=replication,
        topic_configs=replicated(topic, replication),
    )


def _raise_for_errors(topic_errors: Sequence[tuple[str, int, str]]) -> None:
    for name, code, *messages in topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            what = f"topic {name} could not be created"
            raise refusal(what, code, next(iter(messages), None), "Create on the topic or the cluster")
