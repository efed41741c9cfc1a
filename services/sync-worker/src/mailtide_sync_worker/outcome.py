"""The result of work on a request."""

from dataclasses import dataclass

from mailtide_common.contracts.events import (
    NEWEST,
    Compared,
    FolderCount,
    FoldersCompared,
    Lane,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncRequested,
    Unannounced,
)
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher

from . import metrics


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a pull, or of its last slice."""

    outcome: SyncOutcome
    synced_count: int = 0
    watermark: int | None = None
    folders: tuple[FolderCount, ...] = ()
    contents: int = 0
    """Messages whose whole content was compared."""
    unannounced: Unannounced | None = None
    folder_list: FoldersCompared | None = None
    compared: tuple[Compared, ...] = ()


def lane_of(request: SyncRequested) -> Lane:
    """Return the lane of the messages that a request brings."""
    match request.kind:
        case SyncKind.BACKFILL | SyncKind.AUDIT:
            return Lane.BACKFILL
        case SyncKind.DELTA:
            return Lane.BACKFILL if request.since is None else Lane.SYNC
        case _:
            return request.lane


def version_now(request: SyncRequested, source: Source = Source.API) -> Version:
    """Return the present version: an answer to a later call is at least that new."""
    return version_at(request, now_us(), source)


def version_at(request: SyncRequested, observed_at: int, source: Source = Source.API) -> Version:
    """Return the version of an observation at a given time, for a request."""
    return Version(observed_at=observed_at, source=source, event_id=request.task_id.hex)


async def publish_progress(
    publisher: Publisher,
    request: SyncRequested,
    *,
    until: int,
    watermark: int,
    synced_count: int,
    oldest: int | None = None,
    aside_seconds: float = 0.0,
    folders: tuple[FolderCount, ...] = (),
    folder_list: FoldersCompared | None = None,
    contents: int = 0,
    unannounced: Unannounced | None = None,
) -> None:
    """Publish that a slice is finished, and that the next one continues at `until`.

    Raises:
        TransientError: Kafka is unavailable.
    """
    metrics.SYNCED_MESSAGES.labels(request.kind).inc(synced_count)
    event = SyncProgressed(
        task_id=request.task_id,
        run_id=request.run_id,
        grant_id=request.grant_id,
        kind=request.kind,
        slice_from=NEWEST if request.until is None else request.until,
        until=until,
        watermark=watermark,
        synced_count=synced_count,
        oldest=oldest,
        aside_seconds=aside_seconds,
        folders=folders,
        folder_list=folder_list,
        contents=contents,
        unannounced=unannounced,
        at=now_us(),
    )
    await publisher.publish(event)
