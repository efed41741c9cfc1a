"""A purge writes a tombstone for every key of the grant, the account's last, and makes no calls."""

import pytest

from mailtide_common.contracts.events import SyncKind, SyncOutcome
from mailtide_common.contracts.keys import account_uuid, part
from mailtide_common.contracts.topics import PURGES
from mailtide_harness.sync_worker import NewHarness


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
    again = await harness.finish(SyncKind.PURGE)
    assert again.outcome is SyncOutcome.OK


async def test_one_message_that_came_late_is_buried_alone(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    await harness.slice(SyncKind.PURGE, message_id="m/1")
    buried = [(record.key or b"", record.value) for record in harness.publisher.records[:-1]]
    grant = part(harness.grant.id)
    assert buried == [(f"{grant}/m%2F1/{end}".encode(), None) for end in ("content", "state")]
    await harness.store()
    assert len(await harness.local()) == 5
