"""Base classes and types of the bodies."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
"""Rows of a page."""

MAX_TEXT_LENGTH = 4_096
"""Characters of a text that a client sends."""


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    value.encode()  # a half surrogate pair raises a UnicodeEncodeError, which is a ValueError
    return value


Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH), AfterValidator(_storable)]
"""A text that reaches Postgres, which stores neither NUL nor half a surrogate pair."""


class Request(BaseModel):
    """A body that a client sends."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Response(BaseModel):
    """A body that a service sends. A row that does not fit is a bug, whose log must not show the row."""

    model_config = ConfigDict(
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )
