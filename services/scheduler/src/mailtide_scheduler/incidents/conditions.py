"""Detects the incidents that no event reports, by periodic queries."""

from collections.abc import Mapping

from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import MEANINGS, Condition, Level
from mailtide_common.contracts.health.stages import missing_consumers
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_REQUESTS
from mailtide_common.runtime.clock import now_us
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.pipeline.store import list_recent_measurements
from mailtide_scheduler.sync_intervals import SyncIntervals

from .incidents import log_ended, log_opened

WORKER = "sync-worker"
NEED_A_PERSON = [each.value for each in Condition if MEANINGS[each].level is Level.PERSON]


async def watch_conditions(connection: Connection, intervals: SyncIntervals) -> None:
    """Open and end the incidents that no event reports.

    They are about failing accounts, stale mailboxes, stuck backfills, dead letters, and consumer groups that
    are late or without a consumer. An incident about a process's clock ends if the process has not reported
    it for `SILENT_INCIDENT_SECONDS`.

    Args:
        connection: in a transaction.
        intervals: determine when a mailbox is stale.
    """
    found = {
        AlertKind.SYNC_FAILING: await list_failing_accounts(connection),
        AlertKind.MAILBOX_STALE: await list_stale_mailboxes(connection, stale_seconds(intervals)),
        AlertKind.BACKFILL_STUCK: await list_stuck_backfills(connection),
        AlertKind.DEAD_LETTERS: await list_parked_causes(connection),
        AlertKind.CONSUMER_MISSING: await list_missing_consumers(connection),
    }
    at = now_us()
    for kind, reasons in found.items():
        await merge_incidents(connection, kind, reasons, at)
    for kind in (AlertKind.CLOCK_AHEAD, AlertKind.CLOCK_BEHIND):
        await close_silent_incidents(connection, kind, at)


def stale_seconds(intervals: SyncIntervals) -> float:
    """Return for how many seconds a delta may be overdue: two sync intervals, within limits. Pure.

    The limits are `intervals.stale_after` and `STALE_MOST_SECONDS`.
    """
    return min(max(2 * intervals.sync_interval, intervals.stale_after), limits.STALE_MOST_SECONDS)


async def list_failing_accounts(connection: Connection) -> dict[str, str]:
    """Return the active accounts with at least `FAILING_SYNCS` failures in a row: the reason by grant.

    Accounts whose failures another open incident explains are left out.

    Some failures need no person, such as an outage of Nylas. They must have lasted for
    `OUTAGE_ALERT_SECONDS`, unless the account's incident is open already.
    """
    rows = await connection.fetch(
        sql(__package__, "list_failing_accounts"),
        limits.FAILING_SYNCS,
        NEED_A_PERSON,
        limits.OUTAGE_ALERT_SECONDS,
    )
    return {
        row["subject"]: f"at least {limits.FAILING_SYNCS} syncs in a row failed: {row['reason']}"
        for row in rows
    }


async def list_stale_mailboxes(connection: Connection, seconds: float) -> dict[str, str]:
    """Return the active accounts whose delta is overdue by more than `seconds`: the reason by grant.

    A delta is not overdue before the end of a `Retry-After`, or while it waits until another delta of its
    account has ended.

    Accounts are left out if another open incident of theirs explains the delay. While an incident
    `consumer-missing` about the workers' group is open, only accounts with an open incident `mailbox-stale`
    are returned.
    """
    rows = await connection.fetch(
        sql(__package__, "list_stale_mailboxes"), seconds, group_id(WORKER, SYNC_REQUESTS)
    )
    return {row["subject"]: f"a sync that was due at {row['reason']} has not ended" for row in rows}


async def list_stuck_backfills(connection: Connection) -> dict[str, str]:
    """Return the active accounts whose backfill is stuck: the reason by grant.

    A backfill is stuck if it is overdue by more than `STUCK_SECONDS`, or after `STUCK_ATTEMPTS` failed
    attempts. It is not overdue before the end of a `Retry-After`. A backfill that waits until another one of
    its account has ended is never stuck.

    Accounts are left out if another open incident explains the delay (`grant-invalid`, `consent-missing` or
    `grant-throttled`). While an incident `consumer-missing` about the workers' group is open, only accounts
    with an open incident `backfill-stuck` are returned.
    """
    rows = await connection.fetch(
        sql(__package__, "list_stuck_backfills"),
        limits.STUCK_SECONDS,
        limits.STUCK_ATTEMPTS,
        group_id(WORKER, BACKFILL_REQUESTS),
    )
    return {row["subject"]: f"the backfill makes no progress: {row['reason']}" for row in rows}


async def list_parked_causes(connection: Connection) -> dict[str, str]:
    """Return how many parked records wait for a decision, in words, by `topic/error class`."""
    rows = await connection.fetch(sql(__package__, "list_parked_causes"))
    return {row["subject"]: _parked(row["parked"]) for row in rows}


def _parked(records: int) -> str:
    return "1 record is parked" if records == 1 else f"{records} records are parked"


async def list_missing_consumers(connection: Connection) -> dict[str, str]:
    """Return why consumer groups need a person, by group (see `missing_consumers`).

    A group with members is left out while an incident `consumer-halted` about it is open.
    """
    known = await list_open_reasons(connection, AlertKind.CONSUMER_MISSING)
    return missing_consumers(await list_recent_measurements(connection), known)


async def list_open_reasons(connection: Connection, kind: AlertKind) -> dict[str, str]:
    rows = await connection.fetch(sql(__package__, "list_open_reasons"), kind.value)
    return {row["subject"]: row["reason"] for row in rows}


async def merge_incidents(
    connection: Connection, kind: AlertKind, reasons: Mapping[str, str], at: int
) -> None:
    """Open and end incidents of a kind, so that exactly the subjects in `reasons` have an open one.

    An incident that stays open keeps its reason. `at` is in Unix microseconds.
    """
    rows = await connection.fetch(
        sql(__package__, "merge_incidents"), kind.value, list(reasons), list(reasons.values()), at
    )
    for row in rows:
        if row["opened"]:
            log_opened(kind, row["subject"], row["reason"])
        else:
            log_ended(kind, row["subject"])


async def close_silent_incidents(connection: Connection, kind: AlertKind, at: int) -> None:
    """End incidents of a kind that were not reported for `SILENT_INCIDENT_SECONDS`.

    `at` is stored as their end, in Unix microseconds.
    """
    rows = await connection.fetch(
        sql(__package__, "close_silent_incidents"), kind.value, at, limits.SILENT_INCIDENT_SECONDS
    )
    for row in rows:
        log_ended(kind, row["subject"])
