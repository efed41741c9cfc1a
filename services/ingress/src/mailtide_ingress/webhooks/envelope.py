"""Reads the envelope of a delivery without trusting it. Pure; no input makes it raise."""

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
    """The fields that were found; None if missing, malformed or unreadable."""

    grant_id: str | None = None
    id: str | None = None
    type: str | None = None
    delivery_attempt: int | None = None

    @property
    def readable(self) -> bool:
        """Whether it is a notification at all."""
        return self.type is not None


def digest(body: bytes) -> str:
    """Return a name for bytes without a readable id; the same bytes always have the same name."""
    return hashlib.sha256(body).hexdigest()


def peek(body: bytes, content_encoding: str | None) -> Envelope | TooLargeInflated:
    """Find grant, id, type and attempt in a delivery (docs: Notifications, envelope).

    Args:
        body: arbitrary bytes.
        content_encoding: the request's header.
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
    """Return an id that can be a key; None instead of one that cannot."""
    try:
        return read()
    except UnusableIdError:
        return None


def _attempt(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= limits.MAX_ATTEMPT else None
