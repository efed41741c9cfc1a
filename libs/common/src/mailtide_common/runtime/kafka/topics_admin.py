"""Creates the topics of the registry, compares existing ones with it, and repairs differences."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.retry import Backoff, until_available

from .admin import admin_client
from .broker_states import BrokerStates, broker_states
from .brokers import Brokers
from .topic_differences import Difference, compare, replicated

REPAIR = "`mailtide topics ensure --repair` repairs differing settings"

VISIBLE_SECONDS = 10.0
"""How long to wait until all brokers show topics and settings that the controller has created or altered."""

VISIBLE_BACKOFF = Backoff(first_seconds=0.1, cap_seconds=0.1)

_OF_THE_TOPIC = 1
"""Kafka's source code DYNAMIC_TOPIC_CONFIG: the setting was made for this topic."""


class TopicsMissingError(ConfigurationError):
    """A topic is missing; another process may be about to create it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The differences that a check of the topics tolerates."""

    differences: tuple[Difference, ...]
    """Differences that matter, but with which services start."""
    unseen: tuple[str, ...]
    """Topics whose settings this login cannot read, because it lacks DescribeConfigs."""


@dataclass(frozen=True, slots=True)
class Ensured:
    """The result of `ensure_topics`."""

    created: tuple[str, ...]
    present: tuple[str, ...]
    """Topics that existed before the call."""
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
    """The brokers with a replica that is in sync, by partition."""
    settings: Mapping[str, str] | None
    """None if this login cannot read them."""
    own: Mapping[str, str]
    """Settings that were set for this topic, not inherited."""


def partitions_of(topic: Topic, partitions: int) -> int:
    """Return the expected partition count of a topic: 1 if it is `single_partition`, else `partitions`, the setting."""
    return 1 if topic.single_partition else partitions


async def ensure_topics(brokers: Brokers, partitions: int, *, repair: bool = False) -> Ensured:
    """Create missing topics, alter differing ones if requested, then check all of them.

    Raises:
        TransientError: Kafka is unavailable, a broker is down while a topic is missing, or altered settings are not
            visible within `VISIBLE_SECONDS`.
        ConfigurationError: a topic could not be created or altered, or is wrong in a way that `check_topics` refuses.
    """
    repaired: list[Difference] = []
    async with _admin(brokers) as admin:
        states = await broker_states(admin)
        existing = set(await admin.list_topics())
        missing = [topic for topic in ALL_TOPICS if topic.name not in existing]
        if missing and states.down:
            raise TransientError(
                f"Kafka: {states.describe_down()}, and a topic created now would never have a replica there: start it"
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
    """Check all topics, and wait up to `VISIBLE_SECONDS` for missing ones; errors as `check_topics`.

    Kafka 4.3.1 under load described a topic as unknown right after it had confirmed its creation. In a cluster, one
    broker described it, and the next one knew no settings of it.
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
    """How the topics differ from the registry, and which of them cannot be read or written."""

    missing: tuple[str, ...]
    wrong_partitions: Mapping[str, tuple[int, int]]
    """Actual and expected number, by topic."""
    differences: tuple[Difference, ...]
    unseen: tuple[str, ...]
    """Topics whose settings this login may not read."""
    unwritable: tuple[str, ...]
    """Topics with a partition that has fewer replicas in sync than a record needs."""


async def survey_topics(brokers: Brokers, partitions: int, topics: Sequence[Topic] = ALL_TOPICS) -> Survey:
    """Compare topics with the registry; `partitions` is the setting for all topics.

    Raises:
        TransientError: Kafka is unavailable.
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
    """The state of the brokers, and the version and settings of one of them."""

    states: BrokerStates
    version: tuple[int, ...] | None
    """Version of the protocol between brokers, such as (3, 9); None if the settings do not include it."""
    settings: Mapping[str, str]
    """Settings of one broker; empty if this login may not read them."""


async def survey_brokers(brokers: Brokers) -> BrokerSurvey:
    """Return the state of the brokers, and the version and settings of one that is alive.

    Raises:
        TransientError: Kafka is unavailable.
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
    """Return tolerable differences of topics; raise if one is missing, or has a wrong partition count or cleanup.

    A wrong count would send one grant's events to two partitions, out of order.

    Raises:
        TransientError: Kafka is unavailable.
        TopicsMissingError: a topic is missing.
        ConfigurationError: a topic has a wrong partition count, or another cleanup policy (`Difference.loses`).
    """
    found = await survey_topics(brokers, partitions, topics)
    for topic in topics:
        if topic.name in found.missing:
            raise TopicsMissingError(f"topic {topic.name} is missing: run `mailtide topics ensure`")
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
    needed = int((topic.settings or {}).get("min.insync.replicas", "1"))
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
            if for_code(code) in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
                continue
            if for_code(code) is UnknownTopicOrPartitionError:
                del described[name]  # it was created a moment ago, and this broker has no metadata of it yet
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
    """Alter settings that differ.

    aiokafka 0.14.0 has AlterConfigs only, which resets every setting of the topic that it is not given (seen on Kafka
    4.3.1: findings/aiokafka-alter-configs-resets-the-others.sh). So it is given all settings of the topic itself.
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
                    reason = message or for_code(code).__name__
                    raise ConfigurationError(f"{altered} of topic {name} could not be altered: {reason}")
    await _until_altered(admin, topics, replication)
    return mended


async def _until_altered(admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    """Wait until brokers return the altered settings; for a moment they return the old ones (Kafka 4.3.1).

    Raises:
        TransientError: they do not do so in time.
    """

    async def altered() -> None:
        differences = _differences(topics, await _find(admin, topics), replication)
        if names := sorted({d.topic for d in differences if d.repairable}):
            raise TransientError(
                f"kafka: after {VISIBLE_SECONDS:g} s, brokers do not show the altered settings of {', '.join(names)}"
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
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            reason = ": ".join([error.__name__, *filter(None, messages)])
            raise ConfigurationError(f"topic {name} could not be created: {reason}")
