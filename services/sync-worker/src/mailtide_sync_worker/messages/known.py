"""What is known of messages and folders: the types that listings, comparisons and the database's state share. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from .message import EARLIEST_DATE, LATEST_DATE


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """What the database holds of a message."""

    content_hash: str | None
    core_hash: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    deleted: bool
    filled: frozenset[str] = frozenset()
    """Names of the parts of its content that are not empty."""


MessageKey = tuple[str, str]
"""Grant id and message id."""

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
        """Whether both are equal but for the time of observation."""
        return (self.name, self.attributes) == (other.name, other.attributes)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is compared of stored content besides its digest, which describes only what was to be stored."""

    observed_at: int
    """Microseconds since 1970: since when it is known to be so, or later."""
    content_hash: str | None
    subject: str
    snippet: str
    body_bytes: int
    attachments: int
    sanitised: bool
    """Whether the stored text was altered or cut, so that texts and sizes cannot be compared."""


UNKNOWN_OBSERVATION = 0
"""Older than any."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as an index shows it, remote or local."""

    message_id: str
    thread_id: str | None
    unread: bool
    starred: bool
    folders: tuple[str, ...]
    """Each once, in order: what two entries have in common is then equal."""
    date: int | None
    """Unix seconds; None where it is absent or cannot be believed, and then it equals any."""
    observed_at: int = UNKNOWN_OBSERVATION
    """Microseconds since 1970: since when it is known to be so, or later."""


def folders_in_order(folders: Iterable[str]) -> tuple[str, ...]:
    """Folders as they are compared: their order means nothing."""
    return tuple(sorted(set(folders)))


def certain(date: int | None) -> int | None:
    """A date by which a message is found; None for one that is absurd."""
    return date if date is not None and EARLIEST_DATE <= date < LATEST_DATE else None


INDEX_FIELDS = ("id", "thread_id", "unread", "starred", "folders", "date")
"""What is selected: about 200 bytes a message instead of its body."""
