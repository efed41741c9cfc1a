"""Dead letters: original records with their origin and the reason why they were parked."""

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
"""Origin of a dead letter that came from a listing of Nylas, not from a Kafka record."""

MAX_LISTED_BYTES = 64 * 1024
"""Bytes of such a message that are kept: enough to find the fault."""

_MAX_MESSAGE = 500


class ErrorClass(StrEnum):
    """Causes for which records are parked: a closed set, by which dead letters are counted, listed and sent again.

    The column and the header are text: rows and records of earlier versions hold other names and stay readable.
    """

    UNREADABLE = "unreadable"
    """The bytes, headers, key or JSON cannot be decoded; a new release may read them."""
    UNEXPECTED = "unexpected"
    """A readable event that does not belong on its topic."""
    UNENCODABLE = "unencodable"
    """It contains a text that no encoder accepts, such as half a surrogate pair."""
    UNSTORABLE = "unstorable"
    """Postgres refuses one of its values."""
    TOO_LARGE = "too-large"
    """It, or what follows from it, is larger than Kafka accepts."""
    REFUSED = "refused"
    """Any other permanent error; the message names it."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that cannot be processed, and the reason, which never contains mail content."""

    record: Record
    error_class: ErrorClass
    message: str
    attempts: int = 1


def without_bytes(parked: Parked) -> Parked:
    """Return the dead letter without key, value and headers, for a record that is as large as its topic allows.

    The value becomes empty, not null: sent to its topic again, a null would be a tombstone.
    """
    record = parked.record
    size = len(record.key or b"") + len(record.value or b"")
    return replace(
        parked,
        record=replace(record, key=None, value=b"", headers=()),
        message=f"{parked.message} (its {size} bytes are too large to keep here)",
    )


def encode_dead_letter(parked: Parked, *, group: str) -> Encoded:
    """Encode a dead letter: the original's key, value and headers, with origin and reason as further headers."""
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
    """Make the dead letter of a listed message that cannot be read or published. Repeating it gives the same letter.

    Args:
        grant_id: the grant whose mailbox was listed.
        message_id: None if even the id cannot be read.
        raw: its bytes; the first `MAX_LISTED_BYTES` are kept.
        error_class: what is wrong with it.
        message: the same in words, without mail content.
        timestamp_ms: when it was found, in milliseconds since 1970.
    """
    key = f"{part(grant_id)}/{part(message_id or '')}".encode()
    offset = _offset(key if message_id else key + raw)
    record = Record(LISTED, 0, offset, key, raw[:MAX_LISTED_BYTES], (), timestamp_ms)
    return Parked(record, error_class, message)


def parked_message_uuid(grant_id: str, message_id: str, *, group: str) -> UUID:
    """Return the primary key of the dead letter of a message that was parked under its id."""
    key = f"{part(grant_id)}/{part(message_id)}".encode()
    return dead_letter_uuid(LISTED, 0, _offset(key), group)


def dead_letter_uuid(topic: str, partition: int, offset: int, group: str) -> UUID:
    """Return the primary key of a dead letter's row."""
    return uuid5(NAMESPACE, f"dead-letter/{topic}/{partition}/{offset}/{group}")


def _offset(identity: bytes) -> int:
    """Return a substitute for the offset of a message that came from no record: 63 bits of a digest."""
    return int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest()) >> 1
