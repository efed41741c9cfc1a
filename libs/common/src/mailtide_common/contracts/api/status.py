"""Bodies of the route for the state of the whole system."""

from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.events import AlertKind, SyncKind
from mailtide_common.contracts.health.conditions import AccountHealth, Condition, Level
from mailtide_common.contracts.health.stages import BehindStage

from .dead_letters import DeadLetterCause
from .model import Response
from .webhooks import DestinationState


class ConditionCount(Response):
    """Number of accounts with a condition, and how much attention it needs."""

    condition: Condition
    level: Level
    accounts: int


class TroubledAccount(Response):
    """An account that is not current, or needs a person."""

    id: UUID
    name: str
    """E-mail address of the account; `grant <id>` if it is unknown."""
    health: AccountHealth


class OpenIncident(Response):
    """An incident that has not ended. Incidents about dead letters are not listed."""

    kind: AlertKind
    name: str
    """E-mail address of the account. Without an account or address: the subject of the incident."""
    account_id: UUID | None
    reason: str
    opened_at: datetime
    cure: str
    command: str


class OldestTask(Response):
    """The open task that has been due for the longest time. Tasks that cannot call Nylas now are left out."""

    kind: SyncKind
    name: str
    """E-mail address of the account; `grant <id>` if it is unknown."""
    due_at: datetime


class Status(Response):
    """The state of the whole system."""

    fine: bool
    """Whether nothing needs a person: no account, incident, stage, dead letter or webhook destination."""
    verdict: str
    """The state in one sentence."""
    at: datetime
    total: int
    """Accounts that are not paused, removed or being purged."""
    current: int
    """Of these accounts, those that are current. A running sync or a missing audit makes no difference."""
    waiting: int
    """Of these accounts, those that are not current, but need no person."""
    person: int
    """Of these accounts, those that need a person."""
    conditions: tuple[ConditionCount, ...]
    troubled: tuple[TroubledAccount, ...]
    """At most ten accounts, those that need a person first. Within a condition: the longest lasting first."""
    incidents: tuple[OpenIncident, ...]
    """At most ten incidents: first those about no account, then those about accounts. Both from old to
    new."""
    stages: tuple[BehindStage, ...]
    """Stages of the pipeline that are behind, as measured once a minute."""
    dead_letters: tuple[DeadLetterCause, ...]
    """At most ten causes. Those with the most dead letters come first."""
    webhook: DestinationState
    oldest_task: OldestTask | None
    """Null if no task is due."""
