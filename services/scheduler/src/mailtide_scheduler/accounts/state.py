"""The state machine of accounts, drawn in docs/accounts.md. Pure (INV-25)."""

from enum import StrEnum

from mailtide_common.contracts.events import AccountStatus
from mailtide_scheduler.errors import RefusedError

ACTIVE, PAUSED = AccountStatus.ACTIVE, AccountStatus.PAUSED
INVALID, REMOVED = AccountStatus.INVALID, AccountStatus.REMOVED


class AccountTrigger(StrEnum):
    """An event that may change an account's status."""

    CONNECT = "connect"
    """A user has connected the account, for the first time or again."""
    PAUSE = "pause"
    RESUME = "resume"
    REMOVE = "remove"
    """One of three causes: an operator decided it, the last user disconnected, or another grant of the
    same address was connected."""
    GRANT_WORKS = "grant works"
    GRANT_DEAD = "grant dead"
    """This trigger and `GRANT_WORKS` are observations at Nylas."""


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
"""All other transitions are refused. Observations do not change a status that an operator has decided."""


def after(status: AccountStatus, happening: AccountTrigger) -> AccountStatus:
    """Return the status after a trigger.

    Raises:
        RefusedError: the trigger is not permitted in this status.
    """
    follows = TRANSITIONS.get((status, happening))
    if follows is None:
        raise RefusedError(
            f"cannot {happening} the account, which is {status}: connect the mailbox again to make it active"
        )
    return follows


def decision(status: AccountStatus) -> str | None:
    """Return `paused` or `removed` if the status is an operator's decision; else None."""
    return status.value if status in {PAUSED, REMOVED} else None


GRANT_INVALID = "the grant is no longer valid: connect it again"
