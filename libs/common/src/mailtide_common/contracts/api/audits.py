"""Results of audits."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import Compared

from .model import Response


class Counts(Response):
    """Messages or folders that an audit compared, by result."""

    in_account: int = 0
    """Listed by the mailbox."""
    synced: int = 0
    """Of those, in the database as they are listed."""
    missing: int = 0
    """Listed, but not in the database."""
    extra: int = 0
    """In the database, but not listed."""
    differing: int = 0
    """In both, but different."""

    @property
    def agree(self) -> bool:
        """Whether mailbox and database agree."""
        return not (self.missing or self.extra or self.differing)


class FolderCounts(Counts):
    """Messages that an audit compared in a folder, by result."""

    folder_id: str
    name: str | None
    attributes: tuple[str, ...]


class AuditPass(Response):
    """A pass of an audit over the whole mailbox."""

    number: int = Field(alias="pass")
    repair: bool
    """Whether it requested what is missing; later passes only count."""
    started_at: datetime
    finished_at: datetime | None
    clean: bool
    """Whether it ended without a difference."""
    proves: tuple[Compared, ...]
    folder_list: Counts | None
    """Results for the folders themselves; null: they were not compared."""
    contents_compared: int
    """Messages whose whole content was compared."""
    totals: Counts
    folders: tuple[FolderCounts, ...]


class AuditReport(Response):
    """An account's newest audit of which a pass has ended."""

    account_id: UUID
    email: str | None
    audit_id: UUID | None
    """Null: never audited."""
    proven: bool
    """Whether its last pass shows that mailbox and rows agree."""
    proves: tuple[Compared, ...]
    """Kinds of data that its last pass compared."""
    proven_at: datetime | None
    """When mailbox and rows last agreed, by this audit or an earlier one."""
    contents_compared: int
    running: bool
    """Whether a pass is running."""
    started_at: datetime | None
    finished_at: datetime | None
    folder_list: Counts | None
    totals: Counts
    folders: tuple[FolderCounts, ...]
    passes: tuple[AuditPass, ...]
    """Oldest first."""
