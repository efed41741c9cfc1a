"""A purge writes a tombstone for every key of the grant, the account's last, and calls nobody."""

import pytest

from mailtide_common.contracts.events import SyncFinished, SyncKind, SyncOutcome
from mailtide_common.contracts.keys import account_uuid, part

from .support import NewRig  # type: ignore[import-not-found]

pytestmark = pytest.mark.real


async def test_every_key_gets_a_tombstone_and_every_row_goes(
    new_rig: NewRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_sync_worker.limits.INDEX_CHUNK", 70)
    rig = await new_rig(provider="imap", count=210, days=30)
    await rig.slice(SyncKind.ACCOUNT)
    await rig.store()
    rig.forget()
    rig.calls()
    finished = await rig.slice(SyncKind.PURGE)
    assert isinstance(finished, SyncFinished)
    assert finished.outcome is SyncOutcome.OK
    assert rig.calls() == {}
    buried = [record for _, record in rig.published.records[:-1]]
    assert all(record.value is None for record in buried)
    keys = [(record.key or b"").decode() for record in buried]
    grant = part(rig.grant.id)
    assert keys[-1] == grant, "the account's tombstone comes last"
    messages = {f"{grant}/{part(id_)}/{end}" for id_ in rig.remote() for end in ("content", "state")}
    assert set(keys[:-1]) == messages | {f"{grant}/{part(id_)}" for id_ in rig.mailbox.folders}
    await rig.store()
    account = account_uuid(rig.grant.id)
    for query in (
        "SELECT count(*) FROM emails WHERE account_id = $1",
        "SELECT count(*) FROM email_folders WHERE account_id = $1",
        "SELECT count(*) FROM email_accounts WHERE id = $1",
    ):
        assert await rig.pool.fetchval(query, account) == 0
    again = await rig.slice(SyncKind.PURGE)
    assert isinstance(again, SyncFinished)
    assert again.outcome is SyncOutcome.OK
