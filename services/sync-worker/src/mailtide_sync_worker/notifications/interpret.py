"""Derives events from a notification and the stored state. Pure (INV-17).

A notification with a whole message becomes events directly. The message is requested from the scheduler if a part of
its state is omitted, or if its content is not the stored one and a field of it is omitted, is empty although a value is
stored, or is an empty body. Nylas is never called here, so neither slow mailboxes nor outages of Nylas delay
notifications.
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
"""Delay of an account's request for a new or unknown grant: the ingress may still publish the account."""


def message_id_of(notification: Notification) -> str | None:
    """Return the id of the message whose stored state is looked up for a notification.

    None for other types than created, updated and deleted messages, for `.cleaned` ones, and if the id is missing.
    """
    if notification.base not in _MESSAGE_STATES or "cleaned" in notification.suffixes:
        return None
    id_ = notification.object.get("id")
    return id_ if isinstance(id_, str) else None


def is_new(notification: Notification) -> bool:
    """Return whether this is a `message.created` with a body and no suffix; such a message needs no look-up."""
    whole = notification.base == "message.created" and not notification.suffixes
    return whole and bool(notification.object.get("body"))


def interpret(notification: Notification, known: KnownMessage | None) -> list[Event] | None:
    """Return the events that follow from a notification; None if its type is unknown.

    Raises:
        UnreadableNotificationError: the id of the message, or of the deleted folder, is missing.
    """
    if notification.base in _MESSAGE_STATES:
        return _message(notification, known)
    rule = RULES.get(notification.base)
    return None if rule is None else rule(notification)


def _message(notification: Notification, known: KnownMessage | None) -> list[Event]:
    message = read_message(notification.object, notification.grant_id)
    if message is None:
        raise UnreadableNotificationError("the notification has no message id")
    if "cleaned" in notification.suffixes:
        return [_want_message(notification, message.message_id, "cleaned")]
    if notification.base == "message.deleted":
        return [deleted_event(message.grant_id, message.message_id, notification.version, notification.lane)]
    return _content_and_state(notification, without_unknown(message, notification.suffixes), known)


def _content_and_state(
    notification: Notification, message: Message, known: KnownMessage | None
) -> list[Event]:
    """Return content before state, so that a new row is complete; a new message that must be fetched gets neither."""
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
    """Request a message that was sent or bounced; its notification does not contain it."""
    for name in ("message_id", "id"):
        id_ = notification.object.get(name)
        if isinstance(id_, str) and id_:
            return [_want_message(notification, id_, notification.base)]
    return []


def _replied_thread(notification: Notification) -> list[Event]:
    """Request the thread, not as live: the reply has its own notification, and the rest of the thread may be old."""
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
    """Request a listing of folders, because a notification lacks a folder's attributes."""
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
    """Request the grant's current status; the one in the notification may be outdated."""
    return [_want_account(notification)]


def _first_sync_completed(notification: Notification) -> list[Event]:
    """Request a backfill after Nylas' own first sync, before which listings did not show the whole mailbox."""
    return [SyncWanted(grant_id=notification.grant_id, kind=SyncKind.BACKFILL, reason=FIRST_SYNC_ENDED)]


def _want_account(notification: Notification, not_before: UnixMicros = BEGINNING) -> SyncWanted:
    return SyncWanted(
        grant_id=notification.grant_id,
        kind=SyncKind.ACCOUNT,
        reason=notification.base,
        not_before=not_before,
    )


_MESSAGE_STATES = frozenset({"message.created", "message.updated", "message.deleted"})

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
