"""Counts the result of a comparison per folder. Pure."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from mailtide_common.contracts.events import FolderCount
from mailtide_sync_worker.messages.compared_state import Entry

from .index_diff import Plan

NO_FOLDER = ""
"""Folder id under which messages without a folder are counted."""


def folder_counts(
    found: Plan, known: AbstractSet[str], extra: Iterable[Entry], unreadable: int = 0
) -> tuple[FolderCount, ...]:
    """Return the counts of each folder, ordered by folder id; a message in several folders counts in each.

    Args:
        found: the result of comparing a part of the mailbox.
        known: ids of listed messages that the database has.
        extra: messages that the database has and the listing has not.
        unreadable: number of listed entries that cannot be read; they count as missing, and prevent a proof.
    """
    missing = [entry for entry in found.fetch if entry.message_id not in known]
    differing = [
        *found.states,
        *found.contents,
        *(entry for entry in found.fetch if entry.message_id in known),
    ]
    synced, absent, differs, more = map(_per_folder, (found.same, missing, differing, extra))
    absent[NO_FOLDER] += unreadable
    return tuple(
        FolderCount(
            folder_id=folder,
            in_account=synced[folder] + absent[folder] + differs[folder],
            synced=synced[folder],
            missing=absent[folder],
            extra=more[folder],
            differing=differs[folder],
        )
        for folder in sorted({*synced, *+absent, *differs, *more})
    )


def _per_folder(entries: Iterable[Entry]) -> Counter[str]:
    return Counter(folder for entry in entries for folder in (entry.folders or (NO_FOLDER,)))
