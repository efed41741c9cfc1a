"""Types of stored messages and folders, which listings, comparisons and look-ups share. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds

from .message import EARLIEST_DATE, LATEST_DATE


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """The compared parts of a stored message."""

    content_hash: str | None
    core_hash: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    deleted: bool
    filled: frozenset[str] = frozenset()
    """Names of the non-empty parts of its stored content, without thread and date."""


MessageKey = tuple[str, str]
"""Grant id and message id."""

DRAFTS = r"\drafts"
"""The drafts role, in lower case."""


@dataclass(frozen=True, slots=True)
class KnownFolder:
    """The compared parts of a folder, stored or listed."""

    name: str | None
    attributes: tuple[str, ...]
    observed_at: UnixMicros = BEGINNING
    """When a stored folder was observed; `BEGINNING` for a listed one."""

    @property
    def holds_drafts(self) -> bool:
        """Whether the folder has the drafts role; only attributes show roles (docs: Folders, attributes)."""
        return any(attribute.casefold() == DRAFTS for attribute in self.attributes)

    def same(self, other: "KnownFolder") -> bool:
        """Return whether two folders are equal except for the time of observation."""
        return (self.name, self.attributes) == (other.name, other.attributes)


@dataclass(frozen=True, slots=True)
class Contents:
    """The compared parts of a stored content.

    The digest is that of the content as it was received. The other values show whether it was stored
    completely.
    """

    observed_at: UnixMicros
    """Time of the content's observation."""
    content_hash: str | None
    subject: str
    snippet: str
    body_bytes: int
    attachments: int
    sanitised: bool
    """Whether the stored content was altered or cut. Then texts and sizes cannot be compared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The fields of a message that a listing of `INDEX_FIELDS` has, from such a listing or from the database."""

    message_id: str
    thread_id: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    """Ids of folders, sorted and without duplicates, so that equal sets compare equal."""
    date: UnixSeconds | None
    """None if the date is absent or implausible, or if the stored content was altered. None counts as equal
    to any date."""
    observed_at: UnixMicros = BEGINNING
    """Time of the entry's observation; of a stored entry, the newest."""


def folders_in_order(folders: Iterable[str]) -> tuple[str, ...]:
    """Return folders sorted and without duplicates, because Nylas' order has no meaning."""
    return tuple(sorted(set(folders)))


def certain(date: UnixSeconds | None) -> UnixSeconds | None:
    """Return `date` if it is plausible, else None.

    A message with a plausible date can be listed by its date.
    """
    return date if date is not None and EARLIEST_DATE <= date < LATEST_DATE else None


INDEX_FIELDS = ("id", "thread_id", "unread", "starred", "folders", "date")
"""Fields of an index listing (`select`): about 200 bytes a message."""
