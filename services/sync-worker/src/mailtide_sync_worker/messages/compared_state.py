"""Types of stored messages and folders, which listings, comparisons and look-ups share. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds

from .message import EARLIEST_DATE, LATEST_DATE


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """The stored parts of a message."""

    content_hash: str | None
    core_hash: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    deleted: bool
    filled: frozenset[str] = frozenset()
    """Names of the non-empty parts of its content."""


MessageKey = tuple[str, str]
"""Grant id and message id."""

DRAFTS = r"\drafts"
"""The drafts role, in lower case."""


@dataclass(frozen=True, slots=True)
class KnownFolder:
    """The stored folder."""

    name: str | None
    attributes: tuple[str, ...]
    observed_at: UnixMicros = BEGINNING

    @property
    def holds_drafts(self) -> bool:
        """Whether it has the drafts role; only attributes show it (docs: Folders, attributes)."""
        return any(attribute.casefold() == DRAFTS for attribute in self.attributes)

    def same(self, other: "KnownFolder") -> bool:
        """Return whether both are equal except for the time of observation."""
        return (self.name, self.attributes) == (other.name, other.attributes)


@dataclass(frozen=True, slots=True)
class Contents:
    """The stored content as far as it is compared, besides its digest, which describes the intended content."""

    observed_at: UnixMicros
    """The content was so at this time or later."""
    content_hash: str | None
    subject: str
    snippet: str
    body_bytes: int
    attachments: int
    sanitised: bool
    """Whether the stored text was altered or cut, so that texts and sizes cannot be compared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as an index shows it, listed or stored."""

    message_id: str
    thread_id: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    """Each once, in order, so that equal entries compare equal."""
    date: UnixSeconds | None
    """None if absent or implausible, and then it equals any."""
    observed_at: UnixMicros = BEGINNING
    """The entry was so at this time or later."""


def folders_in_order(folders: Iterable[str]) -> tuple[str, ...]:
    """Return folders sorted and without duplicates, so that two lists compare; Nylas' order has no meaning."""
    return tuple(sorted(set(folders)))


def certain(date: UnixSeconds | None) -> UnixSeconds | None:
    """Return a plausible date, by which a message can be found; None for an absurd one."""
    return date if date is not None and EARLIEST_DATE <= date < LATEST_DATE else None


INDEX_FIELDS = ("id", "thread_id", "unread", "starred", "folders", "date")
"""Fields that are selected: about 200 bytes a message instead of its body."""
