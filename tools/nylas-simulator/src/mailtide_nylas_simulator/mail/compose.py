"""Sets given fields of generated messages.

A value of the right type takes effect. One of a wrong type, or of an unknown field, is only shown by the API.
"""

import base64
import random
from collections.abc import Callable
from typing import Any

from .ids import object_id
from .mailbox import Mailbox
from .mime import snippet_of
from .model import Attachment, Json, Message, data, text
from .provider_folders import flagged

_PEOPLE = {"from": "senders", "to": "to", "cc": "cc", "bcc": "bcc", "reply_to": "reply_to"}
_TYPES: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str),
    "thread_id": lambda value: isinstance(value, str),
    "subject": lambda value: isinstance(value, str),
    "snippet": lambda value: isinstance(value, str),
    "date": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "unread": lambda value: isinstance(value, bool),
    "starred": lambda value: isinstance(value, bool),
    "metadata": lambda value: isinstance(value, dict),
    "folders": lambda value: _is_list_of(value, str),
}


def composed(message: Message, box: Mailbox, sheet: Json, omit: frozenset[str]) -> Message:
    """Set the given fields of a generated message, in place, and return it.

    If any field is given, the message begins a new thread, unless ``thread_id`` names one. A given body
    determines the snippet, unless ``snippet`` is given too. At Google, the labels UNREAD and STARRED are made
    to agree with the flags, also in given ``folders``, unless a flag is omitted.

    Args:
        message: Has the values of fields that are not given.
        box: The mailbox to which the message will be added.
        sheet: The given top-level fields, as JSON.
        omit: Fields that the API does not show.
    """
    if sheet:
        _begin_thread(message, box, sheet)
    for name, value in sheet.items():
        _set(message, box, name, value)
    if isinstance(sheet.get("body"), str) and "snippet" not in sheet:
        message.snippet = snippet_of(sheet["body"])
    message.omitted = omit
    if not omit.isdisjoint(("unread", "starred")) or not sheet:
        return message
    message.folders = flagged(box.provider, message.folders, unread=message.unread, starred=message.starred)
    return message


def _begin_thread(message: Message, box: Mailbox, sheet: Json) -> None:
    """Set a given id, and put the message into a new thread. A given ``thread_id`` is set later."""
    if isinstance(sheet.get("id"), str):
        message.id = sheet["id"]
    if box.provider == "google":
        message.thread_id = message.id
    else:
        message.thread_id = object_id(box.provider, random.Random(f"thread:{message.id!r}"), "thread")


def _set(message: Message, box: Mailbox, name: str, value: Any) -> None:
    if name == "body" and isinstance(value, str):
        message.body = text(value)
    elif name in _PEOPLE and _is_list_of(value, dict):
        setattr(message, _PEOPLE[name], value)
    elif name in _TYPES and _TYPES[name](value):
        setattr(message, name, value)
    elif name == "attachments" and _is_list_of(value, dict):
        message.attachments = [_attachment(box, message, n, sheet) for n, sheet in enumerate(value)]
    else:
        message.raw[name] = value


def _attachment(box: Mailbox, message: Message, number: int, sheet: Json) -> Attachment:
    """Return a given attachment. ``content`` is in Base64; without it, the content is ``size`` zero bytes."""
    draw = random.Random(f"attachment:{message.id!r}:{number}")
    size = int(sheet.get("size", 0))
    content = base64.b64decode(sheet["content"]) if "content" in sheet else bytes(size)
    return Attachment(
        id=str(sheet.get("id") or object_id(box.provider, draw, "attachment")),
        filename=sheet.get("filename"),
        content_type=str(sheet.get("content_type", "application/octet-stream")),
        size=size or len(content),
        content=data(content),
        content_id=sheet.get("content_id"),
        is_inline=bool(sheet.get("is_inline", False)),
    )


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)
