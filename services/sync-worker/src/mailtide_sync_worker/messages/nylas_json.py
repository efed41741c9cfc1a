"""Reads fields of Nylas' JSON without raising on malformed values. Pure.

A field that is absent, null or of a wrong type is *omitted* (None here), which is not the same as empty.
Texts are storable in Postgres, because `mailtide_nylas.parse_json` ensures that.
"""

from typing import Any

from mailtide_common.contracts.events import Address, Attachment
from mailtide_common.contracts.times import UnixSeconds
from mailtide_nylas import altered_fields, parse_json

Json = dict[str, Any]


class UnreadableJsonError(ValueError):
    """The bytes are not a JSON object, or the JSON is nested too deeply."""


def parse_object(data: bytes) -> Json:
    """Parse a JSON object.

    Raises:
        UnreadableJsonError: the bytes are not a JSON object, or the JSON is nested too deeply.
    """
    try:
        value = parse_json(data)
    except ValueError as error:
        raise UnreadableJsonError("the notification's body is not JSON, or is nested too deeply") from error
    if not isinstance(value, dict):
        raise UnreadableJsonError("the notification's body is not a JSON object")
    return value


class Reader:
    """Reads the fields of one object. A field that is absent or of another type is None.

    Attributes:
        altered: whether a field that was read contains text that was altered to be storable.
    """

    def __init__(self, source: Json) -> None:
        self._source = source
        self._altered = altered_fields(source)
        self.altered = False

    def text(self, name: str) -> str | None:
        return _text(self._get(name))

    def flag(self, name: str) -> bool | None:
        value = self._get(name)
        return value if isinstance(value, bool) else None

    def integer(self, name: str) -> int | None:
        value = self._get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def seconds(self, name: str) -> UnixSeconds | None:
        value = self.integer(name)
        return None if value is None else UnixSeconds(value)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return the strings of a list, or None if any item is not a string."""
        values = self._get(name)
        if not isinstance(values, list):
            return None
        texts = tuple(value for value in values if isinstance(value, str))
        return texts if len(texts) == len(values) else None

    def addresses(self, name: str) -> tuple[Address, ...] | None:
        """Return the senders or recipients in a list. Items that are not objects are dropped."""
        values = self._get(name)
        if not isinstance(values, list):
            return None
        return tuple(
            Address(name=_text(value.get("name")), email=_text(value.get("email")))
            for value in values
            if isinstance(value, dict)
        )

    def attachments(self, name: str) -> tuple[Attachment, ...] | None:
        """Return the attachments in a list. Items that are not objects are dropped.

        A missing or empty id is replaced by `part-` and the item's position, counted from 0.
        """
        values = self._get(name)
        if not isinstance(values, list):
            return None
        return tuple(
            _attachment(Reader(value), place) for place, value in enumerate(values) if isinstance(value, dict)
        )

    def _get(self, name: str) -> Any:
        self.altered = self.altered or name in self._altered
        return self._source.get(name)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _attachment(fields: Reader, place: int) -> Attachment:
    return Attachment(
        id=fields.text("id") or f"part-{place}",
        filename=fields.text("filename"),
        content_type=fields.text("content_type"),
        size=fields.integer("size"),
        content_id=fields.text("content_id"),
        is_inline=fields.flag("is_inline") or False,
    )
