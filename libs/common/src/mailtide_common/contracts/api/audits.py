"""Bodies of the route for an account's audits."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import Compared

from .model import Response

NOT_PROVEN = "not proven"
"""Beginning of the `error` of an account in a run whose audit has ended with differences."""


class Counts(Response):
    """Messages or folders that an audit compared, by result."""

    in_account: int = 0
    """Number that the mailbox lists."""
    synced: int = 0
    """Number that mailbox and database have, with equal data."""
    missing: int = 0
    """Number that only the mailbox has."""
    extra: int = 0
    """Number that only the database has."""
    differing: int = 0
    """Number that mailbox and database have, with different data."""

    @property
    def agree(self) -> bool:
        """Whether nothing is missing, extra or differing."""
        return not (self.missing or self.extra or self.differing)


class FolderCounts(Counts):
    """Messages of one folder that an audit compared, by result."""

    folder_id: str
    """The folder. Empty for messages without a folder, and for entries that cannot be read."""
    name: str | None
    attributes: tuple[str, ...]


class AuditPass(Response):
    """A pass of an audit over the whole mailbox."""

    number: int = Field(alias="pass")
    repair: bool
    """Whether the pass repairs differences. Other passes only count."""
    started_at: datetime
    finished_at: datetime | None
    clean: bool
    """Whether the pass ended without an error and found no difference."""
    proves: tuple[Compared, ...]
    folder_list: Counts | None
    """Counts of the folders themselves; null if they were not compared."""
    contents_compared: int
    """Messages whose whole content was compared."""
    totals: Counts
    folders: tuple[FolderCounts, ...]


class AuditReport(Response):
    """The newest of an account's audits that have a finished pass. Without such an audit, `passes` is empty."""

    account_id: UUID
    email: str | None
    audit_id: UUID | None
    """Id of the audit; null if there is none."""
    proven: bool
    """Whether the audit's last finished pass proves that mailbox and database are equal."""
    proves: tuple[Compared, ...]
    """Kinds of data that this pass proves to be equal; empty if it is no proof."""
    proven_at: datetime | None
    """When this or an earlier audit last found mailbox and database equal."""
    contents_compared: int
    running: bool
    """Whether the newest pass is unfinished. A pass counts from the end of its first slice."""
    started_at: datetime | None
    finished_at: datetime | None
    folder_list: Counts | None
    totals: Counts
    folders: tuple[FolderCounts, ...]
    passes: tuple[AuditPass, ...]
    """Oldest first."""
