"""Publishes messages from Nylas' answers in groups, and parks those that cannot be published."""

from collections.abc import Iterator, Mapping, Sequence

from mailtide_common.contracts.events import Lane
from mailtide_common.contracts.versions import Version
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_nylas import UnreadableMessage
from mailtide_sync_worker import limits
from mailtide_sync_worker.messages.changes import changes
from mailtide_sync_worker.messages.compared_state import KnownMessage, MessageKey
from mailtide_sync_worker.messages.message import Message

from .parking import Parking
from .publish_fitting import publish_fitting, refused_messages


class MailPublisher:
    """Publishes new and differing messages, and parks those that cannot be read or published."""

    def __init__(self, publisher: Publisher, parking: Parking) -> None:
        self._publisher = publisher
        self._parking = parking

    async def park(self, grant_id: str, messages: Sequence[UnreadableMessage]) -> None:
        """Park unreadable entries of a mailbox (see `Parking.park_unreadable`).

        Raises:
            TransientError: Kafka is unavailable; the call may be repeated.
        """
        await self._parking.park_unreadable(grant_id, messages)

    async def publish(
        self,
        messages: Sequence[Message],
        known: Mapping[MessageKey, KnownMessage],
        version: Version,
        lane: Lane,
    ) -> set[str]:
        """Publish the messages that are new or differ from those in `known`.

        Messages that fit into no record or cannot be encoded are parked.

        Returns:
            The ids of the published messages, without those of which an event could not be published.

        Raises:
            TransientError: Kafka is unavailable.
        """
        changed: set[str] = set()
        for group in groups(messages):
            changed |= await self._group(group, known, version, lane)
        return changed

    async def _group(
        self,
        messages: Sequence[Message],
        known: Mapping[MessageKey, KnownMessage],
        version: Version,
        lane: Lane,
    ) -> frozenset[str]:
        news = changes(messages, known, version, lane)
        refused = refused_messages(await publish_fitting(self._publisher, news.events))
        for message in messages:
            if message.message_id in refused:
                await self._parking.park_unpublishable(message, refused[message.message_id])
        return news.changed - refused.keys()


def groups(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Yield groups of messages to publish together, limited by number and by the size of their bodies.

    The event loop can serve other accounts between two groups. A message whose body alone exceeds the limit
    is a group by itself.
    """
    group: list[Message] = []
    characters = 0
    for message in messages:
        length = len(message.content.body or "")
        if group and (len(group) == limits.PUBLISH_GROUP or characters + length > limits.PUBLISH_CHARACTERS):
            yield group
            group, characters = [], 0
        group.append(message)
        characters += length
    if group:
        yield group
