"""Reads the envelope of a delivery without trusting it. Pure; no input makes it raise."""

import hashlib
from dataclasses import dataclass
from typing import Any

from mailtide_common.contracts.notifications import MAX_ID_LENGTH
from mailtide_ingress import limits
from mailtide_nylas import altered_fields, parse_json
from mailtide_nylas.webhooks.compressed import Broken, TooLargeInflated, plain_body


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
        envelope = _object(parse_json(plain))
    except ValueError:
        return Envelope()
    data = _object(envelope.get("data"))
    return Envelope(
        grant_id=_id(data, "grant_id") or _id(_object(data.get("object")), "grant_id"),
        id=_id(envelope, "id"),
        type=_id(envelope, "type"),
        delivery_attempt=_attempt(envelope.get("webhook_delivery_attempt")),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(source: dict[str, Any], name: str) -> str | None:
    """Return a text that can be a key: not empty, not too long, and unaltered; else None."""
    value = source.get(name)
    fits = isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH and name not in altered_fields(source)
    return value if fits else None


def _attempt(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= limits.MAX_ATTEMPT else None
