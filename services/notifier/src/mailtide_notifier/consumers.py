"""Subscribes the notifier's use cases to their topics."""

from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import MESSAGES, PURGES, SYNC_EVENTS
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.consumers.first_offsets import commit_first_offsets

from . import limits
from .alerts.follow import AlertFollower
from .purge import Forgetter
from .rules.announce import Announcer

GROUP = "notifier"


def register(
    consumers: Consumers, follower: AlertFollower, announcer: Announcer, forgetter: Forgetter
) -> None:
    consumers.batch(SYNC_EVENTS, group=GROUP, handler=follower.handle, max_records=limits.EVENT_BATCH)
    consumers.batch(MESSAGES, group=GROUP, handler=announcer.handle, max_records=limits.MAIL_BATCH)
    consumers.batch(PURGES, group=GROUP, handler=forgetter.handle, max_records=limits.EVENT_BATCH)


async def begin_at(brokers: Brokers, since_ms: int) -> None:
    """Let new consumer groups for incidents and mail begin at `since_ms` (milliseconds since 1970).

    So a new installation sends no notices of older records. Partitions that have a committed offset, and
    groups that have members, are left unchanged.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
    """
    for topic in (SYNC_EVENTS, MESSAGES):
        await commit_first_offsets(brokers, group_id(GROUP, topic), topic, since_ms)
