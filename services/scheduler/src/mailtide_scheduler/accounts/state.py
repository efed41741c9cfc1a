"""The state machine of accounts, drawn in docs/accounts.md. Pure (INV-25)."""

from enum import StrEnum

from mailtide_common.contracts.events import AccountStatus
from mailtide_scheduler.errors import RefusedError

ACTIVE, PAUSED = AccountStatus.ACTIVE, AccountStatus.PAUSED
INVALID, REMOVED = AccountStatus.INVALID, AccountStatus.REMOVED


class AccountTrigger(StrEnum):
    """The cause of a transition."""

    CONNECT = "connect"
    """Its owner connected it, for the first time or again."""
    PAUSE = "pause"
    RESUME = "resume"
    REMOVE = "remove"
    """An operator decided; or another grant of the same address took its place."""
    GRANT_WORKS = "grant works"
    GRANT_DEAD = "grant dead"
    """Observed at Nylas."""


TRANSITIONS: dict[tuple[AccountStatus, AccountTrigger], AccountStatus] = {
    (ACTIVE, AccountTrigger.CONNECT): ACTIVE,
    (ACTIVE, AccountTrigger.PAUSE): PAUSED,
    (ACTIVE, AccountTrigger.RESUME): ACTIVE,
    (ACTIVE, AccountTrigger.REMOVE): REMOVED,
    (ACTIVE, AccountTrigger.GRANT_WORKS): ACTIVE,
    (ACTIVE, AccountTrigger.GRANT_DEAD): INVALID,
    (PAUSED, AccountTrigger.CONNECT): ACTIVE,
    (PAUSED, AccountTrigger.PAUSE): PAUSED,
    (PAUSED, AccountTrigger.RESUME): ACTIVE,
    (PAUSED, AccountTrigger.REMOVE): REMOVED,
    (PAUSED, AccountTrigger.GRANT_WORKS): PAUSED,
    (PAUSED, AccountTrigger.GRANT_DEAD): PAUSED,
    (INVALID, AccountTrigger.CONNECT): ACTIVE,
    (INVALID, AccountTrigger.PAUSE): PAUSED,
    (INVALID, AccountTrigger.REMOVE): REMOVED,
    (INVALID, AccountTrigger.GRANT_WORKS): ACTIVE,
    (INVALID, AccountTrigger.GRANT_DEAD): INVALID,
    (REMOVED, AccountTrigger.CONNECT): ACTIVE,
    (REMOVED, AccountTrigger.REMOVE): REMOVED,
    (REMOVED, AccountTrigger.GRANT_WORKS): REMOVED,
    (REMOVED, AccountTrigger.GRANT_DEAD): REMOVED,
}
"""Missing transitions are refused. An operator's decision outranks every observation; only a connect ends it."""


def after(status: AccountStatus, happening: AccountTrigger) -> AccountStatus:
    """Return the status that follows.

    Raises:
        RefusedError: there is no such transition.
    """
    follows = TRANSITIONS.get((status, happening))
    if follows is None:
        raise RefusedError(f"the account is {status}: only connecting it again makes it active")
    return follows


def decision(status: AccountStatus) -> str | None:
    """Return the decision that outranks observations in this status; None: observations decide."""
    return status.value if status in {PAUSED, REMOVED} else None


GRANT_INVALID = "the grant is no longer valid: connect it again"
