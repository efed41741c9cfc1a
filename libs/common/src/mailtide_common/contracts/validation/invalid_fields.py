"""Describes in words why pydantic refused a value. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

REASONS = {
    "missing": "missing",
    "extra_forbidden": "is unknown here",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_parsing_size": "has too many digits",
    "json_invalid": "is not JSON: {error}",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_unicode": "must not contain lone surrogates",
    "too_long": "must have at most {max_length} items",
    "too_short": "must have at least {min_length} items",
}
"""Reasons by pydantic's type of error."""

TYPES = {
    "bool": "must be true or false",
    "date": "must be a date such as 2026-12-01",
    "datetime": "must be a date and time such as 2026-12-01T08:00:00Z",
    "dict": "must be an object",
    "float": "must be a number",
    "int": "must be a whole number",
    "list": "must be an array",
    "model": "must be an object",
    "string": "must be a string",
    "time": "must be a time such as 08:00",
    "tuple": "must be an array",
    "uuid": "must be a UUID",
}
"""Reasons by the first word of pydantic's type of error. The word is "int" for `int_parsing` and
`int_from_float`."""


@dataclass(frozen=True, slots=True)
class InvalidField:
    """A field that is missing or wrong.

    Attributes:
        path: names that lead to the field, outermost first. Empty if the fault is not in one named field.
        reason: why the value was refused, without the value.
        missing: whether the field is missing.
    """

    path: tuple[str, ...]
    reason: str
    missing: bool

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.reason}" if self.path else self.reason


def invalid_fields(error: ValidationError) -> list[InvalidField]:
    """Return the refused fields of a validation with the reasons, without the values."""
    return [
        InvalidField(
            tuple(str(name) for name in each["loc"] if isinstance(name, str)),
            reason_of(each),
            missing=each["type"] == "missing",
        )
        for each in error.errors(include_url=False, include_input=False)
    ]


def reason_of(error: Mapping[str, Any]) -> str:
    """Return why a value was refused, in terms of JSON rather than of Python.

    Args:
        error: an item of `ValidationError.errors()`, with its context.
    """
    kind, context = error["type"], error.get("ctx", {})
    if context.get("min_length") == 1:
        return "must not be empty"
    # pydantic 2.14 reports a text with a further validator as "Value", and its characters as items
    if context.get("field_type") == "Value":
        kind = f"string_{kind}"
    if kind in REASONS:
        return REASONS[kind].format_map(context)
    word, _, rest = kind.partition("_")
    if word in TYPES and rest.endswith(("type", "parsing", "from_float")):
        return TYPES[word]
    return re.sub(r"^\w+ should ", "must ", str(error["msg"]).removeprefix("Value error, "))


def reasons(error: ValidationError) -> str:
    """Return the refused fields of a validation with the reasons, in one line."""
    return "; ".join(str(field) for field in invalid_fields(error))
