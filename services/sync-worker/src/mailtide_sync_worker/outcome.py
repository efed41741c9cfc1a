"""The result of a request's work, and the lane and version of what it publishes."""

from dataclasses import dataclass

from mailtide_common.contracts.events import (
    Compared,
    FolderCount,
    FoldersCompared,
    Lane,
    MessageCounts,
    SyncKind,
    SyncOutcome,
    SyncRequested,
    Unannounced,
)
from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.clock import now_us


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a request's work, or of a slice of it."""

    outcome: SyncOutcome = SyncOutcome.OK
    synced_count: int = 0
    watermark: UnixSeconds | None = None
    until: UnixSeconds | None = None
    """The date at which the next slice continues; None if no slice follows."""
    oldest: UnixSeconds | None = None
    """Approximate date of the mailbox's oldest message, if it was determined."""
    aside_seconds: float = 0.0
    """Seconds spent on work that later slices do not repeat."""
    messages: MessageCounts | None = None
    folders: tuple[FolderCount, ...] = ()
    contents: int = 0
    """Number of messages whose whole content was compared."""
    unannounced: Unannounced | None = None
    folder_list: FoldersCompared | None = None
    compared: tuple[Compared, ...] = ()


def lane_of(request: SyncRequested) -> Lane:
    """Return the lane for the events of messages that a request finds."""
    match request.kind:
        case SyncKind.BACKFILL | SyncKind.AUDIT:
            return Lane.BACKFILL
        case SyncKind.DELTA:
            return Lane.BACKFILL if request.since is None else Lane.SYNC
        case _:
            return request.lane


def now_since(request: SyncRequested) -> UnixMicros:
    """Return the current time or `request.requested_at`, whichever is later.

    A follow-up must be newer than the observations that it resolves (INV-16), and this host's clock may be
    slow.
    """
    return max(now_us(), request.requested_at or BEGINNING)


def version_now(request: SyncRequested, source: Source = Source.API) -> Version:
    """Return the version of an observation made now.

    Call it before the request to Nylas: the version must not be newer than the answer.
    """
    return version_at(request, now_since(request), source)


def version_at(request: SyncRequested, observed_at: UnixMicros, source: Source = Source.API) -> Version:
    """Return the version of an observation made for a request at a given time."""
    return Version(observed_at=observed_at, source=source, event_id=request.task_id.hex)
