"""Lets a new consumer group begin at a given time.

The offsets for this time are committed before a member joins. Without committed offsets, a member would begin
at the beginning or the end of the topic. At the end, it would skip records if it restarted before its first
commit.
"""

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError, IllegalGenerationError, KafkaError, UnknownMemberIdError

from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.plain_consumer import list_partitions, stop_consumer
from mailtide_common.runtime.logs import get_logger

log = get_logger(__name__)


async def commit_first_offsets(brokers: Brokers, group: str, topic: Topic, since_ms: int) -> None:
    """Commit the offsets at `since_ms` for the partitions in which a group has no committed offset.

    A group that already has members is left unchanged.

    Args:
        brokers: the brokers to connect to.
        group: the group's id.
        topic: the topic that the group consumes.
        since_ms: the time at which the group begins, in milliseconds since 1970.

    Raises:
        TransientError: Kafka is unavailable or refuses a request.
    """
    consumer = AIOKafkaConsumer(**brokers.client_options(), group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        partitions = await list_partitions(consumer, topic.name)
        consumer.assign(partitions)
        fresh = [tp for tp in partitions if await consumer.committed(tp) is None]
        if fresh:
            found = await consumer.offsets_for_times(dict.fromkeys(fresh, since_ms))
            ends = await consumer.end_offsets(fresh)
            await consumer.commit({tp: ends[tp] if found[tp] is None else found[tp].offset for tp in fresh})
            log.info("first_offsets_committed", group=group, partitions=len(fresh))
    except (CommitFailedError, UnknownMemberIdError, IllegalGenerationError):
        log.info("first_offsets_unneeded", group=group)  # the group has members
    except (KafkaError, OSError) as error:
        reason = f"the first offsets of {group} could not be committed: {brokers.failure(error)}"
        raise TransientError(reason) from error
    finally:
        await stop_consumer(consumer, "first offsets")
