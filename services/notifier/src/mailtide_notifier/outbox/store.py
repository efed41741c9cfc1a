"""Statements on notices and deliveries, one function each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.deliveries import Delivery, DeliveryState
from mailtide_notifier import limits, metrics
from mailtide_notifier.database import Connection, sql

from .notice import Notice, NoticeEvent


@dataclass(frozen=True, slots=True)
class WaitingNotice:
    """A stored notice that is not in a delivery yet."""

    id: UUID
    channel_id: UUID
    event: NoticeEvent
    topic: str
    account_id: UUID
    detail: dict[str, Any]
    digest: bool


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery to store, with the ids of the notices in it."""

    id: UUID
    channel_id: UUID
    event: str
    label: str
    payload: dict[str, Any]
    notices: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A due delivery whose row the current transaction has locked."""

    id: UUID
    channel_id: UUID
    payload: dict[str, Any]
    attempts: int


async def insert_notices(connection: Connection, notices: Sequence[Notice]) -> int:
    """Insert new notices whose channel exists, and return their number. They are counted in a metric."""
    if not notices:
        return 0
    rows = await connection.fetch(
        sql(__package__, "insert_notices"),
        [n.id for n in notices],
        [n.channel_id for n in notices],
        [n.event.value for n in notices],
        [n.topic for n in notices],
        [n.about for n in notices],
        [n.account_id for n in notices],
        [dict(n.detail) for n in notices],
        [n.digest for n in notices],
        [n.delay_seconds for n in notices],
    )
    for row in rows:
        metrics.NOTICES.labels(row["event"]).inc()
    return len(rows)


async def list_told_channels(connection: Connection, about: UUID) -> set[UUID]:
    """Return the ids of the channels with a notice of an incident's opening that is not suppressed."""
    return {
        row["channel_id"] for row in await connection.fetch(sql(__package__, "list_told_channels"), about)
    }


async def update_silenced_notices(connection: Connection, channels: Sequence[UUID]) -> None:
    """Suppress waiting notices of silenced channels, and erase their data.

    Notices of mail and reminders are suppressed. The opening and end of an incident are suppressed if both
    wait. An opening or end that waits alone stays.
    """
    await connection.execute(sql(__package__, "update_silenced_notices"), channels)


async def update_brief_notices(connection: Connection, about: UUID) -> None:
    """Suppress the waiting notices of an incident's opening that are for a digest and not due yet.

    Their data is erased.
    """
    await connection.execute(sql(__package__, "update_brief_notices"), about)


async def claim_notices(connection: Connection, channels: Sequence[UUID]) -> list[WaitingNotice]:
    """Lock and return due notices of `channels`, oldest first, at most `limits.ASSEMBLE_BATCH`.

    - If one notice of a digest is due, all its waiting notices are due.
    - The reminders and the end of an incident wait until the opening was sent or given up.
    - While another process is assembling, no notices are returned.

    The connection must have an open transaction.
    """
    rows = await connection.fetch(sql(__package__, "claim_notices"), channels, limits.ASSEMBLE_BATCH)
    return [
        WaitingNotice(
            row["id"],
            row["channel_id"],
            NoticeEvent(row["event"]),
            row["topic"],
            row["account_id"],
            row["detail"],
            row["digest"],
        )
        for row in rows
    ]


async def list_mailboxes(connection: Connection, accounts: Sequence[UUID]) -> dict[UUID, str]:
    """Return the e-mail addresses of accounts by account id. Unknown addresses are absent."""
    rows = await connection.fetch(sql(__package__, "list_mailboxes"), accounts)
    return {row["id"]: row["email_address"] for row in rows}


async def insert_deliveries(connection: Connection, deliveries: Sequence[NewDelivery]) -> None:
    """Insert deliveries that are due at once."""
    await connection.execute(
        sql(__package__, "insert_deliveries"),
        [d.id for d in deliveries],
        [d.channel_id for d in deliveries],
        [d.event for d in deliveries],
        [d.label for d in deliveries],
        [len(d.notices) for d in deliveries],
        [d.payload for d in deliveries],
    )


async def update_assembled_notices(connection: Connection, deliveries: Sequence[NewDelivery]) -> None:
    """Mark the notices in deliveries as assembled, and record for each notice its delivery."""
    pairs = [(notice, d.id) for d in deliveries for notice in d.notices]
    await connection.execute(
        sql(__package__, "update_assembled_notices"),
        [notice for notice, _ in pairs],
        [delivery for _, delivery in pairs],
    )


async def claim_delivery(connection: Connection, channels: Sequence[UUID]) -> ClaimedDelivery | None:
    """Lock and return the delivery of `channels` that has been due longest, or None if none is due.

    Locked deliveries are skipped. The connection must have an open transaction. Postgres ends the session if
    the transaction then runs no statement for 30 s.
    """
    row = await connection.fetchrow(sql(__package__, "claim_delivery"), channels)
    return row and ClaimedDelivery(row["id"], row["channel_id"], row["payload"], row["attempts"])


async def complete_delivery(connection: Connection, delivery_id: UUID) -> None:
    """Record that a delivery was sent, and erase its text and the data of its notices."""
    await connection.execute(sql(__package__, "complete_delivery"), delivery_id)


async def update_failed_delivery(
    connection: Connection, delivery_id: UUID, error: str, retry_seconds: float | None
) -> None:
    """Record a failed attempt. The next one is due in `retry_seconds`; None makes the delivery dead."""
    await connection.execute(sql(__package__, "update_failed_delivery"), delivery_id, error, retry_seconds)


async def requeue_delivery(connection: Connection, delivery_id: UUID) -> bool:
    """Make a dead delivery due again, and count its attempts anew.

    Returns:
        False if the delivery is not dead, or its text was purged.
    """
    return await connection.fetchval(sql(__package__, "requeue_delivery"), delivery_id) is not None


async def list_deliveries(
    connection: Connection,
    limit: int,
    after: UUID | None,
    channel_id: UUID | None = None,
    state: DeliveryState | None = None,
) -> list[Delivery]:
    """Return up to `limit` deliveries, newest first, optionally of one channel and in one state.

    `after` is the last delivery of the previous page. If it is no longer stored, none are returned.
    """
    rows = await connection.fetch(
        sql(__package__, "list_deliveries"), limit, after, channel_id, state and state.value
    )
    return [Delivery(**dict(row)) for row in rows]


async def get_backlog(connection: Connection) -> tuple[int, int, datetime | None]:
    """Return the numbers of pending and of dead deliveries, and when the oldest pending one was stored.

    The time is None if no delivery is pending.
    """
    row = await connection.fetchrow(sql(__package__, "get_backlog"))
    return row["pending"], row["dead"], row["oldest"]


async def update_purged_deliveries(connection: Connection, accounts: Sequence[UUID]) -> None:
    """Delete pending deliveries about purged accounts; erase the text and label of finished ones.

    All notices of a deleted delivery wait for assembly again, and are due at once.
    """
    await connection.execute(sql(__package__, "update_purged_deliveries"), accounts)


async def delete_purged_notices(connection: Connection, accounts: Sequence[UUID]) -> None:
    """Delete the notices about purged accounts.

    Call `update_purged_deliveries` first, because it finds deliveries by these notices.
    """
    await connection.execute(sql(__package__, "delete_purged_notices"), accounts)


async def delete_notices_about(connection: Connection, messages: Sequence[UUID]) -> None:
    """Delete the waiting notices about purged messages."""
    await connection.execute(sql(__package__, "delete_notices_about"), messages)


async def prune_notices(connection: Connection) -> None:
    """Delete up to `limits.PRUNE_BATCH` notices that are older than `limits.STATE_DAYS`, in any state.

    Notices about open incidents stay. They determine the numbers of reminders, and the channels that are told
    of the end.
    """
    await connection.execute(sql(__package__, "prune_notices"), limits.STATE_DAYS, limits.PRUNE_BATCH)


async def prune_deliveries(connection: Connection) -> None:
    """Delete up to `limits.PRUNE_BATCH` deliveries that are older than `limits.STATE_DAYS`, in any state."""
    await connection.execute(sql(__package__, "prune_deliveries"), limits.STATE_DAYS, limits.PRUNE_BATCH)
