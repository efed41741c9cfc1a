"""The event of an account, and the users of its mailbox."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from mailtide_common.contracts.times import BEGINNING, UnixMicros
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_common.contracts.versions import Source, Version

from .event import GrantEvent


class AccountStatus(StrEnum):
    """The status of an account (docs/accounts.md). It decides whether the account is synced."""

    ACTIVE = "active"
    PAUSED = "paused"
    INVALID = "invalid"
    REMOVED = "removed"


class AccountUser(BaseModel):
    """A user of the application who connected a mailbox, or whose connection was removed."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    user_id: str
    connected_at: UnixMicros
    changed_at: UnixMicros
    """When the user connected or was removed. Of several entries for one user, the newest counts."""
    removed: bool = False


_USERS = TypeAdapter(tuple[AccountUser, ...])


def merged_users(*statements: Iterable[AccountUser]) -> tuple[AccountUser, ...]:
    """Return the newest entry for each user, ordered by user id."""
    newest: dict[str, AccountUser] = {}
    for user in (each for users in statements for each in users):
        known = newest.get(user.user_id)
        if known is None or _rank(user) > _rank(known):
            newest[user.user_id] = user
    return tuple(newest[user_id] for user_id in sorted(newest))


def connected_users(users: Iterable[AccountUser]) -> list[str]:
    """Return the ids of the connected users, in the order in which they connected."""
    standing = [user for user in users if not user.removed]
    return [user.user_id for user in sorted(standing, key=lambda user: (user.connected_at, user.user_id))]


def _rank(user: AccountUser) -> tuple[int, bool, int]:
    return (user.changed_at, user.removed, user.connected_at)


class Account(GrantEvent):
    """A snapshot of an account. A field that is None is unknown and does not change the stored value."""

    type = "mail.account.v1"
    default_topic = ACCOUNTS

    version: Version
    status: AccountStatus
    user_id: str | None = None
    """The first user who is still connected; if none is: the user who left last."""
    users: tuple[AccountUser, ...] = ()
    """All known users, including removed ones. Events from before migration 0014 have only `user_id`."""
    email_address: str | None = None
    display_name: str | None = None
    provider: str | None = None
    connected_at: UnixMicros | None = None
    webhook_subscription_id: str | None = None

    @property
    def all_users(self) -> tuple[AccountUser, ...]:
        """The users. For an event that has only `user_id`: the user with this id."""
        if self.users or self.user_id is None:
            return self.users
        at = self.connected_at or BEGINNING
        return (AccountUser(user_id=self.user_id, connected_at=at, changed_at=at),)


def account_of_row(row: Mapping[str, Any]) -> Account:
    """Return the account event for a row of the view `account_snapshots`.

    Its version has the row's time (`BEGINNING` if the account is provisional), but not its source and id.
    """
    version = Version(observed_at=row["observed_at"] or BEGINNING, source=Source.CONTROL, event_id="stored")
    users = _USERS.validate_json(row["users"]) if row["users"] is not None else ()
    return Account.model_validate({**row, "version": version, "users": users})
