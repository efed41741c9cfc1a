"""Compares a listing of folders with the database. Pure.

Where a listing omits a folder's name or attributes, the stored ones are kept. A folder that is not listed is
not necessarily deleted: only a fetch by its id shows that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailtide_common.contracts.events import FoldersCompared
from mailtide_common.contracts.times import UnixMicros
from mailtide_nylas import Folder as NylasFolder
from mailtide_sync_worker.messages.compared_state import KnownFolder

MOST_MISSING_FOLDERS = 5
"""Up to this number, missing folders are confirmed one by one, whatever their share. A mailbox has a few
dozen folders."""

MOST_MISSING_FOLDERS_SHARE = 0.05
"""If more than this share of the stored folders is missing, and more than `MOST_MISSING_FOLDERS`, their
deletions are held until an operator decides."""


@dataclass(frozen=True, slots=True)
class FolderDiff:
    """The differences between the stored and the listed folders."""

    changed: dict[str, KnownFolder]
    """Listed folders that are not stored, or stored differently. The values are those to store."""
    missing: tuple[str, ...]
    """Stored folders that are not listed, and were last observed before the listing began."""
    counts: FoldersCompared


def compare_folders(
    listed: Iterable[NylasFolder], known: Mapping[str, KnownFolder], *, began: UnixMicros
) -> FolderDiff:
    """Compare a listing with the stored folders. If a folder is listed twice, its fields are merged.

    Stored folders that are not listed are `FolderDiff.missing`, and count as `extra`. Those observed since the
    listing began are exempt, because they may be too new for it. Listed folders that are not stored count as
    `missing`. Stored folders count as `differing` also if their name is still unknown.

    Args:
        listed: Nylas' folders.
        known: the stored folders that are not deleted, by id.
        began: a time before the folders were listed.
    """
    wanted: dict[str, KnownFolder] = {}
    for folder in listed:
        wanted[folder.id] = merged(folder, wanted.get(folder.id) or known.get(folder.id))
    changed = {id_: folder for id_, folder in wanted.items() if not _known_as(folder, known.get(id_))}
    missing = [id_ for id_, folder in known.items() if id_ not in wanted and folder.observed_at < began]
    absent = len(wanted.keys() - known.keys())
    differing = sum(id_ in known and (id_ in changed or not folder.name) for id_, folder in wanted.items())
    counts = FoldersCompared(
        in_account=len(wanted),
        synced=len(wanted) - absent - differing,
        missing=absent,
        extra=len(missing),
        differing=differing,
    )
    return FolderDiff(changed, tuple(sorted(missing)), counts)


def merged(folder: NylasFolder, known: KnownFolder | None) -> KnownFolder:
    """Return one of Nylas' folders, with omitted fields taken from `known`."""
    attributes = folder.attributes
    if attributes is None:
        attributes = known.attributes if known else ()
    return KnownFolder(folder.name or (known.name if known else None), attributes)


def to_confirm(plan: FolderDiff, rows: int, approved: Iterable[str]) -> tuple[list[str], list[str]]:
    """Split missing folders into those to confirm one by one and those to hold for an operator.

    `rows` is the number of stored folders. Folders in `approved` are not held. An empty listing proves
    nothing: both lists are then empty.
    """
    if plan.counts.in_account == 0:
        return [], []
    agreed = set(approved)
    others = [id_ for id_ in plan.missing if id_ not in agreed]
    if len(others) > MOST_MISSING_FOLDERS and len(others) > rows * MOST_MISSING_FOLDERS_SHARE:
        return [id_ for id_ in plan.missing if id_ in agreed], others
    return list(plan.missing), []


def _known_as(folder: KnownFolder, known: KnownFolder | None) -> bool:
    return known is not None and known.same(folder)
