"""Deletions that wait for a person, on a real Postgres."""

from typing import Any
from uuid import UUID

import pytest

from mailtide_common.contracts.events import AlertKind, DeletionsHeld, SyncKind
from mailtide_scheduler import limits
from mailtide_scheduler.database import connected
from mailtide_scheduler.held import list_held_deletions
from mailtide_scheduler.runs import UnknownAccountError

from .support import Bench

pytestmark = pytest.mark.real


def held(*messages: str, at: int = 10) -> DeletionsHeld:
    return DeletionsHeld(task_id=UUID(int=1), grant_id="g", message_ids=messages, at=at)


async def listed(bench: Bench, account_id: UUID) -> list[str]:
    async with connected(bench.pool) as connection:
        rows: list[dict[str, Any]] = await list_held_deletions(connection, account_id, 100, None)
    return [row["message_id"] for row in rows]


async def test_approved_deletions_are_confirmed_one_by_one(bench: Bench) -> None:
    account_id = await bench.quiet("g")
    record = bench.record(held("a", "b", "a"))
    assert await bench.events.take([record, record]) == []
    await bench.take(held("c"))
    assert await listed(bench, account_id) == ["a", "b", "c"]
    assert [alert.kind for alert in await bench.alerts()] == [AlertKind.DELETIONS_HELD]
    assert await bench.held.decide(account_id, approved=True) == 3
    assert await bench.held.decide(account_id, approved=True) == 0
    requests = await bench.send_due()
    assert {(r.kind, r.message_id, r.deletion_seen) for r in requests} == {
        (SyncKind.MESSAGE, id_, True) for id_ in "abc"
    }
    await bench.events.take([record])
    assert await listed(bench, account_id) == [], "what was decided is not held by a repeat"


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
