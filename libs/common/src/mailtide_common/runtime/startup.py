"""What a service waits for before it is ready."""

import asyncio
import os
import sys
from collections.abc import Sequence

from mailtide_common.contracts.topics import ALL_TOPICS, Topic

from .errors import ConfigurationError, TransientError
from .logs import get_logger
from .settings import KafkaSettings
from .topics_admin import check_topics

PAUSE_SECONDS = 1.0

log = get_logger(__name__)


async def await_topics(settings: KafkaSettings, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Wait until Kafka answers, then refuse topics that are missing or have a wrong partition count.

    A refusal ends the process with one clear line and exit code 2.
    """
    while True:
        try:
            await check_topics(settings.bootstrap_servers, settings.mailtide_topic_partitions, topics)
        except TransientError as error:
            log.warning("waiting_for_kafka", reason=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        except ConfigurationError as error:
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
            os._exit(2)  # nothing is open yet, and the server would only wrap an exception in a stack trace
        else:
            return
