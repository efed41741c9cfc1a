"""Works on one sync request, and reports its outcome."""

import time
from collections.abc import Awaitable, Callable, Mapping

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import (
    NEWEST,
    Event,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncReport,
    SyncRequested,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.kafka.isolate_record import UNENCODABLE
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import (
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasUnauthorizedError,
)
from mailtide_sync_worker import metrics
from mailtide_sync_worker.outcome import Pulled

from .account import AccountPuller

Pull = Callable[[SyncRequested], Awaitable[Pulled]]
"""Does the work of a request, or of a slice of it, and returns the result."""

FORBIDDEN = 403
"""HTTP status if the grant lacks a scope that the call needs (docs: Nylas errors, 403)."""

READS_MAIL = frozenset({SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.MESSAGE, SyncKind.THREAD})
"""Kinds of requests that need the consent to read mail. An account's status can be fetched without it."""

CONSENT_MISSING = "consent is missing: connect the mailbox again with permission to read mail"

log = get_logger(__name__)


class Worker:
    """Does the work of requests, and publishes a report on each."""

    def __init__(self, pulls: Mapping[SyncKind, Pull], accounts: AccountPuller, publisher: Publisher) -> None:
        self._pulls = pulls
        self._accounts = accounts
        self._publisher = publisher

    async def work(self, record: Record) -> Parked | None:
        """Do the work of a request, or of a slice of it, and publish its outcome or progress.

        Errors of Nylas, permanent errors and texts that cannot be encoded become outcomes. After a 401, or a
        404 for the mailbox, the grant is fetched: its status determines the outcome, and a change of the
        account is published.

        Returns:
            A dead letter if the record is not a sync request, else None.

        Raises:
            TransientError: Kafka or Postgres is unavailable; the request may be repeated.
            ConfigurationError: as `postgres.connected_migrated`.
        """
        request = decode(record)
        if not isinstance(request, SyncRequested):
            return Parked(record, *_refusal(request))
        started, clock = now_us(), time.monotonic()
        report = await self._report(request, started)
        outcome = report.outcome.value if isinstance(report, SyncFinished) else "progressed"
        metrics.REQUESTS.labels(request.kind, outcome).inc()
        metrics.REQUEST_DURATION_SECONDS.labels(request.kind).observe(time.monotonic() - clock)
        metrics.SYNCED_MESSAGES.labels(request.kind).inc(report.synced_count)
        await self._publish(request, report, started)
        return None

    async def _publish(self, request: SyncRequested, report: SyncReport, started: UnixMicros) -> None:
        """Publish a report, or a failure if the report cannot be published, because the task must end."""
        try:
            await self._publisher.publish(report)
        except PermanentError as error:
            await self._publisher.publish(_failed(request, started, error))

    async def _report(self, request: SyncRequested, started: UnixMicros) -> SyncFinished | SyncProgressed:
        try:
            pulled = await self._pulls[request.kind](request)
        except NylasThrottledError as error:
            return _throttled(request, started, error)
        except (NylasUnauthorizedError, NylasNotFoundError) as error:
            return await self._refused(request, started, error)
        except (NylasError, PermanentError) as error:
            return _failed(request, started, error)
        except UNENCODABLE:
            return _failed(
                request, started, PermanentError("an id or a text of the mailbox cannot be encoded as UTF-8")
            )
        return _finished(request, started, pulled) if pulled.until is None else _progressed(request, pulled)

    async def _refused(self, request: SyncRequested, started: UnixMicros, error: NylasError) -> SyncFinished:
        """Return the outcome after a 401, or a 404 for the mailbox, by the grant's own status."""
        try:
            works = await self._accounts.confirm_grant(request)
        except NylasThrottledError as throttled:
            return _throttled(request, started, throttled)
        except NylasError as unconfirmed:
            return _failed(request, started, unconfirmed)
        if works:
            return _failed(request, started, error)
        invalid = Pulled(SyncOutcome.GRANT_INVALID)
        return _finished(request, started, invalid, error="the grant is no longer valid: connect it again")


def _throttled(request: SyncRequested, started: UnixMicros, error: NylasThrottledError) -> SyncFinished:
    throttled = Pulled(SyncOutcome.THROTTLED)
    return _finished(request, started, throttled, error=str(error), retry_after=error.retry_after_seconds)


def _failed(request: SyncRequested, started: UnixMicros, error: Exception) -> SyncFinished:
    log.warning(
        "sync_failed",
        account_id=str(account_uuid(request.grant_id)),
        kind=request.kind,
        task_id=str(request.task_id),
        reason=str(error),
    )
    forbidden = _lacks_consent(request, error)
    reason = CONSENT_MISSING if forbidden else str(error)
    return _finished(request, started, Pulled(SyncOutcome.FAILED), error=reason, forbidden=forbidden)


def _lacks_consent(request: SyncRequested, error: Exception) -> bool:
    refused = isinstance(error, NylasPermanentError) and error.status == FORBIDDEN
    return refused and request.kind in READS_MAIL


def _finished(
    request: SyncRequested,
    started: UnixMicros,
    pulled: Pulled,
    *,
    error: str | None = None,
    forbidden: bool = False,
    retry_after: float | None = None,
) -> SyncFinished:
    return SyncFinished(
        **request.task,
        outcome=pulled.outcome,
        synced_count=pulled.synced_count,
        error=error,
        forbidden=forbidden,
        retry_after_seconds=retry_after,
        watermark=pulled.watermark,
        messages=pulled.messages,
        folders=pulled.folders,
        contents=pulled.contents,
        folder_list=pulled.folder_list,
        compared=pulled.compared,
        unannounced=pulled.unannounced,
        started_at=started,
        finished_at=now_us(),
    )


def _progressed(request: SyncRequested, pulled: Pulled) -> SyncProgressed:
    return SyncProgressed(
        **request.task,
        slice_from=NEWEST if request.until is None else request.until,
        until=pulled.until,
        watermark=pulled.watermark,
        synced_count=pulled.synced_count,
        oldest=pulled.oldest,
        aside_seconds=pulled.aside_seconds,
        messages=pulled.messages,
        folders=pulled.folders,
        folder_list=pulled.folder_list,
        contents=pulled.contents,
        unannounced=pulled.unannounced,
        at=now_us(),
    )


def _refusal(decoded: Event | Tombstone | Unreadable) -> tuple[ErrorClass, str]:
    match decoded:
        case Unreadable(reason):
            return ErrorClass.UNREADABLE, reason
        case Tombstone():
            return ErrorClass.UNREADABLE, "the record of the sync request has no value"
        case _:
            return ErrorClass.UNEXPECTED, f"{decoded.type} is not a sync request"
