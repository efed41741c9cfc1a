"""Waits at start-up for Kafka and the topics, and checks the topics' settings (INV-11)."""

from collections.abc import Sequence

from mailtide_common.contracts.topics import ALL_TOPICS, Topic
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.settings import KafkaSettings

from .topics_admin import REPAIR, Checked, TopicsMissingError, check_topics

TOPICS_WAIT_SECONDS = 60.0
"""Longest wait for missing topics. A deployment may start services and `mailtide topics ensure` at the same
time."""

log = get_logger(__name__)


async def await_topics(settings: KafkaSettings, topics: Sequence[Topic] = ALL_TOPICS) -> None:
    """Wait until Kafka is available and the topics exist, and check the topics' settings.

    The wait for Kafka has no limit, also if Kafka refuses the login. The wait for missing topics ends after
    `TOPICS_WAIT_SECONDS`.

    Raises:
        ConfigurationError: a topic is missing, has a wrong partition count, or has another cleanup policy.
            Other differences are only logged.
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
    for difference in checked.differences:
        repair = REPAIR if difference.repairable else None
        log.warning("topic_settings_different", reason=str(difference), repair=repair)
    if checked.unseen:
        log.warning(
            "topic_settings_unreadable", topics=checked.unseen, reason="the login lacks DescribeConfigs"
        )
