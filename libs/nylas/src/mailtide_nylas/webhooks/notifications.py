"""Facts about notifications: triggers, suffixes and the envelope (docs: Notifications, event schemas). Pure."""

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
"""Never `.cleaned`: its payload is a second copy of `message.created` (docs: Webhooks, trigger types)."""

SUFFIXES: Final = frozenset({"truncated", "transformed", "metadata", "cleaned", "legacy"})
"""Endings that Nylas adds to a subscribed trigger by itself."""

MAX_ID_LENGTH = 256
"""Characters of an id that may become a key or a header; a longer one is no Nylas id."""

HISTORIC = "/historic"
"""End of the `source` of notifications of a mailbox' first sync (docs: Notifications, `source`)."""

Json = Mapping[str, Any]


class UnusableIdError(ValueError):
    """An id was altered to be storable or is longer than any key, so that it may be another mailbox's."""


def split_type(type_: str) -> tuple[str, frozenset[str]]:
    """Split a type into the trigger and the suffixes that Nylas may add to it."""
    parts = type_.split(".")
    suffixes = set()
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        suffixes.add(parts.pop())
    return ".".join(parts), frozenset(suffixes)


def usable_id(source: Json, name: str) -> str | None:
    """Return an id of an object; None if it is missing, empty or no text.

    Raises:
        UnusableIdError: it must not become a key.
    """
    value = source.get(name)
    if not isinstance(value, str) or not value:
        return None
    if len(value) > MAX_ID_LENGTH or name in altered_fields(source):
        raise UnusableIdError(name)
    return value


def object_of(source: Json, name: str) -> dict[str, Any]:
    """Return an object of an object; empty if it is missing or something else."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}


def grant_id_of(envelope: Json) -> str | None:
    """Return the grant of an envelope: `data.grant_id`, else `data.object.grant_id`; None without one.

    Raises:
        UnusableIdError: see `usable_id`.
    """
    data = object_of(envelope, "data")
    return usable_id(data, "grant_id") or usable_id(object_of(data, "object"), "grant_id")
