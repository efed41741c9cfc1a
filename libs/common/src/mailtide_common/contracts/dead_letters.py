"""Dead letters: the original record with a note of where it came from and why it was parked."""

from dataclasses import dataclass, replace

from .codec import Encoded, Record

TOPIC = "dead-letter-topic"
PARTITION = "dead-letter-partition"
OFFSET = "dead-letter-offset"
GROUP = "dead-letter-group"
ERROR_CLASS = "dead-letter-error-class"
ERROR_MESSAGE = "dead-letter-error-message"
ATTEMPTS = "dead-letter-attempts"

_MAX_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that cannot be processed, and the reason. The reason never holds mail content."""

    record: Record
    error_class: str
    message: str
    attempts: int = 1


def without_bytes(parked: Parked) -> Parked:
    """The same without key, value and headers, for a record that fills its topic's limit.

    The value is empty, not null: sent to its topic again, a null would be a tombstone.
    """
    record = parked.record
    size = len(record.key or b"") + len(record.value or b"")
    return replace(
        parked,
        record=replace(record, key=None, value=b"", headers=()),
        message=f"{parked.message} (its {size} bytes are too large to be kept here)",
    )


def encode_dead_letter(parked: Parked, *, group: str) -> Encoded:
    """The dead letter's parts: key, bytes and headers are the original's, the note is added in headers."""
    record = parked.record
    note = {
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        GROUP: group,
        ERROR_CLASS: parked.error_class,
        ERROR_MESSAGE: parked.message[:_MAX_MESSAGE],
        ATTEMPTS: str(parked.attempts),
    }
    headers = [(name, value) for name, value in record.headers if value is not None and name not in note]
    headers += [(name, value.encode("utf-8", "replace")) for name, value in note.items()]
    return Encoded(record.key or b"", record.value, headers)
