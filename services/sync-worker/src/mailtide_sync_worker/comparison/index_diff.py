"""What a mailbox's index says against what the database holds. Pure.

The index is a listing with a few fields of each message. Applying a plan to the local index gives the remote one;
nothing else is touched.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from mailtide_sync_worker.messages.known import Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes the local index equal to the remote one."""

    fetch: tuple[Entry, ...]
    """Listed, and not known, or known with another thread or date: content that only a fetch brings."""
    states: tuple[Entry, ...]
    """Known, with other flags or in other folders."""
    missing: tuple[Entry, ...]
    """Known, and not listed."""
    same: tuple[Entry, ...]
    """Known as they are listed, or known from a newer observation than the listing's."""
    contents: tuple[Entry, ...] = ()
    """Messages equal in the index whose content differs; only whole messages show that."""

    def with_contents(self, differing: AbstractSet[str]) -> "Plan":
        """The plan once whole messages were compared, of which these differ."""
        return replace(
            self,
            same=tuple(entry for entry in self.same if entry.message_id not in differing),
            contents=tuple(entry for entry in self.same if entry.message_id in differing),
        )


def plan(remote: Iterable[Entry], local: Mapping[str, Entry]) -> Plan:
    """Compare a listing with the local index of the same part of the mailbox.

    Args:
        remote: listed entries in any order; of one that is listed twice, the newest observation counts.
        local: entries that are not deleted, by message id.
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
    """The newest entry of each message, by id; the order in which they come does not matter."""
    found: dict[str, Entry] = {}
    for entry in entries:
        other = found.get(entry.message_id)
        if other is None or _rank(entry) > _rank(other):
            found[entry.message_id] = entry
    return found


def unlisted(local: Iterable[Entry], listed: AbstractSet[str], *, began: int | None = None) -> list[Entry]:
    """The local entries that a whole listing does not show.

    Args:
        local: entries that are not deleted.
        listed: ids of all that was listed.
        began: microseconds since 1970 when the listing began. What is known only since then may have come too
            late for it, and what has no certain date may lie elsewhere: neither is missing.
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
    """Two entries of one moment have a winner too, whichever comes first."""
    return (entry.observed_at, repr(entry))
