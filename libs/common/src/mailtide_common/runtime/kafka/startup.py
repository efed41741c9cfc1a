"""Waits at start-up until Kafka is available and the topics exist with valid settings (INV-11)."""

from collections.abc import Sequence

from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.settings import KafkaSettings

from .topics_admin import REPAIR, Checked, TopicsMissingError, check_topics

TOPICS_WAIT_SECONDS = 60.0
"""How long to wait for missing topics; a deployment may start services and `mailtide topics ensure` concurrently."""

log = get_logger(__name__)


async def await_topics(settings: KafkaSettings, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Wait without a limit until Kafka answers, then up to `TOPICS_WAIT_SECONDS` for the topics; check their settings.

    Other differences, and topics whose settings this login cannot read, are only logged.

    Raises:
        ConfigurationError: a topic is missing, has a wrong partition count, or has another cleanup policy.
    """

    async def created() -> Checked:
        return await until_available(
            lambda: check_topics(settings.brokers, settings.mailtide_topic_partitions, topics),
            event="topics_missing",
            retried=TopicsMissingError,
            seconds=TOPICS_WAIT_SECONDS,
        )

    _warn(await until_available(created, event="kafka_unavailable"))


def _warn(checked: Checked) -> None:
    """Log tolerated differences, and topics whose settings cannot be read."""
    for difference in checked.differences:
        repair = REPAIR if difference.repairable else None
        log.warning("topic_settings_different", reason=str(difference), repair=repair)
    if checked.unseen:
        log.warning(
            "topic_settings_unreadable", topics=checked.unseen, reason="the login lacks DescribeConfigs"
        )
