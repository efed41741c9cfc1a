"""What batches of messages request: fetches that resolve conflicts, tombstones, and listings of folders."""

import asyncpg

from mailtide_common.contracts.events import (
    SyncWanted,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.versions import Source
from mailtide_harness import persister as build
from mailtide_harness.persister import AMBIGUITY, SECOND
from mailtide_harness.publisher import RecordingPublisher
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier


async def test_conflicts_are_refetched_once(pool: asyncpg.Pool) -> None:
    """INV-16."""
    requests = RecordingPublisher()
    applier = MessageApplier(pool, requests, ambiguity_microseconds=AMBIGUITY)
    await applier.apply(build.records(build.content(1), build.state(10 * SECOND, source=Source.NOTIFICATION)))
    await applier.apply(build.records(build.state(11 * SECOND, deleted=True)))
    await applier.apply(build.records(build.state(11 * SECOND, deleted=True)))
    await applier.apply(build.records(build.state(12 * SECOND, source=Source.FOLLOW_UP, unread=True)))
    await applier.apply(build.records(build.state(10 * SECOND, source=Source.NOTIFICATION)))
    assert requests.events == [
        SyncWanted(
            grant_id="g",
            kind="message",
            reason="ambiguous",
            not_before=11 * SECOND + 1,
            message_id="m",
            follow_up=True,
            deletion_seen=True,
        )
    ]


async def test_a_purged_grant_stays_out_and_what_came_late_is_buried(pool: asyncpg.Pool) -> None:
    requests = RecordingPublisher()
    applier = MessageApplier(pool, requests, ambiguity_microseconds=AMBIGUITY)
    await pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("g"))
    applied = await applier.apply(
        build.records(build.content(1), build.state(1), build.content(1, grant="h"))
    )
    assert requests.events == [
        SyncWanted(grant_id="g", kind="purge", message_id="m", reason="kept out"),
    ]
    assert applied.changed == 1
    assert not applied.parked
    assert await pool.fetchval("SELECT array_agg(nylas_grant_id) FROM email_accounts") == ["h"]


async def test_a_folder_that_no_row_describes_has_its_mailbox_listed_once(pool: asyncpg.Pool) -> None:
    """INV-8."""
    requests = RecordingPublisher()
    applier = MessageApplier(pool, requests, ambiguity_microseconds=AMBIGUITY)
    await FolderApplier(pool).apply(
        build.records(build.folder(1, folder="in"), build.folder(1, folder="gone"))
    )
    await FolderApplier(pool).apply(build.records(build.folder(2, folder="gone", deleted=True)))
    await applier.apply(build.records(build.state(1, folders=("in",)), build.content(1)))
    assert requests.events == []
    await applier.apply(build.records(build.state(1, message="n", folders=("in", "new", "newer", "gone"))))
    (refetch_request,) = requests.events
    assert (
        refetch_request.grant_id,
        refetch_request.kind,
        refetch_request.reason,
        refetch_request.folders_only,
    ) == (
        "g",
        "account",
        "unknown folder",
        True,
    )
    await applier.apply(build.records(build.state(2, message="n", folders=("new",))))
    assert len(requests.events) == 1
