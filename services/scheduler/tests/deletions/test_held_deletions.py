"""Deletions that wait for an operator, on a real Postgres."""

from uuid import UUID

import pytest

from mailtide_common.contracts.events import AlertKind, DeletionsHeld, SyncKind, SyncWanted
from mailtide_common.contracts.times import UnixMicros, of_datetime
from mailtide_harness.scheduler import Harness
from mailtide_scheduler import limits
from mailtide_scheduler.database import connected
from mailtide_scheduler.deletions.held_deletions import (
    get_held_summary,
    list_held_deletions,
    list_held_folders,
)
from mailtide_scheduler.errors import UnknownAccountError


def held(*messages: str, at: int = 10) -> DeletionsHeld:
    return DeletionsHeld(task_id=UUID(int=1), grant_id="g", message_ids=messages, at=at)


async def listed(harness: Harness, account_id: UUID) -> list[str]:
    async with connected(harness.pool) as connection:
        rows = await list_held_deletions(connection, account_id, 100, None)
    return [row.message_id for row in rows]


async def test_approved_deletions_are_confirmed_one_by_one(harness: Harness) -> None:
    """INV-20."""
    account_id = await harness.quiet("g")
    record = harness.record(held("a", "b", "a"))
    assert await harness.events.handle([record, record]) == []
    await harness.take(held("c"))
    assert await listed(harness, account_id) == ["a", "b", "c"]
    assert [alert.kind for alert in await harness.alerts()] == [AlertKind.DELETIONS_HELD]
    assert await harness.held.decide(account_id, approved=True) == 3
    assert await harness.held.decide(account_id, approved=True) == 0
    requests = await harness.send_due()
    assert {(r.kind, r.message_id, r.deletion_seen) for r in requests} == {
        (SyncKind.MESSAGE, id_, True) for id_ in "abc"
    }
    await harness.events.handle([record])
    assert await listed(harness, account_id) == [], "what was decided is not held by a repeat"


async def test_a_pass_that_holds_the_same_again_tells_nobody(harness: Harness) -> None:
    """A pass holds them in several events, and later passes hold them again, until an operator decides."""
    await harness.quiet("g")
    hour = limits.HELD_AGAIN_SECONDS * 1_000_000
    await harness.take(held("a", "b", at=10), held("c", at=10))
    (told,) = await harness.alerts()
    assert told.reason.startswith("3 messages ")
    for turn in range(1, 4):
        await harness.take(held("a", "b", at=turn * hour), held("c", at=turn * hour))
        assert await harness.alerts() == []
    assert await harness.pool.fetchval("SELECT count(*) FROM incidents") == 1


async def test_more_held_deletions_are_told_of_but_not_every_time(harness: Harness) -> None:
    await harness.quiet("g")
    hour = limits.HELD_AGAIN_SECONDS * 1_000_000
    await harness.take(held("a", at=10))
    (first,) = await harness.alerts()
    await harness.take(held("b", at=hour))
    assert await harness.alerts() == [], "slices of one audit come one after another"
    await harness.take(held("a", "b", at=hour + 10))
    (second,) = await harness.alerts()
    assert second.reason.startswith("2 messages ")
    assert second.at != first.at, "by its moment a reader knows that it is another alert"
    assert await harness.pool.fetchval("SELECT count(*) FROM incidents") == 1
    await harness.take(held("a", "b", at=3 * hour))
    assert await harness.alerts() == []


async def test_a_discarded_deletion_is_held_again_much_later_only(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    await harness.take(held("a"))
    assert await harness.held.decide(account_id, approved=False) == 1
    assert await harness.send_due() == []
    decided = await harness.pool.fetchval("SELECT decided_at FROM held_deletions")
    await harness.take(held("a", at=decided + 1))
    assert await listed(harness, account_id) == []
    await harness.alerts()
    await harness.take(held("a", at=decided + limits.DISCARD_SECONDS * 1_000_000 + 1))
    assert await listed(harness, account_id) == ["a"]
    assert len(await harness.alerts()) == 1


async def test_held_at_is_when_the_wait_for_a_decision_began(harness: Harness) -> None:
    account_id = await harness.quiet("g")

    async def held_at() -> list[UnixMicros]:
        async with connected(harness.pool) as connection:
            messages = await list_held_deletions(connection, account_id, 100, None)
            folders = await list_held_folders(connection, account_id)
        return [of_datetime(moment) for moment in (messages[0].held_at, folders[0].held_at)]

    def seen(at: int) -> DeletionsHeld:
        return held("a", at=at).model_copy(update={"folder_ids": ("f",)})

    await harness.take(seen(20), seen(30), seen(10))
    assert await held_at() == [10, 10], "later passes do not move it, and events may come in any order"
    await harness.held.decide(account_id, approved=False)
    decided = await harness.pool.fetchval("SELECT decided_at FROM held_deletions")
    again = decided + limits.DISCARD_SECONDS * 1_000_000 + 1
    await harness.take(seen(again), seen(again + 5), seen(20))
    assert await held_at() == [again, again], "a repeat from before the decision does not move it"


async def test_held_messages_are_summarised_by_folder_and_period(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    await harness.pool.execute(
        "INSERT INTO email_folders (id, account_id, nylas_folder_id, name, observed_at, source_rank, event_id)"
        " VALUES (gen_random_uuid(), $1, 'i', 'Inbox', 1, 1, '')",
        account_id,
    )
    await harness.pool.executemany(
        "INSERT INTO emails (id, account_id, nylas_message_id, folders, received_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, to_timestamp($4))",
        [(account_id, "a", ["i", "x"], 1), (account_id, "b", ["i"], 3), (account_id, "kept", ["i"], 9)],
    )
    await harness.take(held("a", "b", "never stored"))
    async with connected(harness.pool) as connection:
        summary = await get_held_summary(connection, account_id)
    assert [(each.folder_id, each.name, each.messages) for each in summary.folders] == [
        ("i", "Inbox", 2),
        ("x", None, 1),
    ]
    period = [summary.received_from, summary.received_to]
    assert (summary.stored, [each and each.timestamp() for each in period]) == (3, [1, 3])


async def test_nothing_is_decided_about_an_unknown_account(harness: Harness) -> None:
    with pytest.raises(UnknownAccountError):
        await harness.held.decide(UUID(int=1), approved=True)


async def test_folders_are_held_approved_and_listed_once_more(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    event = held("a").model_copy(update={"folder_ids": ("f", "h")})
    record = harness.record(event)
    await harness.events.handle([record, record])
    assert [alert.reason[:23] for alert in await harness.alerts()] == ["1 message and 2 folders"]
    async with connected(harness.pool) as connection:
        rows = await list_held_folders(connection, account_id)
    assert [row.folder_id for row in rows] == ["f", "h"]
    assert await harness.held.decide(account_id, approved=True) == 3
    (listing,) = [r for r in await harness.send_due() if r.kind is SyncKind.ACCOUNT]
    assert (listing.folders_only, listing.approved_folders) == (True, ("f", "h"))
    await harness.pool.execute("UPDATE held_folders SET decided_at = 1")
    await harness.take(
        harness.finished(listing), SyncWanted(grant_id="g", kind=SyncKind.ACCOUNT, reason="test")
    )
    (listing,) = [r for r in await harness.send_due() if r.kind is SyncKind.ACCOUNT]
    assert (listing.folders_only, listing.approved_folders) == (False, ()), (
        "an approval does not last for ever"
    )
    await harness.take(held().model_copy(update={"folder_ids": ("i",)}))
    assert await harness.held.decide(account_id, approved=False) == 1
    assert [r for r in await harness.send_due() if r.kind is SyncKind.ACCOUNT] == []
