"""Detects conflicts between two observations of a message. Pure (INV-16).

The time in a notification has a resolution of one second, and comes from another clock than the time of an
API answer. So the versions of a notification and of an answer, or of another notification, may have the wrong
order. Therefore one more fetch decides.
"""

from collections.abc import Hashable
from dataclasses import dataclass

from mailtide_common.contracts.events import Lane, SyncKind, SyncWanted
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.versions import Source, VersionKey

REASON = "ambiguous"
EMPTIED = "emptied"


@dataclass(frozen=True, slots=True)
class Seen:
    """The parts of an observation that are compared."""

    version: VersionKey
    value: Hashable
    deleted: bool = False
    filled: frozenset[str] = frozenset()
    """The names of the parts of a content that are not empty."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two observations that contradict each other."""

    not_before: UnixMicros
    """A fetch that begins at this time or later is newer than both observations."""
    deletion_seen: bool
    """Whether one of the observations is a deletion."""
    reason: str = REASON

    def __or__(self, other: "Conflict") -> "Conflict":
        not_before = max(self.not_before, other.not_before)
        return Conflict(not_before, self.deletion_seen or other.deletion_seen, self.reason)

    def refetch_request(self, grant_id: str, message_id: str) -> SyncWanted:
        return SyncWanted(
            grant_id=grant_id,
            kind=SyncKind.MESSAGE,
            reason=self.reason,
            not_before=self.not_before,
            message_id=message_id,
            follow_up=True,
            deletion_seen=self.deletion_seen,
            lane=Lane.SYNC,  # the mail is known, so it is not live
        )


def state_value(*, unread: bool, starred: bool, folders: tuple[str, ...], deleted: bool) -> Hashable:
    """Return a value that is equal for equal states; the order of folders does not matter."""
    return (True,) if deleted else (False, unread, starred, frozenset(folders))


def ambiguous(stored: Seen, incoming: Seen, window: int) -> Conflict | None:
    """Return the conflict if two observations differ and neither is known to be newer, or None.

    Their order is unknown if one is a notification, no follow-up decides (see `_different_sources`), and
    their times differ by at most `window` microseconds.
    """
    if stored.value == incoming.value or not _different_sources(stored.version, incoming.version):
        return None
    if abs(stored.version.observed_at - incoming.version.observed_at) > window:
        return None
    return Conflict(
        UnixMicros(max(stored.version.observed_at, incoming.version.observed_at) + 1),
        stored.deleted or incoming.deleted,
    )


def emptied(one: Seen, other: Seen) -> Conflict | None:
    """Return the conflict if the newer content is a notification's and lacks parts of the older, or None.

    Nylas may omit a field from a notification, or send it empty, although the message has a value (docs:
    Notifications, suffixes). Only a fetch shows whether the field is empty (INV-17).
    """
    older, newer = sorted((one, other), key=lambda seen: seen.version)
    if newer.version.rank != Source.NOTIFICATION.rank or not older.filled - newer.filled:
        return None
    return Conflict(UnixMicros(newer.version.observed_at + 1), deletion_seen=False, reason=EMPTIED)


def _different_sources(stored: VersionKey, incoming: VersionKey) -> bool:
    """Return whether one of two observations is a notification, and no follow-up resolves the conflict.

    Two deliveries of one notification are the same observation: return False.
    """
    if incoming.rank == Source.FOLLOW_UP.rank:
        return False
    if stored.rank == Source.FOLLOW_UP.rank and stored > incoming:
        return False
    ranks = (stored.rank, incoming.rank)
    return Source.NOTIFICATION.rank in ranks and stored[1:] != incoming[1:]
