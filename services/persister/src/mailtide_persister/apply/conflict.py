"""Detects conflicts: two observations of an object whose times do not prove their order. Pure (INV-16).

The time in a notification has a resolution of a second, and comes from another clock than the time of an API answer.
So a notification may have a greater version than an answer that is in fact newer, or the reverse. Whichever is stored,
one more fetch resolves the conflict.
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
    """An observation, reduced to what is compared."""

    version: VersionKey
    value: Hashable
    deleted: bool = False
    filled: frozenset[str] = frozenset()
    """The names of the parts of a content that are not empty."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two observations that contradict each other."""

    not_before: UnixMicros
    """An answer that is requested after this time is newer than both."""
    deletion_seen: bool
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
            lane=Lane.SYNC,  # known mail: never live
        )


def state_value(*, unread: bool, starred: bool, folders: tuple[str, ...], deleted: bool) -> Hashable:
    """Return a state in the form in which it is compared; the order of folders has no meaning."""
    return (True,) if deleted else (False, unread, starred, frozenset(folders))


def ambiguous(stored: Seen, incoming: Seen, window: int) -> Conflict | None:
    """Return the conflict between two differing observations of which neither is known to be newer; else None.

    Args:
        stored: the observation that is stored.
        incoming: another one, newer or older.
        window: microseconds within which the order of two times proves nothing.
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
    """Return the conflict if a newer notification lacks parts of the content that the older observation has; else None.

    A field that Nylas omits from a notification may also be present and empty (docs: Notifications, suffixes): only a
    fetch shows whether it is empty (INV-17).
    """
    older, newer = sorted((one, other), key=lambda seen: seen.version)
    if newer.version.rank != Source.NOTIFICATION.rank or not older.filled - newer.filled:
        return None
    return Conflict(UnixMicros(newer.version.observed_at + 1), deletion_seen=False, reason=EMPTIED)


def _different_sources(stored: VersionKey, incoming: VersionKey) -> bool:
    """Return whether one of two different observations is a notification, and no follow-up resolves the conflict."""
    if incoming.rank == Source.FOLLOW_UP.rank:
        return False
    if stored.rank == Source.FOLLOW_UP.rank and stored > incoming:
        return False
    ranks = (stored.rank, incoming.rank)
    return Source.NOTIFICATION.rank in ranks and stored[1:] != incoming[1:]
