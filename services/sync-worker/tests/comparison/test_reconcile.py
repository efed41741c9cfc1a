"""Windows: what no notification told is found at the next delta, cheaply, and nothing is deleted wrongly."""

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
from mailtide_harness.sync_worker import NewRig, Rig

pytestmark = pytest.mark.real

DAY = 86_400
LIST = "GET /messages"
GET = "GET /messages/{id}"


async def delta(rig: Rig, window: int | None = 30 * DAY, **fields: Any) -> SyncFinished:
    event = await rig.slice(SyncKind.DELTA, since=int(time.time()) - 300, window_seconds=window, **fields)
    assert isinstance(event, SyncFinished)
    return event


async def test_a_quiet_account_costs_two_calls(new_rig: NewRig) -> None:
    rig = await new_rig(count=120, days=20)
    finished = await delta(rig)
    assert finished.outcome is SyncOutcome.OK
    assert finished.synced_count == 0
    assert rig.calls() == {LIST: 2}
    assert rig.published.events() == [finished]


async def test_changes_moves_deletions_and_old_mail_that_came_late_are_found_once(new_rig: NewRig) -> None:
    """INV-7."""
    rig = await new_rig(count=300, days=20)
    read, starred, moved, gone = rig.newest(4)
    folder = next(iter(set(rig.mailbox.folders) - set(rig.mailbox.messages[moved].folders)))
    rig.mailbox.update(read, unread=not rig.mailbox.messages[read].unread)
    rig.mailbox.update(starred, starred=not rig.mailbox.messages[starred].starred)
    rig.mailbox.update(moved, folders=[folder])
    rig.mailbox.remove(gone)
    author = rig.world.author_of(rig.mailbox)
    for late in (author.write(int(time.time()) - 5 * DAY), author.write(int(time.time()) - 10)):
        rig.mailbox.add(late)
    finished = await delta(rig)
    assert finished.synced_count == 6, "three changed, one missing, one unlisted, one new; each once"
    assert {wish.message_id: wish.deletion_seen for wish in rig.wishes()}[gone]
    assert len(rig.wishes("unlisted")) == len(rig.wishes("missing")) == 1
    assert {event.message_id for event in rig.of_type(MessageState)} >= {read, starred, moved}
    await rig.store()
    await rig.grant_wishes()
    assert await rig.local() == rig.remote()
    rig.forget()
    again = await delta(rig)
    assert (again.synced_count, rig.wishes()) == (0, [])


async def test_a_state_has_the_version_of_before_its_page(new_rig: NewRig) -> None:
    rig = await new_rig(count=10, days=5)
    before = time.time_ns() // 1_000
    rig.mailbox.update(rig.newest(1)[0], starred=True)
    await delta(rig)
    (state,) = rig.of_type(MessageState)
    rig.forget()
    assert before < state.version.observed_at < time.time_ns() // 1_000


async def test_new_mail_is_not_fetched_again_while_the_database_does_not_hold_it(new_rig: NewRig) -> None:
    rig = await new_rig(count=20, days=5)
    for _ in range(30):
        rig.mailbox.add(rig.world.author_of(rig.mailbox).write(int(time.time()) - 60))
    finished = await delta(rig)
    assert (finished.synced_count, rig.wishes()) == (30, [])


async def test_outside_the_window_nothing_is_compared(new_rig: NewRig) -> None:
    rig = await new_rig(count=200, days=20)
    old = list(rig.remote())[-5:]
    for message_id in old:
        rig.mailbox.remove(message_id)
    assert (await delta(rig, window=DAY)).synced_count == 0
    assert (await delta(rig, window=None)).synced_count == 0
    assert (await delta(rig)).synced_count == 5


async def test_more_than_a_twentieth_is_held_and_said_once_and_nothing_is_asked_for(new_rig: NewRig) -> None:
    """INV-20."""
    rig = await new_rig(count=1_200, days=20)
    gone = rig.newest(700)
    for message_id in gone:
        rig.mailbox.remove(message_id)
    finished = await delta(rig)
    assert (finished.outcome, finished.synced_count) == (SyncOutcome.OK, 0)
    assert rig.wishes() == []
    held = rig.of_type(DeletionsHeld)
    assert sorted(len(event.message_ids) for event in held) == [200, 500]
    assert {id_ for event in held for id_ in event.message_ids} == set(gone)
    assert rig.of_type(AlertRaised) == [], "every pass says this; the scheduler tells people, once"


@pytest.mark.parametrize(("removed", "asked"), [(20, 20), (21, 0)])
async def test_up_to_twenty_are_always_confirmed(new_rig: NewRig, removed: int, asked: int) -> None:
    rig = await new_rig(count=100, days=20)
    for message_id in rig.newest(removed):
        rig.mailbox.remove(message_id)
    await delta(rig)
    assert len(rig.wishes("missing")) == asked


@pytest.mark.parametrize(("mails", "held"), [(20, 0), (21, 21)])
async def test_autosaved_drafts_that_vanish_do_not_count(new_rig: NewRig, mails: int, held: int) -> None:
    """A client saves each draft anew under another id; the old ones are confirmed, whatever else is held."""
    rig = await new_rig(count=150, days=20)
    await rig.slice(SyncKind.ACCOUNT)
    folder = rig.mailbox.folder_of(r"\Drafts")
    assert folder is not None
    drafts = rig.newest(60)
    for message_id in drafts:
        rig.mailbox.messages[message_id].folders = [folder]
    await rig.whole(SyncKind.AUDIT)
    rig.forget()
    others = [id_ for id_ in rig.newest(150) if id_ not in drafts][:mails]
    for message_id in drafts + others:
        rig.mailbox.remove(message_id)
    await delta(rig)
    asked = {wish.message_id for wish in rig.wishes("missing")}
    assert asked == {*drafts, *(others if not held else ())}
    assert sum(len(event.message_ids) for event in rig.of_type(DeletionsHeld)) == held


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
async def test_no_lie_deletes_a_message_that_exists(new_rig: NewRig, lie: str, kind: SyncKind) -> None:
    """INV-19."""
    rig = await new_rig(count=450, days=20)
    before = rig.remote()
    rig.fault(lie, **LIES[lie])
    if kind is SyncKind.DELTA:
        await delta(rig)
    else:
        await rig.slice(kind)
    rig.heal()
    await rig.store()
    await rig.grant_wishes()
    assert await rig.local() == before


@pytest.mark.parametrize("lie", ["repeated_cursor", "html", "server_error", "disconnect"])
async def test_a_pass_that_is_not_clean_fails_and_asks_for_no_deletion(new_rig: NewRig, lie: str) -> None:
    rig = await new_rig(count=450, days=20)
    rig.mailbox.remove(rig.newest(1)[0])
    rig.fault(lie)
    assert (await delta(rig)).outcome is SyncOutcome.FAILED
    assert rig.wishes("missing") == []


async def test_beside_an_entry_that_cannot_be_read_what_is_missing_is_asked_for_once_a_day(
    new_rig: NewRig,
) -> None:
    """The entry may be the missing message, so asking for it with every pass would never end."""
    rig = await new_rig(count=30, days=5)
    gone, nameless = rig.newest(2)
    rig.mailbox.remove(gone)
    rig.mailbox.messages[nameless].raw["id"] = None
    assert (await delta(rig)).outcome is SyncOutcome.OK
    assert rig.wishes() == []
    await rig.pool.execute(
        "UPDATE emails SET content_observed_at = 1, state_observed_at = state_observed_at - $1",
        DAY * 1_000_000,
    )
    assert (await delta(rig)).outcome is SyncOutcome.OK
    assert {wish.message_id for wish in rig.wishes("missing")} == {gone, nameless}


async def test_what_rolls_out_of_the_imap_cache_is_not_missing(new_rig: NewRig) -> None:
    rig = await new_rig(provider="imap", count=400, days=88)
    everything = await rig.local()
    rig.mailbox.cache_days = 60  # thirty days later
    rows = "UPDATE emails SET received_at = received_at - interval '30 days'"
    await rig.pool.execute(rows)
    for message in list(rig.mailbox.newest_first(None, None)):
        rig.mailbox._forget(message)
        message.date -= 30 * DAY
        message.thread_id += "x"
        rig.mailbox.add(message, announce=False)
    rig.mailbox.cache_days = 90
    await delta(rig, window=3_650 * DAY)
    await rig.slice(SyncKind.AUDIT)
    assert rig.wishes("missing") == []
    assert not rig.of_type(DeletionsHeld)
    assert (await rig.local()).keys() == everything.keys()


async def test_a_404_of_what_left_the_cache_meanwhile_deletes_nothing(new_rig: NewRig) -> None:
    rig = await new_rig(provider="icloud", count=5, days=3)
    old, recent = rig.newest(2)
    await rig.pool.execute(
        "UPDATE emails SET received_at = now() - interval '91 days' WHERE nylas_message_id = $1", old
    )
    for message_id in (old, recent):
        rig.mailbox.remove(message_id)
        await rig.slice(SyncKind.MESSAGE, message_id=message_id, deletion_seen=True, attempt=2)
    await rig.store()
    assert set(await rig.local()) == {*rig.remote(), old}


async def test_a_window_larger_than_a_pass_is_compared_as_far_as_it_reaches(
    new_rig: NewRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.WINDOW_PAGES", 2)
    rig = await new_rig(count=900, days=20)
    ids = list(rig.remote())
    for message_id in (ids[5], ids[-5]):
        rig.mailbox.remove(message_id)
    rig.calls()
    finished = await delta(rig)
    assert finished.outcome is SyncOutcome.OK
    assert [wish.message_id for wish in rig.wishes("missing")] == [ids[5]]
    assert rig.calls() == {LIST: 3}
