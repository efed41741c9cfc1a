"""Every path by which a message is seen says so in all that it publishes: only live mail is live."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import Lane, MessageContent, MessageState, SyncKind, SyncWanted
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_harness.sync_worker import NewRig, Rig, record_of
from mailtide_persister.apply.conflict import Conflict
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.notifications.translate import Translator

pytestmark = pytest.mark.real

DAY = 86_400
Path = Callable[[Rig], Awaitable[None]]


def arrives(rig: Rig, *ages: int) -> list[str]:
    """Mail that the mailbox has and nobody has told of, so many seconds old."""
    author, now = rig.world.author_of(rig.mailbox), int(time.time())
    messages = [author.write(now - age) for age in ages]
    for message in messages:
        rig.mailbox.add(message)
    return [message.id for message in messages]


async def notified(rig: Rig, type_: str, source: str, *, shown: bool = True) -> None:
    """A webhook about new mail, with all that it says or only its id; and the fetches that it asks for."""
    (id_,) = arrives(rig, 1)
    whole: dict[str, Any] = await rig.nylas.get_message(rig.grant.id, id_)
    found = whole if shown else {"id": id_, "grant_id": rig.grant.id}
    body = {"type": type_, "id": "n", "time": int(time.time()), "source": source, "data": {"object": found}}
    record = record_of(NOTIFICATIONS, Encoded(b"k", json.dumps(body).encode(), []))
    await Translator(KnownState(rig.pool), rig.published).translate([record])
    await rig.grant_wishes()


async def webhook(rig: Rig) -> None:
    await notified(rig, "message.created", "/google/emails/realtime")


async def truncated_webhook(rig: Rig) -> None:
    await notified(rig, "message.created.truncated", "/google/emails/realtime", shown=False)


async def webhook_of_the_first_sync(rig: Rig) -> None:
    await notified(rig, "message.created", "/imap/emails/historic")


async def truncated_webhook_of_the_first_sync(rig: Rig) -> None:
    await notified(rig, "message.created.truncated", "/imap/emails/historic", shown=False)


async def delta(rig: Rig) -> None:
    arrives(rig, 10)
    await rig.slice(SyncKind.DELTA, since=int(time.time()) - 600)


async def first_delta(rig: Rig) -> None:
    await rig.slice(SyncKind.DELTA)


async def window(rig: Rig) -> None:
    """A flag, a deletion that is none, and mail that came late, found by comparing."""
    rig.mailbox.update(rig.newest(1)[0], starred=not rig.mailbox.messages[rig.newest(1)[0]].starred)
    arrives(rig, 2 * DAY)
    await rig.slice(SyncKind.DELTA, since=int(time.time()) - 600, window_seconds=30 * DAY)
    await rig.grant_wishes()


async def audit(rig: Rig) -> None:
    rig.mailbox.update(rig.newest(1)[0], starred=not rig.mailbox.messages[rig.newest(1)[0]].starred)
    arrives(rig, 2 * DAY)
    rig.mailbox.remove(rig.newest(9)[8])
    await rig.slice(SyncKind.AUDIT)
    await rig.grant_wishes()


async def audit_of_a_large_hole(rig: Rig) -> None:
    arrives(rig, *(2 * DAY + n for n in range(60)))
    await rig.slice(SyncKind.AUDIT)
    assert rig.wishes() == []


async def backfill(rig: Rig) -> None:
    arrives(rig, 2 * DAY)
    await rig.slice(SyncKind.BACKFILL)


async def replied_thread(rig: Rig) -> None:
    (id_,) = arrives(rig, 2 * DAY)
    thread = rig.mailbox.messages[id_].thread_id
    body = {
        "type": "thread.replied",
        "id": "n",
        "time": int(time.time()),
        "data": {"grant_id": rig.grant.id, "object": {"thread_id": thread}},
    }
    record = record_of(NOTIFICATIONS, Encoded(b"k", json.dumps(body).encode(), []))
    await Translator(KnownState(rig.pool), rig.published).translate([record])
    (wish,) = [e for e in rig.of_type(SyncWanted) if e.kind is SyncKind.THREAD]
    await rig.slice(SyncKind.THREAD, thread_id=wish.thread_id, lane=wish.lane)


async def follow_up(rig: Rig) -> None:
    wish = Conflict(1, deletion_seen=False).wish(rig.grant.id, rig.newest(1)[0])
    await rig.slice(SyncKind.MESSAGE, message_id=wish.message_id, follow_up=True, lane=wish.lane)


async def old_request(rig: Rig) -> None:
    """One that was written before requests had a lane."""
    await rig.slice(SyncKind.MESSAGE, message_id=rig.newest(1)[0])


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        (webhook, Lane.LIVE),
        (truncated_webhook, Lane.LIVE),
        (webhook_of_the_first_sync, Lane.BACKFILL),
        (truncated_webhook_of_the_first_sync, Lane.BACKFILL),
        (delta, Lane.SYNC),
        (window, Lane.SYNC),
        (follow_up, Lane.SYNC),
        (replied_thread, Lane.SYNC),
        (old_request, Lane.SYNC),
        (first_delta, Lane.BACKFILL),
        (backfill, Lane.BACKFILL),
        (audit, Lane.BACKFILL),
        (audit_of_a_large_hole, Lane.BACKFILL),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_what_is_published_says_what_made_it_seen(new_rig: NewRig, path: Path, lane: Lane) -> None:
    first = path is first_delta
    rig = await new_rig(count=30, days=5, filled=not first)
    await path(rig)
    content, states = rig.of_type(MessageContent), rig.of_type(MessageState)
    assert content
    assert states
    assert {event.lane for event in (*content, *states)} == {lane}
