"""Describes in words why pydantic refused a value. Pure."""

import re
from dataclasses import dataclass

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class InvalidField:
    """A field that is missing or wrong.

    Attributes:
        path: the names of the field, outermost first; empty for a rule about several fields.
        reason: why it was refused; the value itself is not repeated.
        missing: whether the field has no value.
    """

    path: tuple[str, ...]
    reason: str
    missing: bool

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.reason}" if self.path else self.reason


def invalid_fields(error: ValidationError) -> list[InvalidField]:
    """Return the refused fields with their reasons, without the values."""
    return [
        InvalidField(
            tuple(str(name) for name in each["loc"] if isinstance(name, str)),
            "missing" if each["type"] == "missing" else in_plain_words(each["msg"]),
            missing=each["type"] == "missing",
        )
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def in_plain_words(message: str) -> str:
    """Return a message of pydantic without the prefix "Value error, ", and with "must" for "Input should" etc."""
    return re.sub(r"^\w+ should ", "must ", message.removeprefix("Value error, "))


def reasons(error: ValidationError) -> str:
    """Return the refused fields and reasons in one line."""
    return "; ".join(str(field) for field in invalid_fields(error))
