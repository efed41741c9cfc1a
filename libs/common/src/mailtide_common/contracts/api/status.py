"""Bodies of the route for the state of the whole system: what is behind or needs a person, with cause and cure."""

from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.events import AlertKind, SyncKind
from mailtide_common.contracts.health.conditions import AccountHealth, Condition, Level
from mailtide_common.contracts.health.stages import BehindStage

from .dead_letters import DeadLetterCause
from .model import Response
from .webhooks import DestinationState


class ConditionCount(Response):
    """Number of accounts with a condition, and how serious that is."""

    condition: Condition
    level: Level
    accounts: int


class TroubledAccount(Response):
    """An account that is not current or needs an action of a person."""

    id: UUID
    name: str
    """E-mail address of the account; `grant <id>` if it is unknown."""
    health: AccountHealth


class OpenIncident(Response):
    """An incident that has not ended; those about dead letters are not listed."""

    kind: AlertKind
    name: str
    """E-mail address of the account; if there is none, the subject of the incident."""
    account_id: UUID | None
    reason: str
    opened_at: datetime
    cure: str
    command: str


class OldestTask(Response):
    """The open task that has been due for the longest time, of the accounts for which calls are possible now."""

    kind: SyncKind
    name: str
    """E-mail address of the account; `grant <id>` if it is unknown."""
    due_at: datetime


class Status(Response):
    """The state of the whole system."""

    fine: bool
    """Whether no account, incident, stage, dead letter or webhook destination needs an action of a person."""
    verdict: str
    """The state in one sentence."""
    at: datetime
    total: int
    """Accounts that are not paused, removed or being purged."""
    current: int
    """Of those, the accounts that are current, also while a sync is running or before an audit has proved it."""
    waiting: int
    """Of those, accounts that are not current, but need no action."""
    person: int
    """Of those, accounts that need an action of a person."""
    conditions: tuple[ConditionCount, ...]
    troubled: tuple[TroubledAccount, ...]
    """At most ten accounts: those that need an action first, in each condition the longest first."""
    incidents: tuple[OpenIncident, ...]
    """At most ten: those about no account first, then the oldest first."""
    stages: tuple[BehindStage, ...]
    """Stages of the pipeline that are behind; they are measured once a minute."""
    dead_letters: tuple[DeadLetterCause, ...]
    """At most ten causes, those with the most dead letters first."""
    webhook: DestinationState
    oldest_task: OldestTask | None
    """Null if no task is due."""
