"""Statements on schedules after workers' reports, one function each. None of them opens a transaction.

The caller holds the grant's lock (`lock_schedules`).
"""

from uuid import UUID

from mailtide_common.contracts.times import UnixSeconds
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.sync_intervals import SyncIntervals, Windows


async def record_delta_success(
    connection: Connection,
    task_id: UUID,
    watermark: UnixSeconds | None,
    next_seconds: float,
    windows: Windows,
) -> None:
    """Record a clean delta.

    The watermark advances to `watermark`, but never past `OVERLAP_SECONDS` before now. If `watermark` is
    None, it advances to that limit.

    The next delta is due in `next_seconds`, or at once if the account was made due after this delta began.
    The windows that the delta compared are no longer due. The count of failures is reset, and throttling
    ends.
    """
    await connection.execute(
        sql(__package__, "record_delta_success"),
        task_id,
        watermark,
        limits.OVERLAP_SECONDS,
        next_seconds,
        windows.medium,
        windows.long,
    )


async def record_backfill_success(
    connection: Connection, grant_id: str, watermark: UnixSeconds | None, intervals: SyncIntervals
) -> None:
    """Record that a mailbox was listed to its beginning or start date.

    The watermark advances as in `record_delta_success`, and at least to that of deltas during the first
    backfill. A periodic audit is scheduled if there is none, unless `audit_interval` is 0.

    After the first backfill, the medium and long windows count as compared. The long window is due at a
    random time within its interval, so that accounts that were connected together are spread.
    """
    await connection.execute(
        sql(__package__, "record_backfill_success"),
        grant_id,
        watermark,
        limits.OVERLAP_SECONDS,
        intervals.windows.long_interval,
        intervals.audit_interval or None,
    )


async def record_folder_success(connection: Connection, grant_id: str, next_seconds: float) -> None:
    """Record that folders were listed. The next listing is due in `next_seconds`."""
    await connection.execute(sql(__package__, "record_folder_success"), grant_id, next_seconds)


async def record_delta_failure(
    connection: Connection, grant_id: str, *, failures: int, next_seconds: float
) -> None:
    """Record that an attempt of a delta did not succeed, and add `failures` to the grant's count.

    The next delta is due in `next_seconds`.
    """
    await connection.execute(sql(__package__, "record_delta_failure"), grant_id, failures, next_seconds)


async def record_throttling(
    connection: Connection, grant_id: str, seconds: float, *, has_retry_after: bool
) -> float:
    """Forbid calls for a grant for `seconds`, or until a later time that was set before.

    Return for how many seconds reports of throttling have lacked a time to retry after. It is 0 if the
    present one has it.
    """
    since = await connection.fetchval(
        sql(__package__, "record_throttling"), grant_id, seconds, has_retry_after
    )
    return since or 0.0


async def delete_throttling(connection: Connection, grant_id: str) -> bool:
    """End a grant's series of throttling without a time to retry after. Return False if there was none."""
    return await connection.fetchval(sql(__package__, "delete_throttling"), grant_id) is not None
