"""What may be done with an account: the one state machine, drawn in docs/accounts.md. Pure."""

from enum import StrEnum

from mailtide_common.contracts.events import AccountStatus

ACTIVE, PAUSED = AccountStatus.ACTIVE, AccountStatus.PAUSED
INVALID, REMOVED = AccountStatus.INVALID, AccountStatus.REMOVED


class Happening(StrEnum):
    """What moves an account."""

    CONNECT = "connect"
    """Its owner connected it, for the first time or again."""
    PAUSE = "pause"
    RESUME = "resume"
    REMOVE = "remove"
    """An operator decided; or another grant of the same address took its place."""
    GRANT_WORKS = "grant works"
    GRANT_DEAD = "grant dead"
    """Observed at Nylas."""


TRANSITIONS: dict[tuple[AccountStatus, Happening], AccountStatus] = {
    (ACTIVE, Happening.CONNECT): ACTIVE,
    (ACTIVE, Happening.PAUSE): PAUSED,
    (ACTIVE, Happening.RESUME): ACTIVE,
    (ACTIVE, Happening.REMOVE): REMOVED,
    (ACTIVE, Happening.GRANT_WORKS): ACTIVE,
    (ACTIVE, Happening.GRANT_DEAD): INVALID,
    (PAUSED, Happening.CONNECT): ACTIVE,
    (PAUSED, Happening.PAUSE): PAUSED,
    (PAUSED, Happening.RESUME): ACTIVE,
    (PAUSED, Happening.REMOVE): REMOVED,
    (PAUSED, Happening.GRANT_WORKS): PAUSED,
    (PAUSED, Happening.GRANT_DEAD): PAUSED,
    (INVALID, Happening.CONNECT): ACTIVE,
    (INVALID, Happening.PAUSE): PAUSED,
    (INVALID, Happening.REMOVE): REMOVED,
    (INVALID, Happening.GRANT_WORKS): ACTIVE,
    (INVALID, Happening.GRANT_DEAD): INVALID,
    (REMOVED, Happening.CONNECT): ACTIVE,
    (REMOVED, Happening.REMOVE): REMOVED,
    (REMOVED, Happening.GRANT_WORKS): REMOVED,
    (REMOVED, Happening.GRANT_DEAD): REMOVED,
}
"""What is missing is refused. An operator's decision outweighs every observation; only a connect lifts it."""


class RefusedError(Exception):
    """What was asked for makes no sense in this state. The text is fit for the caller."""


def after(status: AccountStatus, happening: Happening) -> AccountStatus:
    """The status that follows.

    Raises:
        RefusedError: nothing follows: say so to whoever asked.
    """
    follows = TRANSITIONS.get((status, happening))
    if follows is None:
        raise RefusedError(f"the account is {status}: only connecting it again makes it active")
    return follows


def decision(status: AccountStatus) -> str | None:
    """What must hold against observations in this status; None: observations decide."""
    return status.value if status in {PAUSED, REMOVED} else None


GRANT_INVALID = "the grant is no longer valid: connect it again"
