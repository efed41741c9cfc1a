"""Bodies of the routes for accounts, and for deletions that wait for an operator's decision."""

from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.health.conditions import AccountHealth
from mailtide_common.contracts.times import UnixSeconds

from .model import Response
from .runs import Progress


class BackfillProgress(Progress):
    """Progress of an account's backfill."""

    synced: int
    """Messages synced so far."""


class AccountDetails(Response):
    """An account with its schedule, health and progress."""

    id: UUID
    user_id: str | None
    """The first user who is still connected, or the last one who was."""
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
    """When the timer starts the next sync; `health.next_at` also considers limits and repetitions."""
    throttled_until: datetime | None
    watermark: UnixSeconds | None
    """Time up to which no mail is missing."""
    failures: int
    """Failed deltas in a row."""
    open_tasks: int
    syncing: bool
    """Whether its delta is leased: a worker has the request, or is about to get it."""
    first_pass_at: datetime | None
    proven_at: datetime | None
    """When an audit last found mailbox and database equal."""
    next_audit_at: datetime | None
    held_deletions: int
    """Messages whose deletion waits for a decision."""
    held_folders: int
    health: AccountHealth
    backfill: BackfillProgress | None
    """Progress of the open backfill; null if there is none."""


class AccountPage(Response):
    """A page of accounts, ordered by id."""

    accounts: tuple[AccountDetails, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""


class AccountState(Response):
    """The status of an account after a pause or a resumption."""

    status: AccountStatus


class AccountRemoval(AccountState):
    """The status of an account after its removal, or after the end of one user's connection."""

    purge: bool
    """Whether all data of the account in Kafka and Postgres will be deleted."""


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


class HeldInFolder(Response):
    """A folder of messages whose deletion waits for a decision."""

    folder_id: str
    name: str | None
    messages: int
    """Number of these messages; one in two folders counts in both."""


class HeldSummary(Response):
    """All messages of an account whose deletion waits for a decision, in numbers."""

    stored: int
    """Messages that are stored and not deleted, including those."""
    received_from: datetime | None
    received_to: datetime | None
    folders: tuple[HeldInFolder, ...]
    """By number of messages, highest first."""


class HeldDeletionPage(Response):
    """A page of an account's messages whose deletion waits for a decision, and all folders whose deletion does."""

    total: int
    """Number of messages, over all pages."""
    summary: HeldSummary
    """The same on every page."""
    held_deletions: tuple[HeldMessage, ...]
    held_folders: tuple[HeldFolder, ...]
    """All held folders, repeated on every page."""
    next_cursor: str | None
    """The `cursor` of the next page of messages; null on the last one."""


class ApprovedDeletions(Response):
    """Result of an approval: each message, and each folder still not listed, is fetched; only a 404 deletes it."""

    approved: int


class DiscardedDeletions(Response):
    """Result of discarding held deletions: nothing is deleted."""

    discarded: int
