"""What audits found."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import Compared

from .model import Response


class Counts(Response):
    """What an audit found."""

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
        """Whether mailbox and database hold the same."""
        return not (self.missing or self.extra or self.differing)


class FolderCounts(Counts):
    """What an audit found in a folder."""

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
    """Of the folders themselves; null: they were not compared."""
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
    """Its last pass shows that mailbox and rows agree."""
    proves: tuple[Compared, ...]
    """What that pass compared."""
    proven_at: datetime | None
    """When mailbox and rows agreed last, by this audit or an earlier one."""
    contents_compared: int
    running: bool
    """A pass is running."""
    started_at: datetime | None
    finished_at: datetime | None
    folder_list: Counts | None
    totals: Counts
    folders: tuple[FolderCounts, ...]
    passes: tuple[AuditPass, ...]
    """Oldest first."""
