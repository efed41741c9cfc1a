"""The state of the whole system: is everything in sync, and if not: who, since when, why, what now."""

from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.events import AlertKind, SyncKind
from mailtide_common.contracts.health import AccountHealth, Condition, Level

from .dead_letters import DeadLetterCause
from .model import Response
from .webhooks import DestinationState


class ConditionCount(Response):
    """Number of accounts with a condition."""

    condition: Condition
    level: Level
    accounts: int


class TroubledAccount(Response):
    """An account that is not current, or needs a person."""

    id: UUID
    name: str
    """The address; the grant if it is unknown."""
    health: AccountHealth


class OpenIncident(Response):
    """An incident that has not ended."""

    kind: AlertKind
    name: str
    """The account's address, or the subject of the incident."""
    account_id: UUID | None
    reason: str
    opened_at: datetime
    cure: str
    command: str


class OldestTask(Response):
    """The task that has been due for the longest time."""

    kind: SyncKind
    name: str
    """The account's address; the grant if it is unknown."""
    due_at: datetime


class Status(Response):
    """The state of the whole system."""

    fine: bool
    """Whether nothing needs a person."""
    verdict: str
    """One sentence."""
    at: datetime
    total: int
    """Accounts that are neither paused nor removed."""
    current: int
    """Of those, accounts that are kept current."""
    waiting: int
    """Accounts that are not current, with which Mailtide continues by itself."""
    person: int
    """Accounts that need a person."""
    conditions: tuple[ConditionCount, ...]
    troubled: tuple[TroubledAccount, ...]
    """Accounts that need a person first, then those that are behind for longest."""
    incidents: tuple[OpenIncident, ...]
    """Oldest first."""
    dead_letters: tuple[DeadLetterCause, ...]
    webhook: DestinationState
    oldest_task: OldestTask | None
    """Null: none is due."""
