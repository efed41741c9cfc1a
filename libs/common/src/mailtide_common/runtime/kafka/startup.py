"""Waits at start-up until Kafka and the topics are as a service needs them (INV-11)."""

import asyncio
import time
from collections.abc import Sequence

from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.settings import KafkaSettings

from .topics_admin import REPAIR, Checked, TopicsMissingError, check_topics

PAUSE_SECONDS = 1.0

TOPICS_WAIT_SECONDS = 60.0
"""Wait for missing topics: a deployment starts services and `mailtide topics ensure` concurrently."""

log = get_logger(__name__)


async def await_topics(
    settings: KafkaSettings,
    topics: Sequence[Topic] = ALL_TOPICS,
    *,
    wait_seconds: float = TOPICS_WAIT_SECONDS,
) -> None:
    """Wait until Kafka answers and the topics exist.

    Kafka is waited for without a limit, the topics for `wait_seconds`.

    Raises:
        ConfigurationError: a topic is missing, or has a wrong partition count or a setting that loses
            records.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            checked = await check_topics(settings.brokers, settings.mailtide_topic_partitions, topics)
        except TransientError as error:
            log.warning("kafka_unavailable", reason=str(error))
            deadline = time.monotonic() + wait_seconds
        except TopicsMissingError as error:
            log.warning("topics_missing", reason=str(error))
            if time.monotonic() > deadline:
                raise
        else:
            _warn(checked)
            return
        await asyncio.sleep(PAUSE_SECONDS)


def _warn(checked: Checked) -> None:
    """Log settings that differ but lose nothing."""
    for difference in checked.differences:
        log.warning("topic_settings_different", reason=str(difference), repair=REPAIR)
    if checked.unseen:
        log.warning(
            "topic_settings_unreadable", topics=checked.unseen, reason="the login lacks DescribeConfigs"
        )
