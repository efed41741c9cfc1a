"""The events that follow from a notification."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import (
    Folder,
    Lane,
    MessageContent,
    MessageState,
    SyncKind,
    SyncWanted,
)
from mailtide_nylas.webhooks.notifications import split_type
from mailtide_sync_worker.messages.compared_state import KnownMessage
from mailtide_sync_worker.messages.message import read_message
from mailtide_sync_worker.notifications.interpret import interpret, is_new, message_id_of
from mailtide_sync_worker.notifications.notification import (
    Notification,
    UnreadableNotificationError,
    read_notification,
)

RECEIVED = 1_763_950_002_000_000

WHOLE = {
    "object": "message",
    "id": "m1",
    "grant_id": "g1",
    "thread_id": "t1",
    "subject": "Quarterly figures",
    "from": [{"name": "Ada", "email": "ada@example.com"}],
    "to": [{"email": "ben@example.net"}],
    "cc": [],
    "bcc": [],
    "reply_to": [],
    "date": 1_763_949_990,
    "unread": True,
    "starred": False,
    "folders": ["INBOX"],
    "snippet": "Please find",
    "body": "<p>Please find</p>",
    "attachments": [],
}


def record(value: bytes, *headers: tuple[str, bytes]) -> Record:
    return Record("mail.notifications.v1", 0, 7, b"g1", value, headers, RECEIVED // 1000)


def notification(type_: str, found: dict[str, Any], **envelope: Any) -> Notification:
    body = {"type": type_, "id": "n1", "time": 1_763_950_001, "data": {"object": found}, **envelope}
    return read_notification(record(json.dumps(body).encode(), ("received-at", str(RECEIVED).encode())))


def without(*names: str, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in WHOLE.items() if name not in names} | changed


def known(source: dict[str, Any]) -> KnownMessage:
    message = read_message(source, "g1")
    assert message is not None
    return KnownMessage(
        message.content.content_hash,
        message.content.core_hash,
        True,
        False,
        ("INBOX",),
        deleted=False,
        filled=message.content.filled - {"thread_id", "date"},
    )


def kinds(events: list[Any] | None) -> list[type]:
    assert events is not None
    return [type(event) for event in events]


FETCH = (
    SyncWanted,
    {"kind": SyncKind.MESSAGE, "message_id": "m1", "reason": "incomplete", "lane": Lane.LIVE},
)
ASK_ACCOUNT = (SyncWanted, {"kind": SyncKind.ACCOUNT, "grant_id": "g1"})
ASK_BACKFILL = (SyncWanted, {"kind": SyncKind.BACKFILL, "grant_id": "g1"})
CONTENT: Any = (MessageContent, {})
STATE: Any = (MessageState, {"deleted": False})
HINT = (SyncWanted, {"kind": SyncKind.MESSAGE, "message_id": "m1"})
OTHER = {"grant_id": "g1", "id": "f/1"}
UPDATE = without("bcc", "reply_to", "attachments")
"""`message.updated` has none of these fields, and must not require them."""


@pytest.mark.parametrize(
    ("type_", "found", "stored", "expected"),
    [
        ("message.created", WHOLE, None, [CONTENT, STATE]),
        ("message.updated", WHOLE, None, [CONTENT, STATE]),
        ("message.updated", UPDATE | {"unread": False}, WHOLE, [(MessageState, {"unread": False})]),
        ("message.updated", UPDATE | {"body": "<p>Corrected</p>"}, WHOLE, [FETCH, STATE]),
        ("message.created.truncated", without("body"), None, [FETCH]),
        ("message.created.cleaned.truncated", WHOLE, None, [(SyncWanted, {"reason": "cleaned"})]),
        ("message.deleted", {"id": "m1", "grant_id": "g1"}, None, [(MessageState, {"deleted": True})]),
        ("folder.deleted", OTHER, None, [(Folder, {"key": "g1/f%2F1", "deleted": True})]),
        ("grant.expired", OTHER, None, [ASK_ACCOUNT]),
        ("grant.deleted", OTHER, None, [ASK_ACCOUNT]),
        ("folder.updated", OTHER, None, [ASK_ACCOUNT]),
        ("grant.imap_sync_completed", OTHER, None, [ASK_BACKFILL]),
        ("message.bounce_detected", {"grant_id": "g1", "message_id": "m1"}, None, [HINT]),
        ("thread.replied", {"grant_id": "g1", "id": "m1"}, None, [HINT]),
        (
            "thread.replied",
            {"grant_id": "g1", "thread_id": "t1"},
            None,
            [(SyncWanted, {"kind": SyncKind.THREAD, "thread_id": "t1"})],
        ),
    ],
)
def test_what_follows(
    type_: str, found: dict[str, Any], stored: dict[str, Any] | None, expected: list[Any]
) -> None:
    events = interpret(notification(type_, found), None if stored is None else known(stored)) or []
    assert [
        (type(event), {name: getattr(event, name) for name in fields})
        for event, (_, fields) in zip(events, expected, strict=True)
    ] == expected


@pytest.mark.parametrize("omitted", [name for name in WHOLE if name not in {"object", "id", "grant_id"}])
@pytest.mark.parametrize("wrong", ["absent", None, 3.5])
def test_whatever_is_omitted_is_fetched_not_erased(omitted: str, wrong: object) -> None:
    source = without(omitted) if wrong == "absent" else without(**{omitted: wrong})
    events = interpret(notification("message.created", source), None)
    assert kinds(events) == [SyncWanted]


BARE = {"body": "", "snippet": "", "attachments": [], "bcc": [], "reply_to": []}
"""As captured: unknown fields are present, and empty (docs: Notifications, suffixes)."""


@pytest.mark.parametrize("base", ["message.created", "message.updated"])
@pytest.mark.parametrize("suffix", ["truncated", "metadata", "transformed", "transformed.truncated"])
@pytest.mark.parametrize("stored", [None, WHOLE])
def test_what_a_suffix_makes_unknown_is_fetched_whatever_it_holds(
    base: str, suffix: str, stored: dict[str, Any] | None
) -> None:
    notified = notification(f"{base}.{suffix}", without(**BARE))
    events = interpret(notified, None if stored is None else known(stored))
    assert kinds(events)[0] is SyncWanted
    assert MessageContent not in kinds(events)
    assert (MessageState in kinds(events)) == (stored is not None and "transformed" not in suffix)


@pytest.mark.parametrize("base", ["message.created", "message.updated"])
@pytest.mark.parametrize("emptied", ["subject", "snippet", "from", "to", "body"])
def test_no_plain_notification_empties_what_is_stored(base: str, emptied: str) -> None:
    """INV-17."""
    events = interpret(notification(base, without(**{emptied: type(WHOLE[emptied])()})), known(WHOLE))
    assert kinds(events) == [SyncWanted, MessageState]
    changed = interpret(notification(base, without(subject="another")), known(WHOLE))
    assert kinds(changed) == [MessageContent, MessageState]


def test_a_new_message_without_a_body_is_stored_and_its_body_asked_for() -> None:
    notified = notification("message.created", without(body=""))
    assert not is_new(notified), "so that what is stored is looked up"
    events = interpret(notified, None)
    assert kinds(events) == [MessageContent, MessageState, SyncWanted]
    assert kinds(interpret(notified, known(without(body="")))) == [MessageState]


def test_only_notifications_that_show_a_message_need_its_stored_state() -> None:
    looked_up = [
        type_
        for type_ in (
            "message.created",
            "message.updated",
            "message.updated.truncated",
            "message.created.cleaned",
            "message.deleted",
            "message.send_success",
        )
        if message_id_of(notification(type_, WHOLE)) == "m1"
    ]
    assert looked_up == ["message.created", "message.updated", "message.updated.truncated"]


def test_version_is_the_end_of_the_second_but_never_far_beyond_receipt() -> None:
    normal = notification("message.created", WHOLE)
    assert normal.version.observed_at == 1_763_950_001_999_999
    assert not normal.dated_ahead
    wrong_clock = notification("message.created", WHOLE, time=4_000_000_000)
    assert wrong_clock.version.observed_at == RECEIVED + 5_000_000
    assert wrong_clock.dated_ahead
    assert not notification("message.created", WHOLE, time=RECEIVED // 1_000_000 + 5).dated_ahead


def test_unknown_type_is_neither_an_event_nor_an_error() -> None:
    assert interpret(notification("calendar.created", {"grant_id": "g1"}), None) is None


def test_suffixes_are_taken_apart() -> None:
    assert split_type("message.created.cleaned.transformed.truncated") == (
        "message.created",
        frozenset({"cleaned", "transformed", "truncated"}),
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"message.created","data":{"grant_id":"g\\u0000"}}',
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"type": 3}',
        b'{"type":"message.created","data":[]}',
        b"[" * 200_000,
    ],
)
def test_signed_nonsense_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableNotificationError):
        read_notification(record(body))


def test_gzip_is_inflated_and_broken_gzip_is_unreadable() -> None:
    whole = json.dumps({"type": "message.created", "data": {"object": WHOLE}}).encode()
    header = ("content-encoding", b"gzip")
    assert read_notification(record(gzip.compress(whole), header)).grant_id == "g1"
    with pytest.raises(UnreadableNotificationError):
        read_notification(record(gzip.compress(whole)[:-9], header))


def test_lone_surrogates_are_replaced_and_marked() -> None:
    body = json.dumps({"type": "message.created", "data": {"object": without(subject="a\ud800b")}}).encode()
    (content, _) = interpret(read_notification(record(body)), None) or []
    assert isinstance(content, MessageContent)
    assert (content.subject, content.sanitised) == ("a\ufffdb", True)
    content.model_dump_json()


@pytest.mark.parametrize("date", [-1, 10**12, 2**62])
def test_absurd_date_becomes_the_moment_of_receipt(date: int) -> None:
    (content, _) = interpret(notification("message.created", without(date=date)), None) or []
    assert isinstance(content, MessageContent)
    assert (content.received_at, content.sanitised) == (1_763_950_001, True)


@given(st.binary(max_size=400), st.binary(max_size=20))
def test_arbitrary_bytes_never_break_the_reader(body: bytes, encoding: bytes) -> None:
    try:
        read_notification(record(body, ("content-encoding", encoding)))
    except UnreadableNotificationError:
        return


def test_a_body_beyond_what_a_record_holds_is_cut_and_marked() -> None:
    (content, _) = interpret(notification("message.created", without(body="é" * 9_000_000)), None) or []
    assert isinstance(content, MessageContent)
    assert content.sanitised
    assert len((content.body or "").encode()) == 15 * 1024 * 1024
