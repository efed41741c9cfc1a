"""Facts about notifications: triggers, suffixes, the envelope (docs: Notifications, event schemas). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from mailtide_nylas.decoding.wire_json import altered_fields

TRIGGERS: Final = (
    "message.created",
    "message.updated",
    "message.deleted",
    "message.bounce_detected",
    "message.send_success",
    "message.send_failed",
    "thread.replied",
    "folder.created",
    "folder.updated",
    "folder.deleted",
    "grant.created",
    "grant.updated",
    "grant.deleted",
    "grant.expired",
    "grant.imap_sync_completed",
)
"""The triggers to subscribe to (docs: Webhooks, trigger types); `.cleaned` would repeat `message.created`."""

SUFFIXES: Final = frozenset({"truncated", "transformed", "metadata", "cleaned", "legacy"})
"""Suffixes that a notification's type may have after its trigger."""

MAX_ID_LENGTH = 256
"""Maximum number of characters of the id of a grant or notification, and of a type. Those of Nylas are
shorter."""

HISTORIC = "/historic"
"""Suffix of `source` in notifications from a mailbox's first sync by Nylas (docs: Notifications, source)."""

Json = Mapping[str, Any]


class UnusableIdError(ValueError):
    """An id is too long, or was altered while parsing, so that it could equal another id."""


def split_type(type_: str) -> tuple[str, frozenset[str]]:
    """Split a notification's type into the trigger and its suffixes."""
    parts = type_.split(".")
    suffixes = set()
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        suffixes.add(parts.pop())
    return ".".join(parts), frozenset(suffixes)


def usable_id(source: Json, name: str) -> str | None:
    """Return the id in the field `name` of an object, or None if it is missing, empty or not a string.

    Raises:
        UnusableIdError: the id was altered while parsing, or has more than `MAX_ID_LENGTH` characters.
    """
    value = source.get(name)
    if not isinstance(value, str) or not value:
        return None
    if len(value) > MAX_ID_LENGTH:
        raise UnusableIdError(f"`{name}` has more than {MAX_ID_LENGTH} characters")
    if name in altered_fields(source):
        raise UnusableIdError(f"`{name}` contains NUL or invalid Unicode, which cannot be stored")
    return value


def object_of(source: Json, name: str) -> dict[str, Any]:
    """Return the object in the field `name` of another object, or an empty object if there is none."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}


def grant_id_of(envelope: Json) -> str | None:
    """Return the grant id of an envelope, or None if it has none.

    It is `data.grant_id` or, if that is missing, `data.object.grant_id`.

    Raises:
        UnusableIdError: see `usable_id`.
    """
    data = object_of(envelope, "data")
    return usable_id(data, "grant_id") or usable_id(object_of(data, "object"), "grant_id")
