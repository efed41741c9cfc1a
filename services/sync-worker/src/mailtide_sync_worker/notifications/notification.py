"""Reads a Nylas notification from its record. Pure (docs: Notifications, event schemas)."""

from dataclasses import dataclass

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import Lane
from mailtide_common.contracts.notification_headers import notification_headers
from mailtide_common.contracts.times import UnixSeconds, in_seconds
from mailtide_common.contracts.versions import Version
from mailtide_nylas.webhooks.compressed import MAX_INFLATED_BYTES, TooLargeInflated, plain_body
from mailtide_nylas.webhooks.notifications import (
    HISTORIC,
    MAX_ID_LENGTH,
    UnusableIdError,
    grant_id_of,
    object_of,
    split_type,
)
from mailtide_sync_worker.messages.nylas_json import Json, Reader, UnreadableJsonError, parse_object


class UnreadableNotificationError(ValueError):
    """The record of a notification cannot be interpreted."""


@dataclass(frozen=True, slots=True)
class Notification:
    """The interpreted parts of a notification, with its version and lane."""

    base: str
    """The trigger without suffixes, such as `message.created`."""
    suffixes: frozenset[str]
    grant_id: str
    object: Json
    version: Version
    lane: Lane = Lane.LIVE
    dated_ahead: bool = False
    """Whether the notification's time is more than `MAX_CLOCK_LEAD_SECONDS` after its receipt, and was
    therefore reduced. Either the ingress' clock is behind, or Nylas' is ahead."""


def read_notification(record: Record) -> Notification:
    """Return the notification in a record.

    Raises:
        UnreadableNotificationError: the body cannot be inflated or parsed, or inflates to more than
            `MAX_INFLATED_BYTES`; or the type or the grant id is missing or unusable.
    """
    try:
        envelope = parse_object(_inflated(record))
    except UnreadableJsonError as error:
        raise UnreadableNotificationError(str(error)) from error
    reader = Reader(envelope)
    type_ = reader.text("type")
    if not type_:
        raise UnreadableNotificationError("the notification's `type` is missing, empty or not a string")
    found = object_of(object_of(envelope, "data"), "object")
    try:
        grant_id = grant_id_of(envelope)
    except UnusableIdError as error:
        raise UnreadableNotificationError(
            f"the notification's grant id is longer than {MAX_ID_LENGTH} characters, or has NUL or invalid Unicode"
        ) from error
    if grant_id is None:
        raise UnreadableNotificationError("the notification's grant id is missing, empty or not a string")
    base, suffixes = split_type(type_)
    time = reader.seconds("time")
    version = _version(reader, time, record)
    ahead = time is not None and time > in_seconds(version.observed_at)
    return Notification(base, suffixes, grant_id, found, version, _lane(reader), ahead)


def _lane(envelope: Reader) -> Lane:
    """Return `BACKFILL` for mail of a mailbox's first sync (docs: Notifications, `source`), else `LIVE`."""
    return Lane.BACKFILL if (envelope.text("source") or "").endswith(HISTORIC) else Lane.LIVE


def _version(envelope: Reader, time: UnixSeconds | None, record: Record) -> Version:
    headers = notification_headers(record)
    id_ = envelope.text("id")
    return Version.of_notification(
        event_time=time if time is not None else in_seconds(headers.received_at),
        received_at=headers.received_at,
        notification_id=id_ if id_ and len(id_) <= MAX_ID_LENGTH else headers.id,
    )


def _inflated(record: Record) -> bytes:
    body = plain_body(record.value or b"", notification_headers(record).content_encoding)
    if not isinstance(body, bytes):
        fault = (
            f"inflates to more than {MAX_INFLATED_BYTES} bytes"
            if isinstance(body, TooLargeInflated)
            else "is not valid gzip, or its content encoding is neither gzip nor identity"
        )
        raise UnreadableNotificationError(f"the notification's body {fault}")
    return body
