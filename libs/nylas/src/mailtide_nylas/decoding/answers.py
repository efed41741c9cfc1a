"""Checks the structure of answers, and raises `NylasTransientError` if it is wrong. Pure.

A wrong entry in a page of messages is no error: `page_of` returns it in `unreadable`.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from mailtide_nylas.errors import NylasTransientError
from mailtide_nylas.models import Model, Page, UnreadableMessage

M = TypeVar("M", bound=Model)

ANSWERED = 200
"""Status in the errors: only successful answers are checked."""


def page_of(endpoint: str, answer: Mapping[str, Any]) -> Page:
    """Return a page of messages. Entries that are not valid messages are in its `unreadable`.

    Raises:
        NylasTransientError: `data` is not a list, or `next_cursor` is not a string.
    """
    items = list_of(endpoint, answer)
    data = [item for item in items if _is_message(item)]
    return Page(
        data=data,
        next_cursor=cursor_of(endpoint, answer),
        unreadable=tuple(_unreadable(item) for item in items if not _is_message(item)),
    )


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] != ""


def _unreadable(item: Any) -> UnreadableMessage:
    if isinstance(item, UnreadableMessage):
        return item
    reason = "an entry without an id" if isinstance(item, dict) else "an entry that is not an object"
    return UnreadableMessage(None, json.dumps(item).encode(), reason)


def message_of(endpoint: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message `data` of an answer.

    Raises:
        NylasTransientError: `data` is not an object with an id.
    """
    data = answer.get("data")
    if not _is_message(data):
        raise NylasTransientError(
            "`data` in the answer is not an object with an id", endpoint=endpoint, status=ANSWERED
        )
    return cast(dict[str, Any], data)


def list_of(endpoint: str, answer: Mapping[str, Any]) -> list[Any]:
    """Return the list `data` of a listing.

    Raises:
        NylasTransientError: `data` is not a list. An empty list in its place would look like deletions.
    """
    data = answer.get("data")
    if not isinstance(data, list):
        raise NylasTransientError("`data` in the answer is not a list", endpoint=endpoint, status=ANSWERED)
    return data


def cursor_of(endpoint: str, answer: Mapping[str, Any]) -> str | None:
    """Return the cursor to the next page, or None on the last page.

    Raises:
        NylasTransientError: the cursor is not a string.
    """
    cursor = answer.get("next_cursor")
    if cursor is None or cursor == "":
        return None
    if not isinstance(cursor, str):
        raise NylasTransientError(
            "`next_cursor` in the answer is not a string", endpoint=endpoint, status=ANSWERED
        )
    return cursor


def read(model: type[M], data: Any, endpoint: str) -> M:
    """Return an object of an answer as a model.

    Raises:
        NylasTransientError: the object is not valid for the model.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise NylasTransientError(
            f"the answer is not a valid {model.__name__}", endpoint=endpoint, status=ANSWERED
        ) from error
