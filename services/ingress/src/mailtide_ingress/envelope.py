"""What can be known about a delivery without believing it. Pure; no bytes make it raise."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any

import orjson

from mailtide_common.contracts.notifications import MAX_ID_LENGTH

from . import limits

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WBITS = 31
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """What was found; None where it is missing, odd or unreadable."""

    grant_id: str | None = None
    id: str | None = None
    type: str | None = None
    delivery_attempt: int | None = None

    @property
    def readable(self) -> bool:
        """Whether it is a notification at all."""
        return self.type is not None


class TooLargeInflated:
    """A body that inflates beyond the limit; how far is not known, because it was not done."""


class Broken:
    """A body that is not what its `Content-Encoding` says."""


def digest(body: bytes) -> str:
    """A name for bytes that have no readable id; the same for every delivery of the same bytes."""
    return hashlib.sha256(body).hexdigest()


def peek(body: bytes, content_encoding: str | None) -> Envelope | TooLargeInflated:
    """Find grant, id, type and attempt in a delivery (docs: Notifications, envelope).

    Args:
        body: arbitrary bytes.
        content_encoding: the request's header.
    """
    encoding = (content_encoding or "").strip().lower()
    plain: bytes | TooLargeInflated | Broken = body
    if encoding in _GZIP:
        plain = gunzip(body)
    elif encoding not in {"", "identity"}:
        plain = Broken()
    if isinstance(plain, TooLargeInflated):
        return plain
    return Envelope() if isinstance(plain, Broken) else _read(plain)


def gunzip(
    body: bytes, *, limit: int = limits.MAX_INFLATED_BYTES, max_members: int = limits.MAX_GZIP_MEMBERS
) -> bytes | TooLargeInflated | Broken:
    """Inflate within bounds of memory and time.

    Args:
        body: gzip, perhaps of several members.
        limit: bytes it may inflate to, inclusive.
        max_members: more are taken for broken.
    """
    inflated = bytearray()
    for _ in range(max_members):
        member = zlib.decompressobj(_GZIP_WBITS)
        try:
            while not member.eof:
                piece = member.decompress(body, min(_PIECE, limit - len(inflated) + 1))
                inflated += piece
                if len(inflated) > limit:
                    return TooLargeInflated()
                body = member.unconsumed_tail
                if not piece and not body and not member.eof:
                    return Broken()
        except zlib.error:
            return Broken()
        body = member.unused_data
        if not body:
            return bytes(inflated)
    return Broken()


def _read(plain: bytes) -> Envelope:
    envelope = _object(_parse(plain))
    data = _object(envelope.get("data"))
    return Envelope(
        grant_id=_id(data.get("grant_id")) or _id(_object(data.get("object")).get("grant_id")),
        id=_id(envelope.get("id")),
        type=_id(envelope.get("type")),
        delivery_attempt=_attempt(envelope.get("webhook_delivery_attempt")),
    )


def _parse(plain: bytes) -> Any:
    """Strictly and fast first; then as the standard library does, which takes lone surrogates and NaN."""
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError:
        text = plain.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: Any) -> str | None:
    """A text that can be a key: not empty, not endless, and encodable."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_LENGTH:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def _attempt(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= limits.MAX_ATTEMPT else None
