"""Connected mailboxes."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import ACCOUNTS, Topic
from mailtide_common.contracts.versions import Source, Version

from .event import Event


class AccountStatus(StrEnum):
    """What may be done with an account."""

    ACTIVE = "active"
    PAUSED = "paused"
    INVALID = "invalid"
    REMOVED = "removed"


class AccountUser(BaseModel):
    """A user of the application who connected a mailbox, or whose connection was removed."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    user_id: str
    connected_at: int
    """Microseconds since 1970."""
    changed_at: int
    """Microseconds since 1970 of the connect or the removal; of two statements about a user, the newer one counts."""
    removed: bool = False


_USERS = TypeAdapter(tuple[AccountUser, ...])


def merged_users(*statements: Iterable[AccountUser]) -> tuple[AccountUser, ...]:
    """The newest statement about each user, by user id, whatever the order in which they are given."""
    newest: dict[str, AccountUser] = {}
    for user in (each for users in statements for each in users):
        known = newest.get(user.user_id)
        if known is None or _rank(user) > _rank(known):
            newest[user.user_id] = user
    return tuple(newest[user_id] for user_id in sorted(newest))


def connected_users(users: Iterable[AccountUser]) -> list[str]:
    """Ids of the users whose connection stands, the first one first."""
    standing = [user for user in users if not user.removed]
    return [user.user_id for user in sorted(standing, key=lambda user: (user.connected_at, user.user_id))]


def _rank(user: AccountUser) -> tuple[int, bool, int]:
    return (user.changed_at, user.removed, user.connected_at)


class Account(Event):
    """The whole snapshot of a connected mailbox.

    None means unknown, and leaves what is stored as it is.
    """

    type: ClassVar[str] = "mail.account.v1"

    grant_id: str
    version: Version
    status: AccountStatus
    user_id: str | None = None
    """The first user whose connection stands."""
    users: tuple[AccountUser, ...] = ()
    """All users that are known, removed ones too. Events of versions before 0014 name only `user_id`."""
    email_address: str | None = None
    display_name: str | None = None
    provider: str | None = None
    connected_at: int | None = None
    """Microseconds since 1970."""
    webhook_subscription_id: str | None = None

    @property
    def all_users(self) -> tuple[AccountUser, ...]:
        """The users that this event makes a statement about."""
        if self.users or self.user_id is None:
            return self.users
        at = self.connected_at or 0
        return (AccountUser(user_id=self.user_id, connected_at=at, changed_at=at),)

    def topic(self) -> Topic:
        """The compacted image of all accounts."""
        return ACCOUNTS

    def key(self) -> str:
        """`grant`."""
        return part(self.grant_id)


def account_of_row(row: Mapping[str, Any]) -> Account:
    """Return the account that a row of the view `account_snapshots` holds, as observed when the row says."""
    version = Version(observed_at=row["observed_at"] or 0, source=Source.CONTROL, event_id="stored")
    users = _USERS.validate_json(row["users"]) if row["users"] is not None else ()
    return Account.model_validate({**row, "version": version, "users": users})
