"""Folders are listed, compared, and never deleted because of one listing; the simulator lists wrongly."""

from typing import Any

import pytest

from mailtide_common.contracts.events import DeletionsHeld, Folder, SyncKind, SyncOutcome
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.sync_worker import Harness, NewHarness
from mailtide_nylas_simulator.mail.model import Folder as SimulatedFolder

LYING = ("empty_listing", "short_page", "lost_cursor", "null_folders")


async def stored(harness: Harness) -> dict[str, tuple[str | None, list[str]]]:
    rows = await harness.pool.fetch(
        "SELECT * FROM email_folders WHERE account_id = $1 AND deleted_at IS NULL",
        account_uuid(harness.grant.id),
    )
    return {row["nylas_folder_id"]: (row["name"], row["attributes"]) for row in rows}


def actual(harness: Harness) -> dict[str, tuple[str | None, list[str]]]:
    return {id_: (folder.name, list(folder.attributes)) for id_, folder in harness.mailbox.folders.items()}


async def listed(harness: Harness, **fields: Any) -> None:
    event = await harness.finish(SyncKind.ACCOUNT, **fields)
    assert event.outcome is SyncOutcome.OK
    await harness.store()


async def with_folders(new_harness: NewHarness, extra: int = 6) -> Harness:
    harness = await new_harness(count=5, days=5, extra_folders=extra)
    await listed(harness)
    assert await stored(harness) == actual(harness)
    harness.forget()
    harness.calls()
    return harness


def own(harness: Harness) -> list[str]:
    return [id_ for id_, folder in harness.mailbox.folders.items() if not folder.system]


def live_on(harness: Harness) -> None:
    """Create, rename and delete folders without webhooks."""
    harness.mailbox.add_folder(SimulatedFolder("made", "Made"), announce=False)
    first, second, *_ = own(harness)
    harness.mailbox.folders[first].name = "Renamed"
    del harness.mailbox.folders[second]


async def test_a_listing_finds_what_no_webhook_told(new_harness: NewHarness) -> None:
    harness = await with_folders(new_harness)
    live_on(harness)
    await listed(harness, folders_only=True)
    assert await stored(harness) == actual(harness)
    assert harness.calls() == {"GET /folders": 1, "GET /folders/{id}": 1}


@pytest.mark.parametrize("lie", LYING)
async def test_no_listing_deletes_or_wipes_a_folder(new_harness: NewHarness, lie: str) -> None:
    """INV-19."""
    harness = await with_folders(new_harness)
    harness.fault("small_pages", most=8, path="*/folders")
    harness.fault(lie, path="*/folders", remaining=1)
    await listed(harness)
    assert await stored(harness) == actual(harness)
    assert harness.of_type(Folder) == []


async def test_many_missing_folders_are_held_for_a_person(new_harness: NewHarness) -> None:
    harness = await with_folders(new_harness, extra=30)
    before = await stored(harness)
    gone = own(harness)[:20]
    for id_ in gone:
        del harness.mailbox.folders[id_]
    harness.calls()
    await listed(harness, folders_only=True)
    assert await stored(harness) == before
    assert harness.calls() == {"GET /folders": 1}
    (held,) = harness.of_type(DeletionsHeld)
    assert (set(held.folder_ids), held.message_ids) == (set(gone), ())
    await listed(harness, folders_only=True, approved_folders=tuple(gone))
    assert await stored(harness) == actual(harness)


async def test_an_audit_covers_folders(new_harness: NewHarness) -> None:
    harness = await with_folders(new_harness)
    live_on(harness)
    for repair in (False, True):
        finished, _ = await harness.whole(SyncKind.AUDIT, repair=repair)
        found = finished.folder_list
        assert found is not None
        assert (found.missing, found.extra, found.differing) == (1, 1, 1)
    finished, _ = await harness.whole(SyncKind.AUDIT, repair=False)
    found = finished.folder_list
    assert found is not None
    assert (found.missing, found.extra, found.differing) == (0, 0, 0)
    assert found.synced == found.in_account == len(harness.mailbox.folders)
    assert "folders" in finished.compared
    await harness.pool.execute("UPDATE email_folders SET name = NULL WHERE nylas_folder_id = 'made'")
    finished, _ = await harness.whole(SyncKind.AUDIT, repair=False)
    assert finished.folder_list is not None
    assert finished.folder_list.differing == 1, "a folder without a name"
