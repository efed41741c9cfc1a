"""Reads the envelope of a delivery from untrusted bytes, without raising on any input. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailtide_ingress import limits
from mailtide_nylas import parse_json
from mailtide_nylas.webhooks.compressed import Broken, TooLargeInflated, plain_body
from mailtide_nylas.webhooks.notifications import UnusableIdError, grant_id_of, usable_id


@dataclass(frozen=True, slots=True)
class Envelope:
    """Fields of a notification's envelope, each None if missing or malformed."""

    grant_id: str | None = None
    id: str | None = None
    type: str | None = None
    delivery_attempt: int | None = None

    @property
    def readable(self) -> bool:
        """Whether the body is a notification: whether it has a type."""
        return self.type is not None


def digest(body: bytes) -> str:
    """Return the SHA-256 of a body in hexadecimal, which identifies a notification whose own id is unreadable."""
    return hashlib.sha256(body).hexdigest()


def peek(body: bytes, content_encoding: str | None) -> Envelope | TooLargeInflated:
    """Return the envelope of a delivery, or `TooLargeInflated` (docs: Notifications, envelope).

    Args:
        body: arbitrary bytes.
        content_encoding: the value of `Content-Encoding`, if present.
    """
    plain = plain_body(body, content_encoding)
    if isinstance(plain, TooLargeInflated):
        return plain
    return Envelope() if isinstance(plain, Broken) else _read(plain)


def _read(plain: bytes) -> Envelope:
    try:
        envelope = parse_json(plain)
    except ValueError:
        return Envelope()
    if not isinstance(envelope, dict):
        return Envelope()
    return Envelope(
        grant_id=_usable(lambda: grant_id_of(envelope)),
        id=_usable(lambda: usable_id(envelope, "id")),
        type=_usable(lambda: usable_id(envelope, "type")),
        delivery_attempt=_attempt(envelope.get("webhook_delivery_attempt")),
    )


def _usable(read: Callable[[], str | None]) -> str | None:
    """Return the id that `read` returns; None if it cannot be part of a key."""
    try:
        return read()
    except UnusableIdError:
        return None


def _attempt(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= limits.MAX_ATTEMPT else None
