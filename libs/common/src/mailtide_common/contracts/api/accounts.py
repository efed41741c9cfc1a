"""Bodies of the routes for accounts and held deletions."""

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
    """The first user who is still connected; if none is: the user who left last."""
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
    """When the timer starts the next sync. `health.next_at` also considers throttling and retries."""
    throttled_until: datetime | None
    watermark: UnixSeconds | None
    """Time up to which no mail is missing."""
    failures: int
    """Failed deltas in a row."""
    open_tasks: int
    syncing: bool
    """Whether a worker has the request for the account's delta, or is about to get it."""
    first_pass_at: datetime | None
    proven_at: datetime | None
    """When an audit last found mailbox and database equal."""
    next_audit_at: datetime | None
    held_deletions: int
    """Number of messages whose deletion waits for a decision."""
    held_folders: int
    """Number of folders whose deletion waits for a decision."""
    health: AccountHealth
    backfill: BackfillProgress | None
    """Progress of the open backfill; null if no backfill is open."""


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
    """A folder that contains held messages."""

    folder_id: str
    name: str | None
    messages: int
    """Number of held messages in this folder. A message in two folders counts in both."""


class HeldSummary(Response):
    """Numbers about all held messages of an account."""

    stored: int
    """Messages of the account that are stored and not deleted, including the held ones."""
    received_from: datetime | None
    """Date of the oldest held message."""
    received_to: datetime | None
    """Date of the newest held message."""
    folders: tuple[HeldInFolder, ...]
    """Folders of the held messages, ordered by number of held messages, highest first."""


class HeldDeletionPage(Response):
    """A page of an account's held messages, and all its held folders."""

    total: int
    """Number of held messages on all pages."""
    summary: HeldSummary
    """Numbers about all held messages, repeated on every page."""
    held_deletions: tuple[HeldMessage, ...]
    held_folders: tuple[HeldFolder, ...]
    """All held folders, repeated on every page."""
    next_cursor: str | None
    """The `cursor` of the next page of messages; null on the last one."""


class ApprovedDeletions(Response):
    """Result of an approval. A message or folder is deleted only if Nylas then answers its fetch with 404."""

    approved: int
    """Number of messages and folders."""


class DiscardedDeletions(Response):
    """Result of discarding held deletions. Nothing is deleted."""

    discarded: int
    """Number of messages and folders."""
