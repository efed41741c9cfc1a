"""Accounts, and deletions that wait for a decision."""

from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.health import AccountHealth
from mailtide_common.contracts.times import UnixSeconds

from .model import Response
from .runs import Progress


class BackfillProgress(Progress):
    """Progress of an account's backfill."""

    synced: int
    """Messages so far."""


class AccountDetails(Response):
    """An account and its schedule."""

    id: UUID
    user_id: str | None
    """The first user who is still connected."""
    users: tuple[str, ...]
    """All users who are still connected."""
    email: str | None
    display_name: str | None
    provider: str | None
    grant_id: str
    status: AccountStatus
    connected_at: datetime | None
    last_sync_at: datetime | None
    last_sync_error: str | None
    webhook_subscription_id: str | None
    next_sync_at: datetime | None
    throttled_until: datetime | None
    watermark: UnixSeconds | None
    """Up to when nothing is missing."""
    failures: int
    """Failed deltas in a row."""
    open_tasks: int
    syncing: bool
    """Whether a worker has its delta."""
    first_pass_at: datetime | None
    proven_at: datetime | None
    """When mailbox and rows last agreed."""
    next_proof_at: datetime | None
    next_audit_at: datetime | None
    held_deletions: int
    """Messages whose deletion waits for a decision."""
    held_folders: int
    health: AccountHealth
    backfill: BackfillProgress | None
    """Progress of the backfill, if one has not ended."""


class AccountPage(Response):
    """Accounts, by id."""

    accounts: tuple[AccountDetails, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""


class AccountState(Response):
    """The status of an account after a pause or a resumption."""

    status: AccountStatus


class AccountRemoval(AccountState):
    """The status of an account after a removal."""

    purge: bool
    """Whether everything that Kafka and Postgres hold of it will be deleted."""


class HeldMessage(Response):
    """A message whose deletion waits for a decision."""

    message_id: str
    held_at: datetime
    received_at: datetime | None
    folders: tuple[str, ...]


class HeldFolder(Response):
    """A folder whose deletion waits for a decision."""

    folder_id: str
    held_at: datetime
    name: str | None
    attributes: tuple[str, ...]


class HeldDeletionPage(Response):
    """Deletions of an account that wait for a decision."""

    total: int
    """Number of messages."""
    held_deletions: tuple[HeldMessage, ...]
    held_folders: tuple[HeldFolder, ...]
    """All of them, on every page."""
    next_cursor: str | None
    """The `cursor` of the next page of messages; null on the last one."""


class ApprovedDeletions(Response):
    """Number of approved deletions: each message is fetched once more, and deleted by a 404 only."""

    approved: int


class DiscardedDeletions(Response):
    """Number of discarded deletions: nothing is deleted."""

    discarded: int
