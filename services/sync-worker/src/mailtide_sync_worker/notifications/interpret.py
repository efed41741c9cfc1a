"""Derives events from a notification and the stored state. Pure (INV-17).

If it is not certain that a notification shows the whole message, a fetch of the message is requested. Nylas
is never called here, so that neither slow mailboxes nor outages of Nylas delay notifications.
"""

from collections.abc import Callable

from mailtide_common.contracts.events import FIRST_SYNC_ENDED, Event, Folder, Lane, SyncKind, SyncWanted
from mailtide_common.contracts.times import BEGINNING, UnixMicros, after
from mailtide_sync_worker.messages.compared_state import KnownMessage
from mailtide_sync_worker.messages.message import (
    Message,
    content_event,
    deleted_event,
    read_message,
    state_event,
    without_unknown,
)

from .notification import Notification, UnreadableNotificationError

CONNECT_GRACE_SECONDS = 5
"""Delay of the request for the account of a new or unknown grant, which the ingress may be about to publish."""


def message_id_of(notification: Notification) -> str | None:
    """Return the id of the message whose stored state is needed to interpret a notification, or None.

    A stored state is needed for created and updated messages, but not for `.cleaned` ones.
    """
    if notification.base not in _MESSAGE_SHOWN or "cleaned" in notification.suffixes:
        return None
    id_ = notification.object.get("id")
    return id_ if isinstance(id_, str) else None


def is_new(notification: Notification) -> bool:
    """Return whether a notification is a `message.created` with a body and no suffix.

    The message of such a notification needs no look-up.
    """
    whole = notification.base == "message.created" and not notification.suffixes
    return whole and bool(notification.object.get("body"))


def interpret(notification: Notification, known: KnownMessage | None) -> list[Event] | None:
    """Return the events that follow from a notification, or None if its type is unknown.

    Raises:
        UnreadableNotificationError: the id of a created, updated or deleted message, or of a deleted folder,
            is missing.
    """
    if notification.base in _MESSAGE_SHOWN or notification.base == _MESSAGE_DELETED:
        return _message(notification, known)
    rule = RULES.get(notification.base)
    return None if rule is None else rule(notification)


def _message(notification: Notification, known: KnownMessage | None) -> list[Event]:
    message = read_message(notification.object, notification.grant_id)
    if message is None:
        raise UnreadableNotificationError("the notification has no message id")
    if "cleaned" in notification.suffixes:
        return [_want_message(notification, message.message_id, "cleaned")]
    if notification.base == _MESSAGE_DELETED:
        return [deleted_event(message.grant_id, message.message_id, notification.version, notification.lane)]
    return _content_and_state(notification, without_unknown(message, notification.suffixes), known)


def _content_and_state(
    notification: Notification, message: Message, known: KnownMessage | None
) -> list[Event]:
    """Return the events for a created or updated message.

    Content precedes state, so that a new row is complete. A new message that must be fetched gets neither. If
    content has an empty body, a fetch to confirm the body follows.
    """
    same_content = known is not None and _same_content(message, known)
    empties = known is not None and bool(known.filled - message.content.filled)
    fetch = not message.state.complete or not (same_content or (message.content.complete and not empties))
    events: list[Event] = []
    if fetch:
        events.append(_want_message(notification, message.message_id, "incomplete"))
    elif not same_content:
        events.append(content_event(message, notification.version, notification.lane))
    if message.state.complete and (known is not None or not fetch):
        events.append(state_event(message, notification.version, notification.lane))
    if not fetch and not same_content and not message.content.body:
        events.append(_want_message(notification, message.message_id, "unconfirmed"))
    return events


def _same_content(message: Message, known: KnownMessage) -> bool:
    if message.content.complete:
        return message.content.content_hash == known.content_hash
    return message.content.core_complete and message.content.core_hash == known.core_hash


def _want_message(notification: Notification, message_id: str, reason: str) -> SyncWanted:
    return SyncWanted(
        grant_id=notification.grant_id,
        kind=SyncKind.MESSAGE,
        message_id=message_id,
        reason=reason,
        lane=notification.lane,
    )


def _hinted_message(notification: Notification) -> list[Event]:
    """Request a message that was sent or bounced, because its notification does not contain it.

    Without an id, nothing is requested.
    """
    for name in ("message_id", "id"):
        id_ = notification.object.get(name)
        if isinstance(id_, str) and id_:
            return [_want_message(notification, id_, notification.base)]
    return []


def _replied_thread(notification: Notification) -> list[Event]:
    """Request the thread of a reply, in the lane `sync`.

    The reply has a notification of its own, and the rest of the thread may be old. Without a thread id, the
    message is requested.
    """
    thread_id = notification.object.get("thread_id")
    if not isinstance(thread_id, str) or not thread_id:
        return _hinted_message(notification)
    return [
        SyncWanted(
            grant_id=notification.grant_id,
            kind=SyncKind.THREAD,
            thread_id=thread_id,
            lane=Lane.SYNC,
            reason=notification.base,
        )
    ]


def _folder_changed(notification: Notification) -> list[Event]:
    """Request a listing of folders, because the notification lacks the folder's attributes."""
    wanted = _want_account(notification)
    return [wanted.model_copy(update={"folders_only": True})]


def _folder_deleted(notification: Notification) -> list[Event]:
    folder_id = notification.object.get("id")
    if not isinstance(folder_id, str) or not folder_id:
        raise UnreadableNotificationError("the notification has no folder id")
    return [
        Folder(
            grant_id=notification.grant_id, folder_id=folder_id, version=notification.version, deleted=True
        )
    ]


def _grant_created(notification: Notification) -> list[Event]:
    later = after(notification.version.observed_at, CONNECT_GRACE_SECONDS)
    return [_want_account(notification, not_before=later)]


def _grant_changed(notification: Notification) -> list[Event]:
    """Request the grant's current status, because the notification's status may be outdated."""
    return [_want_account(notification)]


def _first_sync_completed(notification: Notification) -> list[Event]:
    """Request a backfill: until the end of Nylas' own first sync, listings did not show the whole mailbox."""
    return [SyncWanted(grant_id=notification.grant_id, kind=SyncKind.BACKFILL, reason=FIRST_SYNC_ENDED)]


def _want_account(notification: Notification, not_before: UnixMicros = BEGINNING) -> SyncWanted:
    return SyncWanted(
        grant_id=notification.grant_id,
        kind=SyncKind.ACCOUNT,
        reason=notification.base,
        not_before=not_before,
    )


_MESSAGE_SHOWN = frozenset({"message.created", "message.updated"})
_MESSAGE_DELETED = "message.deleted"

RULES: dict[str, Callable[[Notification], list[Event]]] = {
    "message.send_success": _hinted_message,
    "message.bounce_detected": _hinted_message,
    "message.send_failed": lambda _: [],
    "thread.replied": _replied_thread,
    "folder.created": _folder_changed,
    "folder.updated": _folder_changed,
    "folder.deleted": _folder_deleted,
    "grant.created": _grant_created,
    "grant.updated": _grant_changed,
    "grant.expired": _grant_changed,
    "grant.deleted": _grant_changed,
    FIRST_SYNC_ENDED: _first_sync_completed,
}
