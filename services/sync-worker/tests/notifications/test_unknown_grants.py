"""Notifications of grants without an account request it once, and cost the live lane nothing afterwards."""

from collections.abc import Iterable

import asyncpg
import pytest

from mailtide_common.contracts.events import Event, SyncKind, SyncWanted
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.publisher import PUBLISH_TIMEOUT_SECONDS
from mailtide_harness.notifications import Index, deleted
from mailtide_harness.publisher import AWAY, RecordingPublisher
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.notifications.translate import Translator
from mailtide_sync_worker.notifications.unknown_grants import REASON, UnknownGrants


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class LosesRequests(RecordingPublisher):
    """Acknowledges the events of notifications, and while it is `away` no request for an account."""

    away = False

    async def publish_all(self, events: Iterable[Event], *, timeout: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        if self.away:
            raise AWAY
        await super().publish_all(events, timeout=timeout)


def introductions(index: Index) -> tuple[UnknownGrants, Clock]:
    clock = Clock()
    return UnknownGrants(index, clock=clock), clock


async def test_known_grants_are_looked_up_once_and_unknown_ones_asked_for_once_a_minute() -> None:
    index = Index("a")
    found, clock = introductions(index)
    requests = await found.requests(["a", "b"], [])
    assert [(w.grant_id, w.kind, w.reason) for w in requests] == [("b", SyncKind.ACCOUNT, REASON)]
    found.published(requests)
    for _ in range(10):
        assert await found.requests(["a", "b"], []) == []
    assert index.asked == [["a", "b"]]
    clock.now += limits.INTRODUCE_AGAIN_SECONDS
    assert len(await found.requests(["a", "b"], [])) == 1
    assert index.asked == [["a", "b"], ["b"]]


async def test_a_batch_that_asks_already_asks_no_second_time() -> None:
    found, _ = introductions(Index())
    asks = SyncWanted(grant_id="b", kind=SyncKind.ACCOUNT, reason="grant.updated")
    assert await found.requests(["b"], [asks]) == []


async def test_a_batch_that_asks_for_folders_only_asks_for_the_account_too() -> None:
    found, _ = introductions(Index())
    folders = SyncWanted(grant_id="b", kind=SyncKind.ACCOUNT, reason="folder.created", folders_only=True)
    requests = await found.requests(["b"], [folders])
    assert [w.folders_only for w in requests] == [False]


async def test_a_request_that_kafka_did_not_acknowledge_is_made_again_with_its_batch() -> None:
    """The next notification of the grant may arrive days later."""
    published = LosesRequests()
    translator = Translator(Index(), published)
    published.away = True
    with pytest.raises(TransientError):
        await translator.translate([deleted("b")])
    published.away = False
    assert await translator.translate([deleted("b")]) == []
    assert [w.grant_id for w in published.events if isinstance(w, SyncWanted)] == ["b"]


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KNOWN_GRANTS", 3)
    index = Index(*"abcdefgh")
    found, _ = introductions(index)
    for grant in "abcdefgh":
        assert await found.requests([grant], []) == []
    for grant in "abcdefgh":
        await found.requests([grant], [])
    assert len(index.asked) >= 8 + 5, "three at most are not asked for again"


async def test_a_database_that_is_away_is_left_alone_for_a_while() -> None:
    index = Index()
    found, clock = introductions(index)
    index.away = True
    with pytest.raises(TransientError):
        await found.requests(["b"], [])
    assert await found.requests(["b"], []) == []
    assert len(index.asked) == 1
    index.away = False
    clock.now += limits.GRANTS_PAUSE_SECONDS
    assert len(await found.requests(["b"], [])) == 1


async def test_provisional_rows_are_no_accounts_and_purged_grants_stay_out(pool: asyncpg.Pool) -> None:
    """A message of an unknown grant creates a row without an observation; its account must still be requested."""
    insert = (
        "INSERT INTO email_accounts (id, nylas_grant_id, status, observed_at) VALUES ($1, $2, 'active', $3)"
    )
    await pool.execute(insert, account_uuid("known"), "known", 1)
    await pool.execute(insert, account_uuid("provisional"), "provisional", None)
    await pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("purged"))
    published = RecordingPublisher()
    translator = Translator(KnownState(pool), published)
    batch = [deleted(grant) for grant in ("known", "provisional", "purged", "new", "new")]
    assert await translator.translate(batch) == []
    assert await translator.translate(batch) == []
    wanted = [e for e in published.events if isinstance(e, SyncWanted)]
    assert sorted(request.grant_id for request in wanted) == ["new", "provisional"]
