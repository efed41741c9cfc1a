"""Schedules the audits that prove backfills, and stores and publishes proofs (decision 0015, INV-21).

One listing proves nothing, so audits follow a backfill. A pass that finds nothing wrong is a proof, with
the exception that `record_proof` names. It is stored in the transaction that ends the audit, and published
from the table, as incidents are.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailtide_common.contracts.events import Compared, MailboxProven
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql, transaction


async def publish_proofs(pool: asyncpg.Pool, publisher: Publisher) -> None:
    """Publish up to `ALERT_BATCH` unpublished proofs, oldest first.

    The persister stores them with the accounts.

    Raises:
        TransientError: Kafka or Postgres is unavailable; a later call publishes the proofs, perhaps once
            more.
    """
    async with transaction(pool) as connection:
        proofs = await list_unpublished_proofs(connection)
        if proofs:
            await publisher.publish_all([proof for _, proof in proofs])
            await mark_proofs_published(connection, [task_id for task_id, _ in proofs])


async def enqueue_first_proof(connection: Connection, grant_id: str, after_seconds: Sequence[float]) -> None:
    """Enqueue the first audit that proves a backfill, and schedule the second one, if any.

    The backfill has just ended. The caller holds the grant's lock.

    Args:
        connection: in a transaction.
        grant_id: the grant.
        after_seconds: seconds from the end of the backfill to each audit. If empty, nothing is enqueued.
    """
    if after_seconds:
        await connection.execute(sql(__package__, "enqueue_first_proof"), grant_id, list(after_seconds))


async def enqueue_due_proofs(connection: Connection, after_seconds: Sequence[float]) -> int:
    """Enqueue due audits that prove backfills; return how many were enqueued.

    One call examines up to `PLAN_BATCH` accounts that are due and have no open audit. If an account is not
    active, its audit is postponed by `PROOF_AGAIN_SECONDS`.

    `after_seconds` is that of `enqueue_first_proof`, and determines when the next audit is due.
    """
    rows = await connection.fetch(
        sql(__package__, "enqueue_due_proofs"),
        list(after_seconds),
        limits.PROOF_AGAIN_SECONDS,
        limits.PLAN_BATCH,
    )
    return len(rows)


async def record_proof(connection: Connection, task_id: UUID, proves: Sequence[Compared]) -> None:
    """Store what a pass compared and found equal. The caller holds the grant's lock.

    Nothing is stored for an empty listing while further proving audits are scheduled. Nylas may not have read
    the mailbox yet.
    """
    await connection.execute(
        sql(__package__, "record_proof"), task_id, [compared.value for compared in proves]
    )


async def list_unpublished_proofs(connection: Connection) -> list[tuple[UUID, MailboxProven]]:
    """Return up to `ALERT_BATCH` unpublished proofs with their task ids, oldest first.

    Their rows stay locked until the transaction ends. Rows that are locked already are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_unpublished_proofs"), limits.ALERT_BATCH)
    return [
        (
            row["task_id"],
            MailboxProven(
                grant_id=row["grant_id"],
                proven_at=row["proven_at"],
                proves=tuple(Compared(name) for name in row["proves"]),
            ),
        )
        for row in rows
    ]


async def mark_proofs_published(connection: Connection, tasks: Sequence[UUID]) -> None:
    await connection.execute(sql(__package__, "mark_proofs_published"), list(tasks))
