"""Records the passes of audits and their findings.

The caller holds the grant's lock, in a transaction; `prune_audits` needs neither. A slice's findings are
added in the transaction that records the slice, so that a repeated report adds nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from mailtide_common.contracts.api.audits import NOT_PROVEN
from mailtide_common.contracts.events import (
    FolderCount,
    FoldersCompared,
    MessageCounts,
    SyncFinished,
    SyncKind,
    SyncProgressed,
)
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.runs.store import complete_run_accounts, update_run_accounts
from mailtide_scheduler.tasks.long_ids import all_shortened, insert_long_ids
from mailtide_scheduler.tasks.store import Reported

from .proofs import record_proof

COUNTS = tuple(MessageCounts.model_fields)


class Found(NamedTuple):
    """How much a pass found wrong.

    The first three fields are numbers of messages. Where these are 0 or were not reported, they are sums over
    the folders, in which a message counts in each of its folders.
    """

    missing: int
    extra: int
    differing: int
    wrong_folders: int = 0
    """Folders that are themselves missing, extra or different."""


async def note_counts(connection: Connection, task_id: UUID, event: SyncProgressed | SyncFinished) -> None:
    """Add the findings of an audit's slice to the report of its pass, which is created if needed.

    Events of other kinds of tasks are ignored.
    """
    if event.kind is SyncKind.AUDIT:
        await insert_audit_report(connection, task_id)
        await upsert_audit_counts(connection, task_id, event.grant_id, merged(event.folders))
        if event.folder_list is not None:
            await record_folder_list(connection, task_id, event.folder_list)
        await update_audit_messages(connection, task_id, event.messages, event.contents)


async def end_pass(connection: Connection, task: Reported, event: SyncFinished) -> None:
    """Record the end of an audit's pass, and end the audit or enqueue a proving pass.

    A pass that found nothing wrong ends the audit (see `record_proof`). Otherwise a proving pass is enqueued,
    and the run accounts wait for that pass. An audit has at most as many proving passes as
    `PROOF_PAUSES_SECONDS` has entries. If the last of them finds a difference, the audit ends as not proven.
    The end of the audit completes the run accounts that wait for it.
    """
    await note_counts(connection, task.task_id, event)
    number, found = await complete_audit_report(connection, task.task_id, event.outcome)
    if not any(found):
        await record_proof(connection, task.task_id, event.compared)
        metrics.AUDITS.labels("proven").inc()
        await complete_run_accounts(connection, task.task_id, "success", task.synced_count)
    elif number > len(limits.PROOF_PAUSES_SECONDS):
        metrics.AUDITS.labels("not proven").inc()
        await complete_run_accounts(
            connection, task.task_id, "failed", task.synced_count, describe_found(found)
        )
    else:
        proof = await enqueue_verification(connection, task.task_id, limits.PROOF_PAUSES_SECONDS[number - 1])
        await update_run_accounts(connection, task.task_id, proof, task.synced_count)


async def fail_audit_pass(connection: Connection, task_id: UUID) -> None:
    """Record that a pass has failed for good."""
    metrics.AUDITS.labels("failed").inc()
    await insert_audit_report(connection, task_id)
    await complete_audit_report(connection, task_id, "failed")


def merged(folders: Iterable[FolderCount]) -> list[FolderCount]:
    """Return the counts summed per folder. Pure."""
    sums: dict[str, FolderCount] = {}
    for count in folders:
        known = sums.get(count.folder_id)
        sums[count.folder_id] = count if known is None else _sum(known, count)
    return list(sums.values())


def describe_found(found: Found) -> str:
    text = f"{NOT_PROVEN}: {found.missing} missing, {found.extra} extra, {found.differing} differing"
    return f"{text}, wrong folders: {found.wrong_folders}" if found.wrong_folders else text


async def insert_audit_report(connection: Connection, task_id: UUID) -> None:
    """Create the report of a pass unless it exists."""
    await connection.execute(sql(__package__, "insert_audit_report"), task_id)


async def upsert_audit_counts(
    connection: Connection, task_id: UUID, grant_id: str, folders: list[FolderCount]
) -> None:
    """Add a slice's findings per folder to a pass's report. Each folder may occur only once in `folders`."""
    ids = [count.folder_id for count in folders]
    await insert_long_ids(connection, grant_id, ids)
    columns = [[getattr(count, name) for count in folders] for name in COUNTS]
    await connection.execute(sql(__package__, "upsert_audit_counts"), task_id, all_shortened(ids), *columns)


async def record_folder_list(connection: Connection, task_id: UUID, found: FoldersCompared) -> None:
    """Record a pass's findings about the folders themselves."""
    await connection.execute(
        sql(__package__, "record_folder_list"),
        task_id,
        found.in_account,
        found.synced,
        found.missing,
        found.extra,
        found.differing,
    )


async def update_audit_messages(
    connection: Connection, task_id: UUID, messages: MessageCounts | None, contents: int
) -> None:
    """Add a slice's numbers of messages to a pass's report.

    Args:
        connection: in a transaction.
        task_id: the pass's task.
        messages: counts in which each message counts once. None: not reported; the pass then has no such
            counts.
        contents: messages whose whole content the slice compared.
    """
    counts = [None if messages is None else getattr(messages, name) for name in COUNTS]
    await connection.execute(sql(__package__, "update_audit_messages"), task_id, contents, *counts)


async def complete_audit_report(connection: Connection, task_id: UUID, outcome: str) -> tuple[int, Found]:
    """Record the end of a pass. Return its number within the audit, from 1, and its findings."""
    row = await connection.fetchrow(sql(__package__, "complete_audit_report"), task_id, outcome)
    return row["pass"], Found(row["missing"], row["extra"], row["differing"], row["wrong_folders"])


async def enqueue_verification(connection: Connection, task_id: UUID, pause_seconds: float) -> UUID:
    """Enqueue a proving pass after the pass `task_id`, or join one that is waiting. Return its task id.

    The proving pass starts after `pause_seconds`, and after the repairs. It waits for repairs at most
    `PROOF_WAIT_SECONDS`.
    """
    proof: UUID = await connection.fetchval(
        sql(__package__, "enqueue_verification"), task_id, pause_seconds, limits.PROOF_WAIT_SECONDS
    )
    return proof


async def prune_audits(connection: Connection) -> None:
    """Delete up to `PRUNE_BATCH` passes that began more than `RUN_DAYS` ago.

    A pass stays if no other audit of the account has ended since the pass began.
    """
    await connection.execute(sql(__package__, "prune_audits"), limits.RUN_DAYS, limits.PRUNE_BATCH)


def _sum(one: FolderCount, other: FolderCount) -> FolderCount:
    return FolderCount(
        folder_id=one.folder_id,
        in_account=one.in_account + other.in_account,
        synced=one.synced + other.synced,
        missing=one.missing + other.missing,
        extra=one.extra + other.extra,
        differing=one.differing + other.differing,
    )
