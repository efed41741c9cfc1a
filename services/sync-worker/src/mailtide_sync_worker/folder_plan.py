"""What a listing of folders says against what the database holds. Pure.

A name or attributes that a listing does not say are unknown, and what is known stays. What a listing does not show is
not deleted: a page may be missing. Each folder is asked for, and many are held for a person, as messages are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailtide_common.contracts.events import FoldersCompared
from mailtide_nylas import Folder as NylasFolder

MOST_MISSING_FOLDERS = 5
"""So many missing folders are always confirmed one by one. A mailbox has a few dozen folders, not thousands."""

MOST_MISSING_FOLDERS_SHARE = 0.05
"""More than this share, and more than `MOST_MISSING_FOLDERS`, is held until a person has looked."""

DRAFTS = r"\drafts"
"""The drafts role, in lower case."""


@dataclass(frozen=True, slots=True)
class KnownFolder:
    """What the database holds of a folder."""

    name: str | None
    attributes: tuple[str, ...]
    observed_at: int = 0
    """Microseconds since 1970."""

    @property
    def holds_drafts(self) -> bool:
        """Whether it has the drafts role; only attributes tell (docs: Folders, attributes)."""
        return any(attribute.casefold() == DRAFTS for attribute in self.attributes)

    def same(self, other: "KnownFolder") -> bool:
        """Whether both say the same, whenever they were observed."""
        return (self.name, self.attributes) == (other.name, other.attributes)


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """What makes the stored folders equal to the listed ones."""

    changed: dict[str, KnownFolder]
    """Listed, and unknown or known otherwise: as they shall be stored."""
    missing: tuple[str, ...]
    """Known, and not listed."""
    counts: FoldersCompared


def plan_folders(
    listed: Iterable[NylasFolder], known: Mapping[str, KnownFolder], *, began: int
) -> FolderPlan:
    """Compare a listing with what is known.

    Args:
        listed: in any order; of one that is listed twice, whatever is said of it counts.
        known: the stored folders that are not deleted, by id.
        began: microseconds since 1970 when the listing began. What is known only since then may have come too late
            for it, and is not missing.
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
    return FolderPlan(changed, tuple(sorted(missing)), counts)


def merged(folder: NylasFolder, known: KnownFolder | None) -> KnownFolder:
    """A folder as an answer of Nylas has it, over what is known of it."""
    attributes = folder.attributes
    if attributes is None:
        attributes = known.attributes if known else ()
    return KnownFolder(folder.name or (known.name if known else None), attributes)


def to_confirm(plan: FolderPlan, rows: int, approved: Iterable[str]) -> tuple[list[str], list[str]]:
    """Which missing folders are asked for one by one, and which are held for a person.

    Args:
        plan: what is missing.
        rows: how many folders are known.
        approved: folders that a person has agreed to see deleted.
    """
    if plan.counts.in_account == 0:
        return [], []  # an empty listing says nothing
    agreed = set(approved)
    others = [id_ for id_ in plan.missing if id_ not in agreed]
    if len(others) > MOST_MISSING_FOLDERS and len(others) > rows * MOST_MISSING_FOLDERS_SHARE:
        return [id_ for id_ in plan.missing if id_ in agreed], others
    return list(plan.missing), []


def _known_as(folder: KnownFolder, known: KnownFolder | None) -> bool:
    return known is not None and known.same(folder)
