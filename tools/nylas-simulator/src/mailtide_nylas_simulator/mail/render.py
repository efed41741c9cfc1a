"""Returns headers and raw MIME of messages, as they were loaded or generated from fields."""

import email.policy
import email.utils
from email.headerregistry import BaseHeader, HeaderRegistry, MessageIDHeader
from email.message import EmailMessage
from typing import cast

from .mime import BROKEN
from .model import Json, Message

_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, cast(type[BaseHeader], MessageIDHeader))
_POLICY = email.policy.default.clone(header_factory=_HEADERS)
"""Keeps Message-IDs readable. Python 3.11.7 writes one of more than about 65 characters in these two headers as
encoded words, so that programs find no thread (gh-79986). Only `Message-ID` has a type that prevents it."""


def headers_of(message: Message) -> list[tuple[str, str]]:
    """Return the headers of a message in their order. A message without headers gets some from its fields."""
    found = message.headers()
    if found:
        return found
    pairs = [
        ("Message-ID", f"<{_token(message.id)}@mail.example.com>"),
        ("Date", _date(message.date)),
        ("From", _people(message.senders)),
        ("To", _people(message.to)),
        ("Subject", message.subject),
    ]
    if message.thread_id != message.id:
        root = f"<{_token(message.thread_id)}@mail.example.com>"
        pairs += [("In-Reply-To", root), ("References", root)]
    return [(name, value) for name, value in pairs if value]


def mime_of(message: Message) -> bytes:
    """Return the raw MIME of a message: the bytes that were loaded, or else generated from its fields."""
    if message.mime is not None:
        return message.mime()
    mail = EmailMessage(_POLICY)
    for name, value in headers_of(message):
        try:
            mail[name] = _one_line(value)
        except BROKEN:
            mail["X-Unprintable"] = name
    mail.set_content(_printable(message.body()), subtype="html")
    for part in message.attachments:
        kind, _, subtype = _one_line(part.content_type).partition(";")[0].partition("/")
        mail.add_attachment(
            part.content(),
            maintype=kind or "application",
            subtype=subtype or "octet-stream",
            filename=_one_line(str(part.filename or "unnamed")),
            disposition="inline" if part.is_inline else "attachment",
        )
    return mail.as_bytes()


def _token(identifier: str) -> str:
    return "".join(letter for letter in identifier if letter.isascii() and letter.isalnum())


def _date(seconds: int) -> str:
    try:
        return email.utils.formatdate(seconds)
    except (ValueError, OverflowError, OSError):
        return ""


def _people(group: list[Json]) -> str:
    return ", ".join(
        email.utils.formataddr((_printable(str(one.get("name", ""))), _printable(str(one.get("email", "")))))
        for one in group
        if str(one.get("email", "")).isascii()
    )


def _one_line(value: str) -> str:
    return " ".join(_printable(value).split())


def _printable(value: str) -> str:
    return value.encode("utf-8", "replace").decode()
