"""A stand-in for Kafka in tests of what is published; its contract test also runs against the real one."""

from collections.abc import Callable, Sequence
from typing import Any

from mailtide_common.contracts.codec import Encoded, Record, decode
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.events import Account
from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import PUBLISH_TIMEOUT_SECONDS, Publisher

AWAY = TransientError("kafka: away")


def record_of(topic: Topic, encoded: Encoded, offset: int = 0) -> Record:
    """Return a record as a consumer receives it."""
    return Record(topic.name, 0, offset, encoded.key, encoded.value, encoded.headers, now_us() // 1_000)


def is_too_large(topic: Topic, encoded: Encoded) -> bool:
    return len(encoded.key + (encoded.value or b"")) > topic.max_record_bytes


class RecordingPublisher(Publisher):
    """Stores what is published, and acknowledges it at once; raises `error` if it is set."""

    def __init__(self) -> None:
        super().__init__(Brokers(()), source="test")
        self.records: list[Record] = []
        self.traces: list[str | None] = []
        self.error: Exception | None = None
        self.is_too_large: Callable[[Topic, Encoded], bool] = is_too_large

    async def send_all(
        self, records: Sequence[tuple[Topic, Encoded]], *, timeout: float = PUBLISH_TIMEOUT_SECONDS
    ) -> None:
        assert timeout >= 0
        if self.error is not None:
            raise self.error
        if any(self.is_too_large(*record) for record in records):
            raise PermanentError("a record is larger than the topic allows", ErrorClass.TOO_LARGE)
        fresh = [record_of(topic, encoded, offset) for offset, (topic, encoded) in enumerate(records)]
        self.records += fresh
        self.traces += [record.traceparent for record in fresh]

    @property
    def events(self) -> list[Any]:
        """What was published, decoded."""
        return [decode(record) for record in self.records]

    def taken(self) -> list[Any]:
        """Return what was published since the last call."""
        taken, self.records = self.events, []
        return taken

    async def last_account(self, grant: str) -> Account | None:
        """Return the newest account of a grant among what was not taken; None if there is none."""
        found = [event for event in self.events if isinstance(event, Account) and event.grant_id == grant]
        return found[-1] if found else None
