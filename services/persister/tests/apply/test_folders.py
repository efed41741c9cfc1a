"""Folders: the newest version wins."""

from itertools import permutations

import asyncpg

from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply.folders import FolderApplier


async def test_order_and_repeats_change_nothing(pool: asyncpg.Pool, tables: Tables) -> None:
    applier = FolderApplier(pool)
    events = [
        build.folder(1, name="In", attributes=("\\Inbox",)),
        build.folder(2, deleted=True),
        build.folder(3, name="Inbox", attributes=("\\Inbox", 'odd"\x00')),
        build.folder(1, folder="g", name="Other", deleted=True),
    ]
    images = []
    for order in permutations(events):
        await tables.clear()
        for event in order:
            await applier.apply(build.records(event))
        await applier.apply(build.records(*order))
        images.append(await tables.image())
    assert all(image == images[0] for image in images)
    row = await pool.fetchrow(
        "SELECT name, attributes, deleted_at FROM email_folders WHERE nylas_folder_id = 'f'"
    )
    assert tuple(row) == ("Inbox", ["\\Inbox", 'odd"'], None)
    written = await tables.writers()
    assert (await applier.apply(build.records(*events))).changed == 0
    assert await tables.writers() == written


async def test_a_tombstone_purges(pool: asyncpg.Pool) -> None:
    applier = FolderApplier(pool)
    await applier.apply(build.records(build.folder(1), build.folder(1, folder="h/i")))
    applied = await applier.apply([build.tombstone("g/h%2Fi"), build.tombstone("g/h/i")])
    assert [letter.record.key for letter in applied.parked] == [b"g/h/i"]
    assert await pool.fetchval("SELECT array_agg(nylas_folder_id) FROM email_folders") == ["f"]
