"""Encodes notifications as records, and reads the headers of such records."""

from dataclasses import dataclass

from .causes import RECEIVED_AT
from .cloudevents import attribute_headers
from .codec import Encoded, Record
from .keys import part
from .times import UnixMicros, in_datetime, of_milliseconds
from .traces import TRACEPARENT, valid_traceparent

TYPE = "mail.notification.v1"
SOURCE = "ingress"

ID = "id"
CONTENT_ENCODING = "content-encoding"
DELIVERY_ATTEMPT = "delivery-attempt"

_MAX_ENCODING_LENGTH = 100


@dataclass(frozen=True, slots=True)
class NotificationHeaders:
    """The headers of a notification record."""

    id: str
    """The envelope's `id`, constant over delivery attempts. If it cannot be read: a digest of the bytes."""
    received_at: UnixMicros
    content_encoding: str | None = None
    """The request's `Content-Encoding`, usually `gzip`; only its first 100 characters are stored."""
    delivery_attempt: int | None = None
    """The envelope's `webhook_delivery_attempt`, if readable."""
    traceparent: str | None = None
    """W3C trace context of the request."""


def encode_notification(key_id: str, body: bytes, headers: NotificationHeaders) -> Encoded:
    """Encode a delivery as key, value and headers of a record.

    Args:
        key_id: the grant, or the notification's id (or digest) if the grant cannot be read.
        body: the bytes as received.
        headers: id, time of receipt and further facts about the delivery.
    """
    received = in_datetime(headers.received_at)
    pairs = {
        RECEIVED_AT: str(headers.received_at),
        CONTENT_ENCODING: headers.content_encoding and headers.content_encoding[:_MAX_ENCODING_LENGTH],
        DELIVERY_ATTEMPT: None if headers.delivery_attempt is None else str(headers.delivery_attempt),
        TRACEPARENT: valid_traceparent(headers.traceparent),
    }
    return Encoded(
        key=part(key_id).encode(),
        value=body,
        headers=attribute_headers(headers.id, TYPE, received.isoformat(), SOURCE)
        + [(name, value.encode("utf-8", "replace")) for name, value in pairs.items() if value],
    )


def notification_headers(record: Record) -> NotificationHeaders:
    """Return the headers of a notification's record.

    A missing id is derived from the record's position. A missing or malformed time of receipt is replaced by
    the record's timestamp. Other missing headers are None, as is a malformed attempt or trace context.
    """
    attempt = _number(record.header(DELIVERY_ATTEMPT))
    received_at = record.received_at
    return NotificationHeaders(
        id=record.attribute(ID) or f"{record.topic}/{record.partition}/{record.offset}",
        received_at=of_milliseconds(record.timestamp_ms) if received_at is None else received_at,
        content_encoding=record.header(CONTENT_ENCODING),
        delivery_attempt=attempt,
        traceparent=record.traceparent,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 18 else None
