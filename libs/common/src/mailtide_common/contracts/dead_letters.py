"""Dead letters: the original record with a note of where it came from and why it was parked."""

from dataclasses import dataclass

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
