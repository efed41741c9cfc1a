"""Folders: listed, compared, and never deleted by one listing; the simulator lies about them."""

from typing import Any

import pytest

from mailtide_common.contracts.events import DeletionsHeld, Folder, SyncKind, SyncOutcome
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.sync_worker import NewRig, Rig
from mailtide_nylas_simulator.mail.model import Folder as SimulatedFolder

pytestmark = pytest.mark.real

LYING = ("empty_listing", "short_page", "lost_cursor", "null_folders")


async def stored(rig: Rig) -> dict[str, tuple[str | None, list[str]]]:
    rows = await rig.pool.fetch(
        "SELECT * FROM email_folders WHERE account_id = $1 AND deleted_at IS NULL", account_uuid(rig.grant.id)
    )
    return {row["nylas_folder_id"]: (row["name"], row["attributes"]) for row in rows}


def actual(rig: Rig) -> dict[str, tuple[str | None, list[str]]]:
    return {id_: (folder.name, list(folder.attributes)) for id_, folder in rig.mailbox.folders.items()}


async def listed(rig: Rig, **fields: Any) -> None:
    event = await rig.finish(SyncKind.ACCOUNT, **fields)
    assert event.outcome is SyncOutcome.OK
    await rig.store()


async def with_folders(new_rig: NewRig, extra: int = 6) -> Rig:
    rig = await new_rig(count=5, days=5, extra_folders=extra)
    await listed(rig)
    assert await stored(rig) == actual(rig)
    rig.forget()
    rig.calls()
    return rig


def own(rig: Rig) -> list[str]:
    return [id_ for id_, folder in rig.mailbox.folders.items() if not folder.system]


def live_on(rig: Rig) -> None:
    """A folder is made, one renamed, one deleted, and no webhook comes."""
    rig.mailbox.add_folder(SimulatedFolder("made", "Made"), announce=False)
    first, second, *_ = own(rig)
    rig.mailbox.folders[first].name = "Renamed"
    del rig.mailbox.folders[second]


async def test_a_listing_finds_what_no_webhook_told(new_rig: NewRig) -> None:
    rig = await with_folders(new_rig)
    live_on(rig)
    await listed(rig, folders_only=True)
    assert await stored(rig) == actual(rig)
    assert rig.calls() == {"GET /folders": 1, "GET /folders/{id}": 1}


@pytest.mark.parametrize("lie", LYING)
async def test_no_listing_deletes_or_wipes_a_folder(new_rig: NewRig, lie: str) -> None:
    """INV-19."""
    rig = await with_folders(new_rig)
    rig.fault("small_pages", most=8, path="*/folders")
    rig.fault(lie, path="*/folders", remaining=1)
    await listed(rig)
    assert await stored(rig) == actual(rig)
    assert rig.of_type(Folder) == []


async def test_many_missing_folders_are_held_for_a_person(new_rig: NewRig) -> None:
    rig = await with_folders(new_rig, extra=30)
    before = await stored(rig)
    gone = own(rig)[:20]
    for id_ in gone:
        del rig.mailbox.folders[id_]
    rig.calls()
    await listed(rig, folders_only=True)
    assert await stored(rig) == before
    assert rig.calls() == {"GET /folders": 1}
    (held,) = rig.of_type(DeletionsHeld)
    assert (set(held.folder_ids), held.message_ids) == (set(gone), ())
    await listed(rig, folders_only=True, approved_folders=tuple(gone))
    assert await stored(rig) == actual(rig)


async def test_an_audit_covers_folders(new_rig: NewRig) -> None:
    rig = await with_folders(new_rig)
    live_on(rig)
    for repair in (False, True):
        finished, _ = await rig.whole(SyncKind.AUDIT, repair=repair)
        found = finished.folder_list
        assert found is not None
        assert (found.missing, found.extra, found.differing) == (1, 1, 1)
    finished, _ = await rig.whole(SyncKind.AUDIT, repair=False)
    found = finished.folder_list
    assert found is not None
    assert (found.missing, found.extra, found.differing) == (0, 0, 0)
    assert found.synced == found.in_account == len(rig.mailbox.folders)
    assert "folders" in finished.compared
    await rig.pool.execute("UPDATE email_folders SET name = NULL WHERE nylas_folder_id = 'made'")
    finished, _ = await rig.whole(SyncKind.AUDIT, repair=False)
    assert finished.folder_list is not None
    assert finished.folder_list.differing == 1, "a folder without a name"
