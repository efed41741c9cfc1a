"""Notifications of purged grants cause no events, and few look-ups."""

import pytest

from mailtide_common.contracts.events import MessageState
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.notifications import Index, deleted
from mailtide_harness.sync_worker import NewHarness
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.notifications.purged_grants import PurgedGrants
from mailtide_sync_worker.notifications.translate import Translator


async def test_notifications_of_a_purged_grant_become_no_events(new_harness: NewHarness) -> None:
    """INV-23."""
    harness = await new_harness(count=5, days=5)
    clock = [100.0]
    translator = Translator(KnownState(harness.pool), harness.publisher, clock=lambda: clock[0])

    async def events_of(grant: str) -> int:
        harness.forget()
        assert await translator.translate([deleted(grant)]) == []
        return len([e for e in harness.of_type(MessageState) if e.grant_id == grant])

    assert await events_of("gone") == 1
    await harness.pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("gone"))
    clock[0] += limits.PURGED_AGAIN_SECONDS
    assert await events_of("gone") == 0
    assert await events_of("other") == 1
    await harness.pool.execute("DELETE FROM purged_accounts")
    clock[0] += limits.LIFTED_AGAIN_SECONDS
    assert await events_of("gone") == 1, "it was connected again"


async def test_the_database_is_asked_about_a_grant_once_a_minute_and_left_alone_when_it_is_away() -> None:
    index = Index("gone")
    clock = [100.0]
    grants = PurgedGrants(index, clock=lambda: clock[0])
    for _ in range(3):
        assert await grants.among({"a", "b"}) == set()
    assert index.asked == [["a", "b"]]
    assert await grants.among({"b", "gone"}) == {"gone"}
    clock[0] += limits.LIFTED_AGAIN_SECONDS
    index.away = True
    assert await grants.among({"a", "gone"}) == {"gone"}, "what was known counts"
    assert await grants.among({"a", "gone"}) == {"gone"}
    assert index.asked[1:] == [["gone"], ["gone"]]


async def test_emptying_a_full_cache_forgets_no_grant_that_was_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """INV-23."""
    monkeypatch.setattr(limits, "KNOWN_GRANTS", 2)
    grants = PurgedGrants(Index("gone"), clock=lambda: 100.0)
    assert await grants.among({"gone", "a"}) == {"gone"}
    assert await grants.among({"gone", "b"}) == {"gone"}, "only b is looked up"
