"""A purge writes a tombstone for every key of the grant, the account's last, and makes no calls."""

from collections.abc import AsyncIterator

import pytest

from mailtide_common.contracts.events import Account, AccountStatus, Purged, SyncKind, SyncOutcome, SyncWanted
from mailtide_common.contracts.keys import PURGED_PARTS, account_uuid, part
from mailtide_common.contracts.topics import PURGES
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_harness.sync_worker import Harness, NewHarness
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.requests.purge import Purger


async def test_every_key_gets_a_tombstone_and_every_row_goes(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.INDEX_CHUNK", 70)
    harness = await new_harness(provider="imap", count=210, days=30)
    await harness.slice(SyncKind.ACCOUNT)
    await harness.store()
    harness.forget()
    harness.calls()
    finished = await harness.finish(SyncKind.PURGE)
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
    messages = {f"{grant}/{part(id_)}/{end}" for id_ in harness.remote() for end in PURGED_PARTS}
    assert set(keys[:-1]) == messages | {f"{grant}/{part(id_)}" for id_ in harness.mailbox.folders}
    await harness.store()
    account = account_uuid(harness.grant.id)
    for query in (
        "SELECT count(*) FROM emails WHERE account_id = $1",
        "SELECT count(*) FROM email_folders WHERE account_id = $1",
        "SELECT count(*) FROM email_accounts WHERE id = $1",
    ):
        assert await harness.pool.fetchval(query, account) == 0
    again = await harness.finish(SyncKind.PURGE)
    assert again.outcome is SyncOutcome.OK


async def test_one_message_that_came_late_is_buried_alone(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    await harness.slice(SyncKind.PURGE, message_id="m/1")
    buried = [(record.key or b"", record.value) for record in harness.publisher.records[:-1]]
    grant = part(harness.grant.id)
    assert buried == [(f"{grant}/m%2F1/{end}".encode(), None) for end in PURGED_PARTS]
    await harness.store()
    assert len(await harness.local()) == 5


async def test_a_late_message_is_kept_once_the_account_is_connected_again(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    requested_at = now_us()
    await connect(harness)
    harness.forget()
    await harness.finish(SyncKind.PURGE, message_id="m/1", requested_at=requested_at)
    assert [record for record in harness.publisher.records if record.value is None] == []


class ConnectedMeanwhile(StoredIndex):
    """A stored index that has the account connected again after its first chunk of messages."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.pool)
        self._harness = harness

    async def list_message_ids(self, grant_id: str) -> AsyncIterator[list[str]]:
        async for ids in super().list_message_ids(grant_id):
            yield ids
            await connect(self._harness)


async def connect(harness: Harness) -> None:
    version = Version(observed_at=now_us(), source=Source.CONNECT, event_id="again")
    await harness.publisher.publish(
        Account(grant_id=harness.grant.id, version=version, status=AccountStatus.ACTIVE)
    )
    await harness.store()


async def test_a_purge_ends_once_the_account_is_connected_again(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the purge runs, and when Kafka repeats its request later; the audit finds what was deleted before."""
    monkeypatch.setattr("mailtide_sync_worker.limits.INDEX_CHUNK", 20)
    harness = await new_harness(count=60, days=9)
    await connect(harness)
    await harness.whole(SyncKind.DELTA)
    request = harness.request(SyncKind.PURGE, requested_at=now_us())
    purger = Purger(KnownState(harness.pool), ConnectedMeanwhile(harness), harness.publisher)
    await purger.purge(request)
    await harness.store()
    assert len(await harness.local()) == 40, "one chunk was deleted"
    harness.forget()
    await harness.finish(SyncKind.PURGE, requested_at=request.requested_at)
    await harness.store()
    assert len(await harness.local()) == 40
    assert [wanted.kind for wanted in harness.of_type(SyncWanted)] == [SyncKind.AUDIT]
    assert not harness.of_type(Purged)
    await harness.whole(SyncKind.AUDIT)
    await harness.grant_requests()
    assert await harness.local() == harness.remote()
    await harness.finish(SyncKind.PURGE, requested_at=now_us())
    await harness.store()
    assert await harness.local() == {}, "a removal after the connect"
