"""Parks messages of Nylas' answers that cannot be read or published (INV-6)."""

from collections.abc import Iterable, Sequence

from mailtide_common.contracts.dead_letters import (
    MAX_LISTED_BYTES,
    ErrorClass,
    Parked,
    encode_dead_letter,
    parked_message,
)
from mailtide_common.contracts.topics import DEAD_LETTERS
from mailtide_common.runtime import metrics
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import UnreadableMessage
from mailtide_sync_worker import limits
from mailtide_sync_worker.messages.message import Message

GROUP = "sync-worker"

log = get_logger(__name__)


class Parking:
    """Publishes the dead letters of messages. A redrive fetches the message again, if its id is known."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._parked: dict[int, None] = {}

    async def park_unreadable(self, grant_id: str, messages: Sequence[UnreadableMessage]) -> None:
        """Park those unreadable entries of a page that this process does not remember as parked.

        Raises:
            TransientError: Kafka is unavailable; the call may be repeated.
        """
        await self._park(
            parked_message(
                grant_id,
                message.message_id,
                message.raw,
                error_class=ErrorClass.UNREADABLE,
                message=message.reason,
                timestamp_ms=now_us() // 1_000,
            )
            for message in messages
        )

    async def park_unpublishable(self, message: Message, error: PermanentError) -> None:
        """Park a message of which an event cannot be published, unless this process remembers it as parked.

        Raises:
            TransientError: Kafka is unavailable; the call may be repeated.
        """
        body = (message.content.body or "")[:MAX_LISTED_BYTES]
        await self._park(
            [
                parked_message(
                    message.grant_id,
                    message.message_id,
                    body.encode(),
                    error_class=error.error_class,
                    message=str(error),
                    timestamp_ms=now_us() // 1_000,
                )
            ]
        )

    async def _park(self, letters: Iterable[Parked]) -> None:
        fresh = [letter for letter in letters if letter.record.offset not in self._parked]
        if not fresh:
            return
        await self._publisher.send_all(
            [(DEAD_LETTERS, encode_dead_letter(letter, group=GROUP)) for letter in fresh]
        )
        for letter in fresh:
            self._parked[letter.record.offset] = None
            metrics.KAFKA_DEAD_LETTERED_RECORDS.labels(letter.record.topic, GROUP, letter.error_class).inc()
            log.error("message_parked", error=letter.error_class, reason=letter.message)
        while len(self._parked) > limits.PARKED_REMEMBERED:
            del self._parked[next(iter(self._parked))]
