"""What a service waits for before it is ready."""

import asyncio
from collections.abc import Sequence

from mailtide_common.contracts.topics import ALL_TOPICS, Topic

from .errors import TransientError
from .logs import get_logger
from .settings import KafkaSettings
from .topics_admin import check_topics

PAUSE_SECONDS = 1.0

log = get_logger(__name__)


async def await_topics(settings: KafkaSettings, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Wait until Kafka answers.

    Raises:
        ConfigurationError: a topic is missing or has a wrong partition count.
    """
    while True:
        try:
            await check_topics(settings.bootstrap_servers, settings.mailtide_topic_partitions, topics)
        except TransientError as error:
            log.warning("waiting_for_kafka", reason=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
