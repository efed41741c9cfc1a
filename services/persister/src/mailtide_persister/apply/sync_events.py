"""Records outcomes of deltas and backfills, and proofs, in the rows of accounts."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import (
    FIRST_SYNC_ENDED,
    AccountStatus,
    AlertEnded,
    AlertKind,
    AlertRaised,
    DeletionsHeld,
    Event,
    IncidentSeen,
    MailboxProven,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.times import BEGINNING, UnixMicros, of_milliseconds
from mailtide_persister.rows.rows import Row, outcome_row, proof_row

from . import store
from .batch_result import BatchResult
from .isolate_unstorable import write_isolating_failures
from .observations import DecodedBatch, Observation, decode_batch

PASSES = (SyncKind.DELTA, SyncKind.BACKFILL)
"""Kinds of syncs whose outcomes are recorded: they bring a mailbox up to date."""

COUNTING = (SyncOutcome.OK, SyncOutcome.FAILED, SyncOutcome.GRANT_INVALID)
"""Outcomes that are recorded. A throttled sync is no failure, and shows nothing about the mailbox; only the
incident of lasting throttling counts."""


NO_TASK = UUID(int=0)


class SyncEventApplier:
    """Applies batches of `mail.sync-events.v1` to `email_accounts`.

    An outcome of an account without a row creates a provisional row with the status `removed`, unless the
    account was purged. So an old outcome alone causes no call to Nylas.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Record the outcomes and proofs in a batch. Repeating it changes nothing.

        - Only the outcomes in `COUNTING` of the syncs in `PASSES` are recorded.
        - The incident of a throttled grant counts as a failed delta.
        - The end of Nylas' own first sync of a mailbox makes earlier proofs void.
        - Outcomes of purged accounts, and proofs of accounts without a row, are left out.

        Raises:
            TransientError: Postgres is unavailable; the batch must not be committed.
        """
        batch: DecodedBatch[Event] = decode_batch(
            records,
            (
                SyncFinished,
                SyncProgressed,
                SyncWanted,
                SyncRequested,
                MailboxProven,
                DeletionsHeld,
                AlertRaised,
                AlertEnded,
                IncidentSeen,
            ),
            key_parts=0,
            name_parts=1,
        )
        proofs = [o for o in batch.observations if isinstance(o.event, MailboxProven) or _unproves(o.event)]
        ends = [
            Observation(o.record, o.event) for o in batch.observations if isinstance(o.event, SyncFinished)
        ]
        counting = [o for o in ends if o.event.kind in PASSES and o.event.outcome in COUNTING]
        counting += [
            Observation(o.record, _as_end(o.event))
            for o in batch.observations
            if isinstance(o.event, AlertRaised) and o.event.kind is AlertKind.GRANT_THROTTLED
        ]
        changed, refused = await write_isolating_failures(counting, self._write, lambda o: o.record)
        moved, kept = await write_isolating_failures(proofs, self._prove, lambda o: o.record)
        return BatchResult(len(records), changed + moved, (*batch.parked, *refused, *kept))

    async def _write(self, observations: Sequence[Observation[SyncFinished]]) -> int:
        by_grant: dict[str, list[SyncFinished]] = {}
        for _, event in observations:
            by_grant.setdefault(event.grant_id, []).append(event)
        async with store.locked_grants(self._pool, by_grant) as connection:
            purged = await store.insert_missing_accounts(connection, by_grant, AccountStatus.REMOVED)
            rows = [fold(grant, ends) for grant, ends in by_grant.items() if grant not in purged]
            return await store.record_outcomes(connection, rows)

    async def _prove(self, observations: Sequence[Observation[Event]]) -> int:
        proven: dict[str, UnixMicros] = {}
        unproven: dict[str, UnixMicros] = {}
        for record, event in observations:
            if isinstance(event, MailboxProven):
                proven[event.grant_id] = max(proven.get(event.grant_id, BEGINNING), event.proven_at)
            elif isinstance(event, SyncWanted):
                written = of_milliseconds(record.timestamp_ms)
                unproven[event.grant_id] = max(unproven.get(event.grant_id, BEGINNING), written)
        grants = proven.keys() | unproven.keys()
        async with store.locked_grants(self._pool, grants) as connection:
            rows = [proof_row(grant, proven.get(grant), unproven.get(grant)) for grant in sorted(grants)]
            return await store.record_proofs(connection, rows)


def _as_end(alert: AlertRaised) -> SyncFinished:
    """Return an incident of throttling as the end of a failed delta."""
    return SyncFinished(
        task_id=NO_TASK,
        grant_id=alert.subject,
        kind=SyncKind.DELTA,
        outcome=SyncOutcome.FAILED,
        error=alert.reason,
        started_at=alert.at,
        finished_at=alert.at,
    )


def _unproves(event: Event) -> bool:
    """Return whether the event shows that earlier listings were incomplete."""
    return isinstance(event, SyncWanted) and event.reason == FIRST_SYNC_ENDED


def fold(grant_id: str, ends: Iterable[SyncFinished]) -> Row:
    """Return a row for `record_outcomes`. There must be at least one end."""
    by_time = sorted(ends, key=lambda end: (end.finished_at, end.outcome is SyncOutcome.OK))
    clean = [end for end in by_time if end.outcome is SyncOutcome.OK]
    whole = [end.finished_at for end in clean if end.kind is SyncKind.BACKFILL]
    last = by_time[-1]
    error = None if last.outcome is SyncOutcome.OK else (last.error or last.outcome.value)
    return outcome_row(
        grant_id,
        whole[0] if whole else None,
        clean[-1].finished_at if clean else None,
        last.finished_at,
        error,
    )
