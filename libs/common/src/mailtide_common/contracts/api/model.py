"""Base classes and field types of request and response bodies."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PAGE_DEFAULT = 100
PAGE_MAX = 1_000
"""Maximum number of rows of a page."""

MAX_TEXT_LENGTH = 4_096
"""Maximum number of characters of a text in a request."""


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    value.encode()  # raises a UnicodeEncodeError, which is a ValueError, for a lone surrogate
    return value


def visible(value: str) -> str:
    """Return the value unchanged.

    Raises:
        ValueError: the value is empty or contains only white space.
    """
    if not value.strip():
        raise ValueError("must contain a visible character")
    return value


Text = Annotated[str, Field(max_length=MAX_TEXT_LENGTH), AfterValidator(_storable)]
"""A text that Postgres can store: without NUL and lone surrogates."""


class Request(BaseModel):
    """Base of the bodies that clients send. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Response(BaseModel):
    """Base of the bodies that services send. Validation errors omit the values, which may be private."""

    model_config = ConfigDict(
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )
