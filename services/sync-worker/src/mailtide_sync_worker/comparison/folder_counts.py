"""Counts the result of a comparison per folder. Pure."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from mailtide_common.contracts.events import FolderCount
from mailtide_sync_worker.messages.compared_state import Entry

from .index_diff import Plan

NO_FOLDER = ""
"""Stands for messages that are in no folder."""


def folder_counts(
    found: Plan, known: AbstractSet[str], extra: Iterable[Entry], unreadable: int = 0
) -> tuple[FolderCount, ...]:
    """Count per folder, in order of their ids; a message in several folders counts in each.

    Args:
        found: the comparison of a part of the mailbox.
        known: ids of listed messages that the database holds.
        extra: messages that the database holds and the listing lacks.
        unreadable: listed entries that cannot be read; they count as missing, so a pass with one proves nothing.
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
