"""Compares the listed index of a mailbox with the stored one. Pure.

An index contains a few fields of each message (`INDEX_FIELDS`).
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from mailtide_common.contracts.times import UnixMicros
from mailtide_sync_worker.messages.compared_state import Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """The differences between a listed and the stored index, and the messages without a difference."""

    fetch: tuple[Entry, ...]
    """Listed messages that are unknown, or whose thread or date differs; they must be fetched."""
    states: tuple[Entry, ...]
    """Known messages of which only flags or folders differ."""
    missing: tuple[Entry, ...]
    """Known messages that are not listed."""
    same: tuple[Entry, ...]
    """Known messages whose stored entry is equal to the listed one, or newer."""
    contents: tuple[Entry, ...] = ()
    """Messages whose entries are equal, but whose contents differ. Only whole messages show that."""

    def with_contents(self, differing: AbstractSet[str]) -> "Plan":
        """Return the plan with the messages in `differing` moved from `same` to `contents`."""
        return replace(
            self,
            same=tuple(entry for entry in self.same if entry.message_id not in differing),
            contents=tuple(entry for entry in self.same if entry.message_id in differing),
        )


def plan(remote: Iterable[Entry], local: Mapping[str, Entry]) -> Plan:
    """Compare listed entries with stored ones that are not deleted.

    Those of `local` that are not listed are `missing`. If a message is listed twice, the entry observed last
    counts.
    """
    listed = newest(remote)
    fetch: list[Entry] = []
    states: list[Entry] = []
    same: list[Entry] = []
    for entry in listed.values():
        known = local.get(entry.message_id)
        if known is None:
            fetch.append(entry)
        elif known.observed_at > entry.observed_at:
            same.append(entry)
        elif _content_differs(entry, known):
            fetch.append(entry)
        elif _state_differs(entry, known):
            states.append(entry)
        else:
            same.append(entry)
    return Plan(tuple(fetch), tuple(states), tuple(unlisted(local.values(), listed.keys())), tuple(same))


def newest(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return the last observed entry of each message, by message id."""
    found: dict[str, Entry] = {}
    for entry in entries:
        other = found.get(entry.message_id)
        if other is None or _rank(entry) > _rank(other):
            found[entry.message_id] = entry
    return found


def unlisted(
    local: Iterable[Entry], listed: AbstractSet[str], *, began: UnixMicros | None = None
) -> list[Entry]:
    """Return the stored entries that are missing from a complete listing.

    If `began` is given, two kinds of entries do not count as missing:

    - An entry observed since then (see `missing_since`).
    - An entry without a certain date (see `Entry.date`), because it may lie outside the listing.

    Args:
        local: stored entries that are not deleted.
        listed: ids of all listed messages.
        began: from `missing_since`, or None.
    """
    return [
        entry
        for entry in local
        if entry.message_id not in listed
        and (began is None or (entry.date is not None and entry.observed_at < began))
    ]


def _content_differs(entry: Entry, known: Entry) -> bool:
    return (entry.thread_id is not None and entry.thread_id != known.thread_id) or (
        entry.date is not None and known.date is not None and entry.date != known.date
    )


def _state_differs(entry: Entry, known: Entry) -> bool:
    return (entry.unread, entry.starred, entry.folders) != (known.unread, known.starred, known.folders)


def _rank(entry: Entry) -> tuple[int, str]:
    """Return a sort key: the time of observation, then the fields, so that equal times have a fixed order."""
    return (entry.observed_at, repr(entry))
