"""Dead letters: records that were parked, with their origin and the reason."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID, uuid5

from .codec import Encoded, Record
from .keys import NAMESPACE, part

TOPIC = "dead-letter-topic"
PARTITION = "dead-letter-partition"
OFFSET = "dead-letter-offset"
GROUP = "dead-letter-group"
ERROR_CLASS = "dead-letter-error-class"
ERROR_MESSAGE = "dead-letter-error-message"
ATTEMPTS = "dead-letter-attempts"

LISTED = "nylas.messages"
"""The `topic` of a dead letter for a message that came from a call to Nylas instead of a Kafka record."""

MAX_LISTED_BYTES = 64 * 1024
"""Maximum number of bytes that a dead letter keeps of a message from a call to Nylas."""

_MAX_MESSAGE = 500


class ErrorClass(StrEnum):
    """Why a record is parked. Operators count, list and redrive dead letters by this class.

    Rows and records have it as plain text, because those of earlier releases have other values.
    """

    UNREADABLE = "unreadable"
    """Key, headers or value are missing, malformed or unknown. A later release may be able to read them."""
    UNEXPECTED = "unexpected"
    """The record is a valid event, but not one that belongs on its topic."""
    UNENCODABLE = "unencodable"
    """The record contains text that cannot be encoded, such as a lone surrogate."""
    UNSTORABLE = "unstorable"
    """Postgres refuses a value of the record."""
    TOO_LARGE = "too-large"
    """The record, or an event derived from it, is larger than Kafka accepts."""
    REFUSED = "refused"
    """Another permanent error; the dead letter's message describes it."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that cannot be processed, and the reason. `message` contains no mail content."""

    record: Record
    error_class: ErrorClass
    message: str
    attempts: int = 1


def without_bytes(parked: Parked) -> Parked:
    """Return a dead letter without the record's key, value and headers, because these are too large.

    The value becomes empty, because null would be a tombstone when the dead letter is sent again. The message
    states the size.
    """
    record = parked.record
    size = len(record.key or b"") + len(record.value or b"")
    size += sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return replace(
        parked,
        record=replace(record, key=None, value=b"", headers=()),
        message=f"{parked.message} (its {size} bytes were not kept: too large for a dead letter)",
    )


def encode_dead_letter(parked: Parked, *, group: str) -> Encoded:
    """Encode a dead letter: the record's key, value and headers, plus headers with its origin and the reason.

    The record's own headers are left out if they have no value, or the name of one of the added headers. The
    reason is cut to 500 characters. `group` is the consumer group or service that parked the record.
    """
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


def parked_message(
    grant_id: str,
    message_id: str | None,
    raw: bytes,
    *,
    error_class: ErrorClass,
    message: str,
    timestamp_ms: int,
) -> Parked:
    """Return the dead letter of a message from Nylas that cannot be read or published.

    Args:
        grant_id: the grant of the mailbox.
        message_id: the message's id; None if it cannot be read. `raw` then identifies the dead letter.
        raw: bytes of the message's JSON or body, of which at most the first `MAX_LISTED_BYTES` are kept.
        error_class: class of the reason.
        message: the reason in words, without mail content.
        timestamp_ms: time of parking, in milliseconds since 1970.
    """
    key = f"{part(grant_id)}/{part(message_id or '')}".encode()
    offset = _offset(key if message_id else key + raw)
    record = Record(LISTED, 0, offset, key, raw[:MAX_LISTED_BYTES], (), timestamp_ms)
    return Parked(record, error_class, message)


def parked_message_uuid(grant_id: str, message_id: str, *, group: str) -> UUID:
    """Return the primary key of the dead letter of a message whose id can be read (see `parked_message`)."""
    key = f"{part(grant_id)}/{part(message_id)}".encode()
    return dead_letter_uuid(LISTED, 0, _offset(key), group)


def dead_letter_uuid(topic: str, partition: int, offset: int, group: str) -> UUID:
    return uuid5(NAMESPACE, f"dead-letter/{topic}/{partition}/{offset}/{group}")


def _offset(identity: bytes) -> int:
    """Return 63 bits of a digest, which serve as the offset of a message that did not come from a record."""
    return int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest()) >> 1
