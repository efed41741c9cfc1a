"""Reads a page of the index as entries. Pure."""

from mailtide_common.contracts.events import Lane, MessageState
from mailtide_common.contracts.times import UnixMicros, after
from mailtide_common.contracts.versions import Version
from mailtide_nylas import Page
from mailtide_sync_worker import limits
from mailtide_sync_worker.messages.compared_state import Entry, certain, folders_in_order
from mailtide_sync_worker.messages.nylas_json import Json, Reader


def read_index(page: Page, observed_at: UnixMicros) -> list[Entry]:
    """Return the entries of a page. `observed_at` is a time before the page was requested."""
    return [_entry(item, observed_at) for item in page.data]


def missing_since(began: UnixMicros, *, unreadable: bool) -> UnixMicros:
    """Return the time before which an unlisted message must have been observed to count as missing.

    Normally that is `began`, the start of the pass. But an unreadable entry may be any of the stored
    messages. If one was listed, the time is a day earlier, so that unlisted messages are fetched only once a
    day.
    """
    return after(began, -limits.UNREADABLE_AGAIN_SECONDS) if unreadable else began


def state_of(entry: Entry, grant_id: str, version: Version, lane: Lane) -> MessageState:
    return MessageState(
        grant_id=grant_id,
        message_id=entry.message_id,
        version=version,
        lane=lane,
        unread=entry.unread,
        starred=entry.starred,
        folders=entry.folders,
    )


def _entry(item: Json, observed_at: UnixMicros) -> Entry:
    reader = Reader(item)
    return Entry(
        message_id=reader.text("id") or "",
        thread_id=reader.text("thread_id") or None,
        unread=reader.flag("unread") or False,
        starred=reader.flag("starred") or False,
        folders=folders_in_order(reader.texts("folders") or ()),
        date=certain(reader.seconds("date")),
        observed_at=observed_at,
    )
