"""Windows: the next delta finds cheaply what no notification announced, and deletes nothing wrongly."""

import time
from typing import Any

import pytest

from mailtide_common.contracts.events import (
    AlertRaised,
    DeletionsHeld,
    MessageState,
    SyncFinished,
    SyncKind,
    SyncOutcome,
)
from mailtide_harness.sync_worker import DAY, Harness, NewHarness

LIST = "GET /messages"
GET = "GET /messages/{id}"


async def delta(harness: Harness, window: int | None = 30 * DAY, **fields: Any) -> SyncFinished:
    return await harness.finish(SyncKind.DELTA, since=int(time.time()) - 300, window_seconds=window, **fields)


async def test_a_quiet_account_costs_two_calls(new_harness: NewHarness) -> None:
    harness = await new_harness(count=120, days=20)
    finished = await delta(harness)
    assert finished.outcome is SyncOutcome.OK
    assert finished.synced_count == 0
    assert harness.calls() == {LIST: 2}
    assert harness.publisher.events == [finished]


async def test_changes_moves_deletions_and_old_mail_that_came_late_are_found_once(
    new_harness: NewHarness,
) -> None:
    """INV-7."""
    harness = await new_harness(count=300, days=20)
    read, starred, moved, gone = harness.newest(4)
    folder = next(iter(set(harness.mailbox.folders) - set(harness.mailbox.messages[moved].folders)))
    harness.mailbox.update(read, unread=not harness.mailbox.messages[read].unread)
    harness.mailbox.update(starred, starred=not harness.mailbox.messages[starred].starred)
    harness.mailbox.update(moved, folders=[folder])
    harness.mailbox.remove(gone)
    author = harness.world.author_of(harness.mailbox)
    for late in (author.write(int(time.time()) - 5 * DAY), author.write(int(time.time()) - 10)):
        harness.mailbox.add(late)
    finished = await delta(harness)
    assert finished.synced_count == 6, "three changed, one missing, one unlisted, one new; each once"
    assert {each.message_id: each.deletion_seen for each in harness.fetch_requests()}[gone]
    assert len(harness.fetch_requests("unlisted")) == len(harness.fetch_requests("missing")) == 1
    assert {event.message_id for event in harness.of_type(MessageState)} >= {read, starred, moved}
    await harness.store()
    await harness.grant_requests()
    assert await harness.local() == harness.remote()
    harness.forget()
    again = await delta(harness)
    assert (again.synced_count, harness.fetch_requests()) == (0, [])


async def test_a_state_has_the_version_of_before_its_page(new_harness: NewHarness) -> None:
    harness = await new_harness(count=10, days=5)
    before = time.time_ns() // 1_000
    harness.mailbox.update(harness.newest(1)[0], starred=True)
    await delta(harness)
    (state,) = harness.of_type(MessageState)
    harness.forget()
    assert before < state.version.observed_at < time.time_ns() // 1_000


async def test_new_mail_is_not_fetched_again_while_the_database_does_not_hold_it(
    new_harness: NewHarness,
) -> None:
    harness = await new_harness(count=20, days=5)
    for _ in range(30):
        harness.mailbox.add(harness.world.author_of(harness.mailbox).write(int(time.time()) - 60))
    finished = await delta(harness)
    assert (finished.synced_count, harness.fetch_requests()) == (30, [])


async def test_outside_the_window_nothing_is_compared(new_harness: NewHarness) -> None:
    harness = await new_harness(count=200, days=20)
    old = list(harness.remote())[-5:]
    for message_id in old:
        harness.mailbox.remove(message_id)
    assert (await delta(harness, window=DAY)).synced_count == 0
    assert (await delta(harness, window=None)).synced_count == 0
    assert (await delta(harness)).synced_count == 5


async def test_more_than_a_twentieth_is_held_and_said_once_and_nothing_is_asked_for(
    new_harness: NewHarness,
) -> None:
    """INV-20."""
    harness = await new_harness(count=1_200, days=20)
    gone = harness.newest(700)
    for message_id in gone:
        harness.mailbox.remove(message_id)
    finished = await delta(harness)
    assert (finished.outcome, finished.synced_count) == (SyncOutcome.OK, 0)
    assert harness.fetch_requests() == []
    held = harness.of_type(DeletionsHeld)
    assert sorted(len(event.message_ids) for event in held) == [200, 500]
    assert {id_ for event in held for id_ in event.message_ids} == set(gone)
    assert harness.of_type(AlertRaised) == [], "every pass says this; the scheduler tells people, once"


@pytest.mark.parametrize(("removed", "asked"), [(20, 20), (21, 0)])
async def test_up_to_twenty_are_always_confirmed(new_harness: NewHarness, removed: int, asked: int) -> None:
    harness = await new_harness(count=100, days=20)
    for message_id in harness.newest(removed):
        harness.mailbox.remove(message_id)
    await delta(harness)
    assert len(harness.fetch_requests("missing")) == asked


@pytest.mark.parametrize(("mails", "held"), [(20, 0), (21, 21)])
async def test_autosaved_drafts_that_vanish_do_not_count(
    new_harness: NewHarness, mails: int, held: int
) -> None:
    """A client saves each draft under a new id; the old ones are confirmed whatever else is held."""
    harness = await new_harness(count=150, days=20)
    await harness.slice(SyncKind.ACCOUNT)
    folder = harness.mailbox.folder_of(r"\Drafts")
    assert folder is not None
    drafts = harness.newest(60)
    for message_id in drafts:
        harness.mailbox.messages[message_id].folders = [folder]
    await harness.whole(SyncKind.AUDIT)
    harness.forget()
    others = [id_ for id_ in harness.newest(150) if id_ not in drafts][:mails]
    for message_id in drafts + others:
        harness.mailbox.remove(message_id)
    await delta(harness)
    asked = {each.message_id for each in harness.fetch_requests("missing")}
    assert asked == {*drafts, *(others if not held else ())}
    assert sum(len(event.message_ids) for event in harness.of_type(DeletionsHeld)) == held


LIES: dict[str, dict[str, Any]] = {
    "empty_listing": {},
    "short_page": {"keep": 0.9},
    "repeated_cursor": {},
    "lost_cursor": {},
    "html": {"path": "*/messages"},
    "not_found": {},
    "server_error": {},
    "disconnect": {},
    "unauthorized": {},
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("kind", [SyncKind.DELTA, SyncKind.AUDIT])
async def test_no_lie_deletes_a_message_that_exists(
    new_harness: NewHarness, lie: str, kind: SyncKind
) -> None:
    """INV-19."""
    harness = await new_harness(count=450, days=20)
    before = harness.remote()
    harness.fault(lie, **LIES[lie])
    if kind is SyncKind.DELTA:
        await delta(harness)
    else:
        await harness.slice(kind)
    harness.heal()
    await harness.store()
    await harness.grant_requests()
    assert await harness.local() == before


@pytest.mark.parametrize("lie", ["repeated_cursor", "html", "server_error", "disconnect"])
async def test_a_pass_that_is_not_clean_fails_and_asks_for_no_deletion(
    new_harness: NewHarness, lie: str
) -> None:
    harness = await new_harness(count=450, days=20)
    harness.mailbox.remove(harness.newest(1)[0])
    harness.fault(lie)
    assert (await delta(harness)).outcome is SyncOutcome.FAILED
    assert harness.fetch_requests("missing") == []


async def test_beside_an_entry_that_cannot_be_read_what_is_missing_is_asked_for_once_a_day(
    new_harness: NewHarness,
) -> None:
    """The unreadable entry may be the missing message, so requesting it in every pass would never end."""
    harness = await new_harness(count=30, days=5)
    gone, nameless = harness.newest(2)
    harness.mailbox.remove(gone)
    harness.mailbox.messages[nameless].raw["id"] = None
    assert (await delta(harness)).outcome is SyncOutcome.OK
    assert harness.fetch_requests() == []
    await harness.pool.execute(
        "UPDATE emails SET content_observed_at = 1, state_observed_at = state_observed_at - $1",
        DAY * 1_000_000,
    )
    assert (await delta(harness)).outcome is SyncOutcome.OK
    assert {each.message_id for each in harness.fetch_requests("missing")} == {gone, nameless}


async def test_what_rolls_out_of_the_imap_cache_is_not_missing(new_harness: NewHarness) -> None:
    harness = await new_harness(provider="imap", count=400, days=88)
    everything = await harness.local()
    harness.mailbox.cache_days = 60  # thirty days later
    rows = "UPDATE emails SET received_at = received_at - interval '30 days'"
    await harness.pool.execute(rows)
    for message in list(harness.mailbox.newest_first(None, None)):
        harness.mailbox.unlist(message)
        message.date -= 30 * DAY
        message.thread_id += "x"
        harness.mailbox.add(message, announce=False)
    harness.mailbox.cache_days = 90
    await delta(harness, window=3_650 * DAY)
    await harness.slice(SyncKind.AUDIT)
    assert harness.fetch_requests("missing") == []
    assert not harness.of_type(DeletionsHeld)
    assert (await harness.local()).keys() == everything.keys()


async def test_a_404_of_what_left_the_cache_meanwhile_deletes_nothing(new_harness: NewHarness) -> None:
    harness = await new_harness(provider="icloud", count=5, days=3)
    old, recent = harness.newest(2)
    await harness.pool.execute(
        "UPDATE emails SET received_at = now() - interval '91 days' WHERE nylas_message_id = $1", old
    )
    for message_id in (old, recent):
        harness.mailbox.remove(message_id)
        await harness.slice(
            SyncKind.MESSAGE, message_id=message_id, deletion_seen=True, attempt=2, not_found=1
        )
    await harness.store()
    assert set(await harness.local()) == {*harness.remote(), old}


async def test_a_window_larger_than_a_pass_is_compared_as_far_as_it_reaches(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.WINDOW_PAGES", 2)
    harness = await new_harness(count=900, days=20)
    ids = list(harness.remote())
    for message_id in (ids[5], ids[-5]):
        harness.mailbox.remove(message_id)
    harness.calls()
    finished = await delta(harness)
    assert finished.outcome is SyncOutcome.OK
    assert [each.message_id for each in harness.fetch_requests("missing")] == [ids[5]]
    assert harness.calls() == {LIST: 3}
