"""Deletions that wait for a person, on a real Postgres."""

from typing import Any
from uuid import UUID

import pytest

from mailtide_common.contracts.events import AlertKind, DeletionsHeld, SyncKind, SyncWanted
from mailtide_harness.scheduler import Bench
from mailtide_scheduler import limits
from mailtide_scheduler.database import connected
from mailtide_scheduler.deletions.held_deletions import list_held_deletions, list_held_folders
from mailtide_scheduler.runs.service import UnknownAccountError

pytestmark = pytest.mark.real


def held(*messages: str, at: int = 10) -> DeletionsHeld:
    return DeletionsHeld(task_id=UUID(int=1), grant_id="g", message_ids=messages, at=at)


async def listed(bench: Bench, account_id: UUID) -> list[str]:
    async with connected(bench.pool) as connection:
        rows: list[dict[str, Any]] = await list_held_deletions(connection, account_id, 100, None)
    return [row["message_id"] for row in rows]


async def test_approved_deletions_are_confirmed_one_by_one(bench: Bench) -> None:
    """INV-20."""
    account_id = await bench.quiet("g")
    record = bench.record(held("a", "b", "a"))
    assert await bench.events.handle([record, record]) == []
    await bench.take(held("c"))
    assert await listed(bench, account_id) == ["a", "b", "c"]
    assert [alert.kind for alert in await bench.alerts()] == [AlertKind.DELETIONS_HELD]
    assert await bench.held.decide(account_id, approved=True) == 3
    assert await bench.held.decide(account_id, approved=True) == 0
    requests = await bench.send_due()
    assert {(r.kind, r.message_id, r.deletion_seen) for r in requests} == {
        (SyncKind.MESSAGE, id_, True) for id_ in "abc"
    }
    await bench.events.handle([record])
    assert await listed(bench, account_id) == [], "what was decided is not held by a repeat"


async def test_a_pass_that_holds_the_same_again_tells_nobody(bench: Bench) -> None:
    """One pass says it in several events; the next passes say it all again, until somebody decides."""
    await bench.quiet("g")
    hour = limits.HELD_AGAIN_SECONDS * 1_000_000
    await bench.take(held("a", "b", at=10), held("c", at=10))
    (told,) = await bench.alerts()
    assert told.reason.startswith("3 messages ")
    for turn in range(1, 4):
        await bench.take(held("a", "b", at=turn * hour), held("c", at=turn * hour))
        assert await bench.alerts() == []
    assert await bench.pool.fetchval("SELECT count(*) FROM incidents") == 1


async def test_more_held_deletions_are_told_of_but_not_every_time(bench: Bench) -> None:
    await bench.quiet("g")
    hour = limits.HELD_AGAIN_SECONDS * 1_000_000
    await bench.take(held("a", at=10))
    (first,) = await bench.alerts()
    await bench.take(held("b", at=hour))
    assert await bench.alerts() == [], "slices of one audit come one after another"
    await bench.take(held("a", "b", at=hour + 10))
    (second,) = await bench.alerts()
    assert second.reason.startswith("2 messages ")
    assert second.at != first.at, "by its moment a reader knows that it is another alert"
    assert await bench.pool.fetchval("SELECT count(*) FROM incidents") == 1
    await bench.take(held("a", "b", at=3 * hour))
    assert await bench.alerts() == []


async def test_a_discarded_deletion_is_held_again_much_later_only(bench: Bench) -> None:
    account_id = await bench.quiet("g")
    await bench.take(held("a"))
    assert await bench.held.decide(account_id, approved=False) == 1
    assert await bench.send_due() == []
    decided = await bench.pool.fetchval("SELECT decided_at FROM held_deletions")
    await bench.take(held("a", at=decided + 1))
    assert await listed(bench, account_id) == []
    await bench.alerts()
    await bench.take(held("a", at=decided + limits.DISCARD_SECONDS * 1_000_000 + 1))
    assert await listed(bench, account_id) == ["a"]
    assert len(await bench.alerts()) == 1


async def test_nothing_is_decided_about_an_unknown_account(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError):
        await bench.held.decide(UUID(int=1), approved=True)


async def test_folders_are_held_approved_and_listed_once_more(bench: Bench) -> None:
    account_id = await bench.quiet("g")
    event = held("a").model_copy(update={"folder_ids": ("f", "h")})
    record = bench.record(event)
    await bench.events.handle([record, record])
    assert [alert.reason[:24] for alert in await bench.alerts()] == ["1 messages and 2 folders"]
    async with connected(bench.pool) as connection:
        rows = await list_held_folders(connection, account_id)
    assert [row["folder_id"] for row in rows] == ["f", "h"]
    assert await bench.held.decide(account_id, approved=True) == 3
    (listing,) = [r for r in await bench.send_due() if r.kind is SyncKind.ACCOUNT]
    assert (listing.folders_only, listing.approved_folders) == (True, ("f", "h"))
    await bench.pool.execute("UPDATE held_folders SET decided_at = 1")
    await bench.take(bench.finished(listing), SyncWanted(grant_id="g", kind=SyncKind.ACCOUNT, reason="test"))
    (listing,) = [r for r in await bench.send_due() if r.kind is SyncKind.ACCOUNT]
    assert (listing.folders_only, listing.approved_folders) == (False, ()), (
        "an approval does not last for ever"
    )
    await bench.take(held().model_copy(update={"folder_ids": ("i",)}))
    assert await bench.held.decide(account_id, approved=False) == 1
    assert [r for r in await bench.send_due() if r.kind is SyncKind.ACCOUNT] == []
