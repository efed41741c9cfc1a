"""Reads the envelope of a delivery from untrusted bytes. Raises nothing, whatever the bytes. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from mailtide_ingress import limits
from mailtide_nylas import parse_json
from mailtide_nylas.webhooks.compressed import Broken, TooLargeInflated, plain_body
from mailtide_nylas.webhooks.notifications import MAX_ID_LENGTH, UnusableIdError, grant_id_of, usable_id

_ID = core_schema.str_schema(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00]*$")


def _object(**fields: core_schema.CoreSchema) -> core_schema.CoreSchema:
    return core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(schema, required=False) for name, schema in fields.items()}
    )


_ENVELOPE = SchemaValidator(
    _object(
        id=_ID,
        type=_ID,
        webhook_delivery_attempt=core_schema.int_schema(),
        data=_object(grant_id=_ID, object=_object(grant_id=_ID)),
    )
)
"""Validates the fields that are read. Other fields, such as a mail's body, become no Python objects."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Fields of a notification's envelope. A missing or malformed field is None."""

    grant_id: str | None = None
    id: str | None = None
    type: str | None = None
    delivery_attempt: int | None = None

    @property
    def readable(self) -> bool:
        """Whether the body has a type, as each notification has."""
        return self.type is not None


def digest(body: bytes) -> str:
    """Return the SHA-256 of a body in hexadecimal. It identifies a notification without a readable id."""
    return hashlib.sha256(body).hexdigest()


def peek(body: bytes, content_encoding: str | None) -> Envelope | TooLargeInflated:
    """Return the envelope of a delivery, or `TooLargeInflated` (docs: Notifications, envelope).

    If the body cannot be inflated or is not a JSON object, all fields of the envelope are None.

    Args:
        body: any bytes.
        content_encoding: the value of `Content-Encoding`, if present.
    """
    plain = plain_body(body, content_encoding)
    if isinstance(plain, TooLargeInflated):
        return plain
    if isinstance(plain, Broken):
        return Envelope()
    try:
        return envelope_of(_fields(plain))
    except ValueError:
        return Envelope()


def envelope_of(envelope: Any) -> Envelope:
    """Return the envelope of a parsed body, which may have any type."""
    if not isinstance(envelope, dict):
        return Envelope()
    return Envelope(
        grant_id=_usable(lambda: grant_id_of(envelope)),
        id=_usable(lambda: usable_id(envelope, "id")),
        type=_usable(lambda: usable_id(envelope, "type")),
        delivery_attempt=_attempt(envelope.get("webhook_delivery_attempt")),
    )


def _fields(plain: bytes) -> Any:
    """Return the fields of the envelope. If one is malformed, return the whole parsed body.

    Raises:
        ValueError: the body is not JSON, or is nested too deeply.
    """
    try:
        return _ENVELOPE.validate_json(plain, strict=True)
    except ValidationError:
        return parse_json(plain)


def _usable(read: Callable[[], str | None]) -> str | None:
    """Return the id that `read` returns, or None if the id cannot be part of a key."""
    try:
        return read()
    except UnusableIdError:
        return None


def _attempt(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= limits.MAX_ATTEMPT else None
