"""On every path, the lane of a message is in all that is published; only live mail is live."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mailtide_common.contracts.events import Lane, MessageContent, MessageState, SyncKind, SyncWanted
from mailtide_common.contracts.times import UnixMicros
from mailtide_harness.notifications import notified
from mailtide_harness.sync_worker import DAY, Harness, NewHarness
from mailtide_persister.apply.conflict import Conflict
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.notifications.translate import Translator

Path = Callable[[Harness], Awaitable[None]]


def arrives(harness: Harness, *ages: int) -> list[str]:
    """Add mail to the mailbox without notifications, so many seconds old; return the ids."""
    author, now = harness.world.author_of(harness.mailbox), int(time.time())
    messages = [author.write(now - age) for age in ages]
    for message in messages:
        harness.mailbox.add(message)
    return [message.id for message in messages]


async def arrives_notified(harness: Harness, type_: str, source: str, *, shown: bool = True) -> None:
    """Deliver a notification about new mail, complete or with the id only, and make the fetches that it requests."""
    (id_,) = arrives(harness, 1)
    whole: dict[str, Any] = await harness.nylas.get_message(harness.grant.id, id_)
    found = whole if shown else {"id": id_, "grant_id": harness.grant.id}
    translator = Translator(KnownState(harness.pool), harness.publisher)
    await translator.translate([notified(type_, found, source=source)])
    await harness.grant_requests()


async def webhook(harness: Harness) -> None:
    await arrives_notified(harness, "message.created", "/google/emails/realtime")


async def truncated_webhook(harness: Harness) -> None:
    await arrives_notified(harness, "message.created.truncated", "/google/emails/realtime", shown=False)


async def webhook_of_the_first_sync(harness: Harness) -> None:
    await arrives_notified(harness, "message.created", "/imap/emails/historic")


async def truncated_webhook_of_the_first_sync(harness: Harness) -> None:
    await arrives_notified(harness, "message.created.truncated", "/imap/emails/historic", shown=False)


async def delta(harness: Harness) -> None:
    arrives(harness, 10)
    await harness.slice(SyncKind.DELTA, since=int(time.time()) - 600)


async def first_delta(harness: Harness) -> None:
    await harness.slice(SyncKind.DELTA)


async def window(harness: Harness) -> None:
    """A flag, a deletion that turns out to be none, and mail with an old date, found by comparing."""
    harness.mailbox.update(
        harness.newest(1)[0], starred=not harness.mailbox.messages[harness.newest(1)[0]].starred
    )
    arrives(harness, 2 * DAY)
    await harness.slice(SyncKind.DELTA, since=int(time.time()) - 600, window_seconds=30 * DAY)
    await harness.grant_requests()


async def audit(harness: Harness) -> None:
    harness.mailbox.update(
        harness.newest(1)[0], starred=not harness.mailbox.messages[harness.newest(1)[0]].starred
    )
    arrives(harness, 2 * DAY)
    harness.mailbox.remove(harness.newest(9)[8])
    await harness.slice(SyncKind.AUDIT)
    await harness.grant_requests()


async def audit_of_a_large_hole(harness: Harness) -> None:
    arrives(harness, *(2 * DAY + n for n in range(60)))
    await harness.slice(SyncKind.AUDIT)
    assert harness.fetch_requests() == []


async def backfill(harness: Harness) -> None:
    arrives(harness, 2 * DAY)
    await harness.slice(SyncKind.BACKFILL)


async def replied_thread(harness: Harness) -> None:
    (id_,) = arrives(harness, 2 * DAY)
    thread = harness.mailbox.messages[id_].thread_id
    record = notified("thread.replied", {"grant_id": harness.grant.id, "thread_id": thread})
    await Translator(KnownState(harness.pool), harness.publisher).translate([record])
    (refetch,) = [e for e in harness.of_type(SyncWanted) if e.kind is SyncKind.THREAD]
    await harness.slice(SyncKind.THREAD, thread_id=refetch.thread_id, lane=refetch.lane)


async def follow_up(harness: Harness) -> None:
    refetch = Conflict(UnixMicros(1), deletion_seen=False).refetch_request(
        harness.grant.id, harness.newest(1)[0]
    )
    await harness.slice(SyncKind.MESSAGE, message_id=refetch.message_id, follow_up=True, lane=refetch.lane)


async def old_request(harness: Harness) -> None:
    """A request from before requests had a lane."""
    await harness.slice(SyncKind.MESSAGE, message_id=harness.newest(1)[0])


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
async def test_what_is_published_says_what_made_it_seen(
    new_harness: NewHarness, path: Path, lane: Lane
) -> None:
    first = path is first_delta
    harness = await new_harness(count=30, days=5, filled=not first)
    await path(harness)
    content, states = harness.of_type(MessageContent), harness.of_type(MessageState)
    assert content
    assert states
    assert {event.lane for event in (*content, *states)} == {lane}
