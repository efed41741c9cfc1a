"""A purge writes a tombstone for every key of the grant, the account's last, and calls nobody."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import MessageState, SyncFinished, SyncKind, SyncOutcome
from mailtide_common.contracts.keys import account_uuid, part
from mailtide_common.contracts.topics import NOTIFICATIONS, PURGES
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.publisher import record_of
from mailtide_harness.sync_worker import NewHarness
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.notifications.purged_grants import PurgedGrants
from mailtide_sync_worker.notifications.translate import Translator


async def test_every_key_gets_a_tombstone_and_every_row_goes(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.INDEX_CHUNK", 70)
    harness = await new_harness(provider="imap", count=210, days=30)
    await harness.slice(SyncKind.ACCOUNT)
    await harness.store()
    harness.forget()
    harness.calls()
    finished = await harness.slice(SyncKind.PURGE)
    assert isinstance(finished, SyncFinished)
    assert finished.outcome is SyncOutcome.OK
    assert harness.calls() == {}
    *buried, marker, last, _ = harness.publisher.records
    assert marker.topic == PURGES.name, "what lasts is said before the rows go that say what is to be buried"
    assert (marker.value or b"").find(harness.grant.id.encode()) < 0
    assert marker.key == str(account_uuid(harness.grant.id)).encode()
    assert all(record.value is None for record in [*buried, last])
    keys = [(record.key or b"").decode() for record in [*buried, last]]
    grant = part(harness.grant.id)
    assert keys[-1] == grant, "the account's tombstone comes last"
    messages = {f"{grant}/{part(id_)}/{end}" for id_ in harness.remote() for end in ("content", "state")}
    assert set(keys[:-1]) == messages | {f"{grant}/{part(id_)}" for id_ in harness.mailbox.folders}
    await harness.store()
    account = account_uuid(harness.grant.id)
    for query in (
        "SELECT count(*) FROM emails WHERE account_id = $1",
        "SELECT count(*) FROM email_folders WHERE account_id = $1",
        "SELECT count(*) FROM email_accounts WHERE id = $1",
    ):
        assert await harness.pool.fetchval(query, account) == 0
    again = await harness.slice(SyncKind.PURGE)
    assert isinstance(again, SyncFinished)
    assert again.outcome is SyncOutcome.OK


async def test_one_message_that_came_late_is_buried_alone(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    await harness.slice(SyncKind.PURGE, message_id="m/1")
    buried = [(record.key or b"", record.value) for record in harness.publisher.records[:-1]]
    grant = part(harness.grant.id)
    assert buried == [(f"{grant}/m%2F1/{end}".encode(), None) for end in ("content", "state")]
    await harness.store()
    assert len(await harness.local()) == 5


async def test_notifications_of_a_purged_grant_become_no_events(new_harness: NewHarness) -> None:
    """INV-23."""
    harness = await new_harness(count=5, days=5)
    clock = [100.0]
    translator = Translator(KnownState(harness.pool), harness.publisher, clock=lambda: clock[0])

    async def notified(grant: str) -> int:
        body = {
            "type": "message.deleted",
            "id": "n",
            "time": int(time.time()),
            "data": {"object": {"id": "m", "grant_id": grant}},
        }
        harness.forget()
        record = record_of(NOTIFICATIONS, Encoded(b"k", json.dumps(body).encode(), []))
        assert await translator.translate([record]) == []
        return len([e for e in harness.of_type(MessageState) if e.grant_id == grant])

    assert await notified("gone") == 1
    await harness.pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("gone"))
    clock[0] += limits.PURGED_AGAIN_SECONDS
    assert await notified("gone") == 0
    assert await notified("other") == 1
    await harness.pool.execute("DELETE FROM purged_accounts")
    clock[0] += limits.LIFTED_AGAIN_SECONDS
    assert await notified("gone") == 1, "it was connected again"


async def test_the_database_is_asked_about_a_grant_once_a_minute_and_left_alone_when_it_is_away() -> None:
    index: Any = Index("gone")
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


class Index:
    """Counts how often it is asked."""

    def __init__(self, *purged: str) -> None:
        self.purged = set(purged)
        self.asked: list[Sequence[str]] = []
        self.away = False

    async def list_purged_grants(self, grants: Sequence[str], *, timeout: float) -> set[str]:
        assert timeout == limits.INDEX_QUERY_SECONDS
        self.asked.append(grants)
        if self.away:
            raise TransientError("postgres")
        return self.purged & set(grants)
