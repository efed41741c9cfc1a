"""Listings compared with what is known."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import Lane, MessageContent, MessageState
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.contracts.versions import Source, Version
from mailtide_sync_worker.listings.slice_cursor import ListingSlice
from mailtide_sync_worker.messages.changes import changes, read_page
from mailtide_sync_worker.messages.compared_state import KnownMessage

VERSION = Version(observed_at=1, source=Source.API, event_id="r")


def listed(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "subject": "s", "unread": True, "starred": False, "folders": ["INBOX", "X"], **fields}


def stored(source: dict[str, Any], **changed: Any) -> KnownMessage:
    (message,) = read_page([source], "g")
    facts = {"unread": True, "starred": False, "folders": ("X", "INBOX"), "deleted": False, **changed}
    return KnownMessage(message.content.content_hash, message.content.core_hash, **facts)


def test_new_changed_and_unchanged() -> None:
    page = read_page([listed("new"), listed("same"), listed("read"), listed("back"), {"no": "id"}], "g")
    known = {
        ("g", "same"): stored(listed("same")),
        ("g", "read"): stored(listed("read"), unread=False),
        ("g", "back"): stored(listed("back"), deleted=True),
    }
    found = changes(page, known, VERSION, Lane.SYNC)
    assert found.changed == {"new", "read", "back"}
    assert [
        (type(e), e.message_id) for e in found.events if isinstance(e, MessageContent | MessageState)
    ] == [
        (MessageContent, "new"),
        (MessageState, "new"),
        (MessageState, "read"),
        (MessageState, "back"),
    ]


@given(
    inclusive=st.booleans(),
    dates=st.lists(st.integers(0, 40), max_size=60),
    page_size=st.integers(1, 7),
    slice_pages=st.integers(1, 3),
    slow=st.sets(st.integers(0, 60)),
)
def test_slices_together_take_every_message(
    inclusive: bool, dates: list[int], page_size: int, slice_pages: int, slow: set[int]
) -> None:
    """Whatever the dates, slicing skips nothing and ends, whether or not `received_before` is inclusive.

    A slice may end early, with a page that came slowly.
    """
    mailbox = sorted(((date, number) for number, date in enumerate(dates)), reverse=True)
    taken: list[str] = []
    until: UnixSeconds | None = None
    for _ in range(len(mailbox) + 2):
        part = ListingSlice(slice_pages, until)
        rest = [m for m in mailbox if until is None or m[0] < until + inclusive]
        pages = [rest[i : i + page_size] for i in range(0, len(rest), page_size)] or [[]]
        for number, page in enumerate(pages):
            messages = read_page([{"id": str(n), "date": date} for date, n in page], "g")
            shown: list[UnixSeconds | None] = [m.content.date for m in messages]
            if not slow.isdisjoint(n for _, n in page):
                part.end()
            part.add(shown)
            last = number == len(pages) - 1
            until = None if last else part.next_until()
            kept = [m for m in messages if until is None or not part.left_to_next(m.content.date)]
            taken += [m.message_id for m in kept]
            if until is not None:
                break
        if until is None:
            break
    assert until is None
    assert set(taken) == {str(n) for _, n in mailbox}
