"""Counts the result of a comparison, in all and per folder. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mailtide_common.contracts.events import FolderCount, MessageCounts
from mailtide_sync_worker.messages.compared_state import Entry

from .index_diff import Plan

NO_FOLDER = ""
"""Folder id under which messages without a folder are counted."""


@dataclass(frozen=True, slots=True)
class ComparedMessages:
    """The messages of a compared part of a mailbox, by result. Each message occurs once."""

    synced: Sequence[Entry]
    missing: Sequence[Entry]
    """Listed messages that are not stored, or stored as deleted."""
    differing: Sequence[Entry]
    extra: Sequence[Entry]
    """Stored messages that are not listed."""
    unreadable: int
    """Number of listed entries that cannot be read. They count as missing, and so prevent a proof."""

    def counts(self) -> MessageCounts:
        missing = len(self.missing) + self.unreadable
        return MessageCounts(
            in_account=len(self.synced) + missing + len(self.differing),
            synced=len(self.synced),
            missing=missing,
            extra=len(self.extra),
            differing=len(self.differing),
        )

    def folder_counts(self) -> tuple[FolderCount, ...]:
        """Return the counts of each folder, ordered by folder id.

        A message in several folders counts in each. Messages without a folder, and unreadable entries, count
        under `NO_FOLDER`.
        """
        parts = (self.synced, self.missing, self.differing, self.extra)
        synced, missing, differing, extra = map(_per_folder, parts)
        missing[NO_FOLDER] += self.unreadable
        return tuple(
            FolderCount(
                folder_id=folder,
                in_account=synced[folder] + missing[folder] + differing[folder],
                synced=synced[folder],
                missing=missing[folder],
                extra=extra[folder],
                differing=differing[folder],
            )
            for folder in sorted({*synced, *+missing, *differing, *extra})
        )


def compared_messages(
    found: Plan, known: AbstractSet[str], extra: Sequence[Entry], unreadable: int = 0
) -> ComparedMessages:
    """Return the messages of a part of a mailbox by result.

    Args:
        found: the differences between the listed and the stored index.
        known: ids of the listed messages that are stored and not deleted.
        extra: stored messages that are not listed (`Unlisted.missing`).
        unreadable: number of listed entries that cannot be read.
    """
    return ComparedMessages(
        synced=found.same,
        missing=[entry for entry in found.fetch if entry.message_id not in known],
        differing=[
            *found.states,
            *found.contents,
            *(entry for entry in found.fetch if entry.message_id in known),
        ],
        extra=extra,
        unreadable=unreadable,
    )


def _per_folder(entries: Iterable[Entry]) -> Counter[str]:
    return Counter(folder for entry in entries for folder in (entry.folders or (NO_FOLDER,)))
